"""Hands the lab's devices over as the access network does. Never decides who belongs where."""

import logging
from typing import Protocol

from wayside.access.lab.following import followed
from wayside.access.lab.model import Scenario
from wayside.core.errors import Problem
from wayside.refpoints.net.picture import AccessNetwork

log = logging.getLogger(__name__)


class Movable(Protocol):
    """What is needed of the ground."""

    @property
    def scenario(self) -> Scenario:
        """The town as it is."""
        ...

    async def hand_over(self, device: str, cell: str) -> None:
        """See ``grounds.Ground``."""
        ...


async def follow(network: AccessNetwork, ground: Movable) -> None:
    """Hand devices over with each change that is told, until the network ends.

    Goes by what is true now, so that what was missed or failed is made good with the next facts.
    What is refused is logged once.
    """
    refused: set[tuple[str, str]] = set()
    reader = network.join()
    try:
        async for _ in reader:
            for move in followed(ground.scenario, network.picture).items():
                try:
                    await ground.hand_over(*move)
                    log.info("%s is handed over to %s", *move)
                except Problem as problem:
                    if move not in refused:
                        log.warning("%s", problem.detail)
                    refused.add(move)
    finally:
        reader.close()
