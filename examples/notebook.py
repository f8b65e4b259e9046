# %% [markdown]
# The cells of a notebook, for Jupyter: its event loop is running already, so a cell awaits.
#
#     pip install 'magickpen' jupyterlab

# %%
from magickpen import AsyncMagickPen

pen = AsyncMagickPen()
reply = await pen.ask("Name three rivers.")
reply

# %%
async for piece in pen.stream("Tell me a story."):
    print(piece, end="", flush=True)

# %% [markdown]
# The blocking client works in a cell, too.

# %%
from magickpen import MagickPen

with MagickPen() as blocking:
    print(blocking.ask("Name three lakes."))

# %%
await pen.aclose()
