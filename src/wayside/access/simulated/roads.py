"""Roads as a graph that devices walk: straight edges in one direction, and where each leads. Pure.

Roads cross where they have a point in common. At a crossing any road but the one that was come by
may be taken; at a dead end one turns round. Never moves a device: ``moving`` does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np

from wayside.refpoints.net.values import Reals, Rows

from .ground import Ground
from .model import Point, Road


@dataclass(frozen=True)
class _Edge:
    """From one point of a road to the next."""

    start: Point
    end: Point
    road: str


@dataclass(frozen=True)
class Roads:
    """A column for each thing to know of an edge."""

    x: Reals
    y: Reals
    """Of its start."""
    east: Reals
    north: Reals
    """Its direction, of length 1."""
    heading_deg: Reals
    length_m: Reals
    choice: Rows
    """Where the edges that follow it begin in ``following``."""
    choices: Rows
    following: Rows


def one_way_ends(roads: Sequence[Road]) -> list[str]:
    """Return the one-way roads from whose end nothing leads on."""
    edges = list(_edges(roads))
    starts = {edge.start for edge in edges}
    return sorted({edge.road for edge in edges if edge.end not in starts})


def lay(roads: Sequence[Road], ground: Ground) -> Roads:
    """Return the graph of ``roads``."""
    edges = list(_edges(roads))
    leaving: dict[Point, list[int]] = {}
    for number, edge in enumerate(edges):
        leaving.setdefault(edge.start, []).append(number)
    following = [_following(edges, edge, leaving[edge.end]) for edge in edges]
    counts = np.array([len(each) for each in following], dtype=np.int32)
    starts = np.array([edge.start for edge in edges]).T
    ends = np.array([edge.end for edge in edges]).T
    x, y = (np.round(axis, 3) for axis in ground.metres(*starts))
    to_x, to_y = (np.round(axis, 3) for axis in ground.metres(*ends))
    east, north = to_x - x, to_y - y
    length = np.maximum(np.sqrt(east * east + north * north), 1e-3)
    heading = np.round(np.degrees(np.arctan2(east, north)) % 360, 2)
    return Roads(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        east=(east / length).astype(np.float32),
        north=(north / length).astype(np.float32),
        heading_deg=heading.astype(np.float32),
        length_m=length.astype(np.float32),
        choice=(np.cumsum(counts) - counts).astype(np.int32),
        choices=counts,
        following=np.array([number for each in following for number in each], dtype=np.int32),
    )


def joined(parts: Sequence[Roads]) -> Roads:
    """Return several graphs as one, without a way from one to another; numbers count on."""
    found = parts[0]
    for part in parts[1:]:
        part = replace(
            part,
            choice=part.choice + np.int32(len(found.following)),
            following=part.following + np.int32(len(found.x)),
        )
        columns = {
            each.name: np.concatenate([getattr(found, each.name), getattr(part, each.name)])
            for each in fields(Roads)
        }
        found = Roads(**columns)
    return found


def _edges(roads: Sequence[Road]) -> Iterator[_Edge]:
    for road in roads:
        points = (*road.points, road.points[0]) if road.loop else road.points
        for start, end in pairwise(points):
            yield _Edge(start, end, road.id)
            if not road.oneway:
                yield _Edge(end, start, road.id)


def _following(edges: Sequence[_Edge], edge: _Edge, leaving: Sequence[int]) -> list[int]:
    """Return the edges that leave its end, but not back to its start if there is another."""
    onward = [number for number in leaving if edges[number].end != edge.start]
    return onward or list(leaving)
