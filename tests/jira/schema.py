"""Checks a request against the vendor's OpenAPI documents, where they are at hand."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from syncline.sim.app import SimRequest

UNDOCUMENTED = ("/_edge/tenant_info", "/rest/api/2/serverInfo")
"""Addresses outside the v3 documents."""


class Document:
    """One OpenAPI document."""

    def __init__(self, path: Path) -> None:
        self.content = json.loads(path.read_text())
        self._registry: Registry[Any] = Registry().with_resource(
            "urn:api", Resource.from_contents(self.content, default_specification=DRAFT202012)
        )
        self._paths = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", template) + "$"), template)
            for template in sorted(self.content["paths"], key=lambda t: "{" in t)
        ]

    def template(self, path: str) -> str | None:
        return next((template for pattern, template in self._paths if pattern.match(path)), None)

    @cache  # noqa: B019 - two documents live as long as the tests
    def validator(self, template: str, method: str) -> Draft202012Validator | None:
        operation = self.content["paths"][template][method]
        body = operation.get("requestBody")
        if body is None:
            return None
        pointer = f"#/paths/{template.replace('~', '~0').replace('/', '~1')}/{method}/requestBody/content"
        schema = {"$ref": f"urn:api{pointer}/application~1json/schema"}
        return Draft202012Validator(schema, registry=self._registry)


def problems_of(request: SimRequest, specs: Path) -> list[str]:
    """What is wrong with a request; empty for a good one."""
    path = re.sub(r"^/ex/jira/[^/]+", "", request.path)
    if path in UNDOCUMENTED:
        return []
    name = "jira-software-agile" if path.startswith("/rest/agile/") else "jira-platform-v3"
    document = _document(specs / f"{name}.openapi.json")
    template, method = document.template(path), request.method.lower()
    where = f"{request.method} {path}"
    if template is None or method not in document.content["paths"][template]:
        return [f"{where}: not in the vendor's document"]
    operation = document.content["paths"][template][method]
    known = {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "query"}
    found = [f"{where}: unknown parameter {name}" for name, _ in request.query if name not in known]
    found += [
        f"{where}: {name} must be a number"
        for name, value in request.query
        if known.get(name, {}).get("schema", {}).get("type") == "integer" and not value.isdigit()
    ]
    validator = document.validator(template, method)
    if validator is not None:
        found += [f"{where}: {error.message}" for error in validator.iter_errors(request.json())]
    return found


@cache
def _document(path: Path) -> Document:
    return Document(path)
