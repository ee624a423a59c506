"""The least work that fills the same kind of tables: ``python bench/ideal.py URL DATABASE``. Needs msgspec.

One connection, answers decoded straight into flat structures, the payload kept as the very bytes that came, one
statement a table and page, one durable transaction a page. Nothing is checked, no failure is handled, and nothing is
remembered but the last time seen: no program that must be trusted can do with so little.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec

TABLES = """
CREATE TABLE IF NOT EXISTS item (
    id TEXT PRIMARY KEY, key TEXT, title TEXT, type TEXT, status TEXT, category TEXT, priority TEXT, assignee TEXT,
    reporter TEXT, labels TEXT, project TEXT, due TEXT, created TEXT, updated TEXT, resolved TEXT, body TEXT, raw TEXT
);
CREATE TABLE IF NOT EXISTS comment (id TEXT PRIMARY KEY, item TEXT, author TEXT, created TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY, mark INTEGER);
"""
ITEM = f"INSERT OR REPLACE INTO item VALUES ({', '.join('?' * 17)})"  # noqa: S608
COMMENT = "INSERT OR REPLACE INTO comment VALUES (?, ?, ?, ?, ?)"


class Named(msgspec.Struct):
    name: str


class Category(msgspec.Struct):
    key: str


class Status(msgspec.Struct):
    name: str
    statusCategory: Category


class Project(msgspec.Struct):
    key: str


class Person(msgspec.Struct):
    accountId: str


class Part(msgspec.Struct):
    text: str = ""


class Block(msgspec.Struct):
    content: list[Part] = []


class Document(msgspec.Struct):
    content: list[Block] = []


class Comment(msgspec.Struct):
    id: str
    author: Person
    created: str
    body: Document


class Comments(msgspec.Struct):
    comments: list[Comment]


class Fields(msgspec.Struct):
    summary: str
    issuetype: Named
    status: Status
    labels: list[str]
    project: Project
    created: str
    updated: str
    comment: Comments
    priority: Named | None = None
    assignee: Person | None = None
    reporter: Person | None = None
    duedate: str | None = None
    resolutiondate: str | None = None
    description: Document | None = None


class Issue(msgspec.Struct):
    id: str
    key: str
    fields: Fields


class Page(msgspec.Struct):
    issues: list[msgspec.Raw]
    nextPageToken: str | None = None


PAGE = msgspec.json.Decoder(Page)
ISSUE = msgspec.json.Decoder(Issue)


def pages(url: str, since: int) -> Iterator[list[msgspec.Raw]]:
    """Pages of the search as the bytes of their issues."""
    http = HTTPConnection(urlsplit(url).netloc)
    body: dict[str, Any] = {
        "jql": f"updated >= {since} ORDER BY updated ASC, id ASC",
        "fields": ["*all"],
        "maxResults": 100,
    }
    while True:
        asked = msgspec.json.encode(body)
        http.request("POST", "/rest/api/3/search/jql", asked, {"Content-Type": "application/json"})
        page = PAGE.decode(http.getresponse().read())
        yield page.issues
        if page.nextPageToken is None:
            break
        body["nextPageToken"] = page.nextPageToken
    http.close()


def plain(document: Document | None) -> str | None:
    """The text of an ADF document of paragraphs."""
    if document is None:
        return None
    return "\n".join(["".join([part.text for part in block.content]) for block in document.content])


def item(issue: Issue, raw: msgspec.Raw) -> tuple[Any, ...]:
    """The row of an issue."""
    f = issue.fields
    return (
        issue.id,
        issue.key,
        f.summary,
        f.issuetype.name,
        f.status.name,
        f.status.statusCategory.key,
        f.priority and f.priority.name,
        f.assignee and f.assignee.accountId,
        f.reporter and f.reporter.accountId,
        "\n".join(f.labels),
        f.project.key,
        f.duedate,
        f.created,
        f.updated,
        f.resolutiondate,
        plain(f.description),
        memoryview(raw),
    )


def comments(issue: Issue) -> list[tuple[Any, ...]]:
    """The rows of an issue's comments."""
    return [
        (row.id, issue.id, row.author.accountId, row.created, plain(row.body))
        for row in issue.fields.comment.comments
    ]


def main(url: str, database: str) -> None:
    """Pull what changed since the last time."""
    db = sqlite3.connect(database, isolation_level=None)
    db.executescript(
        f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=10000; {TABLES}"
    )
    row = db.execute("SELECT mark FROM cursor").fetchone()
    for found in pages(url, row[0] if row else 0):
        issues = [ISSUE.decode(raw) for raw in found]
        db.execute("BEGIN IMMEDIATE")
        db.executemany(ITEM, map(item, issues, found))
        db.executemany(COMMENT, [row for issue in issues for row in comments(issue)])
        if issues:
            mark = int(datetime.fromisoformat(issues[-1].fields.updated).timestamp() * 1000)
            db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (mark,))
        db.execute("COMMIT")
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
