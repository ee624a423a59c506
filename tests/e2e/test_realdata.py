"""Real issues over HTTP: nothing lost, nothing refused, counts as counted in the files; and it reads well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from tests.e2e.site import EMAIL, TOKEN, Machine, logical, machine
from tests.simulator.realdata import DATA, Counts, load_real_data

from syncline.config import load
from syncline.seams import SystemClock
from syncline.store import open_store
from syncline.store.backup import check
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.jira.simulator import JiraSimulator

pytestmark = pytest.mark.skipif(not (DATA / "tidev").is_dir(), reason=f"the real data is not at {DATA}")


@dataclass
class Pulled:
    here: Machine
    counts: Counts
    result: PullResult

    def number(self, query: str) -> int:
        with open_store(f"sqlite:///{self.here.database}") as store, store.reading() as db:
            return int(db.execute(text(query)).scalar_one())


def pull_into(here: Machine) -> PullResult:
    config = load(here.directory / "syncline.toml")
    with open_store(config.hub.database, create=True) as store:
        return pull(config, store, environ=here.environ)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulled]:
    jira = JiraSimulator(SystemClock(), calm=True)
    counts = load_real_data(jira)
    jira.add_token(jira.add_user("Ada Example", email=EMAIL), TOKEN)
    jira.settle()
    with machine(tmp_path_factory.mktemp("real"), jira) as here:
        yield Pulled(here, counts, pull_into(here))


def test_nothing_is_lost_and_nothing_refused(pulled: Pulled) -> None:
    assert pulled.result.exit_code == 0, pulled.result.problems
    feeds = pulled.result.connections["eng"]
    assert all(counts.complete for counts in feeds.values())
    assert pulled.number("SELECT count(*) FROM quarantine") == 0
    assert pulled.number("SELECT count(*) FROM records WHERE kind = 'Issue'") == pulled.counts.issues
    assert pulled.number("SELECT count(*) FROM records WHERE kind = 'Comment'") == pulled.counts.comments
    assert pulled.number("SELECT count(*) FROM records WHERE kind = 'WorkLog'") == pulled.counts.worklogs
    assert pulled.number("SELECT count(*) FROM records WHERE kind = 'Relation'") == pulled.counts.links
    assert pulled.number("SELECT count(*) FROM events") == pulled.counts.items
    assert pulled.number("SELECT count(*) FROM records WHERE absent IS NOT NULL") == 0


def test_counts_are_those_of_the_files(pulled: Pulled) -> None:
    assert feeds_of(pulled)["issues"] == pulled.counts.issues
    assert feeds_of(pulled)["comments"] == pulled.counts.comments
    for project, count in pulled.counts.by_project.items():
        held = f"SELECT count(*) FROM records WHERE kind = 'Issue' AND container = '{project}'"
        assert pulled.number(held) == count, project


def feeds_of(pulled: Pulled) -> dict[str, int]:
    return {name: counts.created for name, counts in pulled.result.connections["eng"].items()}


def test_second_pull_changes_nothing(pulled: Pulled) -> None:
    before = logical(pulled.here.database)
    again = pull_into(pulled.here)
    assert again.exit_code == 0
    changed = {
        name: counts
        for name, counts in again.connections["eng"].items()
        if counts.created + counts.updated + counts.removed
    }
    assert changed == {}
    assert logical(pulled.here.database) == before


def test_the_database_is_in_order(pulled: Pulled) -> None:
    with open_store(f"sqlite:///{pulled.here.database}") as store:
        assert check(store) == []


def test_every_record_has_a_category_and_a_container(pulled: Pulled) -> None:
    lacking = (
        "SELECT count(*) FROM records WHERE kind = 'Issue' AND (status_category IS NULL OR container IS NULL)"
    )
    assert pulled.number(lacking) == 0


def test_the_report_can_be_written(pulled: Pulled) -> None:
    out = pulled.here.directory / "status.html"
    done = pulled.here.run("report", "status", "--as-of", "2021-11-17", "--out", str(out))
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    assert "ALOY" in page
