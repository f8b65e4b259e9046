"""A chain of LangChain that ends in MagickPen.

pip install 'magickpen[langchain]'
python langchain_chain.py
"""

from __future__ import annotations

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from magickpen.integrations.langchain import ChatMagickPen

prompt = ChatPromptTemplate.from_messages([("system", "Be {manner}."), ("user", "{question}")])
chain = prompt | ChatMagickPen() | StrOutputParser()

for piece in chain.stream({"manner": "brief", "question": "Name three rivers."}):
    print(piece, end="", flush=True)
print()
