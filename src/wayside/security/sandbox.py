"""The sandbox profile's authoriser: everyone is welcome, on loopback and in the lab alone.

Never used with the operator profile; ``system`` refuses to listen elsewhere with it.
"""

from collections.abc import Mapping

from wayside.core.authorisation import Caller, Credentials
from wayside.core.operations import Operation

ANONYMOUS = Caller(subject="anonymous")


class SandboxAuthoriser:
    """Lets every caller do every operation. Ours: the profile for a developer's own machine."""

    def authorise(
        self, operation: Operation, credentials: Credentials, path: Mapping[str, str]
    ) -> Caller:
        """Return the anonymous caller."""
        return ANONYMOUS
