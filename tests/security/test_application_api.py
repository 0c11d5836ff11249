"""An application's client: named by its AppD, its secret shown once, ended with its package."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.store import Store
from wayside.core.errors import NotFound
from wayside.security.application_api import ApplicationClients, EitherBook
from wayside.security.clients import Client, ClientBook, hash_secret
from wayside.security.identity import application_of, client_id_of

texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(texts, texts)
def test_a_client_id_says_which_application_it_is_and_needs_no_quote(
    provider: str, name: str
) -> None:
    made = client_id_of(provider, name)
    assert application_of(made) == (provider, name)
    assert set(made) <= set(string.ascii_letters + string.digits + "-._~%")


class Shelf:
    """Clients, the journal that keeps them, and the packages there are."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.packages = {"p1": ("ACME", "finder"), "p2": ("ACME", "finder")}
        self.journal = journal or MemoryJournal()
        store = Store(self.journal, new_id=CountedIds())
        self.clients = ApplicationClients(store, self.packages.get)


async def test_a_secret_is_good_for_its_application_and_survives_a_restart() -> None:
    shelf = Shelf()
    issued = await shelf.clients.issue("p1")
    assert issued.client_id == "ACME~finder"
    for clients in (shelf.clients, Shelf(shelf.journal).clients):
        found = clients.authenticate(issued.client_id, issued.client_secret)
        assert found is not None and found.application
        assert clients.authenticate(issued.client_id, "x") is None
        assert clients.authenticate("ACME~other", issued.client_secret) is None
        assert clients.get("p1").issue == 1


async def test_a_new_secret_ends_the_one_before_it() -> None:
    shelf = Shelf()
    first, second = await shelf.clients.issue("p1"), await shelf.clients.issue("p1")
    assert second.issue == 2
    assert shelf.clients.authenticate(first.client_id, first.client_secret) is None
    assert shelf.clients.authenticate(first.client_id, second.client_secret) is not None


async def test_a_client_ends_with_its_package_and_does_not_come_back_with_another() -> None:
    shelf = Shelf()
    issued = await shelf.clients.issue("p1")
    del shelf.packages["p1"]
    assert shelf.clients.authenticate(issued.client_id, issued.client_secret) is None
    with pytest.raises(NotFound):
        shelf.clients.get("p1")
    with pytest.raises(NotFound):
        shelf.clients.get("p2")
    assert (await shelf.clients.issue("p2")).issue == 2


async def test_without_a_package_there_is_no_secret() -> None:
    with pytest.raises(NotFound, match="no ONBOARDED package p9"):
        await Shelf().clients.issue("p9")


async def test_an_application_cannot_take_the_name_of_an_operators_client() -> None:
    shelf = Shelf()
    issued = await shelf.clients.issue("p1")
    own = Client(client_id=issued.client_id, secret_hash=hash_secret("own"), scopes=("all",))
    either = EitherBook(ClientBook({own.client_id: own}), shelf.clients)
    assert either.authenticate(own.client_id, "own") == own
    assert either.authenticate(own.client_id, issued.client_secret) is None
