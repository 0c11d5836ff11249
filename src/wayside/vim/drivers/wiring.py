"""The hands that make an instance's network: the same for every driver that gives it one.

Never touches a namespace or device that is not named after one of the instances.
"""

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from wayside.linux import commands, netns
from wayside.refpoints.mm6 import Interface
from wayside.vim import networks
from wayside.vim.networks import InstanceNetwork, Pool

from .driver import Box


class Wiring:
    """The networks of a host's instances. Every call blocks for some tens of milliseconds.

    ``prefix`` starts the namespaces' names; ``host`` is the namespace where the host's ends of the
    veth pairs lie, None for the caller's own.
    """

    def __init__(self, prefix: str, pool: Pool, host: str | None) -> None:
        self._prefix = prefix
        self._pool = pool
        self._host = host

    def open(self) -> None:
        """Set the host's gateway address and kernel settings."""
        netns.batch(self._host, networks.gateway_lines(str(self._pool.gateway)))
        self._set_on_host(networks.HOST_SETTINGS)

    def namespace(self, box: Box) -> str:
        """Return the name of the instance's namespace."""
        return self._network(box).namespace

    def attach(self, box: Box) -> Interface:
        """Make namespace, veth pair, routes and translation, anew where something is left."""
        network = self._network(box)
        self._detach(network)
        netns.create(network.namespace)
        netns.set_sysctls(network.namespace, network.inside_settings)
        netns.run_in(network.namespace, ["nft", "-f", "-"], stdin=network.inside_rules)
        netns.batch(self._host, network.host_lines)
        netns.batch(network.namespace, network.inside_lines)
        self._set_on_host(network.host_settings)
        return Interface(address=network.address, device=network.device)

    def ensure(self, box: Box) -> None:
        """Make the network again where the machine was started anew."""
        if not netns.exists(self.namespace(box)):
            self.attach(box)

    def sweep(self, box: Box) -> None:
        """Kill whatever is in the instance's namespace."""
        name = self.namespace(box)
        if netns.exists(name):
            for pid in netns.pids_in(name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def detach(self, box: Box) -> None:
        """Take the network away; nothing to do where it is gone."""
        self._detach(self._network(box))

    def _network(self, box: Box) -> InstanceNetwork:
        return networks.network_of(
            box.app_instance_id, box.number, prefix=self._prefix, pool=self._pool
        )

    def _detach(self, network: InstanceNetwork) -> None:
        # The pair would go with the namespace, but some time after; its name is needed now.
        with contextlib.suppress(commands.CommandFailed):
            netns.batch(self._host, [f"link delete {network.device}"])
        netns.delete(network.namespace)

    def _set_on_host(self, settings: Sequence[tuple[str, str]]) -> None:
        if self._host is not None:
            netns.set_sysctls(self._host, settings)
            return
        for name, value in settings:
            Path("/proc/sys", *name.split(".")).write_text(value)
