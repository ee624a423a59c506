"""The real data goes through the simulator and comes out whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.simulator.realdata import Counts, load_real_data, needs_data, wiki_to_adf
from tests.simulator.schema import SPECS, check_response
from tests.simulator.world import World

from syncline.sim import SimClock


@pytest.fixture(scope="module")
def real() -> tuple[World, Counts]:
    world = World(SimClock(), calm=True)
    world.site.limits.enabled = False
    return world, load_real_data(world.site)


def everything(world: World) -> str:
    keys = sorted(p.key for p in world.site.projects.values())
    return f"project in ({', '.join(keys)}) ORDER BY updated ASC, id ASC"


@needs_data
def test_the_counts_are_those_that_are_published(real: tuple[World, Counts]) -> None:
    counts = real[1]
    assert [counts.by_project[key] for key in ("ALOY", "DAEMON", "MOD")] == [1499, 317, 367]
    assert counts.comments >= 6431
    assert counts.histories >= 1142


@needs_data
def test_every_issue_and_comment_is_served(real: tuple[World, Counts]) -> None:
    world, counts = real
    issues = world.walk(everything(world), fields=["*all"], maxResults=100)
    assert len(issues) == len({issue["id"] for issue in issues}) == counts.issues
    assert sum(issue["fields"]["comment"]["total"] for issue in issues) == counts.comments
    assert Counter(issue["key"].rpartition("-")[0] for issue in issues) == counts.by_project
    assert Counter(issue["fields"]["status"]["name"] for issue in issues) == counts.by_status


@needs_data
def test_every_history_is_served(real: tuple[World, Counts]) -> None:
    world, counts = real
    ids = [issue["id"] for issue in world.walk(everything(world), fields=["id"], maxResults=5000)]
    histories: list[Any] = []
    for start in range(0, len(ids), 1000):
        token: str | None = None
        while True:
            more = {"nextPageToken": token} if token else {}
            page = world.post(
                "changelog/bulkfetch", {"issueIdsOrKeys": ids[start : start + 1000], **more}
            ).json()
            histories += [h for log in page["issueChangeLogs"] for h in log["changeHistories"]]
            token = page.get("nextPageToken")
            if not token:
                break
    assert len(histories) == counts.histories
    assert sum(len(history["items"]) for history in histories) == counts.items


@needs_data
@pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendor's API descriptions are not at {SPECS}")
def test_a_page_of_each_project_is_as_described(real: tuple[World, Counts]) -> None:
    world, counts = real
    for key in counts.by_project:
        page = world.search(f"project = {key}", fields=["*all"], maxResults=20, expand="changelog")
        assert check_response("POST", "/rest/api/3/search/jql", 200, page)


@needs_data
def test_nobody_is_named_as_on_the_server(real: tuple[World, Counts]) -> None:
    world, _ = real
    issue = world.get("issue/ALOY-1").json()
    assignee = issue["fields"]["assignee"]
    assert set(assignee) == {"accountId", "accountType", "displayName", "active", "timeZone"}
    assert issue["fields"]["description"]["type"] == "doc"
    known = {user["accountId"] for user in world.get("users/search", maxResults=1000).json()}
    assert assignee["accountId"] in known


def test_wiki_text_becomes_a_plain_document() -> None:
    made = wiki_to_adf("One\r\ntwo\r\n\r\n{code:js}\nlet x\n\nlet y\n{code}\nThree")
    assert [node["type"] for node in made["content"]] == ["paragraph", "codeBlock", "paragraph"]
    assert [node["type"] for node in made["content"][0]["content"]] == ["text", "hardBreak", "text"]
    assert made["content"][1]["content"] == [{"type": "text", "text": "let x\n\nlet y"}]
