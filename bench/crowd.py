"""The built-in town with many more people in it, as a scenario file. Pure.

Never draws a town of its own: cells, streets and rules are those of ``scenarios/town.toml``.
"""

import re
from pathlib import Path

TOWN = Path(__file__).resolve().parents[1] / "scenarios" / "town.toml"
SHARES = {"hill-walker": 0.40, "harbour-walker": 0.50, "car": 0.08}
"""Of all devices; the rest stand still."""


def crowd(devices: int) -> str:
    """Return the town with so many devices moving or standing about, beside the lab's own."""
    text = TOWN.read_text()
    counts = {name: int(devices * share) for name, share in SHARES.items()}
    counts["meter"] = devices - sum(counts.values()) - len(re.findall(r"alone = true", text))
    for name, count in counts.items():
        start = text.index(f'id = "{name}"')
        head, tail = text[:start], text[start:]
        text = head + re.sub(r"count = \d+", f"count = {count}", tail, count=1)
    return text
