"""Writes down what a source tells, a line of JSON each, and reads it again.

Never tells it: ``source`` does.
"""

from collections.abc import Iterator
from pathlib import Path

from wayside.core.errors import BadRequest, Problem, Unprocessable
from wayside.refpoints.net import coding
from wayside.refpoints.net.coding import Told
from wayside.refpoints.net.source import Reader, Snapshot


class TraceFault(Unprocessable):
    """A trace that cannot be told again; says the line and what is wrong with it."""


async def record(reader: Reader, path: Path, *, count: int | None = None) -> int:
    """Write all that ``reader`` hears until its end, or so many lines; return how many.

    Every line is in the file before the next is heard. The file is replaced if it is there.
    """
    written = 0
    with path.open("wb") as file:
        async for told in reader:
            file.write(coding.write(told) + b"\n")
            file.flush()
            written += 1
            if written == count:
                break
    return written


def recorded(path: Path) -> Iterator[Told]:
    """Return what was written, in its order; raises TraceFault at the first line that is wrong.

    A last line that was not written to its end, as by a recorder that was killed, is left out.
    """
    try:
        file = path.open("rb")
    except OSError as fault:
        raise TraceFault(f"{path}: {fault.strerror}.", field="file") from fault
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                told = coding.read(line)
            except BadRequest as fault:
                raise _at(path, number, fault) from fault
            if number == 1 and not isinstance(told, Snapshot):
                raise _at(path, number, BadRequest("A trace begins with a snapshot."))
            yield told


def _at(path: Path, number: int, fault: Problem) -> TraceFault:
    return TraceFault(f"{path}:{number}: {fault.detail}", field=f"line {number}")
