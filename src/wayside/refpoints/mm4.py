"""Mm4, MEO to VIM: what a host has and how much of it is free.

Ours: the standard leaves Mm4 to the VIM (MEC 003 clause 7.1). Served by each host's VIM under
``wayside_vim/v1``.
"""

from enum import StrEnum

from wayside.core.operations import Api, get
from wayside.core.wire import Wire


class Amount(Wire):
    """How much of each resource. CPU in thousandths of a core, memory and storage in bytes."""

    cpu_milli: int = 0
    memory_bytes: int = 0
    storage_bytes: int = 0


class Form(StrEnum):
    """What an application comes as: one of the two. Ref: MEC 010-2 table 6.2.1.2.2-1."""

    CONTAINER = "container"
    MACHINE = "virtual machine"


class Capacity(Wire):
    """What a host has in all, what is taken, and by which driver it runs workloads."""

    total: Amount
    allocated: Amount
    drivers: tuple[str, ...] = ()
    simulated: bool = False
    forms: tuple[Form, ...] = ()
    """What it can run; empty: it does not say."""
    app_instances: tuple[str, ...] | None = None
    """Whose resources ``allocated`` counts; absent: it does not say."""


class Mm4(Api, name="wayside_vim", version="v1", spec="Ours", title="VIM capacity (Mm4)"):
    """What the orchestrator asks of a VIM."""

    @get("/capacity", clause="Ours: MEC 003 clause 7.1 leaves Mm4 open", scope="vim:read")
    async def get_capacity(self) -> Capacity:
        """Return what the host has and what of it is allocated now."""
        raise NotImplementedError
