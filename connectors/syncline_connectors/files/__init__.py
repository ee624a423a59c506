"""CSV and Markdown files: what has no connector yet.

Where to look: `tables` for the columns of every kind of file, `cells` for what may stand in one, `translate` for what a
row becomes, `identity` for its id, `csvrows` and `markdown` for the formats, `content` for the disk, `feeds` for how
these come together. ``docs/connectors/files.md`` tells what a user must know.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar
from zoneinfo import ZoneInfo

from syncline.connector import (
    API_VERSION,
    Account,
    Capabilities,
    Cursor,
    Fetched,
    History,
    Missing,
    Page,
    Present,
    Stream,
)
from syncline.http import Anonymous
from syncline.model import Kind, Record, Ref, TextFormat
from syncline_connectors.files import identity, translate
from syncline_connectors.files.cells import Dialect
from syncline_connectors.files.config import FilesConfig
from syncline_connectors.files.content import Changed, Content, plain_open
from syncline_connectors.files.feeds import VOLATILE, Feed, Found, page_of
from syncline_connectors.files.tables import FEEDS

if TYPE_CHECKING:
    from syncline.http import Auth, Http

__all__ = ["Files", "FilesConfig"]

READ_AS = "1"
"""Moved when files are read otherwise: then all of them are read again."""
TRIES = 3
"""How often a file that is written to meanwhile is begun again."""


class Files:
    """The connector to files below the configuration; it has no network and no credentials."""

    name: ClassVar[str] = "files"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[FilesConfig]] = FilesConfig
    capabilities: Capabilities = Capabilities(
        reads=frozenset(kind for _, kinds in FEEDS.values() for kind in kinds),
        history={"percent": History.NATIVE},
        text_format=TextFormat.MARKDOWN,
        volatile=VOLATILE,
        buckets=(),
        concurrency=1,
    )
    page_size: ClassVar[int] = 500
    """Records on a page."""

    @staticmethod
    def opener(path: Path) -> BinaryIO:
        """How a file is opened: the one place where this connector meets the disk."""
        return plain_open(path)

    def __init__(self, config: FilesConfig, http: Http | None, memo: Mapping[str, str]) -> None:
        self._config = config
        choices = {
            ours: {text.casefold(): value for value, texts in copy.values.items() for text in (value, *texts)}
            for ours, copy in config.fields.items()
            if copy.values
        }
        self._dialect = Dialect(ZoneInfo(config.timezone), config.decimal, choices)
        self._listed: dict[str, tuple[dict[str, str], frozenset[str]]] = {}

    @classmethod
    def auth(cls, config: FilesConfig) -> Auth:
        return Anonymous()

    @classmethod
    def origins(cls, config: FilesConfig) -> tuple[str, ...]:
        return ()

    def check(self) -> Account:
        """There is nobody to ask: the site is what the configuration says."""
        where = self._config.directory
        return Account(
            site=self._config.site, site_name=self._config.site, user_id="", user_name="", url=str(where)
        )

    def remarks(self) -> Sequence[str]:
        """Files that are not UTF-8 and are read all the same; and that there is nothing to read."""
        if not self.streams():
            return [
                f"no files are named; set one of {', '.join(dict.fromkeys(table for table, _ in FEEDS.values()))}"
            ]
        told = [
            f"{one.name} is not UTF-8; it is read as Windows-1252"
            for stream in self.streams()
            for one in self._feed(stream.name).contents()
            if one.encoding == "cp1252"
        ]
        return list(dict.fromkeys(told))

    # ---- reading ----

    def streams(self) -> Sequence[Stream]:
        wanted: Collection[str] = self._config.streams or FEEDS
        return [
            Stream(name, kinds, selection=self._selection(table))
            for name, (table, kinds) in FEEDS.items()
            if name in wanted and self._config.patterns(table)
        ]

    def _selection(self, table: str) -> str:
        """What decides how files are read, beside the files: a change of it reads all of them again."""
        fields = self._config.fields if table == "scores" else {}
        ignored = [] if self._config.ignore is None else sorted(self._config.ignore)
        copies = {name: copy.model_dump(mode="json") for name, copy in fields.items()}
        told = [READ_AS, self._config.timezone, self._config.decimal, ignored, copies]
        return json.dumps(told, sort_keys=True)

    def _feed(self, name: str) -> Feed:
        return Feed(name, self._config, self._dialect, self.opener)

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """Files whose digest is not that of the mark, whole; one written to meanwhile is begun again."""
        feed = self._feed(stream.name)
        for tries_left in reversed(range(TRIES)):
            try:
                yield from self._walk(feed, cursor)
                return
            except Changed:
                if not tries_left:
                    raise

    def _walk(self, feed: Feed, cursor: Cursor) -> Iterator[Page]:
        """``position`` holds a digest of what is being read, and how many records of it were delivered."""
        contents = feed.contents()
        digests = _digests(contents)
        known: dict[str, str] = json.loads(cursor.mark) if cursor.mark else {}
        unread = feed.unread(contents, known)
        here = json.loads(cursor.position) if cursor.position else {}
        mark = json.dumps(digests, sort_keys=True)
        done = here["done"] if here.get("of") == identity.digest(mark) else 0
        found = islice(feed.found(unread), done, None)
        changed = digests != known
        while items := list(islice(found, self.page_size)):
            done += len(items)
            position = json.dumps({"of": identity.digest(mark), "done": done})
            yield _onward(page_of(items, feed.kind, self._dialect), Cursor(position, cursor.mark))
        yield Page(next=Cursor(mark=mark), last=True, census_due=changed)

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return translate.record(payload, self._dialect)

    # ---- looking again ----

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        """Rows that cannot be read are listed, too: they are there."""
        feed = self._feed(stream.name)
        contents = feed.contents()
        found = feed.found(contents)
        ids: set[str] = set()
        while items := list(islice(found, self.page_size)):
            ids |= {item.remote_id for item in items}
            yield [item.remote_id for item in items]
        self._listed[stream.name] = _digests(contents), frozenset(ids)

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """Look into the files; a row that is not there is Missing."""
        wanted = {(ref.kind, ref.remote_id): ref for ref in refs}
        for stream in self.streams():
            mine = {remote_id for kind, remote_id in wanted if kind in stream.kinds}
            for item in self._look_for(self._feed(stream.name), mine):
                kind = stream.kinds[0]
                if ref := wanted.pop((kind, item.remote_id), None):
                    yield Present(ref, page_of([item], kind, self._dialect))
        yield from map(Missing, wanted.values())

    def _look_for(self, feed: Feed, ids: set[str]) -> Iterator[Found]:
        if not ids:
            return
        contents = feed.contents()
        digests, listed = self._listed.get(feed.name, ({}, frozenset()))
        if digests == _digests(contents) and not ids & listed:
            return  # the census has just read all of it
        for item in feed.found(contents):
            if item.remote_id in ids:
                yield item


def _digests(contents: Sequence[Content]) -> dict[str, str]:
    return {one.name: one.digest for one in contents}


def _onward(page: Page, following: Cursor) -> Page:
    return replace(page, next=following)
