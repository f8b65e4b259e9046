"""A model of LlamaIndex that MagickPen answers.

pip install 'magickpen' llama-index-core
python llamaindex_llm.py
"""

from __future__ import annotations

from typing import Any

from llama_index.core.llms import (
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_completion_callback
from pydantic import PrivateAttr

from magickpen import MagickPen


class MagickPenLLM(CustomLLM):
    """The model; LlamaIndex renders conversations as one prompt."""

    _pen: MagickPen = PrivateAttr(default_factory=MagickPen)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name=self._pen.default_model)

    @llm_completion_callback()
    def complete(self, prompt: str, **_: Any) -> CompletionResponse:
        return CompletionResponse(text=self._pen.ask(prompt).text)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, **_: Any) -> CompletionResponseGen:
        with self._pen.stream(prompt) as stream:
            for piece in stream:
                yield CompletionResponse(text=stream.text, delta=piece)


if __name__ == "__main__":
    for response in MagickPenLLM().stream_complete("Name three rivers."):
        print(response.delta, end="", flush=True)
    print()
