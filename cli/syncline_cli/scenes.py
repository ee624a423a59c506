"""The scenes of ``demo``. Each does something over real HTTP and claims what must then be so.

What is expected comes from the made-up company's own story, never from the code that is shown.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

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
    numbers = {fact.name: fact for fact in report.facts}
    for name, wanted, words in (
        ("done", answers["done in the last seven days"], "done in the last seven days"),
        ("in_progress", answers["under way"], "under way"),
        ("blocked", demo.facts.blocked | demo.facts.flagged, "blocked"),
        ("overdue", answers["overdue"], "overdue"),
    ):
        told = set(numbers[name].ids)
        stage.claim(f"{len(wanted)} {words}: {_listed(wanted)}", told == {items[key] for key in wanted})
    _claim_slips(stage, report, answers["slipped by days"])
    pages = [_page(stage, kind) for kind in ("status", "roadmap")]
    whole = all("<script" not in page.read_text("utf-8") for page in pages)
    stage.claim("both pages are written, without scripts", whole)
    _claim_no_trace(stage, SECRET)


def _claim_slips(stage: Stage, report: Report, wanted: Mapping[str, int]) -> None:
    """By how many days each project slipped; a project and its epic are one."""
    titles = stage.names("SELECT item, title FROM records WHERE kind = 'Project' OR level = 1")
    slips = next(fact.value for fact in report.facts if fact.name == "roadmap_slip")
    told = (
        {titles[item]: days for item, days in slips if days is not None} if isinstance(slips, tuple) else {}
    )
    slipped = ", ".join(f"{title} by {days} days" for title, days in wanted.items() if days)
    stage.claim(f"what slipped: {slipped}", told == wanted)


def every_number_can_be_told(stage: Stage) -> None:
    """A kept report: each of its numbers again from the database, and where one comes from."""
    stage.begin("Every number of a report can be made again, and says where it is from")
    kept = stage.run("report", "list")
    newest = next(str(one["id"]) for one in kept if one["kind"] == "status")
    verified = stage.run("report", "verify", newest)
    same = verified["page"]["verdict"] == "same" and all(
        one["verdict"] == "same" for one in verified["differences"]
    )
    stage.claim(f"{verified['facts']} facts asked again, and the page written again: all the same", same)
    told = stage.run("report", "explain", f"{newest}:done")
    stage.claim("`explain` names the definition, the query and the rows", bool(told["sql"] and told["rows"]))


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys))


def _report(stage: Stage) -> Report:
    """The status of this minute, over seven times 24 hours: what the story's own facts are counted over."""
    from syncline.config import load
    from syncline.report import build_status
    from syncline.report.configured import settings_of

    now = datetime.now(UTC)
    settings = settings_of(load(stage.config()), now)
    with stage.database() as db:
        return build_status(db, replace(settings, period_start=now - timedelta(days=7), period_end=now))


def _page(stage: Stage, kind: str) -> Path:
    path = stage.folder / "report" / f"{kind}.html"
    stage.run("report", kind, "--out", str(path))
    return path
