"""How devices move along roads. Pure: where they turn depends on the seed, the time and who it is.

Never looks at a cell.
"""

import numpy as np

from wayside.refpoints.net.values import Reals, Rows

from .chance import Purpose, draw
from .roads import SPACING_M, Roads
from .world import Movers

CROSSINGS_MAX = 16
"""How many crossings are passed in a step at most; who would pass more waits at the last."""
BLOCK = 16_384


def advance(
    movers: Movers, at: tuple[Rows, Reals], dt_s: float, chance: tuple[int, int]
) -> tuple[Rows, Reals]:
    """Return edges and places after ``dt_s``; ``chance`` is the seed and the number of the step."""
    roads = movers.roads
    edge, along = at[0].copy(), at[1] + movers.speed_mps * np.float32(dt_s)
    late = np.flatnonzero(along > roads.length_m.take(edge))
    for crossing in range(CROSSINGS_MAX):
        if not len(late):
            break
        here = edge[late]
        along[late] -= roads.length_m.take(here)
        drawn = draw(chance[0], Purpose.TURN, chance[1], crossing, movers.devices[late])
        way = (drawn >> np.uint64(33)).astype(np.int64) % roads.choices.take(here)
        edge[late] = roads.following.take(roads.choice.take(here) + way)
        late = late[along[late] > roads.length_m.take(edge[late])]
    np.minimum(along, roads.length_m.take(edge), out=along)
    return edge, along


def places(roads: Roads, edge: Rows, along_m: Reals) -> tuple[Reals, Reals, Reals]:
    """Return x, y and the heading of places on edges."""
    found = tuple(np.empty(len(edge), dtype=np.float32) for _ in range(3))
    for begin in range(0, len(edge), BLOCK):
        span = slice(begin, begin + BLOCK)
        sample = (along_m[span] * np.float32(1 / SPACING_M)).astype(np.int32)
        rest = along_m[span] - sample * np.float32(SPACING_M)
        sample += roads.first.take(edge[span])
        np.add(roads.x.take(sample), roads.east.take(sample) * rest, out=found[0][span])
        np.add(roads.y.take(sample), roads.north.take(sample) * rest, out=found[1][span])
        roads.heading_deg.take(sample, out=found[2][span], mode="clip")
    return found[0], found[1], found[2]
