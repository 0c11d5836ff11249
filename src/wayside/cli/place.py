"""Which Wayside a command means: its state folder, and the system that serves it or another.

Never starts one.
"""

from dataclasses import dataclass
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.system.launch import running
from wayside.system.state import OPERATOR, StateFolder, default_root

from .contexts import NOTHING, Context, Wish, saved_context


@dataclass
class Place:
    """What the global options of this run of the program say; set once."""

    root: Path | None = None
    wish: Wish = NOTHING

    @property
    def state(self) -> StateFolder:
        """The folder, also where it does not exist yet."""
        return StateFolder((self.root or default_root()).absolute())

    def context(self) -> Context:
        """Return the system that commands speak to, and who asks.

        It is that of ``--context``, else that of ``--url``, else the one that runs on the state
        folder; single options go before what a context says. Raises NotFound where there is no
        such context, Unavailable where nothing runs.
        """
        wish = self.wish
        if wish.context is not None:
            return wish.over(saved_context(wish.context))
        if wish.url is not None:
            return wish.over(Context(url=wish.url))
        return wish.over(self._local())

    def _local(self) -> Context:
        record = running(self.state)
        if record is None:
            raise Unavailable(
                f"No Wayside runs on the state folder {self.state.root}; start one with "
                "`wayside up`, name another folder with --state, or another system with --url or "
                "--context."
            )
        if not record.url.startswith("https://"):
            return Context(url=record.url)
        return Context(
            url=record.url,
            client_id=OPERATOR,
            client_secret_file=self.state.secret(OPERATOR),
            trust=self.state.authority_certificate,
        )


place = Place()
"""The one of this process."""
