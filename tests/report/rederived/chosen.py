"""What stands on the roadmap, derived anew: which records are entries, and which are one entry in two tools."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from .asked import Asked
from .binding import there
from .stored import Piece, at

HALF_A_YEAR = timedelta(weeks=26)
Row = dict[str, Any]


@dataclass
class Entry:
    """One thing on the roadmap: its records, the leading one first."""

    rows: list[Row]

    @property
    def id(self) -> str:
        return str(self.rows[0]["item"])

    @property
    def lead(self) -> Row:
        return self.rows[0]

    @property
    def tools(self) -> set[str]:
        return {row["connection"] for row in self.rows}

    @property
    def items(self) -> set[str]:
        return {row["item"] for row in self.rows}


@dataclass(frozen=True)
class Chosen:
    """``entries`` by their ids. ``apart``: ids of those that may be one with another."""

    asked: Asked

    @cached_property
    def entries(self) -> dict[str, Entry]:
        live = [entry for entry in self._joined[0] if not all(self._past(row) for row in entry.rows)]
        return {entry.id: entry for entry in live}

    @cached_property
    def apart(self) -> set[str]:
        return {entry.id for pair in self._joined[1] for entry in pair}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """By item of any record of an entry its id."""
        return {item: entry.id for entry in self.entries.values() for item in entry.items}

    def _past(self, row: Row) -> bool:
        ended = row["status_category"] in ("done", "canceled")
        return bool(
            ended and row["updated_at"] and at(row["updated_at"]) < self.asked.wanted.as_of - HALF_A_YEAR
        )

    # ---- which records -----------------------------------------------------------------------------------------------

    @cached_property
    def _rows(self) -> list[Row]:
        every = self.asked.stored.of("Issue", "Project")
        return [row for row in every if there(row, self.asked.wanted.as_of) and self._stands(row)]

    def _stands(self, row: Row) -> bool:
        roadmap = self.asked.wanted.roadmap
        if roadmap is None:
            filed = row["kind"] == "Issue" and json.loads(row["data"]).get("project")
            return row["level"] == 1 and not filed
        return any(
            _fits(row, rule.model_dump(by_alias=True, exclude_defaults=True)) for rule in roadmap.items
        )

    def committed(self, entry: Entry) -> bool:
        roadmap = self.asked.wanted.roadmap
        if roadmap is None or roadmap.committed is None:
            return True
        wanted = roadmap.committed.model_dump(exclude_defaults=True)
        return any(_fits(row, wanted | {"from": row["connection"]}) for row in entry.rows)

    # ---- one entry in two tools --------------------------------------------------------------------------------------

    @cached_property
    def _joined(self) -> tuple[list[Entry], list[tuple[Entry, Entry]]]:
        """Records of one item are one entry; then what names, or is called as, exactly one in the other tool."""
        by_item: dict[str, Entry] = {}
        for row in self._rows:
            by_item.setdefault(row["item"], Entry([])).rows.append(row)
        entries, doubts = list(by_item.values()), []
        roadmap = self.asked.wanted.roadmap
        for way in roadmap.match if roadmap else ("url", "title"):
            fits = self._fits(entries, way)
            for one, others in sorted(fits.items()):
                doubts += [
                    (entries[one], entries[other], len(others) == len(fits[other]) == 1)
                    for other in sorted(others)
                    if one < other
                ]
            entries, doubts = _merged(entries, doubts)
        for entry in entries:
            entry.rows.sort(key=self._rank)
        return entries, [(one, other) for one, other, _ in doubts]

    def _rank(self, row: Row) -> tuple[int, datetime, int]:
        roadmap = self.asked.wanted.roadmap
        order = list((roadmap and roadmap.target) or ())
        place = order.index(row["connection"]) if row["connection"] in order else len(order)
        created = at(row["created_at"]) if row["created_at"] else datetime.max.replace(tzinfo=UTC)
        return place, created, row["record_id"]

    def _fits(self, entries: list[Entry], way: str) -> dict[int, set[int]]:
        """By place of an entry the places of those in other tools that it fits; two tools at most are told apart."""
        found: dict[int, set[int]] = defaultdict(set)
        for one, here in enumerate(entries):
            for other, there_ in enumerate(entries):
                if one < other and not here.tools & there_.tools and self._alike(here, there_, way):
                    found[one].add(other)
                    found[other].add(one)
        return found

    def _alike(self, one: Entry, other: Entry, way: str) -> bool:
        for a in one.rows:
            for b in other.rows:
                if max(a["level"] or 0, 1) != max(b["level"] or 0, 1):
                    continue
                if way == "title" and _plain(a) and _plain(a) == _plain(b):
                    return True
                if way == "url" and (b["url"] in self._named(a) or a["url"] in self._named(b)):
                    return True
        return False

    def _named(self, row: Row) -> set[str]:
        """Addresses that hang on it, or stand in its text."""
        body = (json.loads(row["data"]).get("body") or {}).get("source") or ""
        return {word for word in body.split() if word.startswith("https://")} | self._attached[row["ref"]]

    @cached_property
    def _attached(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.asked.stored.of("Attachment"):
            if row["url"] and row["absent"] is None:
                for kind in ("Issue", "Project"):
                    found[f"{row['site']}:{kind}:{row['subject_id']}"].add(row["url"])
        return found


def _fits(row: Row, rule: Mapping[str, Any]) -> bool:
    """The conditions that the companies of these tests use, and no others."""
    assert rule.keys() <= {"from", "kind", "type", "labels"}, rule
    data = json.loads(row["data"])
    if row["kind"] == "Project" and (row["level"] or 0) > 1 and "type" not in rule:
        return False
    return (
        rule["from"] == row["connection"]
        and ("kind" not in rule or row["kind"] in map(str, rule["kind"]))
        and ("type" not in rule or (data.get("type") or row["type"]) in rule["type"])
        and ("labels" not in rule or bool(set(rule["labels"]) & set(data.get("labels") or ())))
    )


def _plain(row: Row) -> str:
    return " ".join((row["title"] or "").casefold().split())


def _merged(
    entries: list[Entry], pairs: list[tuple[Entry, Entry, bool]]
) -> tuple[list[Entry], list[tuple[Entry, Entry, bool]]]:
    """Entries of which each fits the other alone become one; the pairs that are left are doubts."""
    for one, other, alone in pairs:
        if alone:
            one.rows += other.rows
            entries = [entry for entry in entries if entry is not other]
    return entries, [pair for pair in pairs if not pair[2]]


def pieces(asked: Asked, entry: Entry) -> Iterator[Piece]:
    for row in entry.rows:
        yield asked.stored.piece(row)
