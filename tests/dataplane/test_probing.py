"""What echoes tell of an access network, by their moments alone."""

import pytest

from wayside.dataplane.probing import WINDOW, Samples
from wayside.linux import icmp

TRIP_S = 0.004


def echoes(
    samples: Samples, numbers: range, *, answered: bool = True, trip_s: float = TRIP_S
) -> float:
    """Send one every 0.1 s; return the moment of the last."""
    at = 0.0
    for number in numbers:
        at = number * 0.1
        samples.send(number, at)
        if answered:
            samples.answer(number, at + trip_s)
    return at


def test_nothing_is_said_before_anything_is_known() -> None:
    samples = Samples()
    assert samples.state(0.0) is None
    samples.send(0, 0.0)
    assert samples.state(0.5) is None


def test_the_delay_is_half_the_way_there_and_back() -> None:
    samples = Samples()
    found = samples.state(echoes(samples, range(10)) + 0.05)
    assert found is not None and found.is_up
    assert found.figures.delay_ns == pytest.approx(2_000_000)
    assert (found.figures.jitter_ns, found.figures.loss) == (pytest.approx(0, abs=10), 0)


def test_a_change_of_delay_is_seen_within_a_second_or_two() -> None:
    samples = Samples()
    echoes(samples, range(90))
    found = samples.state(echoes(samples, range(90, 102), trip_s=0.040) + 0.05)
    assert found is not None and found.figures.delay_ns == pytest.approx(20_000_000)


def test_silence_is_a_loss_and_an_answer_ends_it() -> None:
    samples = Samples()
    up = echoes(samples, range(20))
    echoes(samples, range(20, 26), answered=False)
    short, long = samples.state(up + 0.3), samples.state(up + 0.65)
    assert short is not None and short.is_up
    assert long is not None and not long.is_up
    back = samples.state(echoes(samples, range(26, 40)) + 0.05)
    assert back is not None and back.is_up
    assert back.figures.loss == pytest.approx(6 / 40)


def test_what_never_answers_is_down() -> None:
    samples = Samples()
    found = samples.state(echoes(samples, range(12), answered=False))
    assert found is not None and not found.is_up


def test_an_answer_that_is_late_or_to_nothing_is_none() -> None:
    samples = Samples()
    samples.send(1, 0.0)
    samples.answer(1, 1.2)
    samples.answer(9, 0.1)
    assert samples.took == {}


def test_what_is_long_past_is_forgotten() -> None:
    samples = Samples()
    echoes(samples, range(3 * WINDOW))
    assert len(samples.took) == len(samples.sent) == WINDOW


@pytest.mark.parametrize("version", [4, 6])
def test_a_reply_is_known_by_its_identifier(version: int) -> None:
    asked = icmp.request(7, 300, version=version)
    header = bytes([0x45]) + bytes(19) if version == 4 else b""
    reply = header + bytes([icmp.REPLY[version]]) + asked[1:]
    assert icmp.number_of_reply(reply, 7, version=version) == 300
    assert icmp.number_of_reply(reply, 8, version=version) is None
    assert icmp.number_of_reply(header + asked, 7, version=version) is None
    assert icmp.number_of_reply(reply[:-1], 7, version=version) is None
