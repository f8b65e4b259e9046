"""The files of a batch: prompts, results, and failures."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self, TypeAlias, cast

import click

from magickpen.cli.input import read_text
from magickpen.cli.output import reply_as_dict, write_json
from magickpen.core.batch import parse_prompt
from magickpen.core.errors import ConfigurationError, MagickPenError
from magickpen.core.reply import Reply
from magickpen.files import lock_file, replace_file, sync_folder

Prompt: TypeAlias = dict[str, object]
"""A prompt: `{"id": …, "prompt": …}` or `{"id": …, "messages": …}`."""

LIMIT = 256 * 2**20
"""The bytes of prompts that are read."""

JSON_LINES = (".jsonl", ".ndjson")

START = b'{"id": '
"""What each line of results begins with."""


def read_prompts(path: Path) -> list[Prompt]:
    """Return the prompts in a file, each with an "id".

    Args:
        path: the file; - for standard input.

    Raises:
        UsageError: the file cannot be read, or a line is no prompt.
    """
    name = "standard input" if str(path) == "-" else str(path)
    text = read_text(path, LIMIT)
    lines = [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise click.UsageError(f"{name} has no prompts")
    in_json = path.suffix in JSON_LINES or _object_in(lines[0][1]) is not None
    prompts: list[Prompt] = []
    numbers: dict[object, int] = {}
    seen: Counter[str] = Counter()
    for number, line in lines:
        prompt: Prompt = {"prompt": line}
        if in_json:
            prompt = _checked(f"{name}, line {number}", line)
        if prompt.get("id") is None:
            digest = hashlib.sha256(json.dumps(prompt, sort_keys=True).encode()).hexdigest()[:12]
            seen[digest] += 1
            prompt["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        first = numbers.setdefault(prompt["id"], number)
        if first != number:
            raise click.UsageError(f"{name}: lines {first} and {number} have the same id")
        prompts.append(prompt)
    return prompts


def _object_in(line: str) -> Prompt | None:
    """Return the JSON object in a line, or None."""
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("Prompt", value) if isinstance(value, dict) else None


def _checked(name: str, line: str) -> Prompt:
    prompt = _object_in(line)
    if prompt is None:
        raise click.UsageError(f'{name}: no JSON object such as {{"id": 1, "prompt": "Hello"}}')
    identity = prompt.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        raise click.UsageError(f'{name}: "id" must be a string or a whole number')
    try:
        parse_prompt(name, prompt, None)
    except ConfigurationError as error:
        raise click.UsageError(error.message) from None
    return prompt


class Results:
    """The answers of a batch, as JSON lines in a file that one process may write.

    A last line that was torn is taken out: its question is asked again.

    Args:
        path: the file, which is made if it is missing.

    Attributes:
        answered: the "id" of each answer in it.
        problem: why it cannot be written any more, or "".

    Raises:
        UsageError: it cannot be written, another process is writing it, or it holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.answered: set[object] = set()
        self.problem: str = ""
        try:
            self._file = path.open("ab+")
        except OSError as error:
            raise click.UsageError(f"{path} cannot be written: {error.strerror}") from None
        try:
            self._lock()
            self._read()
            sync_folder(path.parent)
        except BaseException:
            self._file.close()
            raise

    def add(self, prompt: Prompt, reply: Reply) -> None:
        """Write an answer, and return when it is on the disk.

        If it cannot be written, it is printed instead, and so are those after it.
        """
        record = {**_of(prompt), **reply_as_dict(reply)}
        if self.problem:
            write_json(record)
            return
        try:
            self._file.write(json.dumps(record).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self.problem = (
                f"{self._path} cannot be written: {error.strerror}; what came since is on standard"
                " output"
            )
            write_json(record)
            return
        self.answered.add(prompt["id"])

    def sort(self, order: Sequence[object]) -> None:
        """Put the answers in this order of their "id"; those of other prompts come last."""
        places = {identity: place for place, identity in enumerate(order)}
        lines = sorted(self._lines(), key=lambda line: places.get(_id_of(line), len(places)))
        mode = self._path.stat().st_mode & 0o777
        replace_file(self._path, "".join(line.decode() + "\n" for line in lines))
        self._path.chmod(mode)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What is in its buffer could not be written before either.
        with contextlib.suppress(OSError):
            self._file.close()

    def _lock(self) -> None:
        try:
            lock_file(self._file)
            # The process that had the lock may have replaced the file.
            locked = os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            locked = False
        if not locked:
            raise click.UsageError(f"another batch is writing {self._path}")

    def _read(self) -> None:
        end = 0
        for number, line in enumerate(self._lines(), 1):
            identity = _id_of(line)
            if identity is None and line:
                raise click.UsageError(
                    f"{self._path}, line {number} is no answer of a batch; name another file"
                )
            self.answered.add(identity)
            end += len(line) + 1
        self._file.seek(end)
        torn = self._file.read()
        if not torn:
            return
        if _id_of(torn) is not None:
            self._file.write(b"\n")
            self._file.flush()
            self.answered.add(_id_of(torn))
        elif START.startswith(torn[: len(START)]) or not torn.strip(b"\0"):
            self._file.truncate(end)
        else:
            raise click.UsageError(
                f"{self._path} holds something else than answers of a batch; name another file"
            )

    def _lines(self) -> Iterator[bytes]:
        """Yield the complete lines."""
        self._file.seek(0)
        for line in self._file:
            if line.endswith(b"\n"):
                yield line[:-1]


class Failures:
    """The failures of a run, as JSON lines in a file beside the results; those before are removed.

    Args:
        results: the file of the results.
    """

    def __init__(self, results: Path) -> None:
        self._path = results.with_name(f"{results.name}.failed")
        self._path.unlink(missing_ok=True)
        self._count = 0

    def __str__(self) -> str:
        return f"; failures are in {self._path}" if self._count else ""

    def add(self, prompt: Prompt, error: MagickPenError) -> None:
        """Write a failure."""
        record = {**_of(prompt), "error": type(error).__name__, **error.to_dict()}
        self._count += 1
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def _of(prompt: Prompt) -> Prompt:
    """Return what names a prompt in a line of output."""
    names = ("id", "prompt") if "prompt" in prompt else ("id",)
    return {name: prompt[name] for name in names}


def _id_of(line: bytes) -> object:
    record = _object_in(line.decode("utf-8", "replace")) or {}
    return record.get("id") if "text" in record else None
