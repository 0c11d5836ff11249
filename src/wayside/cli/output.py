"""What a command prints: tables and sentences for people, JSON for programs.

Never asks an element for anything.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from wayside.core.errors import Problem

PIPE_WIDTH = 200
"""Columns of a table that nobody looks at in a terminal."""

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, but for the end of a line and the tab; marks that turn the direction."""

out = Console(highlight=False)
if not out.is_terminal:
    out = Console(highlight=False, width=PIPE_WIDTH)
err = Console(stderr=True, highlight=False)


@dataclass
class Output:
    """How this run of the program speaks; set once from the global options."""

    as_json: bool = False

    def value(self, value: Any, *, text: str | None = None) -> None:
        """Print ``value`` as JSON for programs, ``text`` for people."""
        if self.as_json:
            sys.stdout.write(pretty(value) + "\n")
        elif text is not None:
            out.print(visible(text), soft_wrap=True)

    def table(
        self, rows: Iterable[Sequence[object]], *, columns: Sequence[str], value: Any, empty: str
    ) -> None:
        """Print ``rows`` under ``columns``, or ``empty``; for programs print ``value``.

        Cells are taken as they are; one that shall have colours is a rich ``Text``.
        """
        if self.as_json:
            sys.stdout.write(pretty(value) + "\n")
        else:
            self.section(rows, columns=columns, empty=empty)

    def section(
        self, rows: Iterable[Sequence[object]], *, columns: Sequence[str], empty: str
    ) -> None:
        """Print ``rows`` as ``table`` does, or ``empty``, for people; programs do not see it."""
        if self.as_json:
            return
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for column in columns:
            right = column.startswith(">")
            table.add_column(column.removeprefix(">"), justify="right" if right else "left")
        count = 0
        for row in rows:
            table.add_row(*(_cell(cell) for cell in row))
            count += 1
        out.print(table if count else empty)

    def note(self, sentence: str) -> None:
        """Print a sentence for people; programs do not see it."""
        if not self.as_json:
            out.print(visible(sentence), soft_wrap=True)

    def problem(self, problem: Problem) -> None:
        """Print a problem on standard error: its sentence, or its document for programs."""
        if not self.as_json:
            err.print(f"[bold red]error:[/] {escape(visible(problem.detail))}", soft_wrap=True)
            return
        shown = {"title": problem.title, "status": problem.status, "detail": problem.detail}
        field = {"field": problem.field} if problem.field is not None else {}
        sys.stderr.write(pretty(shown | field) + "\n")

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator["Step"]:
        """Show a bar for work that may take over a second; quiet for programs and in pipes."""
        quiet = self.as_json or not err.is_terminal
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err, transient=True, disable=quiet) as bar:
            yield Step(bar, bar.add_task(what, total=total), what)


@dataclass(frozen=True)
class Step:
    """A running progress bar."""

    bar: Progress
    task: Any
    name: str

    def say(self, how: str) -> None:
        """Say how the work stands, such as the state of an operation."""
        self.bar.update(self.task, description=f"{self.name}: {how}")

    def advance(self, by: int = 1, *, what: str | None = None) -> None:
        """Move the bar, and say what is done now."""
        self.bar.update(self.task, advance=by)
        if what is not None:
            self.bar.update(self.task, description=what)


def pretty(value: Any) -> str:
    """Return a wire value, or anything msgspec knows, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


output = Output()
"""The one of this process: a command line has one standard output."""


def _cell(cell: object) -> Text:
    if isinstance(cell, Text):
        return cell
    return Text("" if cell is None else visible(str(cell)))


def visible(text: str) -> str:
    """Return ``text`` with the characters that steer a terminal written out, as ``\\x1b``.

    Names come from packages and requests: they must not move the cursor or hide a word.
    """
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def short(identifier: str) -> str:
    """Return the beginning of an identifier, enough for people to name it by."""
    return identifier[:8]
