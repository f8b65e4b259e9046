"""A pipeline of Haystack that ends in MagickPen.

pip install 'magickpen' haystack-ai
python haystack_pipeline.py
"""

from __future__ import annotations

from haystack import Pipeline, component
from haystack.components.builders import ChatPromptBuilder
from haystack.dataclasses import ChatMessage

from magickpen import MagickPen


@component
class MagickPenChatGenerator:
    def __init__(self) -> None:
        self.pen = MagickPen()

    @component.output_types(replies=list[ChatMessage])
    def run(self, messages: list[ChatMessage]) -> dict[str, list[ChatMessage]]:
        reply = self.pen.ask([message.to_openai_dict_format() for message in messages])
        return {"replies": [ChatMessage.from_assistant(reply.text)]}


pipeline = Pipeline()
template = [ChatMessage.from_system("Be brief."), ChatMessage.from_user("Name three {{things}}.")]
pipeline.add_component("prompt", ChatPromptBuilder(template))
pipeline.add_component("answer", MagickPenChatGenerator())
pipeline.connect("prompt.prompt", "answer.messages")

result = pipeline.run({"prompt": {"things": "rivers"}})
print(result["answer"]["replies"][0].text)
