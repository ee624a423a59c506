"""The scenes of ``demo``. Each does something over real HTTP and claims what must then be so.

What is expected comes from the made-up company's own story, never from the code that is shown.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from syncline_cli.files import SHARED, write_file
from syncline_cli.stage import Stage

if TYPE_CHECKING:
    from syncline.report import Fact, StatusReport
    from syncline_connectors.demo import Demo


def first_pull(stage: Stage, demo: Demo) -> None:
    """Everything there is, counted."""
    stage.begin("The first pull reads everything")
    feeds, facts = stage.run("pull")["connections"]["jira"], demo.facts
    created = feeds["issues"]["created"]
    stage.claim(f"the site has {facts.issues} issues, and as many were stored", created == facts.issues)
    whole = all(feed["complete"] and not feed["quarantined"] for feed in feeds.values())
    stage.claim("every stream is complete, nothing was set aside", whole)
    found = [item["records"][0] for item in stage.run("items", "--limit", "0")]
    projects = Counter(record["key"].partition("-")[0] for record in found)
    stage.claim(f"they are where they belong: {_told(projects)}", projects == facts.by_project)
    statuses = Counter(record["status"]["name"] for record in found)
    stage.claim(f"their statuses are the site's: {_told(statuses)}", statuses == facts.by_status)


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def second_pull(stage: Stage, demo: Demo) -> None:
    """Nothing new, nothing changed."""
    stage.begin("The second pull changes nothing")
    before, requests = stage.content(), demo.jira.changes
    result = stage.run("sync")
    feeds = result["connections"]["jira"].values()
    changes = sum(feed[word] for feed in feeds for word in ("created", "updated", "removed"))
    stage.claim("no record was created, updated or removed", changes == 0 and result["exit_code"] == 0)
    stage.claim("the database says what it said before, byte for byte", stage.content() == before)
    stage.claim("nothing was written at the vendor", demo.jira.changes == requests)
    asked = sum(feed["requests"] for feed in feeds)
    stage.claim(f"it took {asked} requests", 0 < asked <= 4)


def edit_arrives(stage: Stage, demo: Demo) -> None:
    """Somebody changes an issue in Jira."""
    stage.begin("An edit at the vendor arrives")
    issue = next(one for one in demo.jira.issues.values() if one.fields["status"].name == "To Do")
    before = stage.run("show", issue.key)["records"][0]
    _print_record(stage, "before", before)
    title = f"{before['title']}, also by keyboard"
    author = next(iter(demo.jira.users.values()))
    demo.jira.edit(issue, {"summary": title, "priority": "High"}, by=author)
    demo.jira.comment(issue, "Asked for by three shops.", by=author)
    issues = stage.run("sync")["connections"]["jira"]["issues"]
    shown = stage.run("show", issue.key)
    after = shown["records"][0]
    _print_record(stage, "after", after)
    arrived = (after["title"], after["priority_name"], after["comments"]) == (
        title,
        "High",
        before["comments"] + 1,
    )
    stage.claim("title, priority and comment are there", arrived)
    changes = [(event["field"], event["new"], event["actor"]) for event in shown["history"]]
    stage.claim(f"so is who did it: {author.name}", ("title", title, author.name) in changes)
    stage.claim("no other issue was touched", (issues["created"], issues["updated"]) == (0, 1))


def _print_record(stage: Stage, when: str, record: dict[str, Any]) -> None:
    words = f"{record['title']} | {record['status']['name']} | {record['priority_name']}"
    stage.tell(f"   {when:<7} {record['key']}: {words} | {record['comments']} comments")


def kill_and_rerun(stage: Stage) -> None:
    """A run dies at the worst moment; the next one makes good for it."""
    stage.begin("kill -9 in the middle of a pull does no harm")
    # Written but not committed is the worst moment for a page; the very last one may be empty.
    pages = stage.count_hits("pull", config="undisturbed")["page.stored"]
    code = stage.kill_at(f"page.stored:{pages - 1}", "pull", config="killed")
    stage.claim("the run was killed by SIGKILL, without a chance to clean up", code == -signal.SIGKILL)
    left, whole = stage.count("killed"), stage.count("undisturbed")
    stage.claim(f"a page was half written: {left} of {whole} records are there", 0 < left < whole)
    result = stage.run("pull", config="killed")
    stage.claim("the next run simply goes on, and is complete", result["exit_code"] == 0)
    same = stage.content("killed") == stage.content("undisturbed")
    stage.claim(f"its {stage.count('killed')} records equal those of a run that nobody disturbed", same)
    stage.claim(
        "the database is in order by its own check",
        stage.run("db", "check", config="killed")["problems"] == [],
    )


def canary_sings(stage: Stage, demo: Demo) -> None:
    """One record is written in a sandbox, every field of it, and put away again."""
    stage.begin("A canary shows what may be written, before anything is")
    before = {number: issue.updated for number, issue in demo.jira.issues.items()}
    answer = stage.run("doctor", "--canary", f"jira:{demo.sandbox}", config="writer")
    for finding in answer["findings"]:
        stage.tell(f"   {finding['state']:<9} {finding['what']}: {finding['text']}")
    states = Counter(finding["state"] for finding in answer["findings"])
    kept = states["ok"] >= 10 and states.keys() <= {"ok", "not tried"}
    stage.claim(f"{states['ok']} things were written and read back as foretold", kept)
    made = demo.jira.issues.keys() - before.keys()
    away = [demo.jira.issues[number].archived for number in made] == [True]
    stage.claim("one record was made, found again by its marker, and archived", away)
    after = {number: issue.updated for number, issue in demo.jira.issues.items() if number not in made}
    stage.claim("no other issue of the site was touched", after == before)


def report_tells_the_story(stage: Stage, demo: Demo) -> None:
    """The status page says what the company's story says."""
    stage.begin("The report says what happened")
    report, facts = _report(stage), demo.facts
    keys = stage.names("SELECT item, key FROM items")
    numbers = {fact.name: fact for fact in report.facts}
    for name, wanted, words in (
        ("done", facts.done_last_7_days, "done in the last seven days"),
        ("in_progress", facts.in_progress, "under way"),
        ("blocked", facts.blocked | facts.flagged, "blocked"),
        ("overdue", facts.overdue_epics, "overdue"),
    ):
        stage.claim(
            f"{len(wanted)} {words}: {_listed(wanted)}", {keys[item] for item in numbers[name].ids} == wanted
        )
    people = stage.names("SELECT ref, title FROM records WHERE kind = 'Person'")
    doing = Counter[str]()
    for name in ("person_doing", "person_review"):
        doing.update({people[ref]: number for ref, number in _series(numbers[name])})
    expected = facts.in_progress_by_person
    stage.claim(f"under way, by person: {_told(expected)}", doing == expected)
    _write(stage, report)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys))


def _series(fact: Fact) -> Sequence[tuple[str, Any]]:
    assert isinstance(fact.value, tuple)
    return fact.value


def _report(stage: Stage) -> StatusReport:
    """The status of this minute, over seven times 24 hours: what the story's own facts are counted over."""
    from syncline.report import ReportSettings, build_status

    now = datetime.now(UTC)
    with stage.database() as db:
        return build_status(
            db,
            ReportSettings(timezone="UTC", as_of=now, period_start=now - timedelta(days=7), period_end=now),
        )


def _write(stage: Stage, report: StatusReport) -> None:
    from syncline.report import render

    path = stage.folder / "report" / "status.html"
    page = render(report, "html")
    write_file(path, page, mode=SHARED)
    stage.claim(f"the page is written, without scripts: {path}", path.is_file() and "<script" not in page)
