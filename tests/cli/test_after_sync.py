"""What `sync` does behind a run, with the whole program: a due report in a file and in a chat; failures told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from syncline.sim import SimRequest, SimResponse
from syncline.sim.server import serve

from .conftest import Place

SENDING = """
[channels]
pm = { kind = "slack", url = "env:SLACK_PM_URL" }
[[report]]
name = "daily"
kind = "status"
send = ["pm"]
out = "reports/{date}.md"
[notify]
failure = ["pm"]
"""


class Chat:
    """A webhook that takes what is posted, unless it is ``broken``."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.broken = False

    def __call__(self, request: SimRequest) -> SimResponse:
        if self.broken:
            return SimResponse(404, [], b"no_service")
        self.subjects.append(json.loads(request.body)["text"])
        return SimResponse(200, [], b"ok")


@pytest.fixture
def chat(place: Place) -> Iterator[Chat]:
    """Pulled once, so that sync may begin; then told to send."""
    assert place.run("pull", "-q").code == 0
    found = Chat()
    with serve(found) as url:
        place.patch.setenv("SLACK_PM_URL", f"{url}/services/canary-7f3a91")
        path = place.folder / "syncline.toml"
        path.write_text(path.read_text() + SENDING)
        yield found


def test_a_due_report_is_written_sent_and_said(place: Place, chat: Chat) -> None:
    ran = place.run("sync")
    assert ran.code == 0, ran.err
    assert "report daily was made: no. 1\nreport:daily was sent to pm\n" in ran.out
    (page,) = (place.folder / "reports").iterdir()
    assert page.read_text().startswith("# daily\n")
    assert chat.subjects == [f"daily, {page.stem}"]
    assert "report" not in place.run("sync").out
    assert len(chat.subjects) == 1


def test_a_chat_that_fails_is_said_and_tried_again(place: Place, chat: Chat) -> None:
    chat.broken = True
    ran = place.run("--json", "sync")
    assert ran.code == 4
    told = json.loads(ran.out)
    assert told["exit_code"] == 4
    assert [line.partition(":")[0] for line in told["messages"]["problems"]] == ["report"]
    assert "the next sync tries again" in ran.err
    assert "canary-7f3a91" not in ran.out + ran.err
    chat.broken = False
    ran = place.run("sync")
    assert (ran.code, len(chat.subjects)) == (0, 1)


def test_a_tool_that_fails_is_told_once(place: Place, chat: Chat) -> None:
    for _ in range(2):
        assert place.run("sync", token="expired-token").code == 4
    assert chat.subjects.count("Syncline: a run failed") == 1


def test_without_anything_to_send_nothing_is_loaded(place: Place) -> None:
    assert place.run("pull", "-q").code == 0
    assert "messages" not in json.loads(place.run("--json", "sync").out)
