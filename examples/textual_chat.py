"""A conversation in a window of the terminal, with Textual.

pip install 'magickpen' textual
python textual_chat.py
"""

from __future__ import annotations

from textual import work
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from magickpen import AsyncMagickPen, MagickPenError


class Chat(App[None]):
    def compose(self) -> ComposeResult:
        yield VerticalScroll()
        yield Input(placeholder="Ask MagickPen")

    def on_mount(self) -> None:
        self.pen = AsyncMagickPen()
        self.conversation = self.pen.conversation()
        self.query_one(Input).focus()

    async def on_unmount(self) -> None:
        await self.pen.aclose()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.input.clear()
        self.ask(event.value)

    # A new question ends the one before.
    @work(exclusive=True)
    async def ask(self, prompt: str) -> None:
        answer = Static(markup=False)
        await self.query_one(VerticalScroll).mount(Static(f"> {prompt}", markup=False), answer)
        try:
            async with self.conversation.stream(prompt) as stream:
                async for _ in stream:
                    answer.update(stream.text)
                    answer.scroll_visible()
        except MagickPenError as error:
            self.notify(error.message, severity="error")


if __name__ == "__main__":
    Chat().run()
