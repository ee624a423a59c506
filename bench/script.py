"""What a sceptic would write instead: ``python bench/script.py URL DATABASE``. No retries, no history, no checks."""

import json
import sqlite3
import sys
from typing import Any

import httpx


def text(node: Any) -> str:
    return str(node.get("text", "")) + " ".join(map(text, node.get("content", ()))) if node else ""


db = sqlite3.connect(sys.argv[2])
db.execute("create table if not exists issue (id primary key, key, title, status, assignee, reporter, labels, due,"
           " created, updated, description, raw)")  # fmt: skip
db.execute("create table if not exists comment (id primary key, issue, author, created, body)")
last = db.execute("select max(updated) from issue").fetchone()[0]
since = db.execute("select unixepoch(substr(?, 1, 19)) * 1000", [last]).fetchone()[0] if last else 0
query = {"jql": f"updated >= {since} ORDER BY updated ASC", "fields": ["*all"], "maxResults": 100}
with httpx.Client(base_url=sys.argv[1], auth=("me@example.com", "token")) as http:
    while True:
        page = http.post("/rest/api/3/search/jql", json=query).raise_for_status().json()
        for issue in page["issues"]:
            f = issue["fields"]
            db.execute("insert or replace into issue values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (
                issue["id"], issue["key"], f["summary"], f["status"]["name"], (f["assignee"] or {}).get("accountId"),
                f["reporter"]["accountId"], ",".join(f["labels"]), f["duedate"], f["created"], f["updated"],
                text(f["description"]), json.dumps(issue)))  # fmt: skip
            db.executemany("insert or replace into comment values (?, ?, ?, ?, ?)", [
                (c["id"], issue["id"], c["author"]["accountId"], c["created"], text(c["body"]))
                for c in f["comment"]["comments"]])  # fmt: skip
        db.commit()
        if not (token := page.get("nextPageToken")):
            break
        query["nextPageToken"] = token
