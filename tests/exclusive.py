"""One at a time on this machine: a simulated town has fixed addresses on loopback."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 180.0
NAME = "\0wayside-tests-simulated-town"
"""An abstract socket: it goes with its process, and is no file."""


@contextmanager
def simulated_town() -> Iterator[None]:
    """Hold the loopback addresses of a simulated town; wait while another test has them."""
    with socket.socket(socket.AF_UNIX) as turn:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                turn.bind(NAME)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield
