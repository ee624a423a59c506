"""The ``jira`` library and sqlite3, as one writes it in an afternoon: ``python bench/peer_jira.py URL DATABASE``."""

import json
import sqlite3
import sys

from jira import JIRA

db = sqlite3.connect(sys.argv[2])
db.execute(
    "create table if not exists issue (id primary key, key, title, status, assignee, created, updated, raw)"
)
db.execute("create table if not exists comment (id primary key, issue, author, created, body)")
last = db.execute("select max(updated) from issue").fetchone()[0]
since = db.execute("select unixepoch(substr(?, 1, 19)) * 1000", [last]).fetchone()[0] if last else 0
site = JIRA(sys.argv[1], options={"rest_api_version": "3"}, basic_auth=("me@example.com", "token"))
query = f"updated >= {since} ORDER BY updated ASC"
for issue in site.enhanced_search_issues(query, maxResults=0, fields="*all"):
    f = issue.fields
    db.execute("insert or replace into issue values (?, ?, ?, ?, ?, ?, ?, ?)", (
        issue.id, issue.key, f.summary, f.status.name, f.assignee and f.assignee.accountId, f.created, f.updated,
        json.dumps(issue.raw)))  # fmt: skip
    for c in issue.raw["fields"]["comment"]["comments"]:
        row = (c["id"], issue.id, c["author"]["accountId"], c["created"], json.dumps(c["body"]))
        db.execute("insert or replace into comment values (?, ?, ?, ?, ?)", row)
db.commit()
