"""The vendor's own description of Trello, and answers recorded from it, as judges.

The description knows paths and parameters well and answers badly (``../shared/specs/trello/known-deviations.json``):
every property may be null, unknown ones are let through, and types that are known to be wrong are not judged.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from tests.simulator.schema import Mismatch

from syncline.sim import SimResponse

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
SPECS = SHARED / "specs" / "trello"
DATA = SHARED / "data" / "trello"

needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendor's description is not at {SPECS}")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")

_WRONG = (
    "idTags ixUpdate memberships powerUps labels dueReminder idUploadedBackground limits avatarSource loginTypes "
    "messagesDismissed permissionLevel checkItemStates modelType"
)
WRONG = re.compile(rf"\$(\[\d+\]|\.\w+)*\.({'|'.join(_WRONG.split())})\b")
"""Places where the description has another type or fewer values than real answers have."""
UNLIKE = (
    ("GET", "/cards/{id}/{field}"),
    ("GET", "/cards/{id}/actions"),
    ("GET", "/members/{id}/actions"),
    ("GET", "/actions/{id}/board"),
    ("GET", "/actions/{id}/card"),
    ("GET", "/cards/{id}/customFieldItems"),
    ("GET", "/members/{id}/organizations"),
    ("POST", "/cards/{id}/actions/comments"),
    ("POST", "/cards/{id}/attachments"),
    ("GET", "/cards/{id}/attachments/{idAttachment}"),
)
"""Answers whose whole shape the description has wrong, as recordings show."""


@cache
def described() -> bool:
    return SPECS.is_dir()


@cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECS / "trello.openapi.json").read_text(encoding="utf-8"))
    return loaded


def plain(path: str) -> str:
    """A path with its placeholders unnamed: the description names them in several ways."""
    return re.sub(r"\{\w+\}", "{}", path.rstrip("/")).lower()


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """By method and unnamed path."""
    found = {}
    for path, item in spec()["paths"].items():
        for method in ("get", "put", "post", "delete"):
            if method in item:
                shared = item.get("parameters", [])
                own = item[method]
                found[method.upper(), plain(path)] = {
                    **own,
                    "parameters": [*shared, *own.get("parameters", [])],
                }
    return found


def parameters(operation: Mapping[str, Any]) -> set[str]:
    """Names of what may stand in the query or the body."""
    names = {p["name"] for p in operation["parameters"] if p.get("in") == "query"}
    for media in operation.get("requestBody", {}).get("content", {}).values():
        names |= set(_body_names(media.get("schema", {})))
    return names


def _body_names(schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        schema = spec()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield from schema.get("properties", ())
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _body_names(part)


def check_response(method: str, template: str, response: SimResponse) -> bool:
    """Raise Mismatch unless the answer is as described; returns whether there was anything to judge it by."""
    operation = operations().get((method, plain(template)))
    if operation is None or response.status != 200 or (method, template) in UNLIKE:
        return False
    content = operation["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return False
    validator = Draft202012Validator(_converted(schema))
    errors = [leaf for error in validator.iter_errors(response.json()) for leaf in _leaves(error)]
    wrong = [error for error in errors if not WRONG.match(error.json_path)]
    if wrong:
        told = "; ".join(f"{error.json_path}: {error.message[:160]}" for error in wrong[:5])
        raise Mismatch(f"{method} {template}: {told}")
    return True


def _leaves(error: ValidationError) -> list[ValidationError]:
    inner = [e for e in error.context or () if e.schema_path[0] == 0]
    return [leaf for e in inner for leaf in _leaves(e)] if error.validator == "anyOf" and inner else [error]


def _converted(schema: Any, depth: int = 0) -> Any:
    """As JSON Schema without references, every property nullable, seven levels deep at most."""
    if not isinstance(schema, Mapping) or depth > 7:
        return {}
    if "$ref" in schema:
        return _converted(spec()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth + 1)
    made = {key: schema[key] for key in ("type", "enum") if key in schema}
    if "properties" in schema:
        made["properties"] = {n: _nullable(_converted(s, depth + 1)) for n, s in schema["properties"].items()}
    if "items" in schema:
        made["items"] = _nullable(_converted(schema["items"], depth + 1))
    for key in ("oneOf", "anyOf"):
        if key in schema:
            made["anyOf"] = [_converted(part, depth + 1) for part in schema[key]]
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


def _nullable(schema: Any) -> Any:
    return {"anyOf": [schema, {"type": "null"}]}


# ---- recorded answers ------------------------------------------------------------------------------------------------


def recorded(name: str) -> Any:
    """The first body of an answer that was recorded under a name and holds anything."""
    exchanges = json.loads((DATA / "nango" / f"{name}.exchanges.json").read_text(encoding="utf-8"))
    return next(x["response"]["body"] for x in exchanges if x["response"]["body"])


def exports() -> list[Path]:
    return sorted((DATA / "boards").glob("*.json")) if DATA.is_dir() else []


def differences(real: Any, made: Any, path: str = "$") -> Iterator[str]:
    """Where two documents differ in names or types. Null agrees with all, an empty list with any list."""
    if real is None or made is None:
        return
    if _kind(real) != _kind(made):
        yield f"{path}: {_kind(real)} really, {_kind(made)} here"
    elif isinstance(real, dict):
        yield from (f"{path}.{name} is missing" for name in real if name not in made)
        yield from (f"{path}.{name} is not in the recording" for name in made if name not in real)
        for name in set(real) & set(made):
            yield from differences(real[name], made[name], f"{path}.{name}")
    elif isinstance(real, list) and real and made:
        yield from differences(real[0], made[0], f"{path}[]")


def _kind(value: Any) -> str:
    """Numbers are one kind, as in JavaScript."""
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number"}.get(type(value), type(value).__name__)
