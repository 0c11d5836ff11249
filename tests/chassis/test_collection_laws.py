"""A collection against a plain dictionary, through any run of changes and restarts."""

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import Conflict, NotFound, PreconditionFailed
from wayside.core.wire import Wire, encode

ids = st.sampled_from(["a", "b", "c", "d"])
cells = st.sampled_from(["cell1", "cell2"])


class Thing(Wire):
    cell: str
    count: int = 0


class CollectionLaws(RuleBasedStateMachine):
    """The dictionary is the truth: same contents, same order, same refusals."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.journal = MemoryJournal()
        self.model: dict[str, Thing] = {}
        self.open()

    def open(self) -> None:
        self.store = Store(self.journal, new_id=CountedIds())
        self.things = Collection(
            self.store, "things", Thing, what="thing", indexes={"cell": lambda t: t.cell}
        )

    def teardown(self) -> None:
        self.loop.close()

    @rule(id=ids, cell=cells)
    def create(self, id: str, cell: str) -> None:
        value = Thing(cell=cell)
        try:
            self.loop.run_until_complete(self.things.create(id, value))
        except Conflict:
            assert id in self.model
        else:
            assert id not in self.model
            self.model[id] = value

    @rule(id=ids, cell=cells, tag=st.sampled_from(["none", "right", "wrong", "any"]))
    def replace(self, id: str, cell: str, tag: str) -> None:
        value = Thing(cell=cell, count=7)
        try:
            self.loop.run_until_complete(self.things.replace(id, value, if_match=self.tag(id, tag)))
        except NotFound:
            assert id not in self.model
        except PreconditionFailed:
            assert tag == "wrong"
        else:
            assert tag != "wrong"
            self.model[id] = value

    @rule(id=ids)
    def modify(self, id: str) -> None:
        def one_more(thing: Thing) -> Thing:
            return Thing(cell=thing.cell, count=thing.count + 1)

        try:
            self.loop.run_until_complete(self.things.modify(id, one_more))
        except NotFound:
            assert id not in self.model
        else:
            self.model[id] = one_more(self.model[id])

    @rule(id=ids, tag=st.sampled_from(["none", "right", "wrong"]))
    def delete(self, id: str, tag: str) -> None:
        try:
            self.loop.run_until_complete(self.things.delete(id, if_match=self.tag(id, tag)))
        except NotFound:
            assert id not in self.model
        except PreconditionFailed:
            assert tag == "wrong"
        else:
            del self.model[id]

    @rule()
    def restart(self) -> None:
        self.loop.run_until_complete(self.store.close())
        self.open()

    def tag(self, id: str, which: str) -> str | None:
        present = self.things.find(id)
        right = present.etag if present else '"-"'
        return {"none": None, "right": right, "wrong": '"other"', "any": "*"}[which]

    @invariant()
    def same_contents_in_the_same_order(self) -> None:
        listed = self.things.list()
        assert [(entry.id, entry.value) for entry in listed] == list(self.model.items())
        assert all(entry.encoded == encode(entry.value) for entry in listed)
        assert len(self.things) == len(self.model)
        for cell in ("cell1", "cell2"):
            expected = [id_ for id_, thing in self.model.items() if thing.cell == cell]
            assert [entry.id for entry in self.things.list(cell=cell)] == expected


CollectionLaws.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, database=None
)
TestCollectionLaws = CollectionLaws.TestCase
