"""The developer's identity on this machine: signs what is built here, trusted by what runs here.

Never leaves the state folder; another system trusts it only where its operator says so.
"""

from wayside.core.clock import Clock
from wayside.csar.keys import Identity, load_identity, new_provider, write_identity

from .state import StateFolder

NAME = "Wayside developer"


def developer_identity(state: StateFolder, clock: Clock) -> Identity:
    """Return the identity in the state folder, made there the first time."""
    if not state.developer_key.exists():
        identity = new_provider(NAME, now=clock.now())
        state.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_identity(identity, state.keys, state.developer_key.stem)
    return load_identity(state.developer_key, state.developer_certificate)
