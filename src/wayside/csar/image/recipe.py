"""A Dockerfile, as far as it can be followed without Docker and without a network. Pure.

FROM, COPY, ENV, WORKDIR, USER, CMD, ENTRYPOINT, EXPOSE and LABEL; anything else is a fault with its
line. Never runs a command: what RUN would make is copied from where it was made.
"""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from wayside.model.faults import Fault

from .layout import ImageConfig

RECIPE_FILES = ("Containerfile", "Dockerfile")
SCRATCH = "scratch"
SHELL = ("/bin/sh", "-c")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
PORT = re.compile(r"^([0-9]{1,5})(?:/(tcp|udp|sctp))?$")
REMEDIES = {
    "RUN": "Run it yourself and COPY what it makes: nothing is executed here.",
    "ADD": "Write COPY; fetch or unpack beforehand what ADD would.",
    "ARG": "Write the value itself, or ENV.",
    "VOLUME": "Take it away: an instance writes to /data.",
    "HEALTHCHECK": "Take it away: an application says confirm_ready (MEC 011 clause 5.2.1).",
    "SHELL": "Write CMD and ENTRYPOINT as JSON lists.",
    "STOPSIGNAL": "Take it away: an application is ended by SIGTERM.",
    "ONBUILD": "Write the instruction itself.",
    "MAINTAINER": "Write LABEL org.opencontainers.image.authors=…",
}
KNOWN = "FROM, COPY, ENV, WORKDIR, USER, CMD, ENTRYPOINT, EXPOSE and LABEL are followed here."


@dataclass(frozen=True)
class Copy:
    """One COPY: which files of the context go where in the image."""

    sources: tuple[str, ...]
    target: str
    """Absolute; with a slash at its end it is a folder."""
    line: int


@dataclass(frozen=True)
class Recipe:
    """What a Dockerfile says. ``config`` is what it adds to that of its base."""

    base: str = SCRATCH
    base_line: int = 1
    copies: tuple[Copy, ...] = ()
    folders: tuple[str, ...] = ()
    """Working directories, which are made."""
    config: ImageConfig = field(default_factory=ImageConfig)
    ports: tuple[tuple[int, str], ...] = ()
    """Exposed ports, each with ``tcp``, ``udp`` or ``sctp``."""


def parse_recipe(text: str, file: str) -> tuple[Recipe, list[Fault]]:
    """Return what the Dockerfile ``text`` says, and every fault of it with its line."""
    reading = _Reading(file)
    for line, words in _instructions(text):
        reading.instruction(line, words)
    if not reading.seen_from:
        reading.bad("recipe-from", "There is no FROM.", "Begin with FROM scratch or an image.", 1)
    return replace(reading.recipe, config=reading.config()), reading.faults


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield each instruction with the line on which it begins; continued lines are joined."""
    begun: tuple[int, str] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start, before = begun or (number, "")
        joined = f"{before} {line}".strip()
        if joined.endswith("\\"):
            begun = (start, joined[:-1].rstrip())
            continue
        begun = None
        yield start, joined
    if begun is not None:
        yield begun


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.recipe = Recipe()
        self.seen_from = False
        self.env: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.run = ImageConfig(cwd="")
        self.faults: list[Fault] = []

    def config(self) -> ImageConfig:
        env = tuple(f"{name}={value}" for name, value in self.env.items())
        return replace(self.run, env=env, labels=self.labels)

    def instruction(self, line: int, text: str) -> None:
        name, _, rest = text.partition(" ")
        name, rest = name.upper(), rest.strip()
        steps = {
            "FROM": self.from_, "COPY": self.copy, "ENV": self.set_env, "LABEL": self.label,
            "WORKDIR": self.workdir, "USER": self.user, "EXPOSE": self.expose,
            "CMD": self.command, "ENTRYPOINT": self.entrypoint,
        }  # fmt: skip
        if name not in steps:
            remedy = REMEDIES.get(name, KNOWN)
            self.bad("recipe-instruction", f"{name} cannot be followed here.", remedy, line)
        elif not rest:
            self.bad("recipe-empty", f"{name} says nothing.", "Complete the line.", line)
        elif name != "FROM" and not self.seen_from:
            self.bad("recipe-from", f"{name} stands before FROM.", "Begin with FROM.", line)
            self.seen_from = True
        else:
            steps[name](rest, line)

    def from_(self, rest: str, line: int) -> None:
        if self.seen_from:
            remedy = "Build in one stage, and COPY what an earlier one would make."
            self.bad("recipe-from", "There is a second FROM.", remedy, line)
        self.seen_from = True
        words = rest.split()
        if len(words) != 1 or words[0].startswith("--"):
            remedy = "Write FROM scratch, or FROM with a file or folder beside this one."
            self.bad("recipe-from", f"FROM {rest} cannot be followed here.", remedy, line)
        self.recipe = replace(self.recipe, base=words[-1] if len(words) == 1 else SCRATCH)
        self.recipe = replace(self.recipe, base_line=line)

    def copy(self, rest: str, line: int) -> None:
        words = self.words(rest, line)
        if any(word.startswith("--") for word in words):
            remedy = "Take the option away; files belong to root and stay executable."
            self.bad("recipe-option", f"COPY {rest}: options are not followed.", remedy, line)
        elif len(words) < 2:
            remedy = "Write COPY source… target."
            self.bad("recipe-copy", f"COPY {rest} has no target.", remedy, line)
        else:
            *sources, target = words
            is_folder = target.endswith("/") or target == "." or len(sources) > 1
            place = self.absolute(target)
            place = place.rstrip("/") + "/" if is_folder else place
            copies = (*self.recipe.copies, Copy(tuple(sources), place, line))
            self.recipe = replace(self.recipe, copies=copies)

    def set_env(self, rest: str, line: int) -> None:
        self.env |= self.pairs(rest, line, "ENV")

    def label(self, rest: str, line: int) -> None:
        self.labels |= self.pairs(rest, line, "LABEL")

    def workdir(self, rest: str, line: int) -> None:
        place = self.absolute(" ".join(self.words(rest, line)))
        self.run = replace(self.run, cwd=place)
        self.recipe = replace(self.recipe, folders=(*self.recipe.folders, place))

    def user(self, rest: str, line: int) -> None:
        self.run = replace(self.run, user=" ".join(self.words(rest, line)))

    def expose(self, rest: str, line: int) -> None:
        for word in self.words(rest, line):
            match = PORT.match(word)
            if match is None or not 0 < int(match[1]) < 65536:
                remedy = "Write a number from 1 to 65535, with /tcp, /udp or /sctp behind it."
                self.bad("recipe-port", f"{word} is no port.", remedy, line)
            else:
                port = (int(match[1]), match[2] or "tcp")
                self.recipe = replace(self.recipe, ports=(*self.recipe.ports, port))

    def command(self, rest: str, line: int) -> None:
        self.run = replace(self.run, cmd=self.argv(rest, line))

    def entrypoint(self, rest: str, line: int) -> None:
        self.run = replace(self.run, entrypoint=self.argv(rest, line))

    def argv(self, rest: str, line: int) -> tuple[str, ...]:
        """Return a JSON list as it is, and anything else as a line for the shell."""
        if not rest.startswith("["):
            return (*SHELL, rest)
        try:
            found = json.loads(rest)
        except ValueError:
            found = None
        if isinstance(found, list) and found and all(isinstance(each, str) for each in found):
            return tuple(found)
        remedy = 'Write words in double quotes: ["python3", "main.py"].'
        self.bad("recipe-list", f"{rest} is no list of words.", remedy, line)
        return ()

    def pairs(self, rest: str, line: int, name: str) -> dict[str, str]:
        words = self.words(rest, line)
        if "=" not in words[0] and len(words) > 1:
            return {words[0]: " ".join(words[1:])}
        found: dict[str, str] = {}
        for word in words:
            key, equals, value = word.partition("=")
            if not equals or (name == "ENV" and not NAME.match(key)) or not key:
                remedy = f"Write {name} NAME=value, a value with blanks in quotes."
                self.bad("recipe-pair", f"{word} is no pair.", remedy, line)
            else:
                found[key] = value
        return found

    def words(self, rest: str, line: int) -> list[str]:
        """Return the words with quotes taken off and variables put in; at least one."""
        if rest.startswith("["):
            return [*self.argv(rest, line)] or [""]
        try:
            return shlex.split(VARIABLE.sub(lambda match: self.variable(match, line), rest)) or [""]
        except ValueError as fault:
            self.bad("recipe-quotes", f"{rest}: {fault}.", "Close the quotes.", line)
            return [""]

    def variable(self, match: re.Match[str], line: int) -> str:
        name = match[1] or match[2]
        if name not in self.env:
            remedy = f"Write ENV {name}=… above, or the value itself."
            self.bad("recipe-variable", f"${name} has no value here.", remedy, line)
        return shlex.quote(self.env.get(name, ""))

    def absolute(self, target: str) -> str:
        return posixpath.normpath(posixpath.join("/", self.run.cwd, target))

    def bad(self, code: str, sentence: str, remedy: str, line: int) -> None:
        self.faults.append(Fault(code, sentence, remedy, file=self.file, line=line))
