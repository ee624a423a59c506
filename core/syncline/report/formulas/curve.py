"""A curve over steps or days that is worked out no further than somebody looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import overload


class Curve(Sequence[float]):
    """Values that are read from ``made`` when they are first asked for; equal to any sequence of the same values."""

    def __init__(self, made: Iterable[float]) -> None:
        self._coming = iter(made)
        self._known: list[float] = []

    def _read(self, number: int | None) -> None:
        """Know this many; all of them where it is None."""
        more = None if number is None else max(0, number - len(self._known))
        self._known.extend(islice(self._coming, more))

    @overload
    def __getitem__(self, at: int) -> float: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[float]: ...
    def __getitem__(self, at: int | slice) -> float | Sequence[float]:
        self._read(at + 1 if isinstance(at, int) and at >= 0 else None)
        return self._known[at]

    def __len__(self) -> int:
        self._read(None)
        return len(self._known)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __repr__(self) -> str:
        return repr(tuple(self))
