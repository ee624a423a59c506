"""What a stream's files hold, one record at a time; input passes through `content`.

CSV files of one stream are read together, because rows of one record may stand in several; Markdown files each by
themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from syncline.connector import Page, Quarantined
from syncline.errors import ProtocolError
from syncline.model import Event, Kind, Rollout, Sourced
from syncline_connectors.files import content, csvrows, identity, markdown, translate
from syncline_connectors.files.cells import Dialect, shown
from syncline_connectors.files.config import FilesConfig
from syncline_connectors.files.content import Changed, Content, Opener
from syncline_connectors.files.row import Cells
from syncline_connectors.files.tables import FEEDS, TABLES, folded

MARKDOWN = (".md", ".markdown")
VOLATILE = frozenset({"file", "lines"})
"""Where a payload stood, which says nothing of what it is."""


@dataclass(frozen=True)
class Found:
    """One record's payload, or why it cannot be read: ``problem``, with file and line."""

    remote_id: str
    payload: Mapping[str, Any]
    problem: str | None = None


@dataclass
class _Group:
    """The rows of one record so far, with the places where they stand."""

    rows: list[dict[str, str]] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    def add(self, row: dict[str, str], file: str, line: int) -> None:
        self.rows.append(row)
        self.places.append((file, line))


@dataclass(frozen=True)
class Feed:
    """One stream of one connection."""

    name: str
    config: FilesConfig
    dialect: Dialect
    opener: Opener

    @property
    def kind(self) -> Kind:
        return FEEDS[self.name][1][0]

    def contents(self) -> list[Content]:
        """Its files as they are now; raises VendorError for the first that cannot be read."""
        directory = self.config.directory
        names = content.found(directory, self.config.patterns(FEEDS[self.name][0]))
        return [content.look(directory, name, self.opener) for name in names]

    def found(self, contents: Sequence[Content]) -> Iterator[Found]:
        """All that the given files hold."""
        tables = [one for one in contents if not self._is_markdown(one)]
        if tables:
            yield from self._grouped(tables) if self.name in identity.GROUPED else self._single(tables)
        for one in contents:
            if self._is_markdown(one):
                yield from self._document(one)

    def unread(self, contents: Sequence[Content], known: Mapping[str, str]) -> list[Content]:
        """Those of ``contents`` that must be read, where ``known`` are the digests of what was read."""
        changed = {one.name for one in contents if known.get(one.name) != one.digest}
        here = {one.name for one in contents}
        together = {one.name for one in contents if not self._is_markdown(one)}
        gone = {name for name in known if name not in here and not name.lower().endswith(MARKDOWN)}
        if changed & together or gone:
            changed |= together
        return [one for one in contents if one.name in changed]

    def _is_markdown(self, one: Content) -> bool:
        return self.name == "notes" or (self.name == "decisions" and one.name.lower().endswith(MARKDOWN))

    # ---- Markdown ----

    def _document(self, one: Content) -> Iterator[Found]:
        remote_id, text = identity.joined(one.name), self._text(one)
        payload = {"stream": self.name, "file": one.name, "remote_id": remote_id, "text": text}
        if text is None:
            yield Found(remote_id, payload, f"{one.name} is too long to be a note")
            return
        try:
            document = markdown.read(text)
        except markdown.Unreadable as error:
            yield Found(remote_id, payload, f"{one.name} line {error.line}: {error}")
            return
        remote_id = identity.note(one.name, translate.keys_of(document, self.dialect))
        yield Found(remote_id, payload | {"remote_id": remote_id})
        if misspelt := self._misspelt(document):
            yield _trouble(one.name, csvrows.Row(1, {}), f"{misspelt}; correct, or name under `ignore`")

    def _misspelt(self, document: markdown.Document) -> str:
        """Keys that nearly mean something; others are nobody's business: many programs put theirs there."""
        ignored = {folded(name) for name in self.config.ignore or ()}
        known = translate.FRONT_MATTER[self.name]
        hints = {
            key: difflib.get_close_matches(folded(key), known, n=1, cutoff=0.75)
            for key in document.keys
            if folded(key) not in ignored | known
        }
        told = [
            f'{shown(key)} is not read; did you mean "{close[0]}"?' for key, close in hints.items() if close
        ]
        return " ".join(told)

    def _text(self, one: Content) -> str | None:
        text = "".join(content.lines(one, self.opener))
        return text.replace("\0", "\ufffd") if len(text) <= translate.LONGEST else None

    # ---- CSV ----

    def _rows(self, contents: Sequence[Content]) -> Iterator[tuple[str, csvrows.Row] | Found]:
        """Rows with the file they stand in; headers that mean nothing are told as rows that cannot be read."""
        table = TABLES[FEEDS[self.name][0]]
        copies = {folded(copy.field): ours for ours, copy in self.config.fields.items()}
        for one in contents:
            try:
                lines = content.lines(one, self.opener)
                header, rows = csvrows.read(one.name, lines, table, self.config.ignore or (), copies)
                if header.unknown and self.name != "metric_points":  # `metrics` tells it
                    text = csvrows.unknown_columns(header.unknown, table, header.columns)
                    yield _trouble(one.name, csvrows.Row(1, {}), text)
                for row in rows:
                    yield one.name, row
            except ProtocolError:
                if not content.unchanged(one, self.opener):
                    raise Changed(f"{one.name} changed while it was read") from None
                raise

    def _identified(self, contents: Sequence[Content]) -> Iterator[tuple[str, csvrows.Row, str] | Found]:
        """Rows with file and remote id."""
        identify = identity.IDENTIFY[self.name]
        for item in self._rows(contents):
            if isinstance(item, Found):
                yield item
                continue
            file, row = item
            if self.name == "surveys":
                row.cells.setdefault("survey", file.rpartition("/")[2].rpartition(".")[0])
            problem = row.problem
            try:
                remote_id = identify(Cells(row.cells, self.dialect))
            except ValueError as error:
                problem = problem or str(error)
            if problem is None:
                yield file, row, remote_id
            elif self.name != "metrics":  # `metric_points` tells it
                yield _trouble(file, row, problem)

    def _single(self, contents: Sequence[Content]) -> Iterator[Found]:
        seen: dict[str, tuple[str, int]] = {}
        said: dict[str, int] = {}
        for item in self._identified(contents):
            if isinstance(item, Found):
                yield item
                continue
            file, row, remote_id = item
            if self.name == "surveys" and not {"id", "respondent"} & row.cells.keys():
                said[remote_id] = said.get(remote_id, 0) + 1
                remote_id = f"{remote_id}|{said[remote_id]}"
            elif remote_id in seen:
                earlier = "{} line {}".format(*seen[remote_id])
                yield _trouble(
                    file, row, f"is the same record as {earlier}; a column `id` can tell them apart"
                )
                continue
            else:
                seen[remote_id] = file, row.line
            yield Found(remote_id, self._payload(remote_id, [row.cells], [(file, row.line)]))

    def _grouped(self, contents: Sequence[Content]) -> Iterator[Found]:
        groups: dict[str, _Group] = {}
        latest: dict[tuple[str, str], date] = {}
        for item in self._identified(contents):
            if isinstance(item, Found):
                yield item
                continue
            file, row, remote_id = item
            group = groups.setdefault(remote_id, _Group())
            if self.name == "metrics":
                self._add_metric(group, remote_id, file, row, latest)
            else:
                group.add(row.cells, file, row.line)
        for remote_id, group in groups.items():
            yield Found(remote_id, self._payload(remote_id, group.rows, group.places))

    def _add_metric(
        self,
        group: _Group,
        remote_id: str,
        file: str,
        row: csvrows.Row,
        latest: dict[tuple[str, str], date],
    ) -> None:
        """Of a metric's many rows keep what they say of the metric itself; a target is that of the latest day."""
        said: dict[str, str] = {
            name: row.cells[name] for name in ("metric", "unit", "direction", "interval") if name in row.cells
        }
        facts = [{name: one[name] for name in said if name in one} for one in group.rows]
        if said not in facts:
            group.add(said, file, row.line)
        try:
            day = Cells(row.cells, self.dialect).day("day") or date.min
        except ValueError:
            return  # `metric_points` tells it
        for name in ("target", "definition"):
            if name in row.cells and day >= latest.get((remote_id, name), date.min):
                latest[remote_id, name] = day
                group.rows[0][name] = row.cells[name]

    def _payload(
        self, remote_id: str, rows: Sequence[dict[str, str]], places: Sequence[tuple[str, int]]
    ) -> dict[str, Any]:
        lines = [list(place) for place in places]
        return {"stream": self.name, "remote_id": remote_id, "lines": lines, "rows": list(rows)}


def _trouble(file: str, row: csvrows.Row, problem: str) -> Found:
    cells = {name: text.replace("\0", "\ufffd")[:1000] for name, text in row.cells.items()}
    place = f"{file} line {row.line}"
    return Found(
        f"{identity.joined(file)}:{row.line}",
        {"lines": [[file, row.line]], "rows": [cells]},
        f"{place}: {problem}",
    )


def page_of(items: Sequence[Found], kind: Kind, dialect: Dialect) -> Page:
    """Records, events, and what could not be read."""
    records: list[Sourced] = []
    events: list[Event] = []
    refused: list[Quarantined] = []
    for item in items:
        problem = item.problem
        if problem is None:
            try:
                read = translate.record(item.payload, dialect)
                if isinstance(read, Rollout):
                    events += translate.events(read, item.payload, dialect)
                records.append(Sourced(read, item.payload))
                continue
            except ValueError as error:
                problem = f"{_place(item.payload, error)}: {error}"
        refused.append(Quarantined(kind, item.remote_id, problem, item.payload))
    return Page(records=records, events=events, quarantined=refused)


def _place(payload: Mapping[str, Any], error: ValueError) -> str:
    if "lines" not in payload:
        return str(payload["file"])
    file, line = payload["lines"][error.row if isinstance(error, translate.Misfit) else 0]
    return f"{file} line {line}"
