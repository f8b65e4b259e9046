"""The async client, on asyncio and trio."""
