"""OpenAI's client, answered by MagickPen through the gateway.

pip install 'magickpen[cli,gateway]' openai
magickpen gateway                           # in another shell
OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=any python openai_client.py
"""

from __future__ import annotations

import openai

with openai.OpenAI() as client:
    pieces = client.chat.completions.create(
        model="magickpen",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Name three rivers."},
        ],
        stream=True,
    )
    for piece in pieces:
        print(piece.choices[0].delta.content or "", end="", flush=True)
    print()
