"""How devices move along roads. Pure: where they turn depends on the seed, the time and who it is.

Never looks at a cell.
"""

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals, Rows

from .chance import Purpose, draw
from .roads import Roads
from .world import Movers

CROSSINGS_MAX = 64
"""How many points of roads are passed in a step at most; who would pass more waits at the last."""
BLOCK = 16_384


def advance(
    movers: Movers, at: tuple[Rows, Reals], dt_s: float, chance: tuple[int, int]
) -> tuple[Rows, Reals]:
    """Return edges and places after ``dt_s``; ``chance`` is the seed and the number of the step."""
    roads = movers.roads
    edge, along = at[0].copy(), np.empty_like(at[1])
    ended: list[NDArray[np.intp]] = []
    for begin in range(0, len(edge), BLOCK):
        span = slice(begin, begin + BLOCK)
        np.multiply(movers.speed_mps[span], np.float32(dt_s), out=along[span])
        along[span] += at[1][span]
        ended.append(np.flatnonzero(along[span] > roads.length_m.take(edge[span])) + begin)
    late = np.concatenate(ended) if ended else np.zeros(0, dtype=np.intp)
    turned = late
    for point in range(CROSSINGS_MAX):
        if not len(late):
            break
        here = edge[late]
        along[late] -= roads.length_m.take(here)
        drawn = draw(chance[0], Purpose.TURN, chance[1], point, movers.devices[late])
        way = (drawn >> np.uint64(33)).astype(np.int64) % roads.choices.take(here)
        edge[late] = roads.following.take(roads.choice.take(here) + way)
        late = late[along[late] > roads.length_m.take(edge[late])]
    along[turned] = np.minimum(along[turned], roads.length_m.take(edge[turned]))
    return edge, along


def places(roads: Roads, edge: Rows, along_m: Reals) -> tuple[Reals, Reals, Reals]:
    """Return x, y and the heading of places on edges."""
    found = tuple(np.empty(len(edge), dtype=np.float32) for _ in range(3))
    for begin in range(0, len(edge), BLOCK):
        span = slice(begin, begin + BLOCK)
        here, along = edge[span], along_m[span]
        np.add(roads.x.take(here), roads.east.take(here) * along, out=found[0][span])
        np.add(roads.y.take(here), roads.north.take(here) * along, out=found[1][span])
        roads.heading_deg.take(here, out=found[2][span], mode="clip")
    return found[0], found[1], found[2]
