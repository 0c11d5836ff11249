"""A translated scenario as a file of ours. Never writes it: the caller does."""

import tomli_w

from .logic import Translated


def text_of(found: Translated, *, source: str) -> str:
    """Return the TOML, with where it comes from and which names are others."""
    lines = [f"# Made of the AdvantEDGE scenario {_line(source)}: simulated, as all of it."]
    lines += [f"# {_line(theirs)} is {ours} here." for theirs, ours in found.report.renamed.items()]
    return "\n".join(lines) + "\n\n" + tomli_w.dumps(found.tables)


def _line(text: str) -> str:
    """Return ``text`` as far as it may stand in a comment."""
    return "".join(each if each.isprintable() else "?" for each in text)
