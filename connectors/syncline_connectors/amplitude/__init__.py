"""Amplitude, which is read, and in whose charts is marked what shipped.

Where to look: `queries` for what is asked for a metric and what that costs; `answers` for what the answers say;
`periods` for which days are over; `walk` for how metrics are pulled; `translate` for annotations and cohorts; `export`
for what is counted of raw events; `marks` for what is written; `api` for regions and keys.
``docs/connectors/amplitude.md`` tells what a user must know, and lists every pitfall of the vendor with its test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from syncline.connector import (
    API_VERSION,
    Account,
    Bucket,
    Cadence,
    Capabilities,
    CreateBy,
    Creation,
    Cursor,
    Fetched,
    Forbidden,
    Missing,
    Page,
    Present,
    Quarantined,
    Stream,
)
from syncline.errors import AccessDenied, ConfigError, Invalid, NotFound, ProtocolError
from syncline.http import Basic
from syncline.jsonvalues import identity, required
from syncline.model import Kind, Record, Ref, Sourced, TextFormat
from syncline_connectors.amplitude.api import ANNOTATIONS, COHORTS, Api, origins
from syncline_connectors.amplitude.config import AmplitudeConfig
from syncline_connectors.amplitude.periods import last_day
from syncline_connectors.amplitude.queries import events_of, queries_of
from syncline_connectors.amplitude.translate import COHORT, Reader, metric_of, size_of, utc_day
from syncline_connectors.amplitude.walk import MetricWalk, begun

if TYPE_CHECKING:
    from syncline.http import Auth, Http
    from syncline.target import MarkDraft

__all__ = ["Amplitude", "AmplitudeConfig"]

PAGE = 100
"""Annotations on a page: Amplitude tells all at once."""
RATE, BURST = 2.0, 300
"""Cost a second, and at once, which is also what a single query may cost. Together never more than 900 in five minutes:
the rest of the thousand is for people, and for other tools of the project."""
PAUSE = 60.0
"""Seconds to wait where Amplitude says "too many" and not how long."""
SETTLE = 600.0
"""Seconds until an annotation that was made is surely listed; no document says how long that takes."""
_DAYS = {1: 1, 7: 7, 30: 31}

VOLATILE = frozenset(
    {
        "lastComputed",  # of a cohort: its size is a point of its own
        "size",
        "view_count",
        "popularity",
        "last_viewed",
        "syncMetadata",
    }
)


class Amplitude:
    """The connector to one Amplitude project."""

    name: ClassVar[str] = "amplitude"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[AmplitudeConfig]] = AmplitudeConfig
    capabilities: Capabilities = Capabilities(
        reads=frozenset({Kind.METRIC, Kind.METRIC_POINT, Kind.ANNOTATION}),
        creates={Kind.ANNOTATION: Creation(CreateBy.MARKER, settle=SETTLE, later=frozenset())},
        text_format=TextFormat.PLAIN,
        volatile=VOLATILE,
        buckets=(Bucket("default", rate=RATE, burst=BURST, pause=PAUSE, own=True),),
        concurrency=1,  # of five, which other processes and the project's other tools share
    )

    def __init__(self, config: AmplitudeConfig, http: Http | None, memo: Mapping[str, str]) -> None:
        if http is None:
            raise ConfigError("Amplitude cannot be read without a network")
        self._config = config
        self._api = Api(config, http, memo)
        self._reader = Reader({one.chart: one.id for one in config.metrics if one.chart is not None})
        _check_costs(config)

    @classmethod
    def auth(cls, config: AmplitudeConfig) -> Auth:
        return Basic(config.key.get_secret_value(), SecretStr(config.secret.get_secret_value()))

    @classmethod
    def origins(cls, config: AmplitudeConfig) -> tuple[str, ...]:
        return origins(config)

    # ---- who ----

    @property
    def vouched(self) -> bool | None:
        return self._api.vouched

    def probe(self) -> None:
        self._api.prove()

    def check(self) -> Account:
        return self._api.account()

    def remarks(self) -> Sequence[str]:
        """Amplitude may count an event that it does not know as one that nobody did: a typing error looks like zero."""
        if self._api.events is None:
            self._api.prove()
        known = self._api.events or frozenset()
        told = [
            f'metric "{metric.name}" counts the event "{name}", which is not among the events that Amplitude lists;'
            " it may be hidden, or spelt otherwise"
            for metric in self._config.metrics
            for name in events_of(metric)
            if name not in known
        ]
        if self._config.timezone is None and self._config.metrics:
            told.append(
                "timezone is not set, so a day is read when it is over everywhere on earth (12:00 UTC); set it to the"
                " time zone of the project's settings to have yesterday in the morning"
            )
        return told

    # ---- what there is ----

    def streams(self) -> Sequence[Stream]:
        offered = [
            Stream("annotations", (Kind.ANNOTATION,)),
            Stream("metrics", (Kind.METRIC, Kind.METRIC_POINT), counted_as={Kind.METRIC_POINT: "points"}),
            Stream(
                "cohorts", (Kind.METRIC,), cadence=Cadence.CENSUS, counted_as={Kind.METRIC_POINT: "sizes"}
            ),
            Stream(
                "export",
                (Kind.METRIC, Kind.METRIC_POINT),
                counted_as={Kind.METRIC_POINT: "event counts"},
                listed=False,
            ),
        ]
        wanted = set(self._config.streams)
        if not self._config.metrics:
            wanted.discard("metrics")
        return [stream for stream in offered if stream.name in wanted]

    # ---- reading ----

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        match stream.name:
            case "metrics":
                yield from self._metrics(stream, cursor)
            case "annotations":
                yield from self._annotations(cursor)
            case "cohorts":
                yield self._cohorts()
            case "export":
                from syncline_connectors.amplitude.export import ExportWalk

                yield from ExportWalk(self._api, stream).pages(cursor, self._api.now())
            case _:
                raise ProtocolError(f"Amplitude has no stream {stream.name}")

    def _metrics(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        place = begun(cursor, last_day(self._api.now(), self._config.timezone))
        first_weekday = 6 if self._config.week_start == "sun" else 0
        walk = MetricWalk(self._api, self._config.metrics, first_weekday=first_weekday, stream=stream)
        yield from walk.pages(place, cursor.mark)

    def _annotations(self, cursor: Cursor) -> Iterator[Page]:
        """All of them every time: they bear no time of their last change. A walk goes on behind the last id it told."""
        told = sorted(self._all_annotations(), key=lambda pair: pair[0])
        mark = cursor.mark if cursor.position is not None else str(told[-1][0] if told else 0)
        left = [(number, row) for number, row in told if number > int(cursor.position or -1)]
        for start in range(0, max(len(left), 1), PAGE):
            part, last = left[start : start + PAGE], start + PAGE >= len(left)
            position = None if last else str(part[-1][0])
            yield self._page(Kind.ANNOTATION, [row for _, row in part], Cursor(position, mark), last=last)

    def _all_annotations(self) -> Iterator[tuple[int, Any]]:
        for row in self._api.listed(ANNOTATIONS, "data"):
            try:
                yield int(identity(required(row, "data").get("id"), "id")), row
            except ValueError as error:
                raise ProtocolError(f"{ANNOTATIONS}: {error}") from None

    def _cohorts(self) -> Page:
        """All cohorts, each a metric whose points are its sizes, by the day on which they were computed."""
        listed = self._api.listed(COHORTS, "cohorts")
        today = utc_day(self._api.now())
        return self._page(Kind.METRIC, listed, Cursor(mark="whole"), last=True, sizes=today)

    def _page(
        self, kind: Kind, found: Sequence[Any], following: Cursor, *, last: bool, sizes: date | None = None
    ) -> Page:
        """Rows of a list as a page, cohorts with their ``sizes`` as of that day; what cannot be read is set aside."""
        records: list[Sourced] = []
        odd: list[Quarantined] = []
        for row in found:
            try:
                read = self._reader.read(kind, required(row, "row"))
                size = size_of(row, sizes) if sizes else None
                records += [Sourced(read, row), *([size] if size else [])]
            except ValueError as error:
                payload = row if isinstance(row, dict) else {"row": row}
                odd.append(Quarantined(kind, str(payload.get("id")), str(error), payload))
        return Page(records, following, last=last, quarantined=odd)

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        match stream.name:
            case "annotations":
                yield [str(number) for number, _ in self._all_annotations()]
            case "metrics":
                yield [metric.id for metric in self._config.metrics]
            case _:
                raise ProtocolError(f"{stream.name} has no census of its own")

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        cohorts: dict[str, Any] | None = None
        for ref in refs:
            if ref.kind is Kind.ANNOTATION:
                yield self._annotation(ref)
                continue
            if ref.kind is Kind.METRIC and ref.remote_id.startswith(COHORT) and cohorts is None:
                cohorts = {COHORT + str(row.get("id")): row for row in self._api.listed(COHORTS, "cohorts")}
            yield self._metric(ref, cohorts or {})

    def _annotation(self, ref: Ref) -> Fetched:
        """Amplitude does not tell what was deleted from what never was."""
        try:
            answer = self._api.json(f"{ANNOTATIONS}/{ref.remote_id}")
        except (NotFound, Invalid):  # 400: not even an id
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        row = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(row, dict) or str(row.get("id")) != ref.remote_id:
            raise ProtocolError(f"{ANNOTATIONS}: an answer without the annotation asked for")
        return Present(ref, self._page(Kind.ANNOTATION, [row], Cursor(), last=True))

    def _metric(self, ref: Ref, cohorts: Mapping[str, Any]) -> Fetched:
        """A metric is there as long as it is configured, a cohort as long as it is listed. A point is not looked at
        by itself: the next walk delivers what changed."""
        if ref.kind is Kind.METRIC and ref.remote_id in cohorts:
            return Present(ref, self._page(Kind.METRIC, [cohorts[ref.remote_id]], Cursor(), last=True))
        if ref.kind is Kind.METRIC:
            for metric in self._config.metrics:
                if metric.id == ref.remote_id:
                    return Present(ref, Page([metric_of(metric)], last=True))
        return Missing(ref)

    # ---- marking what shipped ----

    @classmethod
    def mark_zone(cls, config: AmplitudeConfig) -> ZoneInfo:
        if config.timezone is None:
            raise ConfigError(
                "timezone is needed where annotations are written: the time zone of the project's settings",
                hint="a release stands on a day of the project",
            )
        return ZoneInfo(config.timezone)

    def marks(self) -> Sequence[Sourced]:
        rows = [row for _, row in self._all_annotations()]
        return self._page(Kind.ANNOTATION, rows, Cursor(), last=True).records

    def add_mark(self, draft: MarkDraft) -> Sourced:
        from syncline_connectors.amplitude import marks  # few runs write

        return marks.add(self._api, self._reader, draft)

    def remove_mark(self, remote_id: str, expected: Record) -> None:
        from syncline_connectors.amplitude import marks

        marks.remove(self._api, self._reader, remote_id, expected)

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return self._reader.read(kind, payload)


def _check_costs(config: AmplitudeConfig) -> None:
    """Raise ConfigError for a metric of which a single interval costs more than may be asked at once."""
    for metric in config.metrics:
        for query in queries_of(metric):
            cost = query.cost * (_DAYS[metric.interval] if metric.chart is None else 1)
            if cost > BURST:
                raise ConfigError(
                    f'metric "{metric.name}": one interval costs {cost}, more than the {BURST} that one query may',
                    hint="fewer conditions, events or groups, or a shorter interval",
                )
