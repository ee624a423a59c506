"""Every document is valid for the vendor, affordable, and survives the loss of what it can do without."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    Visitor,
    get_operation_ast,
    parse,
    validate,
    visit,
)
from tests.linear.lab import Wire, World, pull, records
from tests.simulator.linear import SCHEMA, needs_schema, vendors_schema

from syncline.errors import ProtocolError
from syncline.http.graphql import only_asks
from syncline.model import Kind
from syncline_connectors.linear import Linear
from syncline_connectors.linear.documents import DOCUMENTS, PARTS, Composer
from syncline_connectors.linear.simulator.complexity import complexity
from syncline_connectors.linear.walk import PAGE

CHANGES = SCHEMA.parent / "changes-88.3.0-to-98.0.0.json"
MOST = 10_000
"""Points that one query may cost."""
MARGIN = 1.3
"""How much more than documented the vendor was seen to count."""


def parsed(name: str) -> DocumentNode:
    return parse(Composer().text(DOCUMENTS[name]))


@needs_schema
@pytest.mark.parametrize("name", DOCUMENTS)
def test_l03_every_document_is_valid_for_the_vendors_own_schema(name: str) -> None:
    assert validate(vendors_schema(), parsed(name)) == []


@needs_schema
@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_what_the_vendor_calls_deprecated(name: str) -> None:
    from graphql.validation import NoDeprecatedCustomRule

    assert validate(vendors_schema(), parsed(name), [NoDeprecatedCustomRule]) == []


@needs_schema
def test_nothing_that_is_asked_for_was_removed_up_to_the_newest_version() -> None:
    changes = json.loads(CHANGES.read_text(encoding="utf-8"))["changed_types"]
    removed = {(type_, name) for type_, change in changes.items() for name in change.get("removed", ())}
    asked = {used for name in DOCUMENTS for used in _used(parsed(name))}
    assert asked
    assert not asked & removed


def _used(document: DocumentNode) -> set[tuple[str, str]]:
    """Types and fields that a document names."""
    from graphql import TypeInfo, TypeInfoVisitor

    info = TypeInfo(vendors_schema())
    found: set[tuple[str, str]] = set()

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            if parent is not None:
                found.add((parent.name, node.name.value))

    visit(document, TypeInfoVisitor(info, Fields()))
    return found


def test_documents_that_ask_ask_and_the_others_do_not() -> None:
    for name, text in DOCUMENTS.items():
        assert only_asks(Composer().text(text)) is not text.startswith("mutation"), name


def test_l23_every_query_stays_under_the_limit_with_what_the_vendor_counts_on_top(world: World) -> None:
    dearest = 0.0
    for name in DOCUMENTS:
        document = _with_everything(parsed(name))
        operation = get_operation_ast(document)
        assert operation is not None
        points = complexity(world.site.schema, document, operation, {"first": PAGE})
        assert points * MARGIN < MOST, f"{name}: {points}"
        dearest = max(dearest, points)
    assert dearest > 5000, "pages are not smaller than they need to be"


def _with_everything(document: DocumentNode) -> DocumentNode:
    """The document with all that it may include."""

    class Include(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
            from graphql.language import REMOVE

            return REMOVE

    found: DocumentNode = visit(document, Include())
    return found


def test_l04_and_l08_every_list_says_how_long_its_pages_are_and_wants_archived_rows() -> None:
    """50 rows is the default, 250 the most; without a word, what is archived stays out."""
    free = {"teams", "initiatives", "issueLabels", "states"}
    for name in DOCUMENTS:
        for field in _lists(parsed(name)):
            given = {one.name.value: one.value for one in field.arguments or ()}
            size = getattr(given["first"], "value", PAGE)
            assert 1 <= int(str(size)) <= 250, (name, field.name.value)
            if field.name.value not in free:
                assert "includeArchived" in given, (name, field.name.value)


def _lists(document: DocumentNode) -> list[FieldNode]:
    found: list[FieldNode] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            inner = node.selection_set.selections if node.selection_set else ()
            if any(isinstance(one, FieldNode) and one.name.value == "nodes" for one in inner):
                found.append(node)

    visit(document, Fields())
    return found


def test_l06_the_dear_search_is_never_used() -> None:
    """30 requests a minute; what we have made is found by the id that we gave it."""
    assert not [name for name in DOCUMENTS if "search" in DOCUMENTS[name].lower()]


def test_l17_nothing_is_written_in_batches_because_one_bad_row_would_refuse_them_all() -> None:
    assert not [name for name in DOCUMENTS if "batch" in DOCUMENTS[name].lower()]


def test_every_query_asks_whom_it_answers() -> None:
    for name in DOCUMENTS:
        document = parsed(name)
        fragments = {
            one.name.value for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        asks = operation.operation.value == "query"
        assert ("Who" in fragments or "viewer{id" in DOCUMENTS[name]) is asks, name


# ---- fields that disappear -----------------------------------------------------------------------------------------


OPTIONAL = [(part.type, one.partition("{")[0]) for part in PARTS.values() for one in part.optional]


def test_l03_a_field_that_is_gone_costs_itself_alone_and_is_told(
    connect: Callable[..., Linear], world: World, wire: Wire
) -> None:
    issue = world.issue("still read", estimate=3)
    world.site.comment(issue, "also", by=world.ben)
    world.site.remove_field("Issue", "priorityLabel")
    world.site.remove_field("Comment", "quotedText")
    linear = connect()
    pages = pull(linear)
    assert records(pages)[issue.id].estimate == 3
    assert records(pages)[issue.id].priority_name is None
    assert len(records(pages, Kind.COMMENT)) == 1
    assert len(list(linear.remarks())) == 2
    assert "Issue.priorityLabel" in " ".join(linear.remarks())
    refused = [answer.status for answer in wire.answers].count(400)
    pull(linear)
    assert [answer.status for answer in wire.answers].count(400) == refused, (
        "asked once a run, not every time"
    )


@pytest.mark.parametrize(("type_", "field"), OPTIONAL)
def test_l03_each_optional_field_can_go(
    connect: Callable[..., Linear], world: World, type_: str, field: str
) -> None:
    issue = world.issue("An issue", labels=[world.site.add_label("red")])
    world.site.comment(issue, "A comment", by=world.ada)
    world.site.attach(issue, "https://example.com/1", "A link")
    world.site.edit(issue, title="edited", by=world.ben)
    try:
        world.site.remove_field(type_, field)
    except KeyError:
        pytest.skip("the simulator does not serve it")
    linear = connect()
    for offered in linear.streams():
        assert not [one for page in pull(linear, offered.name) for one in page.quarantined]


@pytest.mark.parametrize("field", ["dueDate", "state", "assignee", "labelIds", "archivedAt"])
def test_l03_a_field_that_a_common_one_is_read_from_stops_the_stream_instead_of_looking_empty(
    connect: Callable[..., Linear], world: World, field: str
) -> None:
    world.issue()
    world.site.remove_field("Issue", field)
    with pytest.raises(ProtocolError, match=f'Cannot query field "{field}"'):
        pull(connect())


def test_only_what_can_be_done_without_is_given_up() -> None:
    composer = Composer()
    assert not composer.give_up("Something else went wrong")
    assert not composer.give_up('Cannot query field "dueDate" on type "Issue".')
    assert not composer.give_up(
        'Cannot query field "dueDate" on type "Issue". Cannot query field "priorityLabel" on type "Issue".'
    )
    assert not composer.without
    assert composer.give_up('Cannot query field "priorityLabel" on type "Issue". Did you mean "priority"?')
    assert not composer.give_up('Cannot query field "priorityLabel" on type "Issue".'), "refused all the same"
    assert composer.give_up('Cannot query field "name" on type "ExternalUser".')
    assert composer.without == ("Comment.externalUser", "Issue.priorityLabel")
    assert "priorityLabel" not in composer.text(DOCUMENTS["changes"])
    assert "externalUser" not in composer.text(DOCUMENTS["changes"])
