"""The vendor's own description of its API as a judge of requests and responses.

Other folders' tests use it as ``from tests.simulator.schema import check_request, check_response``. Requests are judged
as the vendor wrote it; in responses every property may be null, because the vendor's descriptions are wrong about null
(``../shared/specs/README.md``), and properties seen in recorded answers are let through (`RECORDED`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
SPECS = SHARED / "specs" / "jira"
FILES = {"platform": "jira-platform-v3.openapi.json", "agile": "jira-software-agile.openapi.json"}

needs_specs = pytest.mark.skipif(
    not SPECS.is_dir(), reason=f"the vendor's API descriptions are not at {SPECS}"
)

RECORDED = frozenset({"tmpFromAccountId", "tmpToAccountId", "untranslatedName"})
"""Properties of real answers that closed schemas lack: of changelog items and custom fields."""

_GATEWAY = re.compile(r"^/ex/jira/[^/]+")
_UNDESCRIBED = ("/_edge/tenant_info", "/oauth/token/accessible-resources")


class Mismatch(AssertionError):
    """A request or response that the vendor's description does not allow."""


@dataclass(frozen=True)
class Operation:
    """One operation of the description. ``file`` is a key of `FILES`."""

    file: str
    template: str
    description: Mapping[str, Any]
    shared_parameters: tuple[Mapping[str, Any], ...]

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        return [*self.shared_parameters, *self.description.get("parameters", ())]


def check_request(method: str, path: str, query: Iterable[tuple[str, str]] = (), body: Any = None) -> None:
    """Raise Mismatch unless the vendor describes this request; deprecated operations are refused too."""
    operation = _operation(method, path)
    if operation is None:
        return
    if operation.description.get("deprecated"):
        raise Mismatch(f"{method} {operation.template} is deprecated")
    _check_query(operation, list(query))
    wanted = operation.description.get("requestBody", {})
    schema = wanted.get("content", {}).get("application/json", {}).get("schema")
    if schema is None and body is not None:
        raise Mismatch(f"{method} {operation.template} takes no JSON body")
    if schema is not None and (body is not None or wanted.get("required")):
        _validate(operation.file, schema, body, strict=True, what=f"body of {method} {operation.template}")


def check_response(method: str, path: str, status: int, body: Any) -> bool:
    """Raise Mismatch unless the body is as described; returns whether there was a schema to judge by."""
    operation = _operation(method, path)
    if operation is None:
        return False
    answer = operation.description["responses"].get(str(status))
    if answer is None and status < 400:
        raise Mismatch(f"{method} {operation.template} never answers {status}")
    schema = (answer or {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return False
    _validate(operation.file, schema, body, strict=False, what=f"{status} of {method} {operation.template}")
    return True


def _check_query(operation: Operation, query: list[tuple[str, str]]) -> None:
    known = {p["name"]: p for p in operation.parameters if p["in"] == "query"}
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        if name not in known:
            raise Mismatch(f"{operation.template} has no query parameter {name!r}")
        _check_parameter(operation, known[name], values)
    missing = [name for name, p in known.items() if p.get("required") and name not in given]
    if missing:
        raise Mismatch(f"{operation.template} requires {missing}")


def _check_parameter(operation: Operation, parameter: Mapping[str, Any], values: list[str]) -> None:
    schema = parameter["schema"]
    what = f"query parameter {parameter['name']!r} of {operation.template}"
    if schema.get("type") == "array":
        item = schema.get("items", {})
        _validate(operation.file, schema, [_typed(item, x) for x in values], strict=True, what=what)
        return
    if schema.get("type") == "object":  # the agile description means a list of words by it
        return
    if len(values) > 1:
        raise Mismatch(f"{what} is given {len(values)} times")
    _validate(operation.file, schema, _typed(schema, values[0]), strict=True, what=what)


def _typed(schema: Mapping[str, Any], text: str) -> Any:
    kind = schema.get("type")
    if kind in ("integer", "number", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _operation(method: str, path: str) -> Operation | None:
    plain = _GATEWAY.sub("", path)
    if plain in _UNDESCRIBED:
        return None
    for pattern, item, file, template in _paths():
        if pattern.match(plain) and method.lower() in item:
            return Operation(file, template, item[method.lower()], tuple(item.get("parameters", ())))
    raise Mismatch(f"the vendor does not describe {method} {plain}")


@cache
def _paths() -> list[tuple[re.Pattern[str], Mapping[str, Any], str, str]]:
    """Every path, those without placeholders first."""
    found = []
    for file in FILES:
        for template, item in _spec(file)["paths"].items():
            pattern = re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", template) + "$")
            found.append((pattern, item, file, template))
    return sorted(found, key=lambda row: row[3].count("{"))


@cache
def _spec(file: str) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads((SPECS / FILES[file]).read_text(encoding="utf-8"))
    return spec


# ---- schemas ---------------------------------------------------------------------------------------------------------


def _validate(file: str, schema: Mapping[str, Any], value: Any, *, strict: bool, what: str) -> None:
    uri = f"urn:jira:{file}:{'strict' if strict else 'null'}"
    own = _converted(schema, uri, nullable=not strict)
    validator = Draft202012Validator(own, registry=_registry())
    errors = [leaf for error in validator.iter_errors(value) for leaf in _leaves(error)]
    errors = errors if strict else [error for error in errors if not _recorded(error)]
    if errors:
        told = "; ".join(f"{error.json_path}: {error.message[:200]}" for error in errors[:5])
        raise Mismatch(f"{what}: {told}")


def _leaves(error: ValidationError) -> list[ValidationError]:
    """What is wrong inside, where the schema only says "this or null"."""
    inner = [e for e in error.context or () if e.schema_path[0] == 0]
    return [leaf for e in inner for leaf in _leaves(e)] if error.validator == "anyOf" and inner else [error]


def _recorded(error: ValidationError) -> bool:
    """Whether an unexpected property is one that the vendor really sends; so does the place of a board."""
    if error.validator != "additionalProperties" or not isinstance(error.schema, Mapping):
        return False
    known = set(error.schema.get("properties", ())) | RECORDED
    return set(_names(error.instance)) <= known or error.json_path == "$.location"


def _names(value: Any) -> Iterable[str]:
    return value if isinstance(value, dict) else ()


@cache
def _registry() -> Registry[Any]:
    resources = []
    for file in FILES:
        for name, nullable in (("strict", False), ("null", True)):
            uri = f"urn:jira:{file}:{name}"
            schemas = _spec(file)["components"]["schemas"]
            document = {"components": {"schemas": _each(schemas, uri, nullable)}}
            resources.append((uri, DRAFT202012.create_resource(document)))
    return Registry().with_resources(resources)


def _each(schemas: Mapping[str, Any], uri: str, nullable: bool) -> dict[str, Any]:
    return {name: _converted(schema, uri, nullable=nullable) for name, schema in schemas.items()}


_SCHEMAS = ("properties", "patternProperties")
_LISTS = ("allOf", "anyOf", "oneOf")


def _converted(schema: Any, uri: str, *, nullable: bool) -> Any:
    """OpenAPI 3.0 as JSON Schema: ``$ref`` stands alone, ``nullable`` and boolean ``exclusive…`` are rewritten."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": f"{uri}{schema['$ref']}"}
    made = {
        key: value for key, value in schema.items() if key not in ("nullable", "example", "readOnly", "xml")
    }
    for key in _SCHEMAS:
        if key in made:
            made[key] = {n: _property(s, uri, nullable) for n, s in made[key].items()}
    for key in _LISTS:
        if key in made:
            made[key] = [_converted(s, uri, nullable=nullable) for s in made[key]]
    for key in ("items", "additionalProperties", "not"):
        if isinstance(made.get(key), Mapping):
            made[key] = _property(made[key], uri, nullable and key != "not")
    if "pattern" in made and not _compiles(made["pattern"]):
        del made["pattern"]
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(key), bool) and made.pop(key):
            made[key] = made.pop(bound)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def _property(schema: Any, uri: str, nullable: bool) -> Any:
    made = _converted(schema, uri, nullable=nullable)
    return {"anyOf": [made, {"type": "null"}]} if nullable else made


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
