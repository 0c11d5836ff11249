"""What a player saw of its moves is summarised truly."""

from wayside.access.lab.player import Shot
from wayside.cli.moves import interruption_ms, is_intact


def shots(*answers: tuple[float | None, int]) -> list[Shot]:
    return [Shot(asked_s=0.0, answered_s=at, value=value) for at, value in answers]


def test_an_interruption_is_the_longest_silence_beyond_the_usual_one() -> None:
    regular = [(0.1 * number, number) for number in range(10)]
    assert round(interruption_ms(shots(*regular))) == 0
    assert round(interruption_ms(shots(*regular, (1.25, 10)))) == 250
    assert interruption_ms(shots((None, 0))) == float("inf")


def test_who_is_answered_no_more_is_interrupted_until_the_end() -> None:
    answered = [Shot(asked_s=0.1 * n, answered_s=0.1 * n, value=n) for n in range(10)]
    lost = [Shot(asked_s=0.1 * n) for n in range(10, 21)]
    assert round(interruption_ms([*answered, *lost])) == 1000


def test_a_state_is_intact_where_nothing_is_forgotten_or_counted_twice() -> None:
    assert is_intact(shots((0.1, 4), (0.2, 5), (0.3, 6)))
    assert not is_intact(shots((0.1, 4), (0.2, 5), (0.3, 1)))
    assert not is_intact(shots((0.1, 4), (0.2, 4)))
    assert not is_intact(shots((0.1, 4), (0.2, 6)))
    assert is_intact(shots((0.1, 4), (None, 0), (0.2, 6)))
    assert not is_intact(shots((None, 0)))
