"""The sections that count by container and by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from syncline.report.draft import NOBODY, Draft, work
from syncline.report.flow import IN_PERIOD, STUCK
from syncline.report.model import Chart, Column, Figure, Line, Name, Section, Series, Table
from syncline.report.pictures import Tone
from syncline.report.shared import Shared
from syncline.report.words import tidy

LONGEST_TABLE = 200
BARS = 12

CONTAINER_RULE = (
    "Stages: backlog is triage and backlog, ready is to do, doing is in progress and waiting, review is in progress"
    " with the word review, unknown is a status that could not be read. Done and canceled are counted in the period,"
    " the others as they stand. Canceled is not done."
)
PEOPLE_RULE = (
    "Open work that is under way, and items done in the period, by assignee of today. An item with several assignees"
    " counts for each of them. This says who carries what, not who works well: items differ in size."
)

_STAGES = ("backlog", "ready", "doing", "review", "unknown")
_ITEMS = "counted = 1 AND sub_task = 0"
_BY_PERSON = (
    "SELECT w.item, coalesce(a.person, '') FROM work w"
    " LEFT JOIN assigned a ON a.ref = w.lead WHERE {condition}"
)


def containers_section(draft: Draft, _shared: Shared) -> Section:
    columns = {
        stage: ("Open items by container: stage {}.", f"is_open = 1 AND sub_task = 0 AND stage = '{stage}'")
        for stage in _STAGES
    } | {
        "done": ("Items done in the period, by container.", f"{_ITEMS} AND stage = 'done' AND {IN_PERIOD}"),
        "canceled": (
            "Items canceled in the period, by container.",
            f"{_ITEMS} AND stage = 'canceled' AND canceled_at >= :period_start AND canceled_at < :period_end",
        ),
        "stuck": ("Stuck items by container.", STUCK),
    }
    figures = {
        name: draft.ledger.groups(f"container_{name}", definition.format(name), work(condition, "container"))
        for name, (definition, condition) in columns.items()
    }
    if not draft.ledger.number(figures["unknown"]):
        del columns["unknown"]
    shown = {name: figures[name] for name in columns}
    keys = [key for key in draft.containers if any(_at(draft, figure, key) for figure in shown.values())]
    extra = _teams(draft)
    table = _grid(
        draft,
        "containers",
        "Items by container",
        Column("container", "Container"),
        keys,
        lambda key: (Name(draft.containers[key]),),
        shown,
        extra,
    )
    return Section(
        "containers",
        "By container",
        CONTAINER_RULE,
        (),
        (_stages_chart(draft, figures, keys), table),
        folded=True,
    )


def _teams(draft: Draft) -> tuple[Column, Callable[[str], Line]] | None:
    if not draft.settings.teams:
        return None
    teams = {box: team for team, boxes in sorted(draft.settings.teams.items()) for box in boxes}
    return Column("team", "Team"), lambda key: (Name(teams[key]),) if key in teams else ()


def _at(draft: Draft, figure: Figure, key: str) -> int:
    return draft.ledger.number(Figure(figure.fact, key))


def _grid(
    draft: Draft,
    id: str,
    caption: str,
    head: Column,
    keys: Sequence[str],
    label: Callable[[str], Line],
    figures: Mapping[str, Figure],
    extra: tuple[Column, Callable[[str], Line]] | None = None,
) -> Table:
    """Keys down, figures across, their sums at the foot."""
    columns = (
        head,
        *([extra[0]] if extra else []),
        *(Column(name, name.capitalize(), True) for name in figures),
    )
    rows = tuple(
        (
            label(key),
            *([extra[1](key)] if extra else []),
            *((Figure(figure.fact, key),) for figure in figures.values()),
        )
        for key in keys[:LONGEST_TABLE]
    )
    total: tuple[Line, ...] = (
        ("All",),
        *([()] if extra else []),
        *((figure,) for figure in figures.values()),
    )
    return Table(id, caption, columns, rows, total if rows else None, cut=len(keys) > LONGEST_TABLE)


def _stages_chart(draft: Draft, figures: Mapping[str, Figure], keys: Sequence[str]) -> Chart:
    tones: tuple[Tone, ...] = ("review", "doing", "ready", "backlog")
    open_by_key = {key: sum(_at(draft, figures[stage], key) for stage in tones) for key in keys}
    busiest = sorted((key for key in keys if open_by_key[key]), key=lambda key: (-open_by_key[key], key))[
        :BARS
    ]
    summary: Line = (
        *("Being worked on: ", figures["doing"], ", in review: ", figures["review"], ", ready: "),
        *(figures["ready"], ", in the backlog: ", figures["backlog"], "."),
    )
    return Chart(
        "stages_chart",
        "Open items by container and stage",
        summary,
        upright=False,
        head="Container",
        unit="items",
        categories=tuple((key, Name(draft.containers[key])) for key in busiest),
        series=tuple(Series(tone.capitalize(), tone, figures[tone]) for tone in tones),
    )


def people_section(draft: Draft, _shared: Shared) -> Section:
    if draft.settings.profile != "team":
        return Section("people", "By person", silent="Who works on what is for the team alone.")
    conditions = {
        "doing": (
            "Open items being worked on, by assignee.",
            "is_open = 1 AND sub_task = 0 AND stage = 'doing'",
        ),
        "review": ("Open items in review, by assignee.", "is_open = 1 AND sub_task = 0 AND stage = 'review'"),
        "stuck": ("Stuck items by assignee.", STUCK),
        "done": ("Items done in the period, by assignee.", f"{_ITEMS} AND stage = 'done' AND {IN_PERIOD}"),
    }
    figures = {
        name: draft.ledger.groups(
            f"person_{name}", definition, _BY_PERSON.format(condition=condition), unit="assignments"
        )
        for name, (definition, condition) in conditions.items()
    }
    names = _names(draft)
    keys = [key for key in names if any(_at(draft, figure, key) for figure in figures.values())]
    table = _grid(
        draft,
        "people",
        "Work under way by person",
        Column("person", "Person"),
        keys,
        lambda key: (Name(names[key]),) if key else (NOBODY,),
        figures,
    )
    return Section("people", "By person", PEOPLE_RULE, (), (table,), folded=True)


def _names(draft: Draft) -> dict[str, str]:
    """Person to printed name, by name; '' stands for nobody and comes last."""
    rows = draft.ledger.rows("SELECT person, max(name) AS name FROM assigned GROUP BY person ORDER BY person")
    names = {row["person"]: tidy(row["name"], "(no name)") for row in rows}
    ordered = sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    return dict(ordered) | {"": NOBODY}
