"""Reports made by hand: every part, block and picture there is, with any words in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, cast
from zoneinfo import ZoneInfo

from syncline.report.facts import Fact, Form, Scalar, digest
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.model import (
    Block,
    Board,
    BoardColumn,
    Card,
    Column,
    Detail,
    Line,
    Provenance,
    Report,
    Section,
    Table,
)
from syncline.report.parts import Figure, Item, Jump, Moment, Name, Refused, Spark, State
from syncline.report.pictures import (
    Ageing,
    Areas,
    Bar,
    Bubble,
    Bubbles,
    Chart,
    Fan,
    Lines,
    Picture,
    Scatter,
    Series,
    Timeline,
    Tone,
)

BANDS: tuple[tuple[str, Tone], ...] = (("Backlog", "backlog"), ("In progress", "doing"), ("Done", "done"))
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=ZoneInfo("Europe/Berlin"))
TITLES = (
    "Bulk edit",
    "Checkout on one page",
    "Search that forgives typing errors",
    "Offline mode",
    "Guest accounts",
    "Push messages that can be switched off one by one, for each device and at each hour of the day",
    "Backups that are known to restore",
    "Points for loyal buyers",
)


@dataclass
class Facts:
    """A ledger that is told its values."""

    made: list[Fact] = field(default_factory=list)

    def one(self, value: Scalar | None, unit: str = "items", **form: Any) -> Figure:
        return self._keep(value, unit, **form)

    def series(self, values: Mapping[str, Scalar | None], unit: str = "items", **form: Any) -> Figure:
        return self._keep(tuple(sorted(values.items())), unit, **form)

    def refused(self, reason: Reason, about: str = "") -> Figure:
        return self._keep(None, "days", refused=(("", Refusal(reason, about)),))

    def _keep(self, value: Any, unit: str, **form: Any) -> Figure:
        number = len(self.made) + 1
        self.made.append(
            Fact(
                id=f"F{number:02d}",
                name=f"fact_{number}",
                definition=f"Value number {number} of the gallery.",
                sql="SELECT item FROM work",
                parameters=(("today", TODAY.isoformat()),),
                value=value,
                unit=unit,
                n=1,
                ids=("i1",),
                digest=digest(["i1"]),
                **form,
            )
        )
        return Figure(f"F{number:02d}")


def report_with(facts: Facts, *sections: Section, **changes: Any) -> Report:
    values: dict[str, Any] = {
        "kind": "status",
        "title": "Weekly status",
        "timezone": "Europe/Berlin",
        "as_of": NOW,
        "period_start": NOW - timedelta(days=7),
        "period_end": NOW,
        "known_seq": 1,
        "provenance": Provenance((("As of ", Moment(NOW), "."),), ()),
        "bottom_line": (("Nothing is late.",),),
        "cards": (),
        "sections": sections,
        "facts": tuple(facts.made),
        "relations": (("work", "SELECT 1 AS item"),),
    }
    return Report(**(values | changes))


def report_of_pictures(facts: Facts, *pictures: Picture) -> Report:
    return report_with(facts, Section("pictures", "Pictures", blocks=pictures))


def item(number: int, title: str | None = None, url: str | None = None) -> Item:
    address = f"https://example.atlassian.net/browse/ENG-{number}" if url is None else url
    return Item(f"i{number}", f"ENG-{number}", title or TITLES[number % len(TITLES)], address or None)


def days(count: int, end: date = TODAY) -> tuple[date, ...]:
    return tuple(end - timedelta(days=back) for back in range(count - 1, -1, -1))


def chart(
    facts: Facts, upright: bool = False, titles: Sequence[str] = ("Engine", "Web", "Operations")
) -> Chart:
    categories: tuple[tuple[str, Name | date], ...] = tuple(
        (f"k{place}", Name(one)) for place, one in enumerate(titles)
    )
    if upright:
        categories = tuple((day.isoformat(), day) for day in days(84)[::7])
    series = tuple(
        Series(
            title,
            tone,
            facts.series({key: (place * 7 + step) % 13 for step, (key, _) in enumerate(categories)}),
        )
        for place, (title, tone) in enumerate(BANDS, 1)
    )
    return Chart(
        f"chart_{'up' if upright else 'flat'}",
        "Items by week" if upright else "Items by container",
        ("Most items are in ", categories[0][1], ": ", Figure(series[0].figure.fact, categories[0][0]), "."),
        upright,
        "Week" if upright else "Container",
        "items",
        categories,
        series[:1] if upright else series,
    )


def timeline(facts: Facts, titles: Sequence[str] = TITLES) -> Timeline:
    states = (State.ON_TRACK, State.AT_RISK, State.OFF_TRACK, State.NO_DATA, State.DONE, State.CANCELED)
    bars = []
    for number, title in enumerate(titles):
        start = TODAY + timedelta(days=number * 17 - 90)
        end = start + timedelta(days=60 + number * 9)
        dated = number % 7 != 6
        bars.append(
            Bar(
                item(number, title),
                states[number % len(states)],
                start if dated and number % 5 != 4 else None,
                end if dated else None,
                typed=number % 4 != 3,
                baseline=end - timedelta(days=21) if number % 3 == 1 and dated else None,
                trail=(end - timedelta(days=9),) if number % 3 == 1 and dated else (),
                half=facts.one(end + timedelta(days=5), "day", form=Form.DAY) if number % 2 == 0 else None,
                slow=facts.one(end + timedelta(days=26), "day", form=Form.DAY) if number % 2 == 0 else None,
                refused=None if number % 2 == 0 else facts.refused(Reason.TOO_FEW),
                progress=facts.one(Fraction(number % 10, 10), "share", form=Form.PERCENT),
                slip=facts.one(21 if number % 3 == 1 else 0, "days", form=Form.SIGNED),
                waits_for=(f"i{number - 1}",) if number % 3 == 2 else (),
            )
        )
    return Timeline(
        "timeline", "Timeline", ("What is planned.",), TODAY, tuple(bars), frozenset({("i2", "i1")})
    )


def scatter(facts: Facts, count: int = 60, far: int = 400) -> Scatter:
    items = tuple(item(number) for number in range(count))
    cycle = {one.item: number * 7919 % 23 + 1 for number, one in enumerate(items)}
    cycle[items[-1].item] = far
    at = tuple((one.item, TODAY - timedelta(days=number * 3 % 84)) for number, one in enumerate(items))
    return Scatter(
        "cycle_scatter",
        "Cycle time",
        ("Half of the items took at most ", half := facts.one(9, "days"), " days."),
        "days",
        facts.series(cycle, "days"),
        at,
        items,
        (("50 %", half), ("85 %", facts.one(19, "days")), ("95 %", facts.one(22, "days"))),
    )


def ageing(facts: Facts) -> Ageing:
    items = tuple(item(number) for number in range(18))
    return Ageing(
        "ageing",
        "Age of work in progress",
        ("The oldest is ", items[0], "."),
        "days",
        (("In progress", items[:9]), ("In review", items[9:15]), ("Waiting", items[15:])),
        facts.series({one.item: number * 31 % 40 + 1 for number, one in enumerate(items)}, "days"),
        (("50 %", facts.one(9, "days")), ("85 %", facts.one(19, "days"))),
    )


def areas(facts: Facts, count: int = 84) -> Areas:
    shown = days(count)
    heights = (
        ("Done", "done", [at // 2 for at in range(count)]),
        ("In review", "review", [3 + at % 2 for at in range(count)]),
        ("In progress", "doing", [8 + at % 5 for at in range(count)]),
        ("Backlog", "backlog", [30 + at // 5 for at in range(count)]),
    )
    series = tuple(
        Series(
            title,
            cast("Tone", tone),
            facts.series({day.isoformat(): rule[at] for at, day in enumerate(shown)}),
        )
        for title, tone, rule in heights
    )
    return Areas(
        "cumulative_flow",
        "Cumulative flow",
        ("More was begun than done.",),
        "items",
        shown,
        series,
        ((shown[len(shown) // 3], shown[len(shown) // 2]), (shown[-2], None)),
    )


def lines(facts: Facts, count: int = 60) -> Lines:
    shown = days(count)
    ahead = [TODAY + timedelta(days=number) for number in range(1, 60)]
    done = {day.isoformat(): at // 2 for at, day in enumerate(shown)}
    scope = {day.isoformat(): 38 + at // 9 for at, day in enumerate(shown)}
    fans = tuple(
        Fan(
            percent,
            facts.series(
                {day.isoformat(): min(count // 2 + at * speed // 100, 44) for at, day in enumerate(ahead)}
            ),
        )
        for percent, speed in ((50, 70), (85, 45), (95, 35))
    )
    return Lines(
        "burn_up",
        "Burn-up",
        ("Half is done.",),
        "items",
        shown,
        (Series("done", "done", facts.series(done)), Series("scope", "ready", facts.series(scope))),
        fans,
        (
            (TODAY, "today"),
            (TODAY + timedelta(days=40), "deadline"),
            (TODAY - timedelta(days=30), "launch of Search"),
        ),
        (("target", facts.one(40)),),
    )


def metric(facts: Facts) -> Lines:
    shown = days(56)
    values: dict[str, Scalar | None] = {
        day.isoformat(): Fraction(310 + at * 37 % 40 + at, 1000) if at % 11 != 7 else None
        for at, day in enumerate(shown)
    }
    form = {"form": Form.PERCENT, "places": 1}
    return Lines(
        "activation",
        "Activation",
        ("It rose.",),
        "share of new users",
        shown,
        (Series("activation", "doing", facts.series(values, "share", **form)),),
        marks=((shown[20], "Bulk edit"), (shown[22], "Guest accounts")),
        levels=(("target", facts.one(Fraction(2, 5), "share", **form)),),
    )


def bubbles(facts: Facts, titles: Sequence[str] = TITLES) -> Bubbles:
    made = tuple(
        Bubble(
            item(number, title),
            facts.one(Fraction(number * 5 % 12 + 1, 2), "months", places=1),
            facts.one(Fraction((number * 7 % 6) + 1, 2), "impact", places=1),
            facts.one(number * 400 % 3000, "people") if number % 3 else None,
        )
        for number, title in enumerate(titles)
    )
    return Bubbles(
        "impact_effort",
        "Impact and effort",
        ("There are quick wins.",),
        "effort, months",
        "impact",
        "reach",
        made,
        (facts.one(3, "months"), facts.one(Fraction(3, 2), "impact", places=1)),
        ("Quick wins", "Big bets", "Reconsider", "Fill-ins"),
    )


def pictures(facts: Facts, titles: Sequence[str] = TITLES) -> tuple[Picture, ...]:
    """One of each kind, and two of those that have two faces."""
    return (
        timeline(facts, titles),
        chart(facts, upright=True),
        chart(facts, titles=titles),
        scatter(facts),
        ageing(facts),
        areas(facts),
        lines(facts),
        metric(facts),
        bubbles(facts, titles),
    )


def _small(facts: Facts, number: int) -> Lines:
    """A picture for a detail, with an id of its own."""
    return replace(metric(facts), id=f"small_{number}")


def everything(titles: Sequence[str] = TITLES, url: str | None = None, folded: bool = False) -> Report:
    """A report with every part, block and picture; ``titles`` stand wherever a stranger's words may."""
    facts = Facts()
    word, other = titles[0], titles[-1]
    count = facts.one(12)
    spark = Spark(metric(facts).series[0].figure, word, (TODAY - timedelta(days=9),))
    refused = facts.refused(Reason.TOO_FEW, other)
    parts: Line = (
        "All parts: ",
        count,
        " ",
        Refused(refused),
        " ",
        item(1, word, url),
        " ",
        Item("i2", None, other, None),
        " ",
        Name(word),
        " ",
        TODAY,
        " ",
        Moment(NOW),
        " ",
        State.AT_RISK,
        " ",
        Jump("detail_1", word),
        " ",
        spark,
    )
    rows = tuple(
        ((item(number, title, url),), (count,), (Name(title),)) for number, title in enumerate(titles)
    )
    columns = (Column("item", "Item"), Column("count", "Count", True), Column("name", "Name"))
    plain = Table("plain", "A table", columns, rows, total=(("all",), (count,), ()), cut=True)
    listing = Table("listing", "A list", columns, rows, listing=True)
    fold = Table("fold", "A folded table", columns, rows, folded=True)
    empty = Table("empty", "An empty table", columns, ())
    cards = tuple((item(number, title, url),) for number, title in enumerate(titles))
    board = Board("board", "A board", (BoardColumn(word, count, cards, (State.BLOCKED, " ", count), True),
                                       BoardColumn("Done", count, ())))  # fmt: skip
    details = tuple(
        Detail(
            f"detail_{number}",
            (item(number, title, url), " ", State.ON_TRACK),
            (parts,),
            (Table(f"inner_{number}", "A table within", columns, rows), _small(facts, number)),
        )
        for number, title in enumerate(titles[:3], 1)
    )
    blocks: tuple[Block, ...] = (plain, listing, fold, empty, board, *details)
    sections = (
        Section("decisions", "Decisions and asks", "Who must decide, and until when.", (parts,), (listing,)),
        Section("blocks", "Blocks", "A rule.", (parts,), tuple(one for one in blocks if one is not listing)),
        Section("pictures", "Pictures", None, (), pictures(facts, titles)),
        Section("folded", "Folded", None, (parts,), (), folded=True),
        Section("silent", "Experiments", silent="No source has experiments."),
    )
    card = Card("card", "Blocked", count, ("before: ", count), "silent", State.BLOCKED)
    warnings: tuple[Line, ...] = ((Name(word), " is stale."),)
    return report_with(
        facts,
        *sections,
        title=word or "Status",
        cards=(card, card),
        bottom_line=(parts,),
        provenance=Provenance((("As of ", Moment(NOW), "."), parts), warnings),
        kind="roadmap" if folded else "status",
    )
