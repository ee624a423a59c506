"""The scenes of ``demo``. Each does something over real HTTP and claims what must then be so.

What is expected comes from the made-up company's own story, never from the code that is shown.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncline_cli.files import SHARED, write_file
from syncline_cli.stage import Stage

if TYPE_CHECKING:
    from syncline.report import Report
    from syncline_connectors.demo import Demo


def first_pull(stage: Stage, demo: Demo) -> None:
    """Everything there is, counted. Jira first: who came first speaks for work that stands in several tools."""
    from syncline_connectors.demo.answers import answers_of
    from syncline_connectors.demo.company import PEOPLE

    stage.begin("The first pull reads everything")
    results = [stage.run("pull", "eng"), stage.run("pull")]
    feeds = [feed for result in results for one in result["connections"].values() for feed in one.values()]
    whole = all(feed["complete"] and not feed["quarantined"] for feed in feeds)
    stage.claim("every stream of all six connections is complete, nothing was set aside", whole)
    expected = answers_of(demo.plot)["records"]
    for name, query in _STORED.items():
        stored = stage.number(query)
        stage.claim(f"{name}: {stored} of {expected[name]}", stored == expected[name])
    found = stage.names("SELECT key, status_name FROM records WHERE connection = 'eng' AND kind = 'Issue'")
    statuses = Counter(found.values())
    accounts = stage.number("SELECT count(ref) FROM people")
    persons = stage.number("SELECT count(DISTINCT person) FROM people WHERE ref IS NOT NULL")
    stage.claim(f"{accounts} accounts are {len(PEOPLE)} people", persons == len(PEOPLE) < accounts)
    stage.claim(f"statuses in Jira are the site's: {_told(statuses)}", statuses == demo.facts.by_status)


_STORED = {
    name: f"SELECT count(*) FROM records WHERE {condition}"  # noqa: S608 - constants
    for name, condition in {
        "eng": "connection = 'eng' AND kind = 'Issue'",
        "product": "connection = 'product' AND kind = 'Issue'",
        "product projects": "kind = 'Project' AND level = 1",
        "design": "connection = 'design' AND kind = 'Issue' AND level = 0",
        "design check items": "connection = 'design' AND kind = 'Issue' AND level < 0",
        "support": "kind = 'Ticket'",
        "support organizations": "kind = 'Organization'",
        "usage marks": "kind = 'Annotation'",
        "answers to surveys": "connection = 'files' AND kind = 'SurveyResponse'",
        "notes": "connection = 'files' AND kind = 'Note'",
        "deploys": "kind = 'Deploy'",
    }.items()
}


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def privacy(stage: Stage, demo: Demo) -> None:
    """A ticket about an employee bears a tag that the configuration leaves out."""
    from syncline_connectors.demo.support import SECRET

    stage.begin("What is left out leaves no trace")
    there = [t.id for t in demo.sites.zendesk.tickets.values() if SECRET in (t.subject or "")]
    stage.claim(f"Zendesk has a ticket about a salary, tagged “hr”: #{there[0]}", len(there) == 1)
    _claim_no_trace(stage, SECRET)


def _claim_no_trace(stage: Stage, secret: str) -> None:
    files = [path for path in sorted(stage.folder.rglob("*")) if path.is_file()]
    clean = not any(secret.encode() in path.read_bytes() for path in files)
    heard = not any(secret in text for text in stage.heard)
    stage.claim(
        f"no byte of it is in the {len(files)} files that were written, databases and their logs included",
        clean,
    )
    stage.claim(f"nor in anything that {len(stage.heard) // 2} commands printed", heard)


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
    before = {number: issue.updated for number, issue in demo.sites.jira.issues.items()}
    answer = stage.run("doctor", "--canary", f"eng:{demo.sandbox}", config="writer")
    for finding in answer["findings"]:
        stage.tell(f"   {finding['state']:<9} {finding['what']}: {finding['text']}")
    states = Counter(finding["state"] for finding in answer["findings"])
    kept = states["ok"] >= 10 and states.keys() <= {"ok", "not tried"}
    stage.claim(f"{states['ok']} things were written and read back as foretold", kept)
    made = demo.sites.jira.issues.keys() - before.keys()
    away = [demo.sites.jira.issues[number].archived for number in made] == [True]
    stage.claim("one record was made, found again by its marker, and archived", away)
    after = {number: issue.updated for number, issue in demo.sites.jira.issues.items() if number not in made}
    stage.claim("no other issue of the site was touched", after == before)


def report_tells_the_story(stage: Stage, demo: Demo) -> None:
    """The status page says what the company's story says, of all tools together."""
    from syncline_connectors.demo.answers import answers_of
    from syncline_connectors.demo.support import SECRET

    stage.begin("The report says what happened, in all tools together")
    report, answers = _report(stage), answers_of(demo.plot)
    items = stage.names("SELECT key, item FROM records WHERE kind = 'Issue' AND key IS NOT NULL")
    items |= stage.names("SELECT title, item FROM records WHERE connection = 'design' AND level = 0")
    tickets = set(stage.names("SELECT item, key FROM records WHERE kind = 'Ticket'"))
    numbers = {fact.name: fact for fact in report.facts}
    for name, wanted, words in (
        ("done", answers["done in the last seven days"], "done in the last seven days"),
        ("in_progress", answers["under way"], "under way"),
        ("blocked", demo.facts.blocked | demo.facts.flagged, "blocked"),
        ("overdue", answers["overdue"], "overdue"),
    ):
        told = set(numbers[name].ids) - tickets
        stage.claim(f"{len(wanted)} {words}: {_listed(wanted)}", told == {items[key] for key in wanted})
    _write(stage, report)
    _claim_no_trace(stage, SECRET)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys))


def _report(stage: Stage) -> Report:
    """The status of this minute, over seven times 24 hours: what the story's own facts are counted over."""
    from syncline.report import ReportSettings, build_status

    now = datetime.now(UTC)
    with stage.database() as db:
        return build_status(
            db,
            ReportSettings(timezone="UTC", as_of=now, period_start=now - timedelta(days=7), period_end=now),
        )


def _write(stage: Stage, report: Report) -> None:
    from syncline.report import render

    path = stage.folder / "report" / "status.html"
    page = render(report, "html")
    write_file(path, page, mode=SHARED)
    stage.claim(f"the page is written, without scripts: {path}", path.is_file() and "<script" not in page)
