"""The tables, and the read-only views that users may rely on (``docs/sql.md``).

Instants are aware UTC, written in SQLite as ``2026-11-22T10:00:00.000Z`` so that text order is time order. Two clocks
stand on every row that has a history: when it happened at the vendor, and in which ingest (``seq``) we learned it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    true,
)
from sqlalchemy.types import TypeDecorator

from syncline.store.instants import from_text, to_text

SCHEMA_VERSION = 1
"""Stands in ``meta`` under ``schema``; a database with a higher one is refused."""


class Instant(TypeDecorator[datetime]):
    """An aware instant in milliseconds: text in SQLite, ``timestamptz`` in Postgres."""

    impl = String(24)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(24))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return value
        return to_text(value) if dialect.name == "sqlite" else from_text(to_text(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        return from_text(value)


metadata = MetaData()
_id = BigInteger().with_variant(Integer, "sqlite")
_text = String().with_variant(String(collation="C"), "postgresql")  # sorted by code point, as in SQLite

meta = Table(
    "meta",
    metadata,
    Column("key", _text, primary_key=True),
    Column("value", _text, nullable=False),
)

LAST_NUMBER = "last_record"
"""Stands in ``meta`` where the newest record was erased: the highest number that was ever given."""

connection = Table(
    "connection",
    metadata,
    Column("id", _id, primary_key=True),
    Column("name", _text, nullable=False, unique=True),
    Column("connector", _text, nullable=False),
    Column("site", _text, nullable=False),
    Column("site_name", _text, nullable=False),
    Column("account", JSON, nullable=False),  # the Account of the last full check
    Column("fingerprint", _text, nullable=False),  # of what decides how payloads are read
    Column("checked_at", Instant, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", _id, primary_key=True),
    Column("command", _text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("state", _text, nullable=False),  # running | done | partial | failed | died
    Column("exit_code", Integer),
    Column("summary", JSON),
)

ingest = Table(
    "ingest",
    metadata,
    Column("seq", _id, primary_key=True),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


def _index_of_some(name: str, *columns: str, some: str) -> Index:
    """An index of the rows that have ``some``: most lack it, and entries of nothing took a tenth of a first pull.

    `syncline.store.database.build_schema` limits it: to be told here, SQLAlchemy would load Postgres for everybody.
    """
    return Index(name, *columns, some, info={"some": some})


record = Table(
    "record",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=False),
    Column("site", _text, nullable=False),
    Column("kind", _text, nullable=False),
    Column("remote_id", _text, nullable=False),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("stream", _text),  # that delivered it; null while it is known in part only
    Column("item_id", _id, nullable=False),  # its own id until a link joins it to an older record
    Column("speaks", Boolean, nullable=False, server_default=true()),  # for its item: syncline.store.leads
    Column("key", _text),
    Column("url", _text),
    Column("title", _text),
    Column("type", _text),
    Column("level", Integer),
    Column("status_category", _text),
    Column("status_refinement", _text),
    Column("status_name", _text),
    Column("priority", _text),
    Column("container", _text),  # remote id of the Container
    Column("parent", _text),  # remote id of the parent issue
    Column("subject", _text),  # remote id of the issue a comment, work log or relation belongs to
    Column("target", _text),  # remote id at the other end of a relation
    Column("created_at", Instant),
    Column("updated_at", Instant),
    Column("resolved_at", Instant),
    Column("due_on", Date),
    Column("archived", Boolean, nullable=False),
    Column("absent", _text),  # null | gone | missing | forbidden | archived | out_of_scope
    Column("absent_at", Instant),
    Column("data", JSON, nullable=False),  # the record, whole
    Column("hash", LargeBinary, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),  # when this version was first seen
    Column("first_seq", ForeignKey("ingest.seq"), nullable=False),
    Column("seq", ForeignKey("ingest.seq"), nullable=False),
    UniqueConstraint("site", "kind", "remote_id"),
    Index("record_item", "item_id"),
    _index_of_some("record_subject", "site", "kind", some="subject"),
    _index_of_some("record_target", "site", "kind", some="target"),
    _index_of_some("record_status", "kind", some="status_category"),
    _index_of_some("record_key", some="key"),
    _index_of_some("record_absent", "connection_id", "kind", some="absent"),
)

raw = Table(
    "raw",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("payload", JSON, nullable=False),  # the latest version, without
    Column("volatile", JSON(none_as_null=True)),  # what changes without the record changing
    Column("seq", ForeignKey("ingest.seq"), nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", _id, primary_key=True),
    Column("record_id", ForeignKey("record.id"), nullable=False),
    Column("native_id", _text, nullable=False),  # "observed:<seq>" where the engine noticed it
    Column("ordinal", Integer, nullable=False),
    Column("field", _text, nullable=False),
    Column("old", _text),
    Column("old_name", _text),
    Column("new", _text),
    Column("new_name", _text),
    Column("actor", _text),
    Column("at", Instant, nullable=False),
    Column("at_from", Instant),  # observed only: the reading before; the change lies between
    Column("seen_at", Instant, nullable=False),
    Column("seq", ForeignKey("ingest.seq"), nullable=False),
    UniqueConstraint("record_id", "native_id", "ordinal"),
    Index("event_field", "field", "record_id", "at"),
)

metric_point = Table(
    "metric_point",  # every value that a point of a metric ever had; the latest also stands in its record
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("seq", ForeignKey("ingest.seq"), primary_key=True),
    Column("metric", _text, nullable=False),  # remote id of the Metric
    Column("day", Date, nullable=False),
    Column("segment", _text, nullable=False),
    Column("value", Float),
    Column("count", BigInteger),
    Column("complete", Boolean, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("metric_point_metric", "metric", "day"),
)

status = Table(
    "status",  # native statuses and what they are read as; history speaks in their ids
    metadata,
    Column("site", _text, primary_key=True),
    Column("native_id", _text, primary_key=True),
    Column("container", _text, primary_key=True),  # "" unless one container reads it its own way
    Column("name", _text, nullable=False),
    Column("vendor_category", _text),  # before the connection's map was laid over it
    Column("category", _text, nullable=False),
    Column("refinement", _text),
)

stream = Table(
    "stream",
    metadata,
    Column("id", _id, primary_key=True),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("name", _text, nullable=False),
    Column("scope", JSON),  # elements whose first pull is complete; null before
    Column("selection", _text),  # with which that was pulled
    Column("since", Instant),  # how far back the first pull went; null: unbounded
    Column("mark", _text),
    Column("pulled_at", Instant),  # last time a walk ended
    Column("census_at", Instant),  # last time a census ended
    Column("complete", Boolean, nullable=False),
    UniqueConstraint("connection_id", "name"),
)

walk = Table(
    "walk",  # one unfinished walk; deleted when it ends
    metadata,
    Column("id", _id, primary_key=True),
    Column("stream_id", ForeignKey("stream.id"), nullable=False),
    Column("purpose", _text, nullable=False),  # first | backfill | increment
    Column("scope", JSON, nullable=False),
    Column("selection", _text, nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    Column("position", _text),
    Column("mark", _text),
    Column("mark_before", _text),  # the stream's mark when the walk was opened
    Column("started_at", Instant, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", _id, primary_key=True),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("stream", _text, nullable=False),
    Column("kind", _text, nullable=False),
    Column("remote_id", _text, nullable=False),
    Column("subject", _text),  # remote id of the work it hangs on, where it does
    Column("reason", _text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    UniqueConstraint("connection_id", "kind", "remote_id"),
)

dirty = Table(
    "dirty",  # what must be planned; a row leaves only with the outcome of its plan
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("reason", _text, nullable=False),  # created | updated | absent | returned | config
    Column("seq", ForeignKey("ingest.seq"), nullable=False),
)

link = Table(
    "link",  # never overwritten: an end is given an `until`, and a new one is a new row
    metadata,
    Column("id", _id, primary_key=True),
    Column("type", _text, nullable=False),  # same | about
    Column(
        "source_id", ForeignKey("record.id"), nullable=False
    ),  # about: the many; same: the one that joined
    Column("target_id", ForeignKey("record.id"), nullable=False),
    Column("block", _text),  # the sync block that made it; null: a person
    Column("origin", _text, nullable=False),  # created | native | url | title | person | kept
    Column("evidence", _text),
    Column("at", Instant, nullable=False),
    Column("seq", ForeignKey("ingest.seq"), nullable=False),
    Column("until", Instant),
    Column("until_seq", ForeignKey("ingest.seq")),
    Index("link_source", "source_id"),
    Index("link_target", "target_id"),
)

member = Table(
    "member",  # a record in a group, and what it showed when the group was last judged to agree
    metadata,
    Column("block", _text, primary_key=True),
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("group_id", _id, nullable=False),  # record id of the group's first member
    Column("state", _text, nullable=False),  # active | gone | frozen
    Column(
        "base", JSON, nullable=False
    ),  # by field: [value as its record holds it], or [] for one never agreed
    Index("member_record", "record_id"),
    Index("member_group", "block", "group_id"),
)

held = Table(
    "held",  # a field that waits for a person, or that cannot be written; closed rows are kept
    metadata,
    Column("id", _id, primary_key=True),
    Column("block", _text, nullable=False),
    Column("group_id", _id, nullable=False),
    Column("record_id", ForeignKey("record.id")),  # that cannot be written; null: the whole group
    Column("field", _text, nullable=False),
    Column("kind", _text, nullable=False),  # conflict | blocked
    Column("reason", _text, nullable=False),
    Column("shown", JSON, nullable=False),  # by record id: what it showed when this was noted
    Column("at", Instant, nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("answer", JSON),  # what a person chose, until it has been carried out
    Column("closed_at", Instant),
    Column("closed_run", ForeignKey("run.id")),
    Index("held_group", "block", "group_id"),
)

operation = Table(
    "operation",  # every field that was written, or should have been
    metadata,
    Column("id", _id, primary_key=True),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("block", _text, nullable=False),
    Column("group_id", _id, nullable=False),
    Column("record_id", ForeignKey("record.id")),  # null: a create that failed
    Column("kind", _text, nullable=False),  # create | update | archive | note
    Column("field", _text, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    Column("why", _text, nullable=False),
    Column("state", _text, nullable=False),  # done | refused | in_doubt
    Column("error", _text),
    Column("at", Instant, nullable=False),
    Index("operation_record", "record_id", "field"),
    Index("operation_run", "run_id"),
)

intent = Table(
    "intent",  # an operation written down before it is sent
    metadata,
    Column("id", _text, primary_key=True),  # of a create, its marker
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("record_id", ForeignKey("record.id")),  # written to; of a create, the one that gets a counterpart
    Column("block", _text, nullable=False),
    Column("operation", JSON, nullable=False),
    Column("state", _text, nullable=False),  # sent | verified | in_doubt | failed | abandoned
    Column("outcome", JSON),
    Column("written_at", Instant, nullable=False),
    Column("settled_at", Instant),
)

mirror = Table(
    "mirror",  # a comment that is a copy of another one's; what was tried and refused stands here, too
    metadata,
    Column("id", _id, primary_key=True),
    Column("block", _text, nullable=False),
    Column("source_id", ForeignKey("record.id")),  # the comment that it copies; null: that was erased
    Column("record_id", ForeignKey("record.id"), nullable=False),  # the work that it was written on
    Column("remote_id", _text),  # its own; null as long as there is none
    Column("state", _text, nullable=False),  # there | refused | gone
    Column("said", JSON(none_as_null=True)),  # what the source said when it was last told
    Column("shown", JSON(none_as_null=True)),  # what the tool then stored
    Column(
        "refused", JSON(none_as_null=True)
    ),  # {"wanted", "reason", "at"}: not tried again while nothing changes
    Column("at", Instant, nullable=False),
    UniqueConstraint("block", "source_id", "record_id"),
    Index("mirror_record", "record_id"),
)

listed = Table(
    "listed",  # what a running census has seen so far
    metadata,
    Column("connection_id", ForeignKey("connection.id"), primary_key=True),
    Column("kind", _text, primary_key=True),
    Column("remote_id", _text, primary_key=True),
    sqlite_with_rowid=False,  # the key is the row
)

bucket = Table(
    "bucket",  # one rate limit of one account, shared by every process
    metadata,
    Column("name", _text, primary_key=True),
    Column("next_free", Float, nullable=False),  # epoch seconds by the database host's clock
    Column("blocked_until", Float, nullable=False),
    Column("rate", Float, nullable=False),
)

PEOPLE = "people"
"""Where ``meta`` keeps the digest of what the next three were made from."""

person = Table(
    "person",  # whom people.csv names
    metadata,
    Column("name", _text, primary_key=True),
    Column("email", _text),
    Column("team", _text),
)

person_account = Table(
    "person_account",  # whose account a record of the kind Person is
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("person", ForeignKey("person.name"), nullable=False),
    Column("matched", _text, nullable=False),  # by: file | email
)

team_container = Table(
    "team_container",  # which team of [teams] works in a container
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("team", _text, nullable=False),
)

working_set = Table(
    "working_set",  # the queries that a report's facts are over; one row serves all reports that asked the same
    metadata,
    Column("digest", _text, primary_key=True),
    Column("relations", JSON, nullable=False),  # [name, SELECT], in their order
)

report = Table(
    "report",
    metadata,
    Column("id", _id, primary_key=True),
    Column("kind", _text, nullable=False),
    Column("name", _text),  # of the [[report]] it was made for
    Column("profile", _text, nullable=False),
    Column("title", _text, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("known_seq", _id, nullable=False),  # with as_of: the snapshot
    Column("made_at", Instant, nullable=False),
    Column("period_start", Instant, nullable=False),
    Column("period_end", Instant, nullable=False),
    Column("state", _text, nullable=False),  # final | draft | past: only the first is what "since last" means
    Column("before_id", ForeignKey("report.id")),  # the report that it was compared with
    Column("settings", JSON, nullable=False),  # everything that decided its content besides the database
    Column("version", _text, nullable=False),  # of Syncline
    Column("working_set", ForeignKey("working_set.digest"), nullable=False),
    Column("format", _text, nullable=False),  # in which it was written
    Column("digest", _text, nullable=False),  # blake2b of what was written
    Column("path", _text),
    Index("report_kind", "kind", "as_of"),
)

report_fact = Table(
    "report_fact",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", _text, nullable=False),
    Column("definition", _text, nullable=False),
    Column("sql", _text, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("value", JSON(none_as_null=True)),  # exact: `syncline.report.kept.values`
    Column("amount", Float),  # the value where it is one number
    Column("unit", _text, nullable=False),
    Column("form", _text, nullable=False),
    Column("places", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("digest", _text, nullable=False),
    Column("ids", JSON, nullable=False),
    Column("refused", JSON, nullable=False),
    Index("report_fact_name", "name", "report_id"),
)

delivery = Table(
    "delivery",  # what is to be sent once to a channel: written down before it is sent, as an intent is
    metadata,
    Column(
        "subject", _text, primary_key=True
    ),  # report:weekly, draft:weekly, alert:…, person_needed, failure, …
    Column("period", _text, primary_key=True),
    Column("channel", _text, primary_key=True),
    Column("state", _text, nullable=False),  # waiting | failed | sent
    Column("tries", Integer, nullable=False),
    Column("at", Instant, nullable=False),  # last tried, or written down
    Column("error", _text),
    Column("message", JSON(none_as_null=True)),  # forgotten once it is sent
    Column("report_id", ForeignKey("report.id")),  # goes with it
)

episode = Table(
    "episode",  # where each alert stands: syncline.report.formulas.alerts.Episode
    metadata,
    Column("name", _text, primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("told_at", Instant),
    Column("since", Instant),  # since when it has been open
    Column("checked_at", Instant, nullable=False),
    Column("verdict", _text, nullable=False),  # quiet | firing | stale
    Column("said", _text, nullable=False),  # the last check in words
)
