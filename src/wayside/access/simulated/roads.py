"""Roads as a graph that devices walk: directed edges, sampled evenly, and where each leads. Pure.

Roads cross where they have a point in common. At a crossing any road but the one that was come by
may be taken; at a dead end one turns round. Never moves a device: ``moving`` does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals, Rows

from .ground import Ground
from .model import Point, Road

SPACING_M = 2.0
"""Between two samples of an edge; a power of two, so that dividing by it is exact."""


@dataclass(frozen=True)
class _Edge:
    """A stretch of road in one direction, between two crossings."""

    points: tuple[Point, ...]
    road: str

    @property
    def turned(self) -> "_Edge":
        return _Edge(self.points[::-1], self.road)


@dataclass(frozen=True)
class Roads:
    """Edges one after the other: ``first`` is where the samples of each begin."""

    first: Rows
    length_m: Reals
    x: Reals
    y: Reals
    east: Reals
    """The way to the next sample, as a share of ``SPACING_M``."""
    north: Reals
    heading_deg: Reals
    choice: Rows
    """Where the edges that follow each begin in ``following``."""
    choices: Rows
    following: Rows


def one_way_ends(roads: Sequence[Road]) -> list[str]:
    """Return the one-way roads from whose end nothing leads on."""
    edges = _edges(roads)
    starts = {edge.points[0] for edge in edges}
    return sorted({edge.road for edge in edges if edge.points[-1] not in starts})


def lay(roads: Sequence[Road], ground: Ground) -> Roads:
    """Return the graph of ``roads``."""
    edges = _edges(roads)
    leaving: dict[Point, list[int]] = {}
    for number, edge in enumerate(edges):
        leaving.setdefault(edge.points[0], []).append(number)
    following = [_following(edges, edge, leaving[edge.points[-1]]) for edge in edges]
    sampled = [_sampled(edge.points, ground) for edge in edges]
    x, y, east, north, heading, length = (
        np.concatenate(column).astype(np.float32) for column in zip(*sampled, strict=True)
    )
    return Roads(
        first=_starts([len(each[0]) for each in sampled]),
        length_m=length,
        x=x,
        y=y,
        east=east,
        north=north,
        heading_deg=heading,
        choice=_starts([len(each) for each in following]),
        choices=np.array([len(each) for each in following], dtype=np.int32),
        following=np.array([number for each in following for number in each], dtype=np.int32),
    )


def joined(parts: Sequence[Roads]) -> Roads:
    """Return several graphs as one, without a way from one to another; numbers count on."""
    found = parts[0]
    for part in parts[1:]:
        edges, samples = np.int32(len(found.first)), np.int32(len(found.x))
        part = replace(
            part,
            first=part.first + samples,
            choice=part.choice + np.int32(len(found.following)),
            following=part.following + edges,
        )
        columns = {
            each.name: np.concatenate([getattr(found, each.name), getattr(part, each.name)])
            for each in fields(Roads)
        }
        found = Roads(**columns)
    return found


def _edges(roads: Sequence[Road]) -> list[_Edge]:
    found = []
    for stretch in _stretches(roads):
        found.append(stretch)
        if not next(road.oneway for road in roads if road.id == stretch.road):
            found.append(stretch.turned)
    return found


def _stretches(roads: Sequence[Road]) -> Iterator[_Edge]:
    """Cut each road where another one, or itself, passes."""
    passes = Counter(point for road in roads for point in road.points)
    for road in roads:
        points = (*road.points, road.points[0]) if road.loop else road.points
        begun = 0
        for place in range(1, len(points)):
            if place == len(points) - 1 or passes[points[place]] > 1:
                yield _Edge(points[begun : place + 1], road.id)
                begun = place


def _following(edges: Sequence[_Edge], edge: _Edge, leaving: Sequence[int]) -> list[int]:
    back = edge.turned.points
    onward = [number for number in leaving if edges[number].points != back]
    return onward or list(leaving)


def _sampled(points: tuple[Point, ...], ground: Ground) -> tuple[NDArray[np.float64], ...]:
    """Return x, y, the way to the next sample, the heading, and last the edge's length."""
    latitude, longitude = np.array(points).T
    corners = np.stack(ground.metres(latitude, longitude))
    lengths = np.sqrt(np.square(np.diff(corners, axis=1)).sum(axis=0))
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.arange(int(along[-1] / SPACING_M) + 2) * SPACING_M
    x, y = (np.round(np.interp(places, along, axis), 3) for axis in corners)
    # The last sample is nearer to the end than to where the next would be.
    rest = np.clip(along[-1] - places[:-1], 1e-3, SPACING_M)
    east, north = np.diff(x) / rest, np.diff(y) / rest
    heading = np.round(np.degrees(np.arctan2(east, north)) % 360, 2)
    return x[:-1], y[:-1], east, north, heading, np.round(along[-1:], 3)


def _starts(counts: Sequence[int]) -> Rows:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32)
