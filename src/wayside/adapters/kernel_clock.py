"""Whether the kernel's clock is locked to UTC, read with ``adjtimex``.

Never sets the clock: the call is made with no modes, which any user may do.
"""

import ctypes
import os

STA_UNSYNC = 0x0040
TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """``struct timex`` of the C library; only ``modes`` and ``status`` matter here."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        # The rest of the structure, and room for what a later kernel may add to it.
        ("rest", ctypes.c_long * 64),
    )


class KernelClockState:
    """Asks the kernel each time. Port: ``ClockState``. Ref: adjtimex(2)."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)

    def traceable(self) -> bool:
        """Tell whether a time daemon keeps the clock in step with UTC; False if unknown."""
        return self.fault() is None

    def fault(self) -> str | None:
        """Return why the time is not traceable, as a sentence, or None where it is."""
        if not hasattr(self._library, "adjtimex"):
            return "This C library has no adjtimex, so the clock's state is unknown."
        state = _Timex()
        answer = self._library.adjtimex(ctypes.byref(state))
        if answer < 0:
            return f"The kernel does not tell the clock's state: {os.strerror(ctypes.get_errno())}."
        if answer == TIME_ERROR or state.status & STA_UNSYNC:
            return "No time daemon keeps the kernel's clock in step; start chrony or ntpd."
        return None
