"""The vendor's own description of its API as a judge of requests and responses.

In responses every property may be null, because the vendor's description is wrong about null
(``../shared/specs/README.md``).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from tests.simulator.schema import Mismatch

from syncline.sim import SimResponse

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
SPEC = SHARED / "specs" / "zendesk" / "support.openapi.yaml"
UNDESCRIBED = re.compile(
    r"^/api/v2/(jira/links.*|tickets/\d+/metrics|users/\d+/group_memberships|groups/\d+/memberships)(\.json)?$"
    r"|^/attachments/token/"
)
"""What the vendor has but does not describe in this file."""

MISDESCRIBED = ("/api/v2/deleted_tickets/{ticket_id}/restore",)
"""Described as answering with a text; recorded answers are none."""

COMMON = frozenset(
    {
        "page[size]",
        "page[after]",
        "page[before]",
        "page",
        "per_page",
        "include",
        "sort",
        "sort_by",
        "sort_order",
    }
    | {"exclude_deleted", "external_ids", "ids", "cursor", "filter[type]", "start_time", "end_time", "score"}
    | {"include_inline_images"}
)
"""Query parameters that the vendor documents in its guides and not with each endpoint."""

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


def described() -> bool:
    return SPEC.is_file()


needs_spec = pytest.mark.skipif(not described(), reason=f"the vendor's API description is not at {SPEC}")


def check_request(method: str, path: str, query: Iterable[tuple[str, str]] = (), body: Any = None) -> None:
    """Raise Mismatch unless the vendor describes this request, its query parameters and its body."""
    template, operation = _operation(method, path)
    if operation is None:
        return
    described = (*_spec()["paths"][template].get("parameters", ()), *operation.get("parameters", ()))
    known = {_parameter(one)["name"] for one in described}
    strange = [name for name, _ in query if name not in known | COMMON]
    if strange:
        raise Mismatch(f"{method} {template} has no query parameters {strange}")
    if body is None:
        return
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return
    _validate(schema, body, "strict", f"body of {method} {template}")


def _parameter(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference to a shared parameter stands for."""
    if "$ref" not in described:
        return described
    found: Mapping[str, Any] = _spec()["components"]["parameters"][described["$ref"].rsplit("/", 1)[1]]
    return found


def check_response(method: str, path: str, response: SimResponse) -> bool:
    """Raise Mismatch unless the body is as described; returns whether there was a schema to judge by."""
    template, operation = _operation(method, path)
    if operation is None:
        return False
    answer = operation["responses"].get(str(response.status))
    if answer is None and response.status < 300:
        raise Mismatch(f"{method} {template} never answers {response.status}")
    schema = (answer or {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None or template in MISDESCRIBED:
        return False
    _validate(schema, response.json(), "null", f"{response.status} of {method} {template}")
    return True


def _operation(method: str, path: str) -> tuple[str, Mapping[str, Any] | None]:
    if UNDESCRIBED.search(path):
        return path, None
    plain = path.removesuffix(".json")
    for pattern, template, item in _paths():
        if pattern.match(plain) and method.lower() in item:
            return template, item[method.lower()]
    raise Mismatch(f"the vendor does not describe {method} {plain}")


@cache
def _paths() -> list[tuple[re.Pattern[str], str, Mapping[str, Any]]]:
    """Every path, those without placeholders first."""
    found = [
        (
            re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", template.removesuffix(".json")) + "$"),
            template,
            item,
        )
        for template, item in _spec()["paths"].items()
    ]
    return sorted(found, key=lambda row: row[1].count("{"))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Leaves times as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != _TIMESTAMP]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def _spec() -> dict[str, Any]:
    spec: dict[str, Any] = yaml.load(SPEC.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return spec


# ---- schemas ---------------------------------------------------------------------------------------------------------


def _validate(schema: Mapping[str, Any], value: Any, kind: str, what: str) -> None:
    errors = [
        leaf for error in _validator(json.dumps(schema), kind).iter_errors(value) for leaf in _leaves(error)
    ]
    if errors:
        told = "; ".join(f"{error.json_path}: {error.message[:200]}" for error in errors[:5])
        raise Mismatch(f"{what}: {told}")


@cache
def _validator(schema: str, kind: str) -> Draft202012Validator:
    return Draft202012Validator(_converted(json.loads(schema), kind), registry=_registry(kind))


def _leaves(error: ValidationError) -> list[ValidationError]:
    """What is wrong inside, where the schema only says "this or null"."""
    inner = [e for e in error.context or () if e.schema_path[0] == 0]
    if error.validator == "anyOf" and inner:
        return [leaf for e in inner for leaf in _leaves(e)]
    return [] if _recorded(error) else [error]


def _recorded(error: ValidationError) -> bool:
    """Whether what is real differs from the description here: a status of exports, tags in an audit, custom fields.

    Their values may be lists and boxes, and a request need not define the field anew.
    """
    if error.validator == "required" and re.search(r"\.custom_fields\[\d+\]$", error.json_path):
        return True
    if error.validator == "enum" and error.instance == "deleted":
        return True
    if error.validator == "type" and re.search(r"\.(custom_fields|fields)\[\d+\]\.value$", error.json_path):
        return isinstance(error.instance, list | bool)
    return (
        isinstance(error.instance, list)
        and re.search(r"\.audit\.events\[\d+\]\.\w+$", error.json_path) is not None
    )


@cache
def _registry(kind: str) -> Registry[Any]:
    schemas = {name: _converted(schema, kind) for name, schema in _spec()["components"]["schemas"].items()}
    document = {"components": {"schemas": schemas}}
    empty: Registry[Any] = Registry()
    made: Registry[Any] = empty.with_resource(f"urn:zendesk:{kind}", DRAFT202012.create_resource(document))
    return made


def _converted(schema: Any, kind: str) -> Any:
    """OpenAPI 3.0 as JSON Schema: ``$ref`` stands alone, ``nullable`` is rewritten, and to all if ``kind`` is null."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": f"urn:zendesk:{kind}{schema['$ref']}"}
    made = {key: value for key, value in schema.items() if key not in ("nullable", "example", "description")}
    if "properties" in made:
        made["properties"] = {name: _property(s, kind) for name, s in made["properties"].items()}
    for key in ("allOf", "anyOf", "oneOf"):
        if key in made:
            made[key] = [_converted(s, kind) for s in made[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), Mapping):
            made[key] = _property(made[key], kind)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def _property(schema: Any, kind: str) -> Any:
    made = _converted(schema, kind)
    return {"anyOf": [made, {"type": "null"}]} if kind == "null" else made
