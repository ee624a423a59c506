"""A reader of the JQL that trackers' clients send: text in, a tree of clauses out. Knows nothing of issues.

Grammar: ``or := and (OR and)*``, ``and := not (AND not)*``, ``not := NOT not | ( or ) | field operator operand``,
then ``ORDER BY field [ASC|DESC], …`` with at most seven fields, as the vendor allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SORT_FIELDS = 7

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<symbol><=|>=|!=|!~|[=<>~(),])
      | (?P<word>[^\s"'()<>=!~,]+)
    )""",
    re.VERBOSE,
)
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


class JqlError(Exception):
    """What the vendor answers with 400; the messages are in its words."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


@dataclass(frozen=True)
class Value:
    """An operand: text as written. ``quoted`` matters for dates, ``call`` marks a function such as ``now()``."""

    text: str
    quoted: bool = False
    call: bool = False

    @property
    def empty(self) -> bool:
        return not self.quoted and self.text.upper() in ("EMPTY", "NULL")


@dataclass(frozen=True)
class Clause:
    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Not:
    inner: Tree


@dataclass(frozen=True)
class All:
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Any_:
    parts: tuple[Tree, ...]


Tree = Clause | Not | All | Any_


@dataclass(frozen=True)
class Query:
    """``where`` is None for a query that is only an order: such a query is unbounded. Order: field, descending."""

    where: Tree | None
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class _Token:
    text: str
    kind: str
    at: int


def parse(text: str) -> Query:
    """Read a query; raises JqlError."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match or not match.lastgroup:
            raise JqlError(
                f"Error in the JQL Query: The character '{text[at:].strip()[0]}' is a reserved JQL character. "
                f"You must enclose it in a string or use the escape '\\u{ord(text[at:].strip()[0]):04x}' instead. "
                f"(line 1, character {at + 1})"
            )
        found.append(_Token(match[match.lastgroup], match.lastgroup, match.start(match.lastgroup)))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def query(self) -> Query:
        where = None if self._ended or self._is("ORDER") else self._or()
        order = self._order() if self._take("ORDER") else ()
        if not self._ended:
            self._fail("Expecting either 'OR' or 'AND' but got '{}'.")
        return Query(where, order)

    # ---- tokens ----

    @property
    def _ended(self) -> bool:
        return self._at >= len(self._tokens)

    def _is(self, word: str) -> bool:
        if self._ended:
            return False
        token = self._tokens[self._at]
        return token.kind != "quoted" and token.text.upper() == word

    def _take(self, word: str) -> bool:
        if self._is(word):
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            self._fail(f"Expecting '{word}' but got '{{}}'.")

    def _next(self, expected: str) -> _Token:
        if self._ended or self._tokens[self._at].kind == "symbol":
            self._fail(f"Expecting {expected} but got '{{}}'.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _fail(self, message: str) -> None:
        if self._ended:
            ended = message.replace("'{}'", "the end of the query").replace("{}", "the end")
            raise JqlError(f"Error in the JQL Query: {ended}")
        token = self._tokens[self._at]
        place = f"(line 1, character {token.at + 1})"
        raise JqlError(f"Error in the JQL Query: {message.format(token.text)} {place}")

    # ---- grammar ----

    def _or(self) -> Tree:
        parts = [self._and()]
        while self._take("OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Any_(tuple(parts))

    def _and(self) -> Tree:
        parts = [self._not()]
        while self._take("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _not(self) -> Tree:
        if self._take("NOT"):
            return Not(self._not())
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Tree:
        field = _unquoted(self._next("a field name"))
        operator = self._operator()
        if operator in ("IN", "NOT IN"):
            return Clause(field, operator, self._list())
        return Clause(field, operator, (self._value(),))

    def _operator(self) -> str:
        if self._take("NOT"):
            self._expect("IN")
            return "NOT IN"
        if self._take("IS"):
            return "IS NOT" if self._take("NOT") else "IS"
        for operator in ("IN", "=", "!=", "<=", ">=", "<", ">", "~", "!~"):
            if self._take(operator):
                return operator
        self._fail(f"Expecting operator but got '{{}}'. The valid operators are {_OPERATORS}.")
        raise AssertionError("unreachable")

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._next("either a value, list or function")
        if token.kind == "word" and self._take("("):
            self._expect(")")
            return Value(token.text, call=True)
        return Value(_unquoted(token), token.kind == "quoted")

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("BY")
        order = [self._sort()]
        while self._take(","):
            order.append(self._sort())
        if len(order) > MAX_SORT_FIELDS:
            raise JqlError(f"The maximum number of sort fields is {MAX_SORT_FIELDS}.")
        return tuple(order)

    def _sort(self) -> tuple[str, bool]:
        field = _unquoted(self._next("a field name"))
        if self._take("DESC"):
            return field, True
        self._take("ASC")
        return field, False


def _unquoted(token: _Token) -> str:
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "quoted" else token.text
