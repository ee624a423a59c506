"""What reports on the demo company must say, drawn from its story and not from any report code.

Nothing in it depends on the day on which the story is told: days are counted back from today, sums are over days of the
story. So the answers for seed 0 stand in ``expected.json``. ``python -m syncline_connectors.demo.answers`` prints them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from syncline_connectors.demo.company import BUGS, PEOPLE
from syncline_connectors.demo.evidence import AFTER, BEFORE, FLAG, ROLLOUT
from syncline_connectors.demo.facts import ENDED, UNDER_WAY
from syncline_connectors.demo.plot import Plot, plot
from syncline_connectors.demo.support import ORGANIZATIONS, WAVE, Ask

Answers = dict[str, Any]
HEALTH = {"onTrack": "on_track", "atRisk": "at_risk", "offTrack": "off_track"}
STAGES = {"Briefs": "backlog", "Doing": "doing", "Crit": "doing", "Handed over": "done"}


@dataclass(frozen=True)
class Work:
    """One piece of work, counted once whatever the number of tools it stands in. ``name``: the key of the tool that
    leads, in Trello, where keys say nothing, the title. ``tools``: how many it stands in."""

    name: str
    tools: int
    stage: str
    since: datetime
    people: tuple[int, ...] = ()
    due: date | None = None


def works(planned: Plot) -> list[Work]:
    """All work of the company but tickets, which are demand, and the items of checklists."""
    needs = {need.mirrors: need for need in planned.roadmap.needs if need.mirrors}
    cards = {card.need: card for card in planned.cards if card.need}
    found = []
    for plan in planned.story.plans:
        need = needs.get(plan.key)
        tools = 1 + (need is not None) + (need is not None and need.title in cards)
        stage = "doing" if plan.status in UNDER_WAY else "done" if plan.status == "Done" else "other"
        people = () if plan.assignee is None else (plan.assignee,)
        found.append(Work(plan.key, tools, stage, plan.since, people, plan.due[-1][1] if plan.due else None))
    for need in planned.roadmap.needs:
        if need.mirrors:
            continue
        card = cards.get(need.title)
        stage = {"In Progress": "doing", "Done": "done"}.get(need.now, "other")
        since = need.steps[-1][0] if need.steps else need.created
        people = () if need.assignee is None else (need.assignee,)
        found.append(Work(need.key, 2 if card else 1, stage, since, people, card.due if card else None))
    for card in planned.cards:
        if not card.need:
            place = card.moves[-1][1] if card.moves else card.list_
            since = card.moves[-1][0] if card.moves else card.created
            found.append(Work(card.title, 1, STAGES[place], since, card.members, card.due))
    return found


def answers_of(planned: Plot) -> Answers:
    """Everything; the order of the keys is that of the reports' questions."""
    now, all_ = planned.story.now, works(planned)
    week = now - timedelta(days=7)
    doing = [work for work in all_ if work.stage == "doing"]
    return {
        "records": _records(planned),
        "work": {"counted once": len(all_)} | _by_tools(all_),
        "done in the last seven days": _names(w for w in all_ if w.stage == "done" and w.since > week),
        "under way": _names(doing),
        "under way by person": dict(
            sorted(Counter(PEOPLE[number].name for work in doing for number in work.people).items())
        ),
        "overdue": _names(w for w in all_ if w.due and w.due < now.date() and _open(planned, w)),
        "slipped by days": {e.title: e.slipped for e in planned.roadmap.entries if e.targets},
        "said health": {e.title: HEALTH[e.updates[-1][1]] for e in planned.roadmap.entries if e.updates},
        "bugs of 2.4": _wave(planned),
        "the worst bug": _worst(planned),
        "tickets": _tickets(planned.asks),
        "satisfaction": _satisfaction(planned.asks),
        "nps": _nps(planned.evidence.tables["nps"]),
        "activation": {
            name: _activation(planned, *days) for name, days in (("before", BEFORE), ("after", AFTER))
        },
        "experiment": _experiment(planned.evidence.tables["experiments"]),
        "rollout": {"flag": FLAG, "days at 100 %": next(ago for ago, percent in ROLLOUT if percent == 100)},
        "decisions": _decisions(planned),
    }


def _open(planned: Plot, work: Work) -> bool:
    ended = {plan.key for plan in planned.story.plans if plan.status in ENDED}
    return work.stage != "done" and work.name not in ended


def _names(works_: Iterable[Work]) -> list[str]:
    return sorted(work.name for work in works_)


def _by_tools(all_: Sequence[Work]) -> dict[str, int]:
    counts = Counter(work.tools for work in all_)
    return {"in two tools": counts[2], "in three tools": counts[3]}


def _records(planned: Plot) -> dict[str, int]:
    """What each tool has to read: work by connection, and what else there is."""
    tables = planned.evidence.tables
    return {
        "eng": len(planned.story.plans),
        "product": len(planned.roadmap.needs),
        "product projects": len(planned.roadmap.entries),
        "design": len(planned.cards),
        "design check items": sum(len(card.checks) for card in planned.cards),
        "support": len(stored(planned.asks)),
        "support organizations": len(ORGANIZATIONS),
        "usage marks": len(planned.evidence.marks),
        "answers to surveys": len(tables["nps"]) - 1,
        "notes": len(planned.evidence.papers) + len(tables["scores"]) - 1,
        "deploys": len(tables["deploys"]) - 1,
    }


def stored(asks: Sequence[Ask]) -> list[Ask]:
    """Tickets that may be stored."""
    return [ask for ask in asks if "hr" not in ask.tags]


# ---- bugs and tickets ------------------------------------------------------------------------------------------------


def _wave(planned: Plot) -> Answers:
    bugs = [plan for plan in planned.story.plans if plan.title in BUGS]
    return {"all": len(bugs), "open": sorted(plan.key for plan in bugs if plan.status not in ENDED)}


def _worst(planned: Plot) -> Answers:
    """The bug that most tickets are about, and what the shops that wrote them pay."""
    title = BUGS[WAVE.index(max(WAVE))]
    key = next(plan.key for plan in planned.story.plans if plan.title == title)
    mine = [ask for ask in planned.asks if ask.about == key]
    shops = sorted({ask.organization for ask in mine})
    return {
        "bug": key,
        "title": title,
        "tickets": len(mine),
        "organizations": len(shops),
        "EUR a year": sum(ORGANIZATIONS[shop] for shop in shops),
    }


def _tickets(asks: Sequence[Ask]) -> Answers:
    kept = stored(asks)
    return {
        "all": len(kept),
        "about a bug": sum(ask.about is not None for ask in kept),
        "open": sum(ask.solved is None for ask in kept),
    }


def _satisfaction(asks: Sequence[Ask]) -> Answers:
    rated = [ask.rating for ask in asks if ask.rating]
    good = rated.count("good")
    return {"answers": len(rated), "good": good, "percent": round(100 * good / len(rated), 1)}


# ---- numbers and papers ----------------------------------------------------------------------------------------------


def _nps(rows: Sequence[tuple[object, ...]]) -> Answers:
    scores = [int(str(row[3])) for row in rows[1:]]
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    return {
        "answers": len(scores),
        "promoters": promoters,
        "detractors": detractors,
        "nps": round(100 * (promoters - detractors) / len(scores), 1),
    }


def _activation(planned: Plot, first: int, last: int) -> Answers:
    """Of all who came on these days, counted back from today, how many ordered."""
    days = {planned.story.day(-ago) for ago in range(last, first + 1)}
    rows = [steps for day, steps in planned.evidence.funnel if day in days]
    came, did = sum(row[0] for row in rows), sum(row[1] for row in rows)
    return {"from days ago": first, "to days ago": last, "came": came, "percent": round(100 * did / came, 1)}


def _experiment(rows: Sequence[tuple[object, ...]]) -> Answers:
    control, arm = rows[1], rows[2]
    rates = [100 * int(str(row[4])) / int(str(row[3])) for row in (control, arm)]
    winner = arm if rates[1] > rates[0] else control
    return {
        "name": control[0],
        "winner": winner[1],
        "percent": [round(rate, 1) for rate in rates],
        "users": [control[3], arm[3]],
    }


def _decisions(planned: Plot) -> Answers:
    rows = [row for row in planned.evidence.tables["decisions"][1:] if row[2] == "open"]
    today = planned.story.now.date()
    late = [row for row in rows if date.fromisoformat(str(row[5])) < today]
    return {"open": sorted(str(row[0]) for row in rows), "overdue": sorted(str(row[0]) for row in late)}


if __name__ == "__main__":
    print(json.dumps(answers_of(plot(datetime.now(UTC))), indent=2))  # noqa: T201 - that is what it is for
