"""The model of the `llm` plugin in Python; at a terminal, it is `llm -m magickpen 'Hello'`.

pip install 'magickpen[llm]'
python llm_model.py
"""

from __future__ import annotations

import llm

conversation = llm.get_model("magickpen").conversation()
for prompt in ("Name three rivers.", "Which one is the longest?"):
    for piece in conversation.prompt(prompt, system="Be brief."):
        print(piece, end="", flush=True)
    print()
