"""Many answers at once, while the secrets rotate and some requests fail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import pytest

from magickpen import APIConnectionError, AsyncMagickPen
from magickpen.emulator import Emulator, Fault, HangUp, Status
from tests.support.rotation import Rotation

pytestmark = pytest.mark.slow

ROTATIONS = 5


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def answer(prompt: str) -> str:
    return f"You wrote {prompt}. " * 5


class Outcomes:
    """What came of many calls at once, of which one in twenty meets a fault."""

    def __init__(self, service: Emulator, calls: int, fault: Fault, **options: Any) -> None:
        self.told: Counter[str] = Counter()
        self.service = service
        self.calls = calls
        # A site that is deployed twice while it is read is not read right.
        times = ROTATIONS if calls >= 1000 else 1
        self.rotation = Rotation(service, every=calls // (times + 1), times=times)
        self.descriptors: list[int] = []
        self._options = options
        service.reply = answer
        # Of the good requests, one in twenty.
        service.play(*([None] * 19 + [fault]) * (calls * 2 // 20), path="/ask")

    async def run(self) -> None:
        self.descriptors.append(descriptors())
        url = self.service.url
        async with (
            AsyncMagickPen(base_url=url, api_url=url, **self._options) as pen,
            anyio.create_task_group() as tasks,
        ):
            for n in range(self.calls):
                tasks.start_soon(self._ask, pen, f"question {n}")
        with anyio.move_on_after(10):
            while descriptors() > self.descriptors[0]:
                await anyio.sleep(0.01)
        self.descriptors.append(descriptors())

    async def _ask(self, pen: AsyncMagickPen, prompt: str) -> None:
        try:
            text = "".join([chunk async for chunk in pen.stream(prompt)])
        except APIConnectionError:
            text = "failed"
        self.told["whole" if text == answer(prompt) else text] += 1
        self.rotation.answered(text)

    def received(self) -> Counter[bytes]:
        """Return how often each question got through the checks."""
        return Counter(
            received.body
            for received in self.service.requests
            if received.path == "/ask" and received.status in (200, 0)
        )


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_thousand_answers_arrive_whole(
    service: Emulator, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magickpen.emulator.service.KEPT", 100_000)
    outcomes = Outcomes(service, 1000, Status(503), max_retries=5)
    anyio.run(outcomes.run, backend=backend)
    assert outcomes.told == {"whole": 1000}
    assert outcomes.rotation.readings() <= 1 + ROTATIONS
    assert outcomes.descriptors[1] <= outcomes.descriptors[0]
    statuses = Counter(received.status for received in service.requests)
    assert statuses[503] >= 50


def test_a_question_that_nobody_answered_is_not_sent_twice(service: Emulator) -> None:
    outcomes = Outcomes(service, 200, HangUp())
    anyio.run(outcomes.run)
    failed = outcomes.told["failed"]
    assert failed >= 9
    assert outcomes.told == {"whole": 200 - failed, "failed": failed}
    received = outcomes.received()
    assert len(received) == 200
    assert set(received.values()) == {1}
    assert outcomes.descriptors[1] <= outcomes.descriptors[0]


def test_a_question_that_nobody_answered_is_sent_twice_where_that_is_allowed(
    service: Emulator,
) -> None:
    outcomes = Outcomes(service, 200, HangUp(), max_retries=5, retry_unanswered=True)
    anyio.run(outcomes.run, backend="trio")
    assert outcomes.told == {"whole": 200}
    assert sum(outcomes.received().values()) > 200
    assert outcomes.descriptors[1] <= outcomes.descriptors[0]
