"""A Data Center instance: addresses, credentials, search by offset, and what it does not have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.datacenter import Instance
from tests.simulator.world import World, basic

from syncline.sim import SimClock, SimRequest
from syncline_connectors.jira.simulator import CALM, CustomField, Server, Throttle

QUERY = "project = ED ORDER BY updated ASC"


@pytest.fixture
def instance(clock: SimClock) -> Instance:
    return Instance(clock)


def fill(instance: Instance, count: int) -> list[str]:
    """Issues a minute apart; their ids."""
    ids = []
    for number in range(count):
        ids.append(str(instance.site.create_issue(instance.editor, f"Issue {number}").id))
        instance.clock.advance(60)
    return ids


def ids_of(page: Any) -> list[str]:
    return [issue["id"] for issue in page["issues"]]


# ---- addresses -------------------------------------------------------------------------------------------------------


def test_an_instance_lives_under_its_context(clock: SimClock) -> None:
    instance = Instance(clock, server=Server(context="/jira"))
    info = instance.get("serverInfo").json()
    assert info["baseUrl"] == "https://jira.example.com/jira"
    assert instance.ask("GET", "/rest/api/2/serverInfo").status == 404
    assert instance.ask("GET", "/jira/rest/api/latest/serverInfo").json() == info
    assert instance.get("myself").json()["self"].startswith("https://jira.example.com/jira/rest/api/2/user?")


def test_a_server_tells_what_it_is(instance: Instance) -> None:
    info = instance.get("serverInfo").json()
    assert (info["deploymentType"], info["version"]) == ("Server", "9.12.15")
    assert (info["versionNumbers"], info["buildNumber"]) == ([9, 12, 15], 9120015)
    assert info["serverTime"] == "2026-03-02T10:00:00.000+0100"


@pytest.mark.parametrize(("version", "build"), [("7.12.3", 712003), ("8.5.3", 805003), ("10.3.19", 10030019)])
def test_build_numbers_are_as_recorded(clock: SimClock, version: str, build: int) -> None:
    info = Instance(clock, server=Server(version=version)).get("serverInfo").json()
    assert info["buildNumber"] == build
    assert ("databaseBuildNumber" in info) is (not version.startswith("7"))


@pytest.mark.parametrize(
    "path",
    ["/rest/api/3/myself", "/rest/api/3/serverInfo", "/_edge/tenant_info", "/ex/jira/x/rest/api/3/myself"],
)
def test_addresses_of_cloud_are_dead_links(instance: Instance, path: str) -> None:
    answer = instance.ask("GET", path)
    assert (answer.status, answer.header("Content-Type")) == (404, "text/html;charset=UTF-8")


def test_cloud_says_that_it_is_cloud_in_the_second_version_too(world: World) -> None:
    assert world.get("/rest/api/2/serverInfo").json()["deploymentType"] == "Cloud"
    assert world.get("/rest/api/2/myself").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "search/jql", 404),
        ("POST", "search/jql", 404),
        ("POST", "search/approximate-count", 404),
        ("POST", "changelog/bulkfetch", 404),
        ("POST", "comment/list", 404),
        ("GET", "issue/ED-1/changelog", 404),
        ("GET", "field/search", 404),
        ("GET", "users/search", 404),
        ("POST", "issue/bulkfetch", 405),
    ],
)
def test_endpoints_of_cloud_are_missing(instance: Instance, method: str, path: str, status: int) -> None:
    fill(instance, 1)
    assert instance.ask(method, path, {} if method == "POST" else None).status == status


def test_a_missing_resource_is_named(instance: Instance) -> None:
    told = instance.get("users/search").json()
    uri = "https://jira.example.com/rest/api/2/users/search"
    assert told == {"message": f"null for uri: {uri}", "status-code": 404}


# ---- credentials -----------------------------------------------------------------------------------------------------


def bearer(secret: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {secret}")]


def test_a_person_is_known_by_name_and_key(instance: Instance) -> None:
    me = instance.get("myself")
    assert me.header("X-AUSERNAME") == "mia"
    told = me.json()
    assert (told["name"], told["key"], told["emailAddress"]) == ("mia", "JIRAUSER10100", "mia@example.com")
    assert (told["timeZone"], told["locale"]) == ("Europe/Berlin", "en_US")
    assert instance.ask("GET", "myself", headers=bearer("token-of-mia")).json() == told


def test_a_wrong_password_is_refused_in_html_wherever_it_is_shown(instance: Instance) -> None:
    for path in ("myself", "serverInfo"):
        answer = instance.ask("GET", path, headers=[basic("mia", "wrong")])
        assert (answer.status, answer.header("Content-Type")) == (401, "text/html;charset=UTF-8")
        assert answer.header("X-Seraph-LoginReason") == "AUTHENTICATED_FAILED"
        assert answer.header("X-AUSERNAME") == "anonymous"


def test_the_third_wrong_password_asks_for_a_captcha(instance: Instance) -> None:
    for _ in range(3):
        assert instance.ask("GET", "myself", headers=[basic("mia", "wrong")]).status == 401
    answer = instance.get("myself")
    assert answer.status == 403
    assert answer.header("X-Seraph-LoginReason") == "AUTHENTICATION_DENIED"
    assert (answer.header("X-Authentication-Denied-Reason") or "").startswith("CAPTCHA_CHALLENGE; login-url=")
    assert instance.ask("GET", "myself", headers=bearer("token-of-mia")).status == 200
    instance.site.doorkeeper.failures.clear()
    assert instance.get("myself").status == 200


def test_a_good_login_forgives_bad_ones(instance: Instance) -> None:
    for _ in range(3):
        instance.ask("GET", "myself", headers=[basic("mia", "wrong")])
        instance.ask("GET", "myself", headers=[basic("mia", "wrong")])
        assert instance.get("myself").status == 200


def test_an_unknown_token_makes_an_anonymous_caller_or_is_refused(clock: SimClock) -> None:
    instance = Instance(clock)
    fill(instance, 1)
    answer = instance.ask("GET", "search?jql=order+by+key", headers=bearer("wrong"))
    assert (answer.status, answer.header("X-AUSERNAME"), answer.json()["total"]) == (200, "anonymous", 0)
    told = instance.ask("GET", "myself", headers=bearer("wrong"))
    assert (told.status, told.json()["status-code"]) == (401, 401)
    strict = Instance(clock, server=Server(bad_bearer_is_anonymous=False))
    assert strict.ask("GET", "search?jql=order+by+key", headers=bearer("wrong")).status == 401


def test_tokens_expire_and_old_servers_have_none(clock: SimClock) -> None:
    instance = Instance(clock)
    instance.token.expires = clock.now() + timedelta(minutes=5)
    assert instance.ask("GET", "myself", headers=bearer("token-of-mia")).status == 200
    clock.advance(301)
    assert instance.ask("GET", "myself", headers=bearer("token-of-mia")).status == 401
    old = Instance(clock, server=Server.old())
    assert old.ask("GET", "myself", headers=bearer("token-of-mia")).status == 401
    assert old.get("myself").status == 200


def test_anonymous_callers_see_what_is_public(instance: Instance) -> None:
    fill(instance, 1)
    public = instance.site.add_project("PUB", public=True)
    instance.site.create_issue(public, "Open")
    assert instance.ask("GET", "search?jql=order+by+key", headers=[]).json()["total"] == 1
    hidden = instance.ask("GET", "issue/ED-1", headers=[])
    assert (hidden.status, hidden.json()["errorMessages"][1]) == (401, "Login Required")
    assert [p["key"] for p in instance.ask("GET", "project", headers=[]).json()] == ["PUB"]


# ---- search ----------------------------------------------------------------------------------------------------------


def test_a_page_tells_where_it_is_and_how_many_there_are(instance: Instance) -> None:
    ids = fill(instance, 7)
    page = instance.search(QUERY, startAt=2, maxResults=3)
    assert (page["startAt"], page["maxResults"], page["total"], page["expand"]) == (2, 3, 7, "schema,names")
    assert ids_of(page) == ids[2:5]
    again = instance.get("search", jql=QUERY, startAt=2, maxResults=3).json()
    assert again == page
    beyond = instance.search(QUERY, startAt=7)
    assert (ids_of(beyond), beyond["total"], beyond["startAt"]) == ([], 7, 7)


def test_a_search_for_nothing_counts(instance: Instance) -> None:
    fill(instance, 7)
    page = instance.search(QUERY, maxResults=0)
    assert (page["issues"], page["total"], page["maxResults"]) == ([], 7, 0)


def test_a_query_without_a_restriction_means_everything(instance: Instance) -> None:
    ids = fill(instance, 3)
    assert ids_of(instance.search("ORDER BY created ASC")) == ids
    assert ids_of(instance.search("")) == ids[::-1]


def test_the_server_silently_lowers_what_is_asked(clock: SimClock) -> None:
    instance = Instance(clock, server=Server(max_results=4))
    ids = fill(instance, 10)
    page = instance.search(QUERY, maxResults=5000)
    assert (page["maxResults"], len(page["issues"]), page["total"]) == (4, 4, 10)
    assert [issue["id"] for issue in instance.walk(QUERY, maxResults=5000)] == ids
    assert Instance(clock).search("", maxResults=5000)["maxResults"] == 1000
    assert Instance(clock).search("")["maxResults"] == 50


def test_by_default_pages_are_cut_at_random(clock: SimClock) -> None:
    instance = Instance(clock, calm=False)
    sizes = {instance.search("", maxResults=1000)["maxResults"] for _ in range(20)}
    assert sizes <= set(range(50, 101))
    assert len(sizes) > 3


def test_the_window_of_jira_11_ends_in_an_error(clock: SimClock) -> None:
    instance = Instance(clock, server=Server(version="11.1.0", window=6))
    fill(instance, 8)
    assert instance.search(QUERY, startAt=3, maxResults=3)["maxResultWindow"] == 6
    answer = instance.post("search", {"jql": QUERY, "startAt": 6, "maxResults": 3})
    assert answer.status == 500
    assert answer.json()["message"].startswith("Search limit exceeded.")
    assert "requests 9 results which exceeded the search platform limit of 6." in answer.json()["message"]


def test_a_row_that_moves_behind_hides_another(instance: Instance) -> None:
    ids = fill(instance, 6)
    first = instance.search(QUERY, maxResults=2)
    instance.site.edit(instance.site.issues[int(ids[0])], {"summary": "Touched"})
    second = instance.search(QUERY, startAt=2, maxResults=2)
    assert ids_of(first) + ids_of(second) == [ids[0], ids[1], ids[3], ids[4]]


def test_a_row_that_appears_in_front_is_shown_twice(instance: Instance) -> None:
    ids = fill(instance, 4)
    jql = "project = ED ORDER BY updated DESC"
    first = ids_of(instance.search(jql, maxResults=2))
    instance.site.create_issue(instance.editor, "New")
    assert ids_of(instance.search(jql, startAt=2, maxResults=2)) == [ids[2], ids[1]]
    assert first == [ids[3], ids[2]]


def test_people_work_between_pages_by_default(clock: SimClock) -> None:
    instance = Instance(clock, calm=False)
    fill(instance, 40)
    instance.site.settle()
    for _ in range(8):
        for start in range(0, 40, 5):
            instance.search(QUERY, startAt=start, maxResults=5)
    assert len(instance.site.bot.actions) == instance.site.bot.budget


def test_the_index_is_late_but_a_look_by_id_is_not(clock: SimClock) -> None:
    instance = Instance(clock, calm=False)
    instance.site.set_quirks(lag=(30.0, 30.0))
    issue = instance.site.create_issue(instance.editor, "New")
    assert instance.search("project = ED")["total"] == 0
    assert instance.get(f"issue/{issue.key}").status == 200
    clock.advance(31)
    assert instance.search("project = ED")["total"] == 1


@pytest.mark.parametrize("jql", ["project = NONE", "id in (99999, 10000)", "key = ED-99", "status = Nowhere"])
def test_what_is_unknown_is_an_error_unless_it_may_not_be(instance: Instance, jql: str) -> None:
    fill(instance, 1)
    refused = instance.post("search", {"jql": jql})
    assert refused.status == 400
    words = refused.json()["errorMessages"]
    assert "does not exist" in words[0]
    for lenient in (False, "warn"):
        page = instance.search(jql, validateQuery=lenient)
        assert page["warningMessages"] == words
        assert ids_of(page) == (["10000"] if "10000" in jql else [])
    assert instance.get("search", jql=jql, validateQuery="false").json()["total"] == page["total"]


@pytest.mark.parametrize(
    "body",
    [
        {"nextPageToken": "x"},
        {"fields": "summary"},
        {"expand": "changelog"},
        {"maxResults": "5"},
        {"startAt": None},
    ],
)
def test_what_the_bean_does_not_know_is_refused(instance: Instance, body: dict[str, Any]) -> None:
    assert instance.post("search", {"jql": "project = ED", **body}).status == 400


def test_ids_compare_within_the_project_of_the_one_that_is_named(instance: Instance) -> None:
    """A walk by ``id > last`` does not cross projects, and ends when the last issue has moved or gone."""
    first = instance.site.create_issue(instance.editor, "A")
    other = instance.site.create_issue(instance.shop, "B")
    last = instance.site.create_issue(instance.editor, "C")
    after = f"id > {first.id} ORDER BY id ASC"
    assert ids_of(instance.search(after)) == [str(last.id)]
    assert ids_of(instance.search("ORDER BY id ASC")) == [str(first.id), str(last.id), str(other.id)]
    assert instance.post("search", {"jql": "id > 10001 AND id > 99999"}).status == 400
    assert instance.search("id > 99999", validateQuery=False)["total"] == 0
    instance.site.move(first, instance.shop)
    assert ids_of(instance.search(after)) == []
    instance.site.delete(first)
    assert instance.post("search", {"jql": after}).status == 400


def test_epoch_milliseconds_and_local_times_are_both_understood(instance: Instance) -> None:
    ids = fill(instance, 3)
    second = instance.site.issues[int(ids[1])].updated
    assert (
        ids_of(instance.search(f"updated >= {int(second.timestamp() * 1000)} ORDER BY updated ASC"))
        == ids[1:]
    )
    assert ids_of(instance.search('updated >= "2026-03-02 10:01" ORDER BY updated ASC')) == ids[1:]


# ---- what is there and what is not -----------------------------------------------------------------------------------


def test_missing_and_forbidden_are_told_apart(instance: Instance) -> None:
    fill(instance, 1)
    missing = instance.get("issue/ED-9")
    assert (missing.status, missing.json()) == (
        404,
        {"errorMessages": ["Issue Does Not Exist"], "errors": {}},
    )
    instance.site.revoke(instance.mia, instance.editor)
    hidden = instance.get("issue/ED-1")
    assert hidden.status == 403
    assert hidden.json()["errorMessages"] == ["You do not have the permission to see the specified issue."]


def test_moved_archived_and_deleted_issues(instance: Instance) -> None:
    one, two, three = (instance.site.create_issue(instance.editor, name) for name in "ABC")
    instance.site.move(one, instance.shop)
    assert instance.get("issue/ED-1").json()["key"] == "SHOP-1"
    assert ids_of(instance.search("key = ED-1")) == [str(one.id)]
    instance.site.archive(two)
    assert instance.search(f"id = {two.id}")["total"] == 0
    assert instance.get("issue/ED-2").json()["fields"]["archiveddate"] is not None
    instance.site.delete(three)
    assert instance.get("issue/ED-3").status == 404


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_limits_are_told_with_every_answer_and_hold(clock: SimClock) -> None:
    instance = Instance(clock, server=Server(throttle=Throttle(burst=3, fill=2, interval=10)))
    names = ("Limit", "Remaining", "FillRate", "Interval-Seconds")
    first = instance.get("myself")
    assert [first.header(f"X-RateLimit-{name}") for name in names] == ["3", "2", "2", "10"]
    assert first.header("retry-after") == "0"
    assert instance.get("serverInfo").header("X-RateLimit-Limit") is None
    assert [instance.get("myself").status for _ in range(3)] == [200, 200, 429]
    refused = instance.get("myself")
    assert (refused.status, refused.header("X-RateLimit-Remaining")) == (429, "0")
    clock.advance(float(refused.header("retry-after") or "0"))
    assert [instance.get("myself").status for _ in range(3)] == [200, 200, 429]
    assert instance.site.buckets.refused == 3


def test_by_default_there_are_no_limits(instance: Instance) -> None:
    assert instance.get("myself").header("X-RateLimit-Limit") is None
    assert [instance.get("myself").status for _ in range(200)] == [200] * 200


def test_a_calm_instance_is_calm(instance: Instance) -> None:
    assert instance.site.quirks == CALM
    assert instance.site(SimRequest("GET", "/rest/api/2/serverInfo")).status == 200
    assert CustomField.STORY_POINT_ESTIMATE not in instance.site.fields
