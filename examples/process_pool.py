"""Questions from several processes.

    pip install 'magickpen'
    python process_pool.py

A client can be pickled: each process gets one with the same settings and the secrets that are known
by then, and keeps it for the next question.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from magickpen import MagickPen

PROMPTS = ["Name a river.", "Name a lake.", "Name a sea."]


def main() -> None:
    with MagickPen() as pen:
        # The site is read once, and not by each process.
        pen.fetch_secrets()
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            for reply in pool.map(pen.ask, PROMPTS):
                print(reply, f"({reply.elapsed:.1f} s)")


if __name__ == "__main__":
    main()
