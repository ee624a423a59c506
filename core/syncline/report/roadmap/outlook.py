"""When each entry will be done, with what probability (M13), and by whose history that is said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.days import WorkingDays
from syncline.report.formulas.forecast import (
    Basis,
    Forecast,
    Joint,
    best_forecast,
    forecast,
    joint,
    team_share,
)
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.sample import Sample, Settings, guard, sample
from syncline.report.model import Figure
from syncline.report.roadmap.standing import Standing
from syncline.report.settings import WEEKDAYS
from syncline.report.words import tidy
from syncline.store.instants import to_text

TEAM = "coalesce(w.team, w.container)"
"""Who works on an item: the team of its container, else the container."""

FINISHED = f"""
SELECT w.item, {TEAM} AS team, w.done_at FROM work w
WHERE w.counted = 1 AND w.stage = 'done' AND w.done_at >= :sample_from AND w.done_at < :sample_until
  AND w.item NOT IN (SELECT parent FROM part)"""  # noqa: S608

ACTIVE = f"""
SELECT w.item, {TEAM} AS team FROM work w
WHERE w.is_open = 1 AND w.stage IN ('doing', 'review') AND w.item NOT IN (SELECT parent FROM part)"""  # noqa: S608

OURS = f"""
SELECT w.item, w.entry, {TEAM} AS team, w.stage, w.done_at, w.is_open FROM inside_work w
WHERE w.leaf = 1 AND w.counted = 1
  AND w.entry IN (SELECT entry FROM entry_record WHERE place = 1 AND stage NOT IN ('done', 'canceled'))
  AND (w.stage NOT IN ('done', 'canceled')
       OR w.stage = 'done' AND w.done_at >= :sample_from AND w.done_at < :sample_until)"""  # noqa: S608
"""Of entries that are open: what is left, and what was done within the window."""

SOME_DONE = "SELECT DISTINCT entry FROM inside_work WHERE leaf = 1 AND counted = 1 AND stage = 'done'"

UNDER_WAY = ("doing", "review")

Outlook = Forecast | Joint | Refusal


@dataclass(frozen=True)
class Prospect:
    """The forecast of an entry and whose history it goes by; ``teams`` work on what is left."""

    outlook: Outlook
    basis: Basis
    teams: tuple[str, ...]


def window(draft: Draft) -> Settings:
    """The settings of every forecast of a report: the whole weeks before today, worked days only."""
    draft.ledger.let(
        "sample_from", to_text(draft.calendar.midnight(draft.calendar.today - timedelta(days=84)))
    )
    draft.ledger.let("sample_until", to_text(draft.calendar.midnight(draft.calendar.today)))
    days = frozenset(WEEKDAYS.index(day) for day in draft.settings.workdays)
    return Settings(working=WorkingDays(days))


def prospects(draft: Draft, every: Sequence[Standing], settings: Settings) -> dict[str, Prospect]:
    """The forecast of every entry that is not ended."""
    ours: dict[str, list[Row]] = defaultdict(list)
    for row in draft.ledger.rows(OURS):
        ours[row["entry"]].append(row)
    crews = Crews(_teams(draft), draft.calendar.today, settings)
    for row in draft.ledger.rows(SOME_DONE):
        ours.setdefault(row["entry"], [])  # done before the window or today, and perhaps nothing is left
    return {one.id: _prospect(draft, one, ours.get(one.id), crews) for one in every if not one.ended}


def _teams(draft: Draft) -> Mapping[str, Team]:
    done: dict[str, list[date]] = defaultdict(list)
    for row in draft.ledger.rows(FINISHED):
        done[row["team"]].append(draft.calendar.day(row["done_at"]))
    active = Counter(row["team"] for row in draft.ledger.rows(ACTIVE))
    first = draft.ledger.rows(f"SELECT {TEAM} AS team, min(w.created_at) AS at FROM work w GROUP BY {TEAM}")  # noqa: S608
    known = {row["team"]: draft.calendar.day(row["at"]) for row in first if row["at"]}
    return {
        name: Team(tuple(done[name]), active[name], known.get(name))
        for name in done.keys() | active.keys() | known.keys()
    }


@dataclass(frozen=True)
class Team:
    """The days on which a team finished something, how much it is on, and since when it is known."""

    done: tuple[date, ...] = ()
    active: int = 0
    known_from: date | None = None


@dataclass(frozen=True)
class Crews:
    """The teams, and what they finished, alone or together; samples are made once."""

    teams: Mapping[str, Team]
    today: date
    settings: Settings
    made: dict[tuple[str, ...], Sample] = field(default_factory=dict)

    def sample(self, names: tuple[str, ...]) -> Sample:
        if names not in self.made:
            some = [self.teams.get(name, Team()) for name in names]
            known = min((team.known_from for team in some if team.known_from), default=None)
            done = [day for team in some for day in team.done]
            self.made[names] = sample(done, self.today, self.settings, known_from=known)
        return self.made[names]

    def forecast(self, names: tuple[str, ...], left: Sequence[Row], own: Sample) -> Forecast | Refusal:
        """Of what is left for these teams, by what they finish, thinned by its share of what they are on."""
        mine = [row for row in left if row["team"] in names]
        active = sum(row["is_open"] and row["stage"] in UNDER_WAY for row in mine)
        if not active:
            return Refusal(Reason.TOO_FEW, "items under way", n=0, needed=1)
        share = team_share(active, sum(self.teams.get(name, Team()).active for name in names))
        return best_forecast(len(mine), own, self.sample(names), share, self.today, self.settings)


def _prospect(draft: Draft, one: Standing, rows: Sequence[Row] | None, crews: Crews) -> Prospect:
    """``rows`` is None where there is nothing that is done or to be done."""
    if rows is None:
        return Prospect(Refusal(Reason.NO_BREAKDOWN), Basis.OWN, ())
    left = [row for row in rows if row["stage"] != "done"]
    names = tuple(sorted({row["team"] for row in left}))
    days = [draft.calendar.day(row["done_at"]) for row in rows if row["stage"] == "done"]
    began = draft.calendar.day(one.since) if one.since else crews.today
    own = sample(days, crews.today, crews.settings, known_from=began)
    if not left or guard(own, crews.settings) is None:
        return Prospect(forecast(len(left), own, crews.today, crews.settings), Basis.OWN, names)
    alone = {name: crews.forecast((name,), left, own) for name in names}
    if len(names) == 1:
        return Prospect(alone[names[0]], Basis.TEAM, names)
    if any(isinstance(found, Refusal) for found in alone.values()):
        return Prospect(crews.forecast(names, left, own), Basis.TEAM, names)
    return Prospect(joint({tidy(name, "no team"): found for name, found in alone.items()}), Basis.TEAM, names)


# ---- facts -----------------------------------------------------------------------------------------------------------


def figures(draft: Draft, every: Sequence[Standing], found: Mapping[str, Prospect]) -> dict[str, Figure]:
    """The forecasts as facts."""
    standing = {one.id: one for one in every}

    def series(name: str, definition: str, form: Form, rule: Callable[[Standing, Prospect], Given]) -> Figure:
        def values(_: Sequence[Row]) -> dict[str, Given]:
            return {id: rule(standing[id], prospect) for id, prospect in found.items()}

        return draft.ledger.series(name, definition, OURS, "", values, form)

    return {
        "half": series(
            "roadmap_half", RULE.format("with 50 %"), Form.DAY, lambda _, one: _date(one.outlook, 50)
        ),
        "slow": series(
            "roadmap_slow", RULE.format("with 85 %"), Form.DAY, lambda _, one: _date(one.outlook, 85)
        ),
        "slowest": series(
            "roadmap_slowest", RULE.format("with 95 %"), Form.DAY, lambda _, one: _date(one.outlook, 95)
        ),
        "likelihood": series(
            "roadmap_likelihood",
            "M13: the probability that the entry is done by the end of its target day.",
            Form.CHANCE,
            lambda standing, one: _likelihood(one.outlook, standing.target),
        ),
        "likelihood_then": series(
            "roadmap_likelihood_baseline",
            "M13: the probability that the entry is done by the end of the day that was first promised.",
            Form.CHANCE,
            lambda standing, one: _likelihood(one.outlook, standing.baseline),
        ),
        "basis": series(
            "roadmap_forecast_basis",
            "Whose history the forecast goes by: the entry's own if it was worked on to the end on five days at least,"
            " else that of the teams that work on what is left, thinned by the entry's share of what they are on; of"
            " all of them together where one alone has too little.",
            Form.WORD,
            lambda _, one: one.basis.value if not isinstance(one.outlook, Refusal) else one.outlook,
        ),
    }


RULE = (
    "M13: the first day by which all that is left is done {} probability, if each of the worked days to come finishes"
    " as much as a worked day of the last 84 did; several teams are taken as independent of one another."
)


def _date(outlook: Outlook, percent: int) -> Given:
    return outlook if isinstance(outlook, Refusal) else outlook.date_at(percent)


def _likelihood(outlook: Outlook, day: date | None) -> Given:
    if isinstance(outlook, Refusal):
        return outlook
    return Refusal(Reason.MISSING, "target") if day is None else outlook.likelihood(day)
