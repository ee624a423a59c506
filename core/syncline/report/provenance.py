"""Where a report comes from: sources, how fresh and how complete they are, and since when history is known."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from syncline.report.draft import Draft, plural
from syncline.report.facts import Row
from syncline.report.formulas.freshness import Source, freshness
from syncline.report.kept.remembered import settings_written
from syncline.report.model import Column, Line, Name, Provenance, Section, State, Table
from syncline.report.settings import ReportSettings
from syncline.report.shared import Shared
from syncline.report.words import tidy

SOURCES_RULE = (
    "A stream is complete when its last pull reached the end, and stale when it was not pulled within the time"
    " allowed before this report."
)

AUDIENCES = {"team": "the team", "exec": "executives", "public": "everybody"}


def provenance(draft: Draft) -> Provenance:
    settings = draft.settings
    as_of: Line = ("As of ", draft.when(settings.as_of), f". Audience: {AUDIENCES[settings.profile]}.")
    return Provenance(
        (_period(draft), as_of, *_sources(draft), _records(draft), _history(draft), _rules(settings)),
        _warnings(draft),
    )


def _period(draft: Draft) -> Line:
    """The first and the last day, since the period is of whole days; else its two ends."""
    settings, calendar = draft.settings, draft.calendar
    first, end = calendar.day(settings.period_start), calendar.day(settings.period_end)
    zone: Line = (". Days and weeks are those of ", Name(settings.timezone), ".")
    if (settings.period_start, settings.period_end) == (calendar.midnight(first), calendar.midnight(end)):
        return (first, " to ", end - timedelta(days=1), *zone)
    ends = (draft.when(settings.period_start), draft.when(settings.period_end))
    return (ends[0], " to ", ends[1], *zone)


def _rules(settings: ReportSettings) -> Line:
    """A digest of what the configuration decides: where it differs, two reports may mean different things."""
    of_one_report = {"as_of", "period_start", "period_end", "title", "profile"}
    given = {name: one for name, one in settings_written(settings).items() if name not in of_one_report}
    told = hashlib.blake2b(json.dumps(given, sort_keys=True).encode(), digest_size=6).hexdigest()
    return ("Settings: ", Name(told), ".")


def _records(draft: Draft) -> Line:
    figure = draft.ledger.fold(
        "records",
        "Records in the database, of every kind, whatever became of them at the vendor.",
        "SELECT kind || ' ' || absent, records FROM inventory",
        "records",
        lambda rows: sum(row[1] for row in rows),
    )
    sequence = draft.ledger.fold(
        "known_seq",
        "Number of the last ingest that changed a record.",
        "SELECT kind || ' ' || absent, seq FROM inventory",
        "",
        lambda rows: max((row[1] for row in rows), default=0),
    )
    words = plural(draft.ledger, figure, "record", "records")
    return ("Made from ", *words, ", as known after ingest ", sequence, ".")


def _history(draft: Draft) -> Line:
    rows = draft.ledger.rows("SELECT min(first_at) AS first_at FROM history")
    if rows[0]["first_at"] is None:
        return ("No history of statuses is known yet.",)
    events = draft.ledger.fold(
        "status_events",
        "Changes of status that are known, by origin: told by the tool, or observed between two readings.",
        "SELECT origin, events FROM history",
        "events",
        lambda found: sum(row[1] for row in found),
    )
    since: Line = ("History of statuses is known from ", draft.moment(rows[0]["first_at"]), ": ")
    return (*since, *plural(draft.ledger, events, "change", "changes"), ".")


def _sources(draft: Draft) -> list[Line]:
    rows = draft.ledger.rows(
        "SELECT connection, max(connector) AS connector, max(site_name) AS site_name, max(pulled_at) AS pulled_at,"
        " min(complete) AS complete FROM sources GROUP BY connection ORDER BY connection"
    )
    return [_source(draft, row) for row in rows]


def _source(draft: Draft, row: Row) -> Line:
    state = State.COMPLETE if row["complete"] else State.PARTIAL
    connection, connector = tidy(row["connection"], "?"), tidy(row["connector"], "?")
    what = "" if connector == connection else f"{connector}, "
    name = Name(f"{connection} ({what}{tidy(row['site_name'], '?')})")
    if row["pulled_at"] is None:
        return ("Source ", name, ": never pulled to the end, ", state, ".")
    return ("Source ", name, ": last pulled ", draft.moment(row["pulled_at"]), ", ", state, ".")


def _warnings(draft: Draft) -> tuple[Line, ...]:
    return (*_unfit_sources(draft), *_failed_run(draft))


def _unfit_sources(draft: Draft) -> list[Line]:
    rows = draft.ledger.rows("SELECT * FROM sources ORDER BY connection, stream")
    if not rows:
        return [("No source was ever pulled.",)]
    warnings: list[Line] = []
    for row in rows:
        stream = Name(f"{tidy(row['connection'], '?')}: {tidy(row['stream'], 'no stream')}")
        match stream_state(draft, row):
            case State.PARTIAL:
                warnings.append((stream, " is ", State.PARTIAL, ": some of its records may be missing here."))
            case State.STALE:
                since = draft.moment(row["pulled_at"])
                warnings.append((stream, " is ", State.STALE, ": it was last pulled ", since, "."))
    return warnings


def stream_state(draft: Draft, row: Row) -> State:
    """M25: whether a stream was read to its end, and lately enough."""
    if not row["complete"] or row["pulled_at"] is None:
        return State.PARTIAL
    source = Source(row["connection"], draft.calendar.local(row["pulled_at"]))
    judged = freshness(source, draft.settings.as_of, draft.settings.stale_after)
    return State.STALE if judged.stale else State.COMPLETE


def _failed_run(draft: Draft) -> list[Line]:
    rows = draft.ledger.rows("SELECT * FROM pulls ORDER BY started_at DESC, id DESC LIMIT 1")
    if not rows or rows[0]["state"] == "done":
        return []
    started = draft.moment(rows[0]["started_at"])
    return [("The last pull, begun ", started, ", ended as ", Name(tidy(rows[0]["state"], "?")), ".")]


def sources_section(draft: Draft, _shared: Shared) -> Section:
    rows = draft.ledger.rows("SELECT * FROM sources WHERE stream IS NOT NULL ORDER BY connection, stream")
    columns = ("Connection", "Stream", "State", "Last pulled", "Reaches back to")
    table = Table(
        "streams",
        "Streams",
        tuple(Column(title.lower().replace(" ", "_"), title) for title in columns),
        tuple(_stream(draft, row) for row in rows),
        listing=True,
        empty="No stream was ever pulled.",
    )
    return Section("sources", "Sources", SOURCES_RULE, (), (table,), folded=True)


def _stream(draft: Draft, row: Row) -> tuple[Line, ...]:
    return (
        (Name(tidy(row["connection"], "?")),),
        (Name(tidy(row["stream"], "?")),),
        (stream_state(draft, row),),
        (draft.moment(row["pulled_at"]),) if row["pulled_at"] else ("never",),
        (draft.moment(row["since"]),) if row["since"] else ("the beginning",),
    )
