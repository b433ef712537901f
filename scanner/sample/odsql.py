"""Which records does a ``where`` keep? The subset of ODSQL that the spiders use; anything beyond is an error.

The rules are those of the Explore API v2.1: ``and`` binds tighter than ``or``, a condition on a list holds if any
element satisfies it, and every comparison with null is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]
Condition = Callable[[Record], bool]

TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>date\s*(?:'[^']*'|"[^"]*"))
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<number>-?\d+(?:\.\d+)?(?!\.\d))
    | (?P<name>`[^`]+`|[A-Za-z_]\w*)
    | (?P<mark>\.\.|<=|>=|!=|<>|[=<>()\[\],])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)?)?")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
KEYWORDS = {"and", "or", "not", "in", "is", "null", "like", "true", "false"}


class ODSQLError(ValueError):
    """The query cannot be read, or names an unknown field."""


def compiled(text: str, fields: Collection[str]) -> Condition:
    """Returns the test that ``text`` makes of a record. Raises ODSQLError on bad syntax and on an unknown field."""
    parser = _Parser(_tokens(text), fields)
    condition = parser.disjunction()
    parser.end()
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position, stripped = [], 0, text.rstrip()
    while position < len(stripped):
        match = TOKEN.match(stripped, position)
        if match is None:
            raise ODSQLError(f"Invalid query: unexpected character at position {position}")
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        position = match.end()
    return tokens


@dataclass
class _Parser:
    """One recursive descent over the tokens of a query."""

    tokens: list[tuple[str, str]]
    fields: Collection[str]
    position: int = field(default=0)

    def end(self) -> None:
        if self.position < len(self.tokens):
            raise ODSQLError(f"Invalid query: unexpected {self.tokens[self.position][1]!r}")

    def disjunction(self) -> Condition:
        """``a or b or c``: the loosest level."""
        parts = [self._conjunction()]
        while self._took("or"):
            parts.append(self._conjunction())
        return lambda record: any(part(record) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self._took("and"):
            parts.append(self._negation())
        return lambda record: all(part(record) for part in parts)

    def _negation(self) -> Condition:
        if self._took("not"):
            inner = self._negation()
            return lambda record: not inner(record)
        if self._took("("):
            inner = self.disjunction()
            self._expect(")")
            return inner
        return self._statement()

    def _statement(self) -> Condition:
        kind, text = self._next()
        if kind == "string":
            return _full_text(_unquoted(text))
        if kind != "name" or text.lower() in KEYWORDS:
            raise ODSQLError(f"Invalid query: a field was expected, {text!r} was found")
        return self._about(self._field(text))

    def _field(self, text: str) -> str:
        name = text.strip("`")
        if self._peek() == "(":
            raise ODSQLError(f"Unsupported function: {name}")
        if name not in self.fields:
            raise ODSQLError(f"Unknown field: {name}")
        return name

    def _about(self, name: str) -> Condition:
        """What follows the name of a field."""
        if self._took("is"):
            wanted = not self._took("not")
            self._expect("null")
            return lambda record: (record.get(name) is None) == wanted
        if self._took("in"):
            return self._membership(name)
        if self._took("like"):
            return _any_of(name, _contains(str(self._literal())))
        _, mark = self._next()
        if mark not in COMPARISONS:
            raise ODSQLError(f"Invalid query: an operator was expected, {mark!r} was found")
        return _comparison(name, mark, self._literal())

    def _membership(self, name: str) -> Condition:
        if self._took("["):
            low = self._literal()
            self._expect("..")
            high = self._literal()
            self._expect("]")
            above, below = _holds(">=", low), _holds("<=", high)
            return _any_of(name, lambda value: above(value) and below(value))
        self._expect("(")
        wanted = [self._literal()]
        while self._took(","):
            wanted.append(self._literal())
        self._expect(")")
        if all(isinstance(value, str) for value in wanted):
            chosen = frozenset(wanted)
            return _any_of(name, lambda value: str(value) in chosen)
        tests = [_holds("=", value) for value in wanted]
        return _any_of(name, lambda value: any(test(value) for test in tests))

    def _literal(self) -> Any:
        kind, text = self._next()
        if kind == "string":
            return _unquoted(text)
        if kind == "date":
            return _date(text)
        if kind == "number":
            return float(text)
        constants = {"true": True, "false": False, "null": None}
        if text.lower() in constants:
            return constants[text.lower()]
        raise ODSQLError(f"Invalid query: a value was expected, {text!r} was found")

    def _peek(self) -> str:
        if self.position >= len(self.tokens) or self.tokens[self.position][0] in {"string", "date"}:
            return ""
        return self.tokens[self.position][1].lower()

    def _took(self, word: str) -> bool:
        taken = self._peek() == word
        self.position += taken
        return taken

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise ODSQLError(f"Invalid query: {word!r} was expected")

    def _next(self) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise ODSQLError("Invalid query: unexpected end")
        self.position += 1
        return self.tokens[self.position - 1]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _date(text: str) -> str:
    value = text[4:].strip()[1:-1].replace("/", "-")
    if not DATE.fullmatch(value):
        raise ODSQLError(f"Invalid date: {value}")
    return value


def _comparison(name: str, mark: str, wanted: Any) -> Condition:
    return _any_of(name, _holds(mark, wanted))


def _holds(mark: str, wanted: Any) -> Callable[[Any], bool]:
    """One value against one literal; dates and datetimes compare as text on the precision they share."""
    compare = COMPARISONS[mark]

    def test(value: Any) -> bool:
        if value is None or wanted is None:
            return False
        if isinstance(wanted, float):
            return isinstance(value, int | float) and compare(value, wanted)
        if isinstance(wanted, bool):
            return isinstance(value, bool) and compare(value, wanted)
        return compare(str(value), wanted)

    return test


def _any_of(name: str, test: Callable[[Any], bool]) -> Condition:
    def condition(record: Record) -> bool:
        value = record.get(name)
        if isinstance(value, list):
            return any(test(element) for element in value)
        return value is not None and test(value)

    return condition


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _contains(pattern: str) -> Callable[[Any], bool]:
    wanted = f" {' '.join(_words(pattern))} "
    return lambda value: wanted in f" {' '.join(_words(str(value)))} "


def _full_text(query: str) -> Condition:
    """Every word of the query somewhere in the record; ``film*`` is a prefix."""
    wanted = re.findall(r"\w+\*?", query.lower())

    def condition(record: Record) -> bool:
        found = set(_words(" ".join(str(value) for value in record.values() if value is not None)))
        return all(
            any(word.startswith(one[:-1]) for word in found) if one.endswith("*") else one in found for one in wanted
        )

    return condition
