"""A client of the Model Context Protocol that starts `magickpen mcp` and calls its tool.

pip install 'magickpen[cli,mcp]'
python mcp_client.py
"""

from __future__ import annotations

import os
import sys

import anyio
from mcp import ClientSession, StdioServerParameters, stdio_client

# Editors have this in their configuration, with the same `env`.
SERVER = StdioServerParameters(
    command=sys.executable,
    args=["-m", "magickpen", "mcp"],
    env={name: value for name, value in os.environ.items() if name.startswith("MAGICKPEN_")},
)


async def main() -> None:
    async with stdio_client(SERVER) as streams, ClientSession(*streams) as session:
        await session.initialize()
        answer = await session.call_tool("ask_magickpen", {"prompt": "Name three rivers."})
        print(answer.structured_content["text"] if answer.structured_content else answer.content)


anyio.run(main)
