"""A curve over steps or days that is worked out no further than somebody looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from typing import overload


class Curve(Sequence[float]):
    """Values that are read from ``made`` when they are first asked for; equal to any sequence of the same values."""

    def __init__(self, made: Iterable[float]) -> None:
        self._coming = iter(made)
        self._known: list[float] = []

    def _read(self, number: int | None) -> None:
        """Know this many; all of them where it is None."""
        if number is None or number > len(self._known):
            more = None if number is None else number - len(self._known)
            self._known.extend(islice(self._coming, more))

    def __iter__(self) -> Iterator[float]:
        for at in count():
            if at == len(self._known):
                self._read(at + 1)
            if at == len(self._known):
                return
            yield self._known[at]

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
