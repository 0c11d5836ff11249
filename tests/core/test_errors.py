"""The family of problems: what a fault of the machine is called."""

import errno

from wayside.core.errors import PROBLEMS, InsufficientStorage, no_room


def test_a_full_disk_is_a_problem_with_a_remedy_and_other_faults_are_not() -> None:
    for code in (errno.ENOSPC, errno.EDQUOT):
        told = no_room(OSError(code, "full"))
        assert told is not None and "Make room" in told.detail
    assert no_room(OSError(errno.EIO, "broken")) is None
    assert no_room(ValueError("full")) is None
    assert PROBLEMS[507] is InsufficientStorage
