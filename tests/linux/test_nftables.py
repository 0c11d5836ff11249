"""nft by library and by command: the same words, the same answers, the same complaints."""

import os
from collections.abc import Iterator

import pytest

from wayside.linux import netns, probe
from wayside.linux.nftables import Nft, NftFailed

pytestmark = pytest.mark.netns

TABLE = "add table inet t\nadd map inet t m { type mark : mark; elements = { 1 : 2 }; }\n"


@pytest.fixture
def namespace() -> Iterator[str]:
    if (reason := probe.missing("nftables")) is not None:
        pytest.skip(reason)
    name = f"wln{os.getpid()}"
    netns.create(name)
    try:
        yield name
    finally:
        netns.delete(name)


@pytest.fixture(params=["libnftables.so.1", "a-library-that-is-not-there.so"])
def nft(request: pytest.FixtureRequest, namespace: str) -> Iterator[Nft]:
    made = Nft(namespace, library=request.param)
    yield made
    made.close()


def test_commands_act_in_their_namespace_and_print_what_was_asked(nft: Nft, namespace: str) -> None:
    assert nft.run(TABLE) == ""
    assert "table inet t" in nft.run("list tables")
    assert "table inet t" in netns.run_in(namespace, ["nft", "list", "tables"])


def test_lists_leave_elements_out(nft: Nft) -> None:
    nft.run(TABLE)
    said = nft.run("list table inet t")
    assert "map m" in said and "elements" not in said


def test_a_refused_transaction_changes_nothing_and_says_why(nft: Nft) -> None:
    with pytest.raises(NftFailed, match="No such file or directory"):
        nft.run(TABLE + "add rule inet t nowhere accept\n")
    assert nft.run("list tables") == ""
    nft.run(TABLE)


def test_only_the_library_is_fast(namespace: str) -> None:
    made = Nft(namespace, library="a-library-that-is-not-there.so")
    assert not made.is_fast
