"""The promises of `groups`, `exclude` and `keep`: not a byte of what is left out is stored, logged or told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from tests.zendesk.world import ADMIN, AGENT, URL, Lab, records, walked

from syncline.errors import ConfigError
from syncline.model import Kind
from syncline.sim import SimRequest, SimResponse
from syncline_cli.app import run
from syncline_connectors.zendesk.config import ZendeskConfig
from syncline_connectors.zendesk.scope import Scope, Verdict
from syncline_connectors.zendesk.simulator import Quirks

CANARY = "canary-7f3a91"
RULES: dict[str, Any] = {"groups": ["Support"], "exclude": {"labels": ["hr"]}, "keep": {"requester": "full"}}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text


@pytest.fixture(params=["calm", "hostile"])
def secretive(request: pytest.FixtureRequest, lab: Lab) -> Lab:
    return lab if request.param == "calm" else Lab(lab.folder, Quirks(export_cap=(2, 4)))


def bytes_of(lab: Lab) -> bytes:
    """Everything in the folder: the database, its log, whatever else a run leaves."""
    return b"".join(path.read_bytes() for path in sorted(lab.folder.rglob("*")) if path.is_file())


def telling(lab: Lab, **values: Any) -> Any:
    """A ticket with the canary in everything that a ticket has."""
    who = lab.desk.add_user(f"{CANARY} person", email=f"{CANARY}@example.net")
    file = lab.desk.attachment(f"{CANARY}.pdf", CANARY.encode())
    lab.clock.advance(60)
    told = lab.desk.add_ticket_field(f"Note {len(lab.desk.fields)}")
    given: dict[str, Any] = {"group": lab.tier1, "fields": {told.id: CANARY}} | values
    made = lab.desk.create_ticket(who, f"subject {CANARY}", f"first {CANARY}", **given)
    lab.desk.reply(made, f"public {CANARY}", by=lab.ben, attachments=[file])
    lab.desk.note(made, f"internal {CANARY}", by=lab.ben)
    lab.desk.edit(made, by=lab.ben, subject=f"another {CANARY}", priority="high")
    lab.desk.link_jira(made, "1001", f"{CANARY}-1")
    return made


def renamed(lab: Lab) -> Lab:
    lab.tier1.name = "Support"
    return lab


def reported(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the report into the folder, in every format."""
    monkeypatch.setenv("ZENDESK_TOKEN", "token")
    file = lab.folder / "syncline.toml"
    file.write_text(
        f'[hub]\ndatabase = "{lab.url}"\n[connections.support]\nconnector = "zendesk"\n'
        f'url = "{URL}"\nuser = "{ADMIN}"\ntoken = "env:ZENDESK_TOKEN"\n',
        encoding="utf-8",
    )
    for name in ("html", "md", "json"):
        out = lab.folder / f"status.{name}"
        assert run(["--config", str(file), "report", "status", "--out", str(out)]) == 0
        assert out.stat().st_size > 1000


def test_an_excluded_ticket_leaves_no_byte(
    secretive: Lab, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = renamed(secretive)
    telling(lab, group=lab.hr)
    telling(lab, tags=["HR", "other"])
    fine = lab.ticket("fine")
    lab.later()
    results = [lab.pull(**RULES)]
    lab.desk.note(next(iter(lab.desk.tickets.values())), f"more {CANARY}", by=lab.ben)
    lab.desk.note(fine, "harmless", by=lab.ben)
    lab.later()
    results += [lab.pull(**RULES), lab.pull(full=True, **RULES)]
    assert lab.rows("SELECT remote_id FROM records WHERE kind = 'Ticket'") == [(str(fine.id),)]
    reported(lab, monkeypatch)
    assert CANARY.encode() not in bytes_of(lab)
    assert CANARY not in logged()
    assert CANARY not in json.dumps([result.summary() for result in results])


@pytest.mark.parametrize("how", ["group", "label"])
def test_a_ticket_that_becomes_excluded_is_erased(
    secretive: Lab, how: str, logged: Callable[[], str]
) -> None:
    lab = renamed(secretive)
    made = telling(lab)
    lab.ticket("fine")
    lab.later()
    lab.pull(**RULES)
    assert CANARY.encode() in bytes_of(lab), "it was there, or this test proves nothing"
    if how == "group":
        lab.desk.edit(made, by=lab.ben, group=lab.hr)
    else:
        lab.desk.tag(made, "hr", by=lab.ben)
    lab.later()
    with lab.store():  # somebody looks on, which keeps SQLite from cleaning up on leaving
        lab.pull(**RULES)
        assert CANARY.encode() not in bytes_of(lab)
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Ticket'") == [(1,)]


def test_rules_that_come_later_erase_what_was_stored_before(lab: Lab) -> None:
    renamed(lab)
    telling(lab, group=lab.hr)
    lab.ticket("fine")
    lab.later()
    lab.pull(keep={"requester": "full"})
    assert CANARY.encode() in bytes_of(lab)
    lab.later()
    lab.pull(**RULES)
    assert CANARY.encode() not in bytes_of(lab)


def test_a_ticket_that_comes_in_brings_its_past(lab: Lab) -> None:
    renamed(lab)
    made = lab.ticket("an HR matter that was none", group=lab.hr)
    lab.desk.note(made, "said before", by=lab.ben)
    lab.later()
    lab.pull(**RULES)
    lab.desk.edit(made, by=lab.ben, group=lab.tier1)
    lab.later()
    lab.pull(**RULES)
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Ticket'") == [(1,)]
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Comment'") == [(2,)]


# ---- what cannot be read -------------------------------------------------------------------------------------------


def spoiling(
    change: Callable[[str, dict[str, Any]], None],
) -> Callable[[SimRequest, SimResponse], SimResponse]:
    """Answers with something changed in them."""

    def after(request: SimRequest, answer: SimResponse) -> SimResponse:
        if answer.status != 200 or not answer.body:
            return answer
        body = answer.json()
        change(request.path, body)
        kept = [(name, value) for name, value in answer.headers if name != "Content-Type"]
        return SimResponse.of_json(body, answer.status, kept)

    return after


def test_an_unreadable_excluded_ticket_is_not_set_aside_with_its_content(
    lab: Lab, logged: Callable[[], str]
) -> None:
    renamed(lab)
    telling(lab, tags=["hr"])
    telling(lab, group=lab.hr)

    def change(path: str, body: dict[str, Any]) -> None:
        for number, row in enumerate(body.get("tickets", ())):
            row["created_at"] = CANARY
            if number % 2:
                row["tags"] = CANARY  # what cannot be judged counts as left out

    lab.wire.after = spoiling(change)
    lab.later()
    result = lab.pull(**RULES)
    assert lab.rows("SELECT count(*) FROM quarantine") == [(0,)]
    assert CANARY.encode() not in bytes_of(lab)
    assert CANARY not in logged() + json.dumps(result.summary())


def test_what_was_set_aside_goes_with_its_ticket(lab: Lab) -> None:
    renamed(lab)
    made = telling(lab)

    def change(path: str, body: dict[str, Any]) -> None:
        for row in body.get("ticket_events", ()):
            for entry in row["child_events"]:
                if "public" in entry:
                    entry["created_at"] = "never"

    lab.wire.after = spoiling(change)
    lab.later()
    lab.pull(**RULES)
    assert lab.rows("SELECT count(*) FROM quarantine WHERE kind = 'Comment'") == [(3,)]
    lab.desk.tag(made, "hr", by=lab.ben)
    lab.later()
    lab.pull(**RULES)
    assert lab.rows("SELECT count(*) FROM quarantine") == [(0,)]
    assert CANARY.encode() not in bytes_of(lab)


def test_messages_never_repeat_what_zendesk_said(lab: Lab) -> None:
    renamed(lab)
    telling(lab)

    def change(path: str, body: dict[str, Any]) -> None:
        for row in body.get("tickets", ()):
            row["custom_fields"], row["tags"] = CANARY, [CANARY, {CANARY: 1}]

    lab.wire.after = spoiling(change)
    lab.later()
    lab.pull(keep={"requester": "full"})
    (reason,) = lab.rows("SELECT reason FROM quarantine WHERE kind = 'Ticket'")[0]
    assert CANARY not in reason


# ---- keep ----------------------------------------------------------------------------------------------------------


def test_customers_are_not_stored_unless_asked_for(lab: Lab) -> None:
    made = lab.ticket()
    lab.desk.reply(made, "it still does not", by=lab.cleo)
    lab.later()
    lab.pull()
    stored = bytes_of(lab)
    assert b"Cleo" not in stored
    assert str(lab.cleo.id).encode() not in stored
    assert lab.rows("SELECT json_extract(data, '$.organization') FROM record WHERE kind = 'Ticket'") == [
        (str(lab.company.id),)
    ]


def test_customers_that_were_stored_before_are_erased(lab: Lab) -> None:
    lab.ticket()
    lab.later()
    lab.pull(keep={"requester": "full"})
    assert b"Cleo" in bytes_of(lab)
    lab.pull(keep={"requester": "none"})
    stored = bytes_of(lab)
    assert b"Cleo" not in stored
    assert str(lab.cleo.id).encode() not in stored
    assert lab.rows("SELECT json_extract(data, '$.organization') FROM record WHERE kind = 'Ticket'") == [
        (None,)
    ]


def test_without_requesters_no_change_of_their_company_is_told(lab: Lab) -> None:
    made, other = lab.ticket(), lab.desk.add_organization("Another Ltd")
    lab.desk.edit(made, by=lab.ben, organization=other)
    lab.later()
    lab.pull(keep={"requester": "none"})
    assert str(other.id).encode() not in bytes_of(lab)
    lab.pull()
    assert lab.rows("SELECT new FROM event WHERE field = 'organization'") == [(str(other.id),)]


@pytest.mark.parametrize(("keep", "left"), [("all", 3), ("internal", 1), ("none", 0)])
def test_comments_are_kept_as_the_configuration_says(lab: Lab, keep: str, left: int) -> None:
    made = lab.ticket(body="the customer's words")
    lab.desk.reply(made, "a public answer", by=lab.ben)
    lab.desk.note(made, "an internal note", by=lab.ben)
    lab.later()
    lab.pull(keep={"comments": keep})
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Comment'") == [(left,)]
    assert (b"the customer's words" in bytes_of(lab)) is (keep == "all")
    assert (b"a public answer" in bytes_of(lab)) is (keep == "all")
    assert (b"an internal note" in bytes_of(lab)) is (keep != "none")


def test_the_addresses_that_came_with_a_mail_are_not_kept(lab: Lab) -> None:
    lab.ticket()

    def change(path: str, body: dict[str, Any]) -> None:
        for row in body.get("tickets", ()):
            row["via"] = {
                "channel": "email",
                "source": {"from": {"address": f"{CANARY}@example.net"}, "rel": None},
            }

    lab.wire.after = spoiling(change)
    lab.later()
    lab.pull()
    assert CANARY.encode() not in bytes_of(lab)
    assert lab.rows("SELECT json_extract(data, '$.channel') FROM record WHERE kind = 'Ticket'") == [
        ("email",)
    ]


def test_of_organizations_only_the_fields_asked_for_are_kept(lab: Lab) -> None:
    lab.desk.edit_organization(lab.company, notes_of_sales=CANARY)
    lab.later()
    lab.pull(fields={"arr": {"organization": "arr_eur"}})
    assert lab.rows("SELECT json_extract(data, '$.fields.arr') FROM record WHERE kind = 'Organization'") == [
        (12000,)
    ]
    assert CANARY.encode() not in bytes_of(lab)


def test_an_agents_search_is_judged_like_an_export(lab: Lab) -> None:
    renamed(lab)
    lab.desk.add_token(lab.ben, "token")
    telling(lab, tags=["hr"])
    lab.ticket("fine")
    lab.later(30)
    lab.pull(user=AGENT, **RULES)
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Ticket'") == [(1,)]
    assert CANARY.encode() not in bytes_of(lab)


def test_a_single_look_is_judged_too(lab: Lab) -> None:
    renamed(lab)
    made = telling(lab, group=lab.hr)
    from tests.zendesk.world import ref

    (answer,) = lab.connect(**RULES).fetch([ref(made)])
    assert CANARY not in repr(answer)


def test_a_group_that_is_not_there_stops_the_connection(lab: Lab) -> None:
    lab.ticket()
    lab.later()
    (problem,) = lab.pull(groups=["Tier 9"]).problems
    assert isinstance(problem.error, ConfigError)
    assert "Tier 9" in str(problem.error)
    assert lab.rows("SELECT count(*) FROM records WHERE kind = 'Ticket'") == [(0,)]


# ---- the rule alone ------------------------------------------------------------------------------------------------


def scope(**keys: Any) -> Scope:
    usual = {"connector": "zendesk", "url": "https://demo.zendesk.com", "token": "env:T"}
    config = ZendeskConfig.model_validate(usual | keys)
    return Scope(config, frozenset({"7"}) if config.groups else None, frozenset({"1"}))


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"group_id": 7, "tags": []}, Verdict.KEPT),
        ({"group_id": 8, "tags": []}, Verdict.LEFT_OUT),
        ({"group_id": None, "tags": []}, Verdict.LEFT_OUT),
        ({"group_id": 7, "tags": ["Legal"]}, Verdict.LEFT_OUT),
        ({"group_id": 7, "tags": "legal"}, Verdict.LEFT_OUT),
        ({"group_id": 7}, Verdict.LEFT_OUT),
        ({"group_id": 7, "tags": [], "status": "deleted"}, Verdict.GONE),
        ({"group_id": 7, "tags": ["legal"], "status": "deleted"}, Verdict.LEFT_OUT),
        ({"group_id": 7, "tags": [], "status": "deleted", "subject": "SCRUBBED"}, Verdict.LEFT_OUT),
        ("no ticket", Verdict.LEFT_OUT),
    ],
)
def test_the_verdict(row: Any, verdict: Verdict) -> None:
    assert scope(groups=["A"], exclude={"labels": ["legal"]}).verdict(row) is verdict


def test_nothing_of_an_excluded_ticket_is_on_a_page(lab: Lab) -> None:
    renamed(lab)
    made = telling(lab, tags=["hr"])
    lab.later()
    pages = walked(lab.connect(**RULES))
    assert not records(pages)
    assert (Kind.TICKET, str(made.id)) in {pair for page in pages for pair in page.withdrawn}
    assert CANARY not in repr(pages)
