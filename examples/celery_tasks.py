"""Tasks of Celery: a blocking one, and one that runs an event loop of its own.

    pip install 'magickpen' celery
    celery --app celery_tasks worker

A process of the worker keeps one client of each kind. The async one opens its connections in each
event loop anew, so `asyncio.run` may be called for each task.
"""

from __future__ import annotations

import asyncio

from celery import Celery

from magickpen import AsyncMagickPen, MagickPen

app = Celery("tasks", broker="memory://", backend="cache+memory://")

pen = MagickPen()
async_pen = AsyncMagickPen()


@app.task
def ask(prompt: str) -> str:
    return pen.ask(prompt).text


@app.task
def ask_all(prompts: list[str]) -> list[str]:
    async def main() -> list[str]:
        replies = await asyncio.gather(*(async_pen.ask(prompt) for prompt in prompts))
        return [reply.text for reply in replies]

    return asyncio.run(main())
