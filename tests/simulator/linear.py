"""A small Linear workspace and a caller, for tests of the simulator; every answer is judged by the vendor's schema.

Other folders' tests use it as ``from tests.simulator.linear import LinearWorld, check_answer``. Where the vendor's
schema is not at hand (``../shared/specs/linear``), answers are only checked by the simulator's own.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, execute_sync, parse, validate

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.linear.simulator import LinearSimulator

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
SCHEMA = SHARED / "specs" / "linear" / "schema.graphql"
DATA = SHARED / "data" / "linear"

needs_schema = pytest.mark.skipif(not SCHEMA.is_file(), reason=f"the vendor's schema is not at {SCHEMA}")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")

ISSUES = """
query Issues($first: Int, $after: String, $filter: IssueFilter, $archived: Boolean = true) {
  issues(first: $first, after: $after, filter: $filter, orderBy: updatedAt, includeArchived: $archived) {
    pageInfo { hasNextPage endCursor }
    nodes { id identifier title updatedAt archivedAt trashed state { id name type } team { id key } labelIds }
  }
}
"""


class LinearWorld:
    """``ask`` calls as Ada, who administers the workspace. Teams ENG and OPS; she is a member of both."""

    def __init__(self, clock: SimClock, *, calm: bool, seed: int = 1) -> None:
        self.clock = clock
        self.site = LinearSimulator(clock, calm=calm, seed=seed)
        self.ada = self.site.add_user("Ada Example", admin=True)
        self.bob = self.site.add_user("Bob Example")
        self.eng = self.site.add_team("ENG", "Engineering", members=[self.ada, self.bob])
        self.ops = self.site.add_team("OPS", "Operations", members=[self.ada])
        self.key = self.site.add_api_key(self.ada, "lin_api_ada")
        self.headers = [("Authorization", "lin_api_ada")]

    def post(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        headers: list[tuple[str, str]] | None = None,
    ) -> SimResponse:
        body = {"query": query, "variables": variables or {}}
        return self.site(
            SimRequest.of("POST", "/graphql", body, self.headers if headers is None else headers)
        )

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a good answer, that the vendor could have given."""
        response = self.post(query, variables)
        answer = response.json()
        assert (response.status, answer.get("errors")) == (200, None)
        check_answer(query, variables, answer["data"])
        return answer["data"]

    def refuse(self, query: str, **variables: Any) -> dict[str, Any]:
        """The only error of a bad answer."""
        (error,) = self.post(query, variables).json()["errors"]
        return dict(error)

    def walk(self, query: str = ISSUES, field: str = "issues", **variables: Any) -> list[Any]:
        """All nodes, page after page; fails on a cursor that does not move."""
        nodes: list[Any] = []
        after: str | None = None
        while True:
            page = self.ask(query, after=after, **variables)[field]
            nodes += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return nodes
            assert page["pageInfo"]["endCursor"] not in (None, after)
            after = page["pageInfo"]["endCursor"]

    def issues(self, count: int) -> list[Any]:
        """So many issues of ENG, a second apart."""
        made = []
        for number in range(count):
            made.append(self.site.create_issue(self.eng, f"Issue {number}", by=self.ada))
            self.clock.advance(1)
        return made


@cache
def vendors_schema() -> GraphQLSchema:
    return build_schema(SCHEMA.read_text(encoding="utf-8"), assume_valid=True)


def check_answer(query: str, variables: dict[str, Any], data: Any) -> None:
    """Fail unless the vendor's schema allows the document, and an answer of that shape to it.

    The document is run once more, over the answer: what the vendor's types do not let through, or do not let be
    null, is an error.
    """
    if not SCHEMA.is_file():
        return
    document = parse(query)
    assert validate(vendors_schema(), document) == []
    again = execute_sync(
        vendors_schema(), document, root_value=data, variable_values=variables, field_resolver=_by_place
    )
    assert again.errors is None
    assert again.data == data


def _by_place(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    return source[info.path.key]
