"""What a query costs: 0.1 for each property, 1 for each object, times the size of every list that holds them.

Documented: "Rate limiting". Beside that, as recorded: a connection holds its nodes and its ``pageInfo``, and both are
multiplied; an absent ``first`` counts as the default of 50, however few rows there are; an object of which only the id
is asked costs as two properties; lists and JSON count as objects, and a project's progress as two.

Two measurements say that the list of issues and an issue's labels are not multiplied (`Quirks.flat_issues`); what is
documented costs more, so a client that can live with it can live with either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from syncline_connectors.linear.simulator.paging import DEFAULT

PROPERTY, OBJECT = 0.1, 1.0
_COMPUTED = {("Project", "progress"): 2.0}
_FLAT = {("Query", "issues"), ("Issue", "labels")}


def complexity(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    *,
    flat_issues: bool = False,
) -> float:
    """Points of one operation of a valid document, not rounded."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    assert root is not None
    known = {**_defaults(operation), **variables}
    points = _Points(schema, fragments, known, flat_issues).of(operation.selection_set, root)
    return round(points, 6)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Sizes that the document itself gives to variables."""
    return {
        definition.variable.name.value: int(definition.default_value.value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }


def charged(points: float) -> int:
    """Rounded up, and at least one."""
    return max(1, math.ceil(points))


class _Points:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        flat_issues: bool,
    ) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables
        self.flat = _FLAT if flat_issues else set()

    def of(self, selections: SelectionSetNode, parent: Any) -> float:
        total = 0.0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                total += self.of(
                    fragment.selection_set, self._named(fragment.type_condition.name.value, parent)
                )
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._named(condition.name.value, parent) if condition else parent
                total += self.of(selection.selection_set, inner)
        return total

    def _named(self, name: str, parent: Any) -> Any:
        return self.schema.type_map.get(name, parent)

    def _field(self, node: FieldNode, parent: Any) -> float:
        if node.name.value == "__typename" or not isinstance(parent, GraphQLObjectType):
            return PROPERTY
        place, field = (parent.name, node.name.value), parent.fields.get(node.name.value)
        if node.selection_set is None or field is None:
            return _COMPUTED.get(place, OBJECT if field and _wide(field) else PROPERTY)
        inner = get_named_type(field.type)
        held = self.of(node.selection_set, inner)
        if inner.name.endswith("Connection"):
            return OBJECT + held if place in self.flat else held * self._size(node)
        only_id = _names(node.selection_set) == ["id"]
        return 2 * PROPERTY if only_id else OBJECT + held

    def _size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                given = argument.value
                if isinstance(given, IntValueNode):
                    return int(given.value)
                if isinstance(given, VariableNode):
                    size = self.variables.get(given.name.value)
                    return size if isinstance(size, int) else DEFAULT
        return DEFAULT


def _wide(field: GraphQLField) -> bool:
    """Whether a property holds many values."""
    named = get_named_type(field.type)
    return is_list_type(get_nullable_type(field.type)) or named.name == "JSONObject"


def _names(selections: SelectionSetNode) -> list[str]:
    """What is asked for, fragments as nothing known."""
    return [s.name.value if isinstance(s, FieldNode) else "" for s in selections.selections]
