"""A subscriber on this machine's loopback, for whole systems to notify."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

from wayside.linux import netns

Told = Queue[dict[str, Any]]


@contextmanager
def subscriber(namespace: str | None = None) -> Iterator[tuple[str, Told]]:
    """A subscriber on loopback, this machine's or a namespace's: its URL, and what it is told."""
    told: Told = Queue()

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listening, bind_and_activate=False)
    if namespace is not None:
        server.socket.close()
        server.socket = netns.socket_in(namespace, socket.AF_INET, socket.SOCK_STREAM)
    server.server_bind()
    server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/told", told
    finally:
        server.shutdown()
        server.server_close()
