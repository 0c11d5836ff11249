"""Which Wayside a command means: its state folder, and the front door that serves it.

Never starts one.
"""

from dataclasses import dataclass
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.system.launch import running
from wayside.system.state import StateFolder, default_root


@dataclass
class Place:
    """The state folder of this run of the program; set once from the global options."""

    root: Path | None = None

    @property
    def state(self) -> StateFolder:
        """The folder, also where it does not exist yet."""
        return StateFolder((self.root or default_root()).absolute())

    def url(self) -> str:
        """Return the front door's URL; raise Unavailable saying how to start one."""
        record = running(self.state)
        if record is None:
            raise Unavailable(
                f"No Wayside runs on the state folder {self.state.root}; start one with "
                "`wayside up`, or name another folder with --state."
            )
        return record.url


place = Place()
"""The one of this process."""
