"""Forecasts derived anew (M13): every future of the days to come, summed day by day in one plain table of chances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from math import comb

from .asked import Asked
from .stored import Standing

WINDOW = 84
ENOUGH = 5
CLOSE = 1e-12
OWN = "its own history"
TEAM = "the team's history, thinned by the item's share"


def steps(asked: Asked, done: Iterable[date], known: date | None) -> list[int]:
    """What each worked day of the window finished; the window has whole weeks, and none of which nothing is known."""
    length = WINDOW if known is None else min(WINDOW, max(0, (asked.today - known).days))
    length -= length % 7
    finished = Counter(done)
    days = [asked.today - timedelta(days=back) for back in range(length, 0, -1)]
    return [finished[day] for day in days if asked.works(day)]


def grounded(sample: Sequence[int]) -> bool:
    """Something was finished on five days at least."""
    return sum(one > 0 for one in sample) >= ENOUGH


def chances(sample: Sequence[int], share: float) -> dict[int, float]:
    """How likely a day finishes so many, if each of what the sample finished is ours with the chance ``share``."""
    found: dict[int, float] = {}
    for done, days in Counter(sample).items():
        for kept in range(done + 1):
            chance = comb(done, kept) * share**kept * (1 - share) ** (done - kept)
            found[kept] = found.get(kept, 0.0) + chance * days / len(sample)
    return found


@dataclass
class Outlook:
    """``left`` items to be finished by such days; worked out as far as somebody looks, two years at most."""

    asked: Asked
    left: int
    law: dict[int, float]
    known: list[float] = field(default_factory=list)
    table: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.table = [1.0] + [0.0] * self.left
        self.known = [self.table[self.left]]

    @cached_property
    def horizon(self) -> date:
        """The same day in two years, of a leap day the last of its month."""
        today = self.asked.today
        try:
            return today.replace(year=today.year + 2)
        except ValueError:
            return today.replace(year=today.year + 2, day=28)

    def by(self, day: date) -> float | None:
        """How likely all is done by the end of a day."""
        if day < self.asked.today:
            return 1.0 if self.left == 0 else 0.0
        after = (day - self.asked.today).days
        while len(self.known) <= after and self.known[-1] < 1 - 1e-13:
            here = self.asked.today + timedelta(days=len(self.known))
            if here > self.horizon:
                return None
            if self.asked.works(here):
                self.go_on()
            self.known.append(self.table[self.left])
        return self.known[min(after, len(self.known) - 1)]

    def at_least(self, percent: int) -> int:
        """The most that is finished so surely."""
        return max(n for n in range(self.left + 1) if sum(self.table[n:]) >= percent / 100 - CLOSE)

    def go_on(self) -> None:
        """Another worked day: who has finished c finishes k more, and nobody more than all."""
        after = [0.0] * (self.left + 1)
        for finished, chance in enumerate(self.table):
            if chance > 1e-20:
                for more, how in self.law.items():
                    after[min(self.left, finished + more)] += chance * how
        self.table = after


@dataclass(frozen=True)
class Together:
    """Several, each of which must be done; taken as independent."""

    asked: Asked
    several: tuple[Outlook, ...]

    def by(self, day: date) -> float | None:
        product = 1.0
        for one in self.several:
            chance = one.by(day)
            if chance is None:
                return None
            product *= chance
        return product


def first_day(asked: Asked, outlook: Outlook | Together, percent: int) -> date | None:
    """The first day by which all is done so surely."""
    day = asked.today
    while (chance := outlook.by(day)) is not None:
        if chance >= percent / 100 - CLOSE:
            return day
        day += timedelta(days=1)
    return None


@dataclass(frozen=True)
class Crews:
    """Who works on what: by team what it finished on which day, what it is on, and since when it is known."""

    asked: Asked
    parents: Collection[str]

    @staticmethod
    def name(one: Standing) -> str:
        return one.piece.team or one.piece.box

    @cached_property
    def done(self) -> dict[str, list[date]]:
        found: dict[str, list[date]] = {}
        for one in self.asked.stored.standings:
            if one.counted and one.done and one.item not in self.parents:
                found.setdefault(self.name(one), []).append(self.asked.clock.day(one.done))
        return found

    @cached_property
    def active(self) -> Counter[str]:
        return Counter(
            self.name(one) for one in self.asked.stored.standings
            if one.still_open and one.stage in ("doing", "review") and one.item not in self.parents
        )  # fmt: skip

    @cached_property
    def known(self) -> dict[str, date]:
        found: dict[str, date] = {}
        for one in self.asked.stored.standings:
            if one.piece.created_at:
                day = self.asked.clock.day(one.piece.created_at)
                found[self.name(one)] = min(day, found.get(self.name(one), day))
        return found

    def outlook(self, names: Sequence[str], left: Sequence[Standing]) -> Outlook | None:
        """By what these teams finish together, thinned by the share of what they are on."""
        mine = [one for one in left if self.name(one) in names]
        busy = sum(one.still_open and one.stage in ("doing", "review") for one in mine)
        known = min((self.known[name] for name in names if name in self.known), default=None)
        sample = steps(self.asked, [day for name in names for day in self.done.get(name, ())], known)
        if not busy or not grounded(sample):
            return None
        return Outlook(
            self.asked, len(mine), chances(sample, busy / sum(self.active[name] for name in names))
        )


def outlook(
    asked: Asked, crews: Crews, leaves: Sequence[Standing], since: date | None
) -> tuple[Outlook | Together, str] | None:
    """When what is left of an entry is done, and by whose history that is said; None where nobody can say."""
    left = [one for one in leaves if one.stage not in ("done", "canceled")]
    if not left:
        done = any(one.stage == "done" for one in leaves)
        return (Outlook(asked, 0, {}), OWN) if done else None
    own = steps(asked, [asked.clock.day(one.done) for one in leaves if one.done], since or asked.today)
    if grounded(own):
        return Outlook(asked, len(left), chances(own, 1.0)), OWN
    names = sorted({crews.name(one) for one in left})
    alone = [one for name in names if (one := crews.outlook([name], left))]
    if len(alone) == len(names):
        return Together(asked, tuple(alone)), TEAM
    several = crews.outlook(names, left) if len(names) > 1 else None
    return (several, TEAM) if several else None
