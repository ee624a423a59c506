from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncline.report import Report

from .building import Database, company, report_of


@pytest.fixture
def database() -> Iterator[Database]:
    """A database with one source, nothing in it."""
    built = Database()
    built.source()
    yield built
    built.close()


@pytest.fixture(scope="session")
def full_company() -> Iterator[Database]:
    built = company()
    yield built
    built.close()


@pytest.fixture(scope="session")
def company_report(full_company: Database) -> Report:
    return report_of(full_company, teams={"core": ("eng:ENG",)})
