"""Who we are and where: keys, regions, and what a project is known by."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.amplitude.conftest import MONDAY
from tests.amplitude.lab import SECRET, Connect, Wire, walk

from syncline.connector import Vouches
from syncline.errors import AuthError, ProtocolError
from syncline.sim import SimResponse
from syncline_connectors.amplitude.simulator import HOSTS, AmplitudeSimulator


def hosts(wire: Wire) -> list[str | None]:
    return [request.header("Host") for request in wire.sent]


def test_a_project_is_known_by_its_number(connect: Connect, project: AmplitudeSimulator) -> None:
    project.add_cohort("Everybody", 3)
    account = connect().check()
    assert account.site == "us-829528"
    assert account.site_name == "Amplitude project 829528 (us)"
    assert "key" not in account.user_name.lower().replace("api key", "")


def test_a_project_without_cohorts_is_known_by_its_key_for_good(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    first = connect().check()
    assert first.site.startswith("us-key-")
    assert SECRET not in str(first)
    project.add_cohort("Everybody", 3)
    again = connect(memo=dict(first.memo)).check()
    assert again.site == first.site, "a key belongs to one project: what was told once stays"


def test_a_new_key_of_the_same_project_is_the_same_site(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.add_cohort("Everybody", 3)
    first = connect().check()
    project.add_key("second key", SECRET)
    again = connect(memo=dict(first.memo), key=SecretStr("second key")).check()
    assert again.site == first.site


def test_cohorts_that_the_plan_does_not_have_are_done_without(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.forbid("/cohorts")
    assert connect().check().site.startswith("us-key-")


@pytest.mark.parametrize("refusal", [401, 403])
def test_a01_keys_of_the_other_region_are_told(
    connect: Connect, project: AmplitudeSimulator, wire: Wire, refusal: int
) -> None:
    project.refusal = refusal
    with pytest.raises(AuthError) as caught:
        connect(region="eu").check()
    assert 'belong to region "us", not "eu"' in str(caught.value)
    assert caught.value.hint == 'region = "us"'
    assert hosts(wire) == [HOSTS["eu"], HOSTS["us"]], "each region is asked once"


def test_a01_keys_that_no_region_knows_are_told(
    connect: Connect, project: AmplitudeSimulator, wire: Wire
) -> None:
    project.keys.clear()
    with pytest.raises(AuthError, match="does not accept the keys"):
        connect().check()
    assert len(wire.sent) == 2


def test_a_region_that_cannot_be_reached_proves_nothing(connect: Connect, wire: Wire) -> None:
    wire.before = lambda request: (
        SimResponse(403) if request.header("Host") == HOSTS["us"] else SimResponse(502)
    )
    with pytest.raises(AuthError, match="does not accept the keys"):
        connect().check()


def test_an_address_of_ones_own_is_the_only_one(
    connect: Connect, project: AmplitudeSimulator, wire: Wire
) -> None:
    assert connect(url="https://proxy.acme.example").check().url == "https://proxy.acme.example"
    project.keys.clear()
    with pytest.raises(AuthError):
        connect(url="https://proxy.acme.example").check()
    assert set(hosts(wire)) == {"proxy.acme.example"}


def test_answers_vouch_for_the_keys(connect: Connect) -> None:
    account = connect().check()
    source = connect(memo=dict(account.memo))
    assert isinstance(source, Vouches)
    assert source.vouched is False
    walk(source, "annotations")
    assert source.vouched is True
    assert connect().vouched is None, "of keys never seen before, answers prove no project"


def test_a_refusal_vouches_for_nothing(connect: Connect, project: AmplitudeSimulator) -> None:
    memo = dict(connect().check().memo)
    project.keys.clear()
    source = connect(memo=memo)
    with pytest.raises(AuthError):
        source.probe()
    assert source.vouched is False


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"data": {}}', b"[]"])
def test_an_answer_of_something_else_is_no_proof(connect: Connect, wire: Wire, body: bytes) -> None:
    wire.before = lambda request: SimResponse(200, [("Content-Type", "text/html")], body)
    with pytest.raises(ProtocolError):
        connect().check()


def test_without_the_vendors_clock_no_day_is_over(connect: Connect, wire: Wire) -> None:
    def undated(request: object, answer: SimResponse) -> SimResponse:
        headers = [pair for pair in answer.headers if pair[0] != "Date"]
        return SimResponse(answer.status, headers, answer.body)

    wire.after = undated
    with pytest.raises(ProtocolError, match="does not tell the time"):
        walk(connect(metrics=[{"name": "visits", "event": "visit"}]))


def test_doctor_says_what_a_missing_zone_costs(connect: Connect) -> None:
    metrics = [{"name": "visits", "event": "visit"}]
    (told,) = connect(metrics=metrics, timezone=None).remarks()
    assert "timezone is not set" in told
    assert not connect(metrics=metrics).remarks()


def test_a26_doctor_says_which_events_are_not_there(connect: Connect, project: AmplitudeSimulator) -> None:
    project.set_funnel(["visit", "pay"], MONDAY, [[3, 1]])
    metrics = [
        {"name": "active", "event": "_active"},
        {"name": "custom", "event": "ce:Mine"},
        {"name": "money", "event": "revenue_amount"},
        {"name": "visits", "event": "Visit"},
        {"name": "funnel", "funnel": ["visit", "pay", "stay"]},
        {
            "name": "share",
            "event": "visit",
            "measure": "formula",
            "formula": "TOTALS(A)/TOTALS(B)",
            "second": "sya",
        },
        {"name": "kept", "retention": {"start": "visit", "back": "return"}},
    ]
    told = connect(metrics=metrics).remarks()
    assert [text.split(",")[0] for text in told] == [
        'metric "visits" counts the event "Visit"',
        'metric "funnel" counts the event "stay"',
        'metric "share" counts the event "sya"',
        'metric "kept" counts the event "return"',
    ]
