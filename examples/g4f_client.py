"""g4f's client with MagickPen as its provider.

pip install 'magickpen[g4f]'
python g4f_client.py
"""

from __future__ import annotations

from g4f.client import Client

from magickpen.integrations.g4f import MagickPen

client = Client(provider=MagickPen)
pieces = client.chat.completions.create(
    messages=[
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Name three rivers."},
    ],
    stream=True,
)
for piece in pieces:
    print(piece.choices[0].delta.content or "", end="", flush=True)
print()
