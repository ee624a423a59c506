"""M2: a company's own score: an expression over named fields, parsed and computed, never run as code."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact
from syncline.report.formulas.refusal import Reason, Refusal

LONGEST = 400
"""Characters of an expression; it keeps numbers small."""

DEEPEST = 60
"""Operations within one another; a sum of sixty parts is as deep."""

AHA = "(population + need + strategy - effort) * confidence"
"""The scorecard that Aha! starts with."""

_WRITTEN = re.compile(r"[\w.+\-*/(), ]+")
_GLUED = re.compile(r"\d[^\W\d]")

_BINARY: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_CALLS: Mapping[str, Callable[[list[Fraction]], Fraction]] = {"min": min, "max": max}


@dataclass(frozen=True)
class Expression:
    """Numbers, field names, + − × ÷ (written ``+ - * /``), brackets, ``min`` and ``max``; nothing else."""

    text: str
    fields: tuple[str, ...]

    def value(self, values: Mapping[str, Number | None]) -> Fraction | Refusal:
        """M2: the score, in the unit its fields make; refused where a field is missing or a divisor is nought."""
        known: dict[str, Fraction] = {}
        for name in self.fields:
            number = exact(values.get(name))
            if number is None:
                return Refusal(Reason.MISSING if values.get(name) is None else Reason.NOT_A_NUMBER, name)
            known[name] = number
        try:
            return _compute(_tree(self.text), known)
        except ZeroDivisionError:
            return Refusal(Reason.DIVISION_BY_ZERO, self.text)


def expression(text: str) -> Expression | Refusal:
    """M2: read an expression such as `AHA`; refused where it holds anything but arithmetic over fields."""
    if len(text) > LONGEST:
        return Refusal(Reason.UNREADABLE_EXPRESSION, f"{text[:20]}…", n=len(text), needed=LONGEST)
    if not _WRITTEN.fullmatch(text) or _GLUED.search(text):
        return Refusal(Reason.UNREADABLE_EXPRESSION, text)
    try:
        names = _names(_tree(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Refusal(Reason.UNREADABLE_EXPRESSION, text)
    return Expression(text, tuple(sorted(names)))


def _tree(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _names(node: ast.expr, depth: int = 0) -> set[str]:
    """The fields of an expression; raises ValueError at the first part that is not allowed."""
    if depth > DEEPEST:
        raise ValueError("too deep")
    match node:
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            return _names(left, depth + 1) | _names(right, depth + 1)
        case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
            return _names(operand, depth + 1)
        case ast.Call(ast.Name(name), [_, *_] as parts, []) if name in _CALLS:
            return set().union(*(_names(part, depth + 1) for part in parts))
        case ast.Constant(int() | float() as value) if (
            not isinstance(value, bool) and exact(value) is not None
        ):
            return set()
        case ast.Name(name):
            return {name}
    raise ValueError(type(node).__name__)


def _compute(node: ast.expr, known: Mapping[str, Fraction]) -> Fraction:
    match node:
        case ast.BinOp(left, op, right):
            return _BINARY[type(op)](_compute(left, known), _compute(right, known))
        case ast.UnaryOp(op, operand):
            value = _compute(operand, known)
            return -value if isinstance(op, ast.USub) else value
        case ast.Call(ast.Name(name), parts):
            return _CALLS[name]([_compute(part, known) for part in parts])
        case ast.Constant(int() | float() as value):
            return exact(value) or Fraction(0)
        case ast.Name(name):
            return known[name]
    raise ValueError(type(node).__name__)
