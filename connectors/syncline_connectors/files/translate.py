"""From what a file says to records. Pure; raises ValueError naming the column, `Misfit` naming the row as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from syncline.model import (
    Arm,
    Decision,
    Deploy,
    Direction,
    Event,
    Experiment,
    Health,
    Kind,
    Metric,
    MetricPoint,
    Note,
    Record,
    Rollout,
    SurveyResponse,
    Text,
    TextFormat,
)
from syncline_connectors.files import identity, markdown
from syncline_connectors.files.cells import Dialect, shown
from syncline_connectors.files.markdown import Document
from syncline_connectors.files.row import Cells, needed
from syncline_connectors.files.tables import (
    DIRECTIONS,
    HEALTHS,
    INTERVALS,
    NOTE_KEYS,
    RESULTS,
    SCORES,
    STATES,
    folded,
)

T = TypeVar("T")

LONGEST = 5_000_000
"""Characters of a Markdown file; nobody writes more."""


class Misfit(ValueError):
    """A row that does not fit the others of its record; ``row`` is its place among them."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row


def record(payload: Mapping[str, Any], dialect: Dialect) -> Record:
    """The record of a payload, as the streams keep it."""
    if "text" in payload:
        build_one = _decision_record if payload["stream"] == "decisions" else _note
        document = markdown.read(payload["text"])
        return build_one(payload["remote_id"], _stem(payload["file"]), document, dialect)
    rows = [Cells(row, dialect) for row in payload["rows"]]
    return _BUILD[payload["stream"]](payload["remote_id"], rows)


def _plain(text: str | None) -> Text | None:
    return None if text is None else Text(format=TextFormat.PLAIN, source=text)


def _told(cells: Cells) -> dict[str, Any]:
    """What every record that tells of work items has."""
    return {
        "key": cells.text("id"),
        "url": cells.text("url"),
        "about": cells.references("about"),
        "labels": cells.names("labels"),
    }


# ---- one row, one record -------------------------------------------------------------------------------


def _point(remote_id: str, rows: Sequence[Cells]) -> MetricPoint:
    (cells,) = rows
    return MetricPoint(
        remote_id=remote_id,
        metric=identity.metric(cells),
        day=needed(cells.day("day"), "day"),
        segment=cells.text("segment") or "",
        value=cells.number("value"),
        count=cells.whole("count"),
        complete=cells.flag("complete") is not False,
    )


def _answer(remote_id: str, rows: Sequence[Cells]) -> SurveyResponse:
    (cells,) = rows
    at = needed(cells.instant("answered_at"), "answered_at")
    lowest, highest = _scale(cells)
    score = cells.number("score")
    if score is not None and not lowest <= score <= highest:
        raise ValueError(
            f"column score: {shown(cells.row['score'])} is not between {lowest:g} and {highest:g}; "
            "a survey of another scale has the columns lowest and highest"
        )
    if score is not None and cells.text("highest") is None and score != int(score):
        raise ValueError(f"column score: {shown(cells.row['score'])} is not a whole number from 0 to 10")
    return SurveyResponse(
        remote_id=remote_id,
        created_at=at,
        survey=cells.text("survey") or "",
        answered_at=at,
        score=score,
        lowest=lowest,
        highest=highest,
        body=_plain(cells.text("comment")),
        respondent=cells.text("respondent"),
        organization=cells.text("organization"),
        **_told(cells),
    )


def _scale(cells: Cells) -> tuple[float, float]:
    """0 to 10, unless the row says otherwise, wholly."""
    lowest, highest = cells.number("lowest"), cells.number("highest")
    if lowest is None and highest is None:
        return 0.0, 10.0
    if lowest is None or highest is None:
        raise ValueError("columns lowest and highest: one is empty; a scale needs both")
    if lowest >= highest:
        raise ValueError("column lowest: must be below highest")
    return lowest, highest


def _deploy(remote_id: str, rows: Sequence[Cells]) -> Deploy:
    (cells,) = rows
    at = needed(cells.instant("at"), "at")
    names = (cells.text("service"), cells.text("version"))
    return Deploy(
        remote_id=remote_id,
        title=cells.text("title") or " ".join(filter(None, names)) or None,
        created_at=at,
        service=cells.text("service"),
        environment=cells.text("environment"),
        version=cells.text("version"),
        at=at,
        result=cells.usual("result", RESULTS),
        **_told(cells),
    )


def _decision(remote_id: str, rows: Sequence[Cells]) -> Decision:
    (cells,) = rows
    return Decision(
        remote_id=remote_id,
        title=needed(cells.text("title"), "title"),
        state=cells.usual("state", STATES),
        body=_plain(cells.text("text")),
        owner=cells.text("owner"),
        decided_on=cells.day("decided_on"),
        due_on=cells.day("due_on"),
        **_told(cells),
    )


def _score(remote_id: str, rows: Sequence[Cells]) -> Note:
    (cells,) = rows
    item = needed(cells.text("item"), "item")
    if cells.references("item") != (item,):
        raise ValueError(f"column item: {shown(item)} is not one key, ref or URL")
    own = {column.name for column in SCORES.columns}
    fields = {name: cells.company_value(name) for name in cells.row if name not in own}
    if not fields:
        raise ValueError("gives no value for any field")
    at = cells.instant("as_of")
    return Note(
        remote_id=remote_id,
        key=cells.text("id"),
        created_at=at,
        type="score",
        about=(item,),
        author=cells.text("by"),
        noted_at=at,
        body=_plain(cells.text("note")),
        fields=fields,
    )


# ---- several rows, one record --------------------------------------------------------------------------


def _agreed(rows: Sequence[Cells], column: str, read: Callable[[Cells], T | None]) -> T | None:
    """What the rows that say something all say."""
    said: tuple[str, T | None] | None = None
    for number, cells in enumerate(rows):
        text = cells.text(column)
        if text is None:
            continue
        try:
            value = read(cells)
        except ValueError as error:
            raise Misfit(number, str(error)) from None
        if said is None:
            said = text, value
        elif said[1] != value:
            raise Misfit(number, f"column {column}: {shown(text)}, but an earlier row says {shown(said[0])}")
    return said[1] if said else None


def _text(column: str) -> Callable[[Cells], str | None]:
    return lambda cells: cells.text(column)


def _common(rows: Sequence[Cells]) -> dict[str, Any]:
    return {
        "key": _agreed(rows, "id", _text("id")),
        "url": _agreed(rows, "url", _text("url")),
        "about": _agreed(rows, "about", lambda cells: cells.references("about")) or (),
        "labels": _agreed(rows, "labels", lambda cells: cells.names("labels")) or (),
    }


def _metric(remote_id: str, rows: Sequence[Cells]) -> Metric:
    direction = _agreed(rows, "direction", lambda cells: cells.word("direction", DIRECTIONS))
    interval = _agreed(rows, "interval", lambda cells: cells.word("interval", INTERVALS))
    return Metric(
        remote_id=remote_id,
        title=rows[0].text("metric"),
        unit=_agreed(rows, "unit", _text("unit")),
        direction=Direction(direction) if direction else None,
        interval=int(interval or 1),
        target=_agreed(rows, "target", lambda cells: cells.number("target")),
        definition=_agreed(rows, "definition", _text("definition")),
    )


def _experiment(remote_id: str, rows: Sequence[Cells]) -> Experiment:
    names = [cells.text("arm") for cells in rows]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Misfit(number, f"column arm: {shown(name or '')} stands there twice")
    hypothesis = _agreed(rows, "hypothesis", _text("hypothesis"))
    return Experiment(
        remote_id=remote_id,
        title=_agreed(rows, "experiment", _text("experiment")),
        state=_agreed(rows, "state", _text("state")),
        hypothesis=_plain(hypothesis),
        metric=_agreed(rows, "metric", _text("metric")),
        started_at=_agreed(rows, "started_at", lambda cells: cells.instant("started_at")),
        ended_at=_agreed(rows, "ended_at", lambda cells: cells.instant("ended_at")),
        arms=tuple(_arm(number, cells) for number, cells in enumerate(rows)),
        verdict=_agreed(rows, "verdict", _text("verdict")),
        decision=_agreed(rows, "decision", _text("decision")),
        **_common(rows),
    )


def _arm(number: int, cells: Cells) -> Arm:
    try:
        users, conversions = cells.whole("users"), cells.whole("conversions")
        if users is not None and conversions is not None and conversions > users:
            raise ValueError(f"column conversions: {conversions} of {users} users")
        return Arm(
            name=needed(cells.text("arm"), "arm"),
            share=cells.share("share"),
            users=users,
            conversions=conversions,
            mean=cells.number("mean"),
            deviation=cells.number("deviation"),
        )
    except ValueError as error:
        raise Misfit(number, str(error)) from None


def steps(rows: Sequence[Cells]) -> list[tuple[datetime, float]]:
    """When a flag had which percentage, by time."""
    found: dict[datetime, float] = {}
    for number, cells in enumerate(rows):
        try:
            at = needed(cells.instant("changed_at"), "changed_at")
            value = needed(cells.percent("percent"), "percent")
        except ValueError as error:
            raise Misfit(number, str(error)) from None
        if found.setdefault(at, value) != value:
            raise Misfit(
                number, f"column percent: {value:g}, but an earlier row of that time says {found[at]:g}"
            )
    return sorted(found.items())


def _rollout(remote_id: str, rows: Sequence[Cells]) -> Rollout:
    told = steps(rows)
    at, value = told[-1]
    return Rollout(
        remote_id=remote_id,
        title=_agreed(rows, "flag", _text("flag")),
        created_at=told[0][0],
        updated_at=at,
        flag=_agreed(rows, "flag", _text("flag")) or "",
        environment=_agreed(rows, "environment", _text("environment")),
        percent=value,
        changed_at=at,
        **_common(rows),
    )


def events(found: Rollout, payload: Mapping[str, Any], dialect: Dialect) -> list[Event]:
    """The past percentages of a flag. A corrected row is another event, for what was once known is never lost."""
    told: list[Event] = []
    before: str | None = None
    for at, value in steps([Cells(row, dialect) for row in payload["rows"]]):
        now = f"{value:g}"
        if now != before:
            told.append(
                Event(
                    kind=Kind.ROLLOUT,
                    remote_id=found.remote_id,
                    native_id=f"{at.isoformat()}={now}",
                    at=at,
                    field="percent",
                    old=before,
                    new=now,
                )
            )
        before = now
    return told


# ---- one file, one record ------------------------------------------------------------------------------


def keys_of(document: Document, dialect: Dialect) -> Cells:
    """The front matter, as a row."""
    row: dict[str, str] = {}
    for key, value in document.keys.items():
        column = NOTE_KEYS.spellings.get(folded(key))
        if column is not None and value:
            row.setdefault(column.name, value)
    return Cells(row, dialect)


def _stem(file: str) -> str:
    return file.rpartition("/")[2].rpartition(".")[0]


def _note(remote_id: str, stem: str, document: Document, dialect: Dialect) -> Note:
    cells = keys_of(document, dialect)
    at = cells.instant("noted_at")
    health = cells.text("health")
    word = HEALTHS.get(health.casefold()) if health else None
    return Note(
        remote_id=remote_id,
        title=cells.text("title") or document.title or stem,
        created_at=at,
        type=cells.text("type"),
        body=Text(format=TextFormat.MARKDOWN, source=document.body),
        author=cells.text("author"),
        noted_at=at,
        health=Health(word) if word else None,
        health_name=health,
        **_told(cells),
    )


_SAID = {
    "status": "state",
    "date": "decided_on",
    "decider": "owner",
    "deciders": "owner",
    "decided by": "owner",
    "decided_by": "owner",
    "decision_makers": "owner",
    "owner": "owner",
    "due": "due_on",
    "due_on": "due_on",
    "decided_on": "decided_on",
    "state": "state",
}
"""What an ADR calls its parts."""
FRONT_MATTER: Mapping[str, frozenset[str]] = {
    "notes": frozenset(NOTE_KEYS.spellings),
    "decisions": frozenset({*NOTE_KEYS.spellings, *map(folded, _SAID)}),
}
"""By stream, the keys that are read at the top of a Markdown file."""


def _decision_record(remote_id: str, stem: str, document: Document, dialect: Dialect) -> Decision:
    said = markdown.record_of_decision(document)
    row = {_SAID[folded(key)]: value for key, value in said.items() if folded(key) in _SAID}
    state = row.pop("state", None)
    cells, keys = Cells(row, dialect), keys_of(document, dialect)
    first = (state or "").split(" ")[0].rstrip(",.;:").casefold()
    return Decision(
        remote_id=remote_id,
        title=keys.text("title") or document.title or stem,
        state=STATES.get(first, state),
        body=Text(format=TextFormat.MARKDOWN, source=document.body),
        owner=cells.text("owner"),
        decided_on=cells.day("decided_on"),
        due_on=cells.day("due_on"),
        **_told(keys),
    )


_BUILD: Mapping[str, Callable[[str, Sequence[Cells]], Record]] = {
    "metrics": _metric,
    "metric_points": _point,
    "surveys": _answer,
    "experiments": _experiment,
    "rollouts": _rollout,
    "deploys": _deploy,
    "decisions": _decision,
    "scores": _score,
}
