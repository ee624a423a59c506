"""What a query costs: 0.1 for each property, 1 for each object, times the size of every list that holds them.

Documented: "Rate limiting". As recorded, what a connection holds is its nodes and its ``pageInfo`` alike, and both are
multiplied; an absent ``first`` counts as the default of 50, however few rows there are.
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
    is_leaf_type,
)

from syncline_connectors.linear.simulator.paging import DEFAULT

PROPERTY, OBJECT = 0.1, 1.0


def complexity(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> float:
    """Points of one operation of a valid document, not rounded."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    assert root is not None
    known = {**_defaults(operation), **variables}
    points = _Points(schema, fragments, known).of(operation.selection_set, root)
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
    ) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

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
        field = self._definition(node, parent)
        inner = get_named_type(field.type) if field else None
        if inner is None or is_leaf_type(inner) or node.selection_set is None:
            return PROPERTY if node.selection_set is None else OBJECT
        held = self.of(node.selection_set, inner)
        if inner.name.endswith("Connection"):
            return held * self._size(node)
        return OBJECT + held

    def _definition(self, node: FieldNode, parent: Any) -> GraphQLField | None:
        return parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType) else None

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
