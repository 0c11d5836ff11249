"""Attribute-based filters of list requests: ``filter=(eq,attr/sub,value);(in,other,a,b)``.

Pure. Checked against the type before anything is searched, so that a wrong name is a 400 and never
an empty list. An attribute that is absent matches no expression, ``neq`` and ``nin`` included
(ours: the standard is silent). Ref: MEC 009 clause 6.19.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wayside.core.errors import BadRequest

from .attributes import KEY, Kind, Path, attributes_of, items, kind_of, names_of, step, tag_of
from .operands import APPLICABLE, MANY, TESTS, Scalar, ScalarKind, compared, operand, scalar_kinds
from .paths import BadPath, path_of, text_of

_VALUE = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<plain>[^',)]*)")
_HEAD = re.compile(r"\((?P<operator>[a-z]+),(?P<path>[^,]+)")


@dataclass(frozen=True)
class Expression:
    """One comparison of a leaf attribute; ``operands`` are its values as each possible type."""

    operator: str
    leaf: str | None
    operands: Mapping[ScalarKind, Sequence[Scalar]]

    def holds(self, node: Any) -> bool:
        """Tell whether the leaf of ``node``, or any entry of a leaf array, compares so."""
        test = TESTS[self.operator]
        for value in _entries(_children(node, self.leaf)):
            known = compared(value)
            given = None if known is None else self.operands.get(known[0])
            if known is not None and given is not None and test(known[1], given):
                return True
        return False


@dataclass(frozen=True)
class Filter:
    """Expressions that all must hold, grouped by their attribute prefix."""

    groups: Mapping[Path, Sequence[Expression]]

    def matches(self, value: Any) -> bool:
        """Tell whether ``value`` matches: for each prefix, one array entry all its expressions."""
        return all(
            any(all(each.holds(node) for each in group) for node in _nodes(value, prefix))
            for prefix, group in self.groups.items()
        )


def parse(text: str, type_: Any) -> Filter:
    """Return the filter that ``text`` says about values of ``type_``.

    Raises BadRequest with the faulty expression and what would be right.
    """
    groups: dict[Path, list[Expression]] = {}
    position = 0
    while True:
        start = position
        operator, path_text, values, position = _scan(text, start)
        expression = text[start:position]
        path = _path(expression, path_text)
        made = _compiled(expression, operator, path, values, kind_of(type_))
        groups.setdefault(path[:-1], []).append(made)
        if position == len(text):
            return Filter(groups)
        if text[position] != ";":
            raise _refused(text[start:], "separate expressions by ;")
        position += 1


def _scan(text: str, start: int) -> tuple[str, str, list[str], int]:
    """Return operator, path, values and the end of the expression at ``start``."""
    rest = text[start:]
    head = _HEAD.match(text, start)
    if head is None:
        raise _refused(rest, "write it as (operator,attribute,value)")
    values: list[str] = []
    position = head.end()
    while text[position : position + 1] == ",":
        found = _VALUE.match(text, position + 1)
        assert found is not None  # the plain alternative also matches nothing
        quoted = found["quoted"]
        values.append(found["plain"] if quoted is None else quoted.replace("''", "'"))
        position = found.end()
    if text[position : position + 1] != ")":
        raise _refused(
            rest, "close it with ), and put a value with ) ' or , in single quotes, ' doubled"
        )
    return head["operator"], head["path"], values, position + 1


def _path(expression: str, text: str) -> Path:
    try:
        return path_of(text)
    except BadPath as fault:
        raise _refused(expression, str(fault)) from fault


def _compiled(
    expression: str, operator: str, path: Path, values: Sequence[str], kind: Kind
) -> Expression:
    if operator not in APPLICABLE:
        raise _refused(expression, f"there is no operator {operator}; {', '.join(APPLICABLE)} are")
    if not values or (len(values) > 1 and operator not in MANY):
        count = "at least one value" if operator in MANY else "exactly one value"
        raise _refused(expression, f"{operator} takes {count}")
    leaves = _leaves(expression, path, kind)
    kinds = frozenset(each for leaf in leaves for each in scalar_kinds(leaf))
    if not kinds:
        raise _refused(
            expression,
            f"{text_of(path)} is a structure; name one of its attributes: {_known(leaves)}",
        )
    fitting = kinds & APPLICABLE[operator]
    if not fitting:
        raise _refused(expression, f"{operator} does not apply to a {' or '.join(sorted(kinds))}")
    operands = {each: _operands(values, each) for each in fitting}
    usable = {each: given for each, given in operands.items() if given is not None}
    if not usable:
        raise _refused(expression, f"its value is no {' or '.join(sorted(fitting))}")
    _require_members(expression, values, leaves, usable)
    return Expression(operator, path[-1], usable)


def _leaves(expression: str, path: Path, kind: Kind) -> list[Kind]:
    """Return what the leaf at ``path`` may be; refuse a name that the type does not have."""
    kinds = [kind]
    for depth, name in enumerate(path):
        following = [after for each in kinds for after in step(each, name)]
        if not following:
            where = f" in {text_of(path[:depth])}" if depth else ""
            raise _refused(
                expression,
                f"there is no attribute {text_of((name,))}{where}; known are {_known(kinds)}",
            )
        kinds = following
    return [each for found in kinds for each in items(found)]


def _operands(values: Sequence[str], kind: ScalarKind) -> Sequence[Scalar] | None:
    given = [operand(value, kind) for value in values]
    found = [value for value in given if value is not None]
    return found if len(found) == len(given) else None


def _require_members(
    expression: str,
    values: Sequence[str],
    leaves: Sequence[Kind],
    usable: Mapping[ScalarKind, Sequence[Scalar]],
) -> None:
    """Refuse a value that an enumeration does not have, where it can be nothing else."""
    if set(usable) != {ScalarKind.ENUMERATION}:
        return
    enums = [leaf for leaf in leaves if isinstance(leaf, msgspec.inspect.EnumType)]
    members = [str(member.value) for enum in enums for member in enum.cls]
    for value in values:
        if enums and value not in members:
            raise _refused(expression, f"{value!r} is none of {', '.join(members)}")


def _known(kinds: Sequence[Kind]) -> str:
    return ", ".join(sorted({name for kind in kinds for name in names_of(kind)})) or "none"


def _refused(expression: str, why: str) -> BadRequest:
    return BadRequest(f"filter: in {expression[:200]!r}: {why[:500]}.", field="filter")


def _nodes(value: Any, prefix: Path) -> Iterator[Any]:
    """Yield every object that ``prefix`` leads to, each array entry by itself."""
    if not prefix:
        yield from _entries([value])
        return
    for node in _entries([value]):
        for child in _children(node, prefix[0]):
            yield from _nodes(child, prefix[1:])


def _entries(values: Sequence[Any]) -> Iterator[Any]:
    """Yield the values, the entries of arrays in place of the arrays."""
    for value in values:
        if isinstance(value, list | tuple | set | frozenset):
            yield from _entries(list(value))
        elif value is not None and value is not msgspec.UNSET:
            yield value


def _children(node: Any, name: str | None) -> Sequence[Any]:
    """Return what stands under ``name`` in ``node``; nothing where it is absent."""
    if isinstance(node, msgspec.Struct):
        found = None if name is KEY else attributes_of(type(node)).get(name)
        if found is None:
            return ()
        return (getattr(node, found.attribute) if found.attribute else tag_of(type(node)),)
    if isinstance(node, msgspec.Raw):
        return _children(msgspec.json.decode(node), name)
    if isinstance(node, Mapping):
        if name is KEY:
            return tuple(node)
        return (node[name],) if name in node else ()
    return ()
