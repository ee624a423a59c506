"""The small streams, containers, descriptions, offset pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.lab import Wire, pull, records

from syncline.errors import AccessDenied, NotFound, ProtocolError
from syncline.model import IterationState, Kind, StatusCategory
from syncline.sim.app import SimRequest, SimResponse
from syncline_connectors.jira import Jira
from syncline_connectors.jira.api import Api
from syncline_connectors.jira.simulator import JiraSimulator

Connect = Callable[..., Jira]


class TestStreams:
    def test_statuses_come_with_the_vendors_category(self, connect: Connect) -> None:
        statuses = {s.name: s.category for page in pull(connect(), "statuses") for s in page.statuses}
        assert statuses["To Do"] is StatusCategory.TODO
        assert statuses["In Review"] is StatusCategory.IN_PROGRESS
        assert statuses["Done"] is StatusCategory.DONE

    def test_people_are_read_to_the_last(self, site: JiraSimulator, connect: Connect) -> None:
        for number in range(450):
            site.add_user(f"Person {number}", active=number % 2 == 0)
        people = records(pull(connect(), "people"), Kind.PERSON)
        assert len(people) == 451
        assert {p.title for p in people.values() if not p.active} == {f"Person {n}" for n in range(1, 450, 2)}

    def test_projects_of_the_scope(self, site: JiraSimulator, connect: Connect) -> None:
        site.add_project("WEB", "Web", type_key="service_desk")
        assert {p.key for p in records(pull(connect(), "projects"), Kind.CONTAINER).values()} == {
            "ENG",
            "WEB",
        }
        (web,) = records(pull(connect(projects=("WEB",)), "projects"), Kind.CONTAINER).values()
        assert (web.title, web.type, web.url) == (
            "Web",
            "service_desk",
            "https://demo.atlassian.net/browse/WEB",
        )

    def test_what_comes_together_is_asked_for_once(self, connect: Connect, wire: Wire) -> None:
        jira = connect()
        assert records(pull(jira, "projects"), Kind.CONTAINER)
        asked = wire.paths()
        assert [path for path in asked if path.endswith(("/status", "/users/search"))] == [
            "/rest/api/3/status",
            "/rest/api/3/users/search",
        ]
        assert next(page.statuses for page in pull(jira, "statuses"))
        assert wire.paths() == asked
        assert next(page.statuses for page in pull(jira, "statuses"))
        assert wire.paths() == [*asked, "/rest/api/3/status"], "given once"

    def test_what_is_asked_ahead_and_refused_fails_its_own_stream(self, connect: Connect, wire: Wire) -> None:
        wire.before = lambda request: (
            SimResponse(403, (), b"{}") if request.path.endswith("users/search") else None
        )
        jira = connect()
        assert records(pull(jira, "projects"), Kind.CONTAINER)
        assert next(page.statuses for page in pull(jira, "statuses"))
        asked = wire.paths()
        with pytest.raises(AccessDenied):
            pull(jira, "people")
        assert wire.paths() == asked, "refused once"

    def test_versions_of_every_project(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.add_version(project, "1.0", released=True, start="2026-01-01", release="2026-02-01")
        (release,) = records(pull(connect(), "versions"), Kind.RELEASE).values()
        assert (release.title, release.released, release.container) == ("1.0", True, project.id)
        assert (str(release.start_on), str(release.due_on)) == ("2026-01-01", "2026-02-01")

    def test_a_project_out_of_sight_does_not_stop_the_others(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.add_version(project, "1.0")
        assert len(records(pull(connect(projects=("AAA", "ENG")), "versions"), Kind.RELEASE)) == 1

    def test_j35_a_boards_columns_say_which_statuses_they_hold(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.add_board(project, "Team", columns={"Next": ["To Do"], "Now": ["In Progress", "In Review"]})
        (board,) = records(pull(connect(), "boards"), Kind.CONTAINER).values()
        ids = [site.status(name).id for name in ("To Do", "In Progress", "In Review")]
        assert (board.remote_id, board.title, board.type, board.parent) == (
            "board-1",
            "Team",
            "scrum",
            project.id,
        )
        assert board.columns == (("Next", (ids[0],)), ("Now", (ids[1], ids[2])))

    def test_a_board_whose_columns_are_hidden_is_still_a_board(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.add_board(project, "Team")
        site.forbid("GET", "board/{id}/configuration")
        (board,) = records(pull(connect(), "boards"), Kind.CONTAINER).values()
        assert board.columns == ()

    def test_sprints_come_once_however_many_boards_show_them(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        board = site.add_board(project)
        for number in range(120):
            site.add_sprint(board, f"Sprint {number}", state="closed" if number else "active", goal="ship")
        pages = pull(connect(), "sprints")
        sprints = records(pages, Kind.ITERATION)
        assert len(sprints) == sum(len(page.records) for page in pages) == 120
        assert sprints["1"].state is IterationState.ACTIVE
        assert (sprints["2"].container, sprints["2"].goal) == ("board-1", "ship")

    @pytest.mark.parametrize("kind", ["kanban", "simple"])
    def test_j34_boards_without_sprints_are_passed_over(
        self, site: JiraSimulator, connect: Connect, wire: Wire, kind: str
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.add_board(project, type=kind)
        site.add_sprint(site.add_board(project), "S1")
        refusal = SimResponse.of_json(
            {"errorMessages": ["The board does not support sprints"], "errors": {}}, 400
        )
        wire.before = lambda request: refusal if request.path.endswith("/board/1/sprint") else None
        assert len(records(pull(connect(), "sprints"), Kind.ITERATION)) == 1

    @pytest.mark.parametrize("name", ["boards", "sprints"])
    def test_j36_without_agile_permission_only_those_streams_stop(
        self, site: JiraSimulator, connect: Connect, name: str
    ) -> None:
        site.forbid("GET", "board")
        with pytest.raises(AccessDenied):
            pull(connect(), name)
        for other in ("issues", "people", "projects", "statuses", "versions"):
            assert pull(connect(), other)[-1].last

    def test_a_row_that_makes_no_sense_is_set_aside(self, connect: Connect, wire: Wire) -> None:
        rows = [{"accountId": "a", "displayName": "A"}, {"accountId": "b", "displayName": 7}, 5]
        served = iter([rows])
        wire.before = lambda request: (
            SimResponse.of_json(next(served, [])) if request.path.endswith("/users/search") else None
        )
        (page, *_, last) = pull(connect(), "people")
        assert set(records([page], Kind.PERSON)) == {"a"}
        assert [item.remote_id for item in page.quarantined] == ["b", "unknown"]
        assert last.last


class TestDescribing:
    def test_containers_are_what_the_account_can_see(self, site: JiraSimulator, connect: Connect) -> None:
        hidden = site.add_project("HID")
        site.revoke(next(iter(site.users.values())), hidden)
        assert [item.record.key for item in connect(projects=("ENG",)).containers()] == ["ENG"]

    def test_a_project_is_described(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        found = connect().describe(project.id)
        assert {"To Do", "Done"} <= {status.name for status in found.statuses}
        assert {"Task", "Bug"} <= set(found.types)
        assert ("customfield_10036", "Story Points", True) in {(f.id, f.name, f.custom) for f in found.fields}

    def test_an_unknown_container_is_not_found(self, connect: Connect) -> None:
        with pytest.raises(NotFound):
            connect().describe("4711")


class Listing:
    """An offset-paged list that changes while it is read."""

    def __init__(
        self, rows: list[dict[str, str]], shifts: Iterator[Callable[[list[dict[str, str]]], None]]
    ) -> None:
        self.rows = rows
        self.shifts = shifts

    def get_json(self, path: str, *, params: dict[str, Any]) -> dict[str, Any]:
        start, size = params["startAt"], params["maxResults"]
        page = {"values": self.rows[start : start + size], "total": len(self.rows)}
        next(self.shifts, lambda rows: None)(self.rows)
        return page


class TestOffsets:
    @given(
        st.integers(0, 60),
        st.integers(1, 9),
        st.lists(st.tuples(st.booleans(), st.integers(0, 59)), max_size=12),
    )
    def test_j37_rows_that_stay_are_never_missed(
        self, number: int, size: int, changes: list[tuple[bool, int]]
    ) -> None:
        """Rows vanish and appear between pages; with overlap and stepping back none that stays is skipped."""
        rows = [{"id": f"r{n}"} for n in range(number)]
        names = count()

        def change(insert: bool, at: int) -> Callable[[list[dict[str, str]]], None]:
            def apply(current: list[dict[str, str]]) -> None:
                if insert:
                    current.insert(min(at, len(current)), {"id": f"new{next(names)}"})
                elif at < len(current) and not current[at]["id"].startswith("new"):
                    del current[at]

            return apply

        listing = Listing(list(rows), iter([change(*entry) for entry in changes]))
        found = [row["id"] for batch in Api(listing, "").walk("/x", "values", max(2, size)) for row in batch]  # type: ignore[arg-type]
        stayed = {row["id"] for row in listing.rows if row in rows}
        assert stayed <= set(found)
        assert len(found) == len(set(found))

    def test_a_page_of_one_row_still_moves_on(self) -> None:
        listing = Listing([{"id": str(n)} for n in range(5)], iter([]))
        found = [row["id"] for batch in Api(listing, "").walk("/x", "values", 1) for row in batch]  # type: ignore[arg-type]
        assert found == ["0", "1", "2", "3", "4"]

    @pytest.mark.parametrize("answer", [{}, [], {"values": None}, {"total": 3}])
    def test_a_page_without_its_list_is_nonsense(self, connect: Connect, wire: Wire, answer: object) -> None:
        def nonsense(request: SimRequest) -> SimResponse | None:
            return SimResponse.of_json(answer) if request.path.endswith("/project/search") else None

        wire.before = nonsense
        with pytest.raises(ProtocolError):
            pull(connect(), "projects")
