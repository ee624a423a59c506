"""The least work with libraries that Syncline has too; `ideal` is the limit. ``python bench/least.py URL DATABASE``.

The standard library's HTTP client, one parse, one statement a table and page, one durable transaction a page, the
payload kept. It checks nothing, remembers nothing but the last time seen, and no failure is handled.
"""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json, to_json

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


def pages(url: str, since: int) -> Any:
    """Pages of the search as lists of issues."""
    http = HTTPConnection(urlsplit(url).netloc)
    body: dict[str, Any] = {
        "jql": f"updated >= {since} ORDER BY updated ASC, id ASC",
        "fields": ["*all"],
        "maxResults": 100,
    }
    while True:
        http.request("POST", "/rest/api/3/search/jql", to_json(body), {"Content-Type": "application/json"})
        page = from_json(http.getresponse().read())
        yield page["issues"]
        if "nextPageToken" not in page:
            break
        body["nextPageToken"] = page["nextPageToken"]
    http.close()


def plain(document: Any) -> str | None:
    """The text of an ADF document of paragraphs."""
    if document is None:
        return None
    return "\n".join("".join(part["text"] for part in block["content"]) for block in document["content"])


def named(value: Any, key: str = "name") -> Any:
    return None if value is None else value[key]


def item(issue: Any) -> tuple[Any, ...]:
    """The row of an issue."""
    f = issue["fields"]
    return (
        issue["id"],
        issue["key"],
        f["summary"],
        f["issuetype"]["name"],
        f["status"]["name"],
        f["status"]["statusCategory"]["key"],
        named(f["priority"]),
        named(f["assignee"], "accountId"),
        named(f["reporter"], "accountId"),
        "\n".join(f["labels"]),
        f["project"]["key"],
        f["duedate"],
        f["created"],
        f["updated"],
        f["resolutiondate"],
        plain(f["description"]),
        to_json(issue),
    )


def comments(issue: Any) -> list[tuple[Any, ...]]:
    """The rows of an issue's comments."""
    return [
        (row["id"], issue["id"], row["author"]["accountId"], row["created"], plain(row["body"]))
        for row in issue["fields"]["comment"]["comments"]
    ]


def main(url: str, database: str) -> None:
    """Pull what changed since the last time."""
    db = sqlite3.connect(database, isolation_level=None)
    db.executescript(
        f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=10000; {TABLES}"
    )
    row = db.execute("SELECT mark FROM cursor").fetchone()
    for issues in pages(url, row[0] if row else 0):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(ITEM, map(item, issues))
        db.executemany(COMMENT, [row for issue in issues for row in comments(issue)])
        if issues:
            mark = int(datetime.fromisoformat(issues[-1]["fields"]["updated"]).timestamp() * 1000)
            db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (mark,))
        db.execute("COMMIT")
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
