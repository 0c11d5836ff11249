"""Filters: the standard's examples, every operator, and a sentence for what is wrong."""

from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any

import msgspec
import pytest

from wayside.chassis.filters import parse
from wayside.core.errors import BadRequest
from wayside.core.wire import Wire


class Colour(StrEnum):
    RED = "RED"
    GREEN = "GREEN"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Part(Wire):
    id: int
    color: str | None = None
    sizes: tuple[float, ...] = ()


class Thing(Wire):
    id: int
    weight: int = 100
    name: str = ""
    odd_name: str | None = msgspec.field(default=None, name="a/b~c,d@e")
    parts: tuple[Part, ...] = ()
    tags: tuple[str, ...] = ()
    colour: Colour | None = None
    level: Level | None = None
    enabled: bool = False
    made_at: datetime | None = None
    by_key: dict[str, Part] = msgspec.field(default_factory=dict)
    pairs: dict[str, Any] = msgspec.field(default_factory=dict)
    number_or_text: int | str | None = None


OBJ1 = Thing(id=123, weight=100, parts=(Part(id=1, color="red"), Part(id=2, color="green")))
OBJ2 = Thing(id=456, weight=500, parts=(Part(id=3, color="green"), Part(id=4, color="blue")))


def found(text: str, *things: Thing) -> list[int]:
    wanted = parse(text, Thing)
    return [thing.id for thing in things or (OBJ1, OBJ2) if wanted.matches(thing)]


def test_one_attribute_is_compared() -> None:
    assert found("(eq,weight,100)") == [123]


def test_any_entry_of_an_array_may_match() -> None:
    assert found("(eq,parts/color,green)") == [123, 456]


def test_expressions_of_one_prefix_hold_for_the_same_entry() -> None:
    assert found("(eq,parts/color,green);(eq,parts/id,3)") == [456]
    assert found("(eq,parts/color,blue);(eq,parts/id,3)") == []


def test_expressions_of_several_prefixes_all_hold() -> None:
    assert found("(eq,parts/color,green);(gt,weight,100)") == [456]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("(neq,weight,100)", [456]),
        ("(gt,weight,100)", [456]),
        ("(gte,weight,100)", [123, 456]),
        ("(lt,weight,500)", [123]),
        ("(lte,weight,5e2)", [123, 456]),
        ("(in,weight,1,2,500)", [456]),
        ("(nin,weight,1,2,500)", [123]),
        ("(cont,parts/color,blu,nothing)", [456]),
        ("(ncont,parts/color,e)", []),
        ("(gt,parts/color,gr)", [123, 456]),
    ],
)
def test_each_operator_compares_as_it_says(text: str, ids: list[int]) -> None:
    assert found(text) == ids


def test_values_with_brackets_commas_and_quotes_are_quoted() -> None:
    thing = Thing(id=1, name="it's (a, b); c")
    assert found("(eq,name,'it''s (a, b); c')", thing) == [1]
    assert found("(in,name,'x,y','it''s (a, b); c')", thing) == [1]
    assert found("(eq,name,plain)", Thing(id=2, name="plain")) == [2]
    assert found("(eq,name,'')", Thing(id=3)) == [3]


def test_attribute_names_are_escaped() -> None:
    assert found("(eq,a~1b~0c~ad~be,x)", Thing(id=1, odd_name="x")) == [1]


def test_the_key_of_a_map_and_what_stands_under_it_can_be_asked() -> None:
    thing = Thing(id=1, by_key={"abc123": Part(id=7)}, pairs={"zone": "north", "level": 3})
    assert found("(eq,byKey/@key,abc123)", thing) == [1]
    assert found("(eq,byKey/@key,other)", thing) == []
    assert found("(eq,byKey/abc123/id,7)", thing) == [1]
    assert found("(eq,pairs/zone,north);(gt,pairs/level,2)", thing) == [1]
    assert found("(gt,pairs/level,2);(eq,pairs/level,north)", thing) == []


def test_booleans_enumerations_and_moments_are_written_as_on_the_wire() -> None:
    thing = Thing(
        id=1,
        enabled=True,
        colour=Colour.RED,
        level=Level.HIGH,
        made_at=datetime(2024, 5, 1, 12, tzinfo=UTC),
    )
    assert found("(eq,enabled,true);(eq,colour,RED);(in,level,1,2)", thing) == [1]
    assert found("(gt,madeAt,2024-05-01T13:00:00+02:00)", thing) == [1]
    assert found("(gt,madeAt,2024-05-01T13:00:00Z)", thing) == []


def test_arrays_of_scalars_are_leaves() -> None:
    thing = Thing(id=1, tags=("a", "b"), parts=(Part(id=1, sizes=(1.5, 2.5)),))
    assert found("(eq,tags,a);(eq,tags,b)", thing) == [1]
    assert found("(gt,parts/sizes,2)", thing) == [1]


def test_an_attribute_that_is_absent_matches_nothing() -> None:
    assert found("(neq,colour,RED)", Thing(id=1)) == []
    assert found("(nin,parts/color,red)", Thing(id=1, parts=(Part(id=1),))) == []


def test_a_value_left_out_on_the_wire_because_it_is_the_default_still_counts() -> None:
    assert found("(eq,weight,100);(eq,enabled,false)", Thing(id=1)) == [1]


def test_an_attribute_of_several_types_is_compared_as_what_it_is() -> None:
    number, text = Thing(id=1, number_or_text=5), Thing(id=2, number_or_text="5")
    assert found("(eq,numberOrText,5)", number, text) == [1, 2]
    assert found("(gt,numberOrText,4.5)", number, text) == [1, 2]
    assert found("(cont,numberOrText,5)", number, text) == [2]


def test_a_tag_that_tells_types_apart_is_an_attribute() -> None:
    class Cat(Wire, tag_field="kindOf", tag="cat"):
        lives: int = 9

    class Dog(Wire, tag_field="kindOf", tag="dog"):
        bones: int = 0

    wanted = parse("(eq,kindOf,cat)", Cat | Dog)
    assert wanted.matches(Cat()) and not wanted.matches(Dog())
    assert parse("(gt,bones,1)", Cat | Dog).matches(Dog(bones=2))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "write it as"),
        ("eq,weight,1", "write it as"),
        ("(eq,weight,1", "close it with"),
        ("(eq,weight)", "close it with|no attribute"),
        ("(eq,weight,1)(eq,id,1)", "separate expressions by ;"),
        ("(eq,weight,1);", "write it as"),
        ("(eq,name,it's)", "single quotes"),
        ("(is,weight,1)", "no operator is"),
        ("(eq,weight,1,2)", "exactly one value"),
        ("(eq,wait,1)", "no attribute wait; known are .*weight"),
        ("(eq,parts/wait,1)", "no attribute wait in parts; known are color, id, sizes"),
        ("(eq,parts,1)", "parts is a structure; name one of its attributes: color, id"),
        ("(eq,parts//id,1)", "attribute name is missing"),
        ("(eq,par~ts,1)", "no escape"),
        ("(eq,p@rts,1)", "as ~b"),
        ("(eq,weight/@key,1)", "no attribute @key in weight"),
        ("(eq,weight,heavy)", "is no number"),
        ("(eq,weight,01)", "is no number"),
        ("(eq,weight,+1)", "is no number"),
        ("(eq,weight,1e999)", "is no number"),
        (f"(eq,weight,{'9' * 5000})", "is no number"),
        ("(eq,enabled,TRUE)", "is no boolean"),
        ("(gt,enabled,true)", "gt does not apply to a boolean"),
        ("(gt,colour,RED)", "gt does not apply to a enumeration"),
        ("(eq,colour,PINK)", "'PINK' is none of RED, GREEN"),
        ("(eq,madeAt,2024-05-01T13:00:00Z)", "eq does not apply to a date-time"),
        ("(gt,madeAt,yesterday)", "is no date-time"),
        ("(cont,weight,1)", "cont does not apply to a number"),
    ],
)
def test_what_is_wrong_is_refused_with_the_expression_and_the_remedy(
    text: str, sentence: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?s)filter: in .*({sentence})") as caught:
        parse(text, Thing)
    assert caught.value.field == "filter"
