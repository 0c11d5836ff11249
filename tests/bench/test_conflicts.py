"""The bench's rules meet as many others as their names say."""

from bench import conflicts
from wayside.dataplane.plan import Plan


def test_what_is_measured_is_what_is_said() -> None:
    standing = [conflicts.apart(number) for number in range(100)]
    assert Plan(standing).conflicts.found() == ([], True)
    for number in range(100, 120):
        for one, met in ((conflicts.meets_none, 0), (conflicts.meets_eight, 8)):
            assert len(Plan([*standing, one(number)]).conflicts.found()[0]) == met
    alike = Plan(conflicts.alike(number) for number in range(5))
    assert len(alike.conflicts.found()[0]) == 10
