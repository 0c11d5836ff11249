"""The bench's region: the same for the same seed, as loaded as its name says."""

import pytest

from bench import region


def test_the_same_seed_makes_the_same_region_and_another_one_another() -> None:
    assert region.hosts(5, seed=1) == region.hosts(5, seed=1) != region.hosts(5, seed=2)
    assert region.applications(5, seed=1) == region.applications(5, seed=1)
    assert region.applications(5, seed=1) != region.applications(5, seed=2)


@pytest.mark.parametrize("load", [0.5, 0.9])
def test_the_applications_ask_for_the_load_of_what_is_free(load: float) -> None:
    demands = region.applications(200, seed=1)
    offers = region.loaded(region.hosts(50, seed=1), demands, load=load)
    asked = sum(each.amount.cpu_milli for each in demands)
    free = sum(each.capacity.total.cpu_milli for each in offers if each.capacity is not None)
    assert asked / free == pytest.approx(load, rel=0.01)
