"""Delivery: in order, tried again, bounded; and one dead callback delays nobody."""

from dataclasses import dataclass, field

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.backoff import Backoff
from wayside.chassis.delivery import CallbackRoute, Deliverer, DeliverySettings, SocketRoute
from wayside.core.errors import Unavailable
from wayside.core.tasks import Nursery


@dataclass
class Wires:
    """Callbacks as a test sees them: what each answers, and what each got when."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    answers: dict[str, int] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    got: list[tuple[float, str, bytes]] = field(default_factory=list)

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> int:
        self.got.append((self.clock.monotonic(), url, body))
        if url in self.silent:
            await self.clock.sleep(timeout_s)
            raise Unavailable(f"{url} did not answer within {timeout_s} s.")
        await self.clock.sleep(0.01)
        return self.answers.get(url, 204)

    def bodies(self, url: str) -> list[bytes]:
        return [body for _, to, body in self.got if to == url]

    def moments(self, url: str) -> list[float]:
        return [round(moment, 2) for moment, to, _ in self.got if to == url]


class Hub:
    def __init__(self) -> None:
        self.connected: set[str] = set()
        self.got: list[tuple[str, str]] = []

    def open(self, path: str | None = None) -> str:
        return path or "/ws/1"

    async def send(self, path: str, text: str) -> bool:
        self.got.append((path, text))
        return path in self.connected

    def close(self, path: str) -> None:
        self.connected.discard(path)


SETTINGS = DeliverySettings(queue_max=3, tries_max=4, backoff=Backoff(first_s=1, longest_s=3))


async def test_notifications_of_one_subscriber_come_in_order() -> None:
    wires = Wires()
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery)
        for n in range(20):
            deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"%d" % n)
        await wires.clock.advance(1)
    assert wires.bodies("http://a") == [b"%d" % n for n in range(20)]
    assert deliverer.counts.delivered == 20 and deliverer.waiting("s") == 0


async def test_a_dead_callback_never_delays_another() -> None:
    wires = Wires(silent={"http://dead"})
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery)
        for n in range(5):
            deliverer.deliver("dead", CallbackRoute(wires, "http://dead"), b"x")
            deliverer.deliver("live", CallbackRoute(wires, "http://live"), b"%d" % n)
        await wires.clock.advance(0.1)
    assert len(wires.bodies("http://live")) == 5


async def test_a_failed_try_is_repeated_with_growing_waits_and_then_given_up() -> None:
    wires = Wires(answers={"http://a": 500})
    ended: list[float] = []
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery, settings=SETTINGS)
        deliverer.deliver(
            "s",
            CallbackRoute(wires, "http://a"),
            b"x",
            ended=lambda: ended.append(wires.clock.monotonic()),
        )
        await wires.clock.advance(60)
    assert wires.moments("http://a") == [0, 1.01, 3.02, 6.03]
    assert deliverer.counts.given_up == 1 and len(ended) == 1


async def test_only_2xx_is_success_and_a_redirect_is_not() -> None:
    wires = Wires(answers={"http://ok": 200, "http://moved": 307})
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery, settings=SETTINGS)
        deliverer.deliver("a", CallbackRoute(wires, "http://ok"), b"x")
        deliverer.deliver("b", CallbackRoute(wires, "http://moved"), b"x")
        await wires.clock.advance(60)
    assert (deliverer.counts.delivered, deliverer.counts.given_up) == (1, 1)


async def test_a_recovered_callback_gets_what_waited_in_order() -> None:
    wires = Wires(silent={"http://a"})
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery, settings=SETTINGS)
        for n in range(3):
            deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"%d" % n)
        await wires.clock.advance(1)
        wires.silent.clear()
        wires.got.clear()
        await wires.clock.advance(60)
    assert wires.bodies("http://a") == [b"0", b"1", b"2"]


async def test_a_full_line_drops_its_oldest_and_counts() -> None:
    wires = Wires(silent={"http://a"})
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery, settings=SETTINGS)
        deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"first")
        await wires.clock.settle()
        for n in range(5):
            deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"%d" % n)
        assert deliverer.waiting("s") == 3 and deliverer.counts.dropped == 2
        wires.silent.clear()
        await wires.clock.advance(60)
    assert wires.bodies("http://a")[-3:] == [b"2", b"3", b"4"]


async def test_a_forgotten_subscriber_gets_no_more() -> None:
    wires = Wires(silent={"http://a"})
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery, settings=SETTINGS)
        deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"old")
        await wires.clock.settle()
        deliverer.forget("s")
        wires.silent.clear()
        deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"new")
        await wires.clock.advance(60)
    assert wires.bodies("http://a") == [b"old", b"new"]
    assert deliverer.counts.delivered == 1


async def test_what_waits_is_redirected_to_a_websocket() -> None:
    wires, hub = Wires(silent={"http://a"}), Hub()
    hub.connected.add("/ws/1")
    async with Nursery() as nursery:
        deliverer = Deliverer(wires.clock, nursery, settings=SETTINGS)
        for n in range(3):
            deliverer.deliver("s", CallbackRoute(wires, "http://a"), b"%d" % n)
        await wires.clock.settle()
        deliverer.redirect("s", SocketRoute(hub, "/ws/1"))
        deliverer.redirect("nobody", SocketRoute(hub, "/ws/1"))
        await wires.clock.advance(1)
    assert hub.got == [("/ws/1", "0"), ("/ws/1", "1"), ("/ws/1", "2")]


async def test_a_websocket_without_client_is_tried_again() -> None:
    clock, hub = VirtualClock(), Hub()
    async with Nursery() as nursery:
        deliverer = Deliverer(clock, nursery, settings=SETTINGS)
        deliverer.deliver("s", SocketRoute(hub, "/ws/1"), b"x")
        await clock.advance(0.5)
        hub.connected.add("/ws/1")
        await clock.advance(1)
    assert len(hub.got) == 2 and deliverer.counts.delivered == 1
