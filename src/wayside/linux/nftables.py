"""The kernel's packet filter, in nft's own language: text in, one transaction, output or problem.

Uses libnftables where it is installed (0.1 ms a call) and the nft command elsewhere (5 ms). Never
decides what a table holds, and never flushes a ruleset: callers write their own tables only.
"""

import ctypes
from functools import cache

from wayside.core.errors import Internal

from . import netns
from .commands import CommandFailed, path_of, run

LIBRARY = "libnftables.so.1"
TERSE = 1 << 11
"""NFT_CTX_OUTPUT_TERSE: list sets and maps without their elements. Ref: libnftables(3)."""


class NftFailed(Internal):
    """The kernel or nft refused a transaction; nothing of it holds. The detail is nft's message."""


class Nft:
    """One namespace's packet filter: the caller's own, or the one called ``namespace``.

    Calls block for as long as the kernel needs and may come from any thread, one at a time.
    ``terse``: sets and maps are listed without their elements.
    """

    def __init__(
        self, namespace: str | None = None, *, library: str = LIBRARY, terse: bool = True
    ) -> None:
        self._namespace = namespace
        self._terse = terse
        self._library = _load(library)
        self._context: int | None = None
        if self._library is not None:
            self._context = (
                self._open() if namespace is None else netns.inside(namespace, self._open)
            )

    @property
    def is_fast(self) -> bool:
        """Whether the library is used, and not the command."""
        return self._context is not None

    def run(self, text: str) -> str:
        """Carry out the commands in ``text`` as one transaction and return what they print.

        Raises NftFailed with nft's message; then nothing has changed.
        """
        if self._library is None or self._context is None:
            return self._command(text)
        failed = self._library.nft_run_cmd_from_buffer(self._context, text.encode())
        output: bytes = self._library.nft_ctx_get_output_buffer(self._context)
        complaint: bytes = self._library.nft_ctx_get_error_buffer(self._context)
        if failed:
            raise NftFailed(_said(complaint.decode(errors="replace")))
        return output.decode()

    def close(self) -> None:
        """Give the context back; the tables stay as they are."""
        if self._library is not None and self._context is not None:
            self._library.nft_ctx_free(self._context)
            self._context = None

    def _open(self) -> int:
        assert self._library is not None
        context: int = self._library.nft_ctx_new(0)
        self._library.nft_ctx_output_set_flags(context, TERSE if self._terse else 0)
        self._library.nft_ctx_buffer_output(context)
        self._library.nft_ctx_buffer_error(context)
        return context

    def _command(self, text: str) -> str:
        argv = [path_of("nft"), *(["--terse"] if self._terse else []), "--file", "-"]
        if self._namespace is not None:
            argv = netns.command_in(self._namespace, argv)
        try:
            return run(argv, stdin=text)
        except CommandFailed as fault:
            raise NftFailed(_said(fault.detail)) from fault


@cache
def _load(name: str) -> ctypes.CDLL | None:
    """Return the library with its signatures, or None where it is not installed."""
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None
    pointer, text, flags = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32
    library.nft_ctx_new.argtypes, library.nft_ctx_new.restype = [flags], pointer
    library.nft_ctx_free.argtypes, library.nft_ctx_free.restype = [pointer], None
    library.nft_ctx_output_set_flags.argtypes = [pointer, ctypes.c_uint]
    library.nft_run_cmd_from_buffer.argtypes = [pointer, text]
    for kind in ("output", "error"):
        getattr(library, f"nft_ctx_buffer_{kind}").argtypes = [pointer]
        getter = getattr(library, f"nft_ctx_get_{kind}_buffer")
        getter.argtypes, getter.restype = [pointer], text
    return library


def _said(message: str) -> str:
    """Return the first complaint with the command it is about, without the long rest."""
    lines = [line for line in message.strip().splitlines() if line.strip()]
    return "nft refused: " + " | ".join(line[:300] for line in lines[:2])
