"""The documents against the code: the views and their columns, the queries, the definitions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from syncline.report import FORMATS, Report
from syncline.store.views import definitions

from .building import Database
from .documented import rewritten

DOCS = Path(__file__).resolve().parents[2] / "docs"
SQL = (DOCS / "sql.md").read_text("utf-8")
REPORTS = (DOCS / "reports.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", SQL, re.DOTALL)


def documented(view: str) -> list[str]:
    """The columns named in a view's table, in order."""
    section = SQL.split(f"\n## {view}\n", 1)[1].split("\n## ", 1)[0]
    heads = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [name for head in heads for name in re.findall(r"`(\w+)`", head)]


@pytest.mark.parametrize("view", sorted(definitions("sqlite")))
def test_every_column_of_a_view_is_documented(full_company: Database, view: str) -> None:
    with full_company.engine.connect() as connection:
        columns = set(connection.execute(text(f"SELECT * FROM {view} LIMIT 0")).keys())
    names = documented(view)
    assert sorted(names) == sorted(columns)


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_the_queries_of_the_document_run_and_find_something(full_company: Database, query: str) -> None:
    with full_company.engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    assert rows


def test_the_query_for_overdue_work_agrees_with_the_report(
    full_company: Database, company_report: Report
) -> None:
    (fact,) = (fact for fact in company_report.facts if fact.name == "overdue")
    sub_tasks_too = QUERIES[4].replace("SELECT key", "SELECT item, level")
    with full_company.engine.connect() as connection:
        found = {row.item for row in connection.execute(text(sub_tasks_too)) if row.level >= 0}
    assert found == set(fact.ids)


def test_what_code_decides_is_written_as_it_is_now(company_report: Report) -> None:
    """If not: ``python -m tests.report.documented``."""
    assert rewritten(REPORTS, company_report) == REPORTS


def test_every_definition_stands_in_the_document(company_report: Report) -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*) \|$", REPORTS, re.MULTILINE))
    assert listed == {fact.name: fact.definition for fact in company_report.facts}


def test_every_section_and_its_rule_stand_in_the_document(company_report: Report) -> None:
    expected = [f"- **{s.title}**" + (f": {s.rule}" if s.rule else "") for s in company_report.sections]
    assert re.findall(r"^- \*\*.*$", REPORTS, re.MULTILINE) == expected


def test_every_format_is_named() -> None:
    for format in FORMATS:
        assert re.search(rf"^\| {format} \|", REPORTS, re.MULTILINE | re.IGNORECASE)
