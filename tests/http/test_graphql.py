"""The fence reads GraphQL documents itself: whether one writes is not the connector's word."""

from __future__ import annotations

import httpx
import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse
from hypothesis import given
from hypothesis import strategies as st
from tests.http.lab import MakeHttp, answering

from syncline.errors import RateLimited
from syncline.http import Answer, ReadOnly
from syncline.http.graphql import only_asks

QUERIES = (
    "{ viewer { id } }",
    "query Me { viewer { id } }",
    "query mutation { viewer { id } }",
    'fragment F on Issue { id } query Q($a: Int = 1, $f: In = {a: {b: 2}}) @x(y: {z: 1}) { issue(id: "}") { ...F } }',
    'query Q { issue(id: """ } mutation { x } """) { id } } # mutation { x }',
    "query A { a } query B { b }",
)
MUTATIONS = (
    "mutation { issueDelete(id: 1) { success } }",
    "  \n# a remark\nmutation M($i: In) { x(i: $i) { id } }",
    "query Q { a } mutation M { b }",
    "fragment F on X { id } mutation { b { ...F } }",
    "subscription { x }",
)
NONSENSE = ("", "   ", "query {", "query } mutation {", "}{", "% query { a }", 'query { a(b: "open) }')


@pytest.mark.parametrize("document", QUERIES)
def test_a_query_asks(document: str) -> None:
    assert only_asks(document)


@pytest.mark.parametrize("document", MUTATIONS + NONSENSE)
def test_anything_else_does_not(document: str) -> None:
    assert not only_asks(document)


WORDS = (
    "query", "mutation", "subscription", "fragment", "on", "F", "a", "{", "}", "(", ")", "[", "]", "$x", ":", "!",
    '"{"', '"""}"""', "#{\n", "...", "=", "1", "@d", ",", "\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=24).map(" ".join))
def test_whatever_graphql_takes_for_a_write_is_no_question(document: str) -> None:
    try:
        definitions = parse(document).definitions
    except GraphQLSyntaxError:
        return
    asks = all(
        not isinstance(one, OperationDefinitionNode) or one.operation is OperationType.QUERY
        for one in definitions
    )
    assert only_asks(document) == asks


def test_a_reading_connection_sends_no_mutation_whatever_the_connector_says(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200, json={"data": {}}))
    http = make_http("https://api.example/graphql", access="read", transport=transport)
    for document in MUTATIONS + NONSENSE:
        with pytest.raises(ReadOnly):
            http.graphql(document, {})
        with pytest.raises(ReadOnly):
            http.post_json(http.base, json={"query": document, "variables": {}}, read=True)
    assert transport.seen == []
    http.graphql(QUERIES[0], {"a": 1})
    assert str(transport.seen[0].url) == "https://api.example/graphql"
    assert transport.seen[0].content == b'{"query":"{ viewer { id } }","variables":{"a":1}}'


def test_a_mutation_is_sent_once_where_its_answer_is_lost(make_http: MakeHttp) -> None:
    transport = answering(httpx.ReadTimeout(""))
    http = make_http("https://api.example/graphql", transport=transport)
    with pytest.raises(Exception, match="not known whether"):
        http.graphql(MUTATIONS[0], {})
    assert len(transport.seen) == 1


def test_a_status_told_in_the_body_is_obeyed_like_one_in_the_head(make_http: MakeHttp) -> None:
    limited = httpx.Response(400, json={"errors": [{"message": "Rate limit"}]}, headers={"retry-after": "7"})
    transport = answering(limited, httpx.Response(200, json={"data": 1}))
    http = make_http("https://api.example/graphql", transport=transport)

    def meaning(answer: Answer) -> int:
        return 429 if b"Rate limit" in answer.body else answer.status

    http.understand(meaning)
    assert http.graphql(MUTATIONS[0], {}) == {"data": 1}, (
        "a limited write was not executed, so it is repeated"
    )
    far = httpx.Response(400, json={"errors": [{"message": "Rate limit"}]}, headers={"retry-after": "4000"})
    http = make_http("https://api.example/graphql", transport=answering(far))
    http.understand(meaning)
    with pytest.raises(RateLimited) as told:
        http.graphql(QUERIES[0], {})
    assert told.value.after == 4000
