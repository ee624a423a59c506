"""Sections whose models are imported when a file has the section.

Most files have a few sections, and building the models of all of them took a fifth of the time that a run with
nothing to do needs.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from syncline.config.values import Section


class Later:
    """Says in an annotation where a section's ``model`` is, without importing it: ``Annotated[Any, Later(...)]``."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    @cached_property
    def model(self) -> type[Section]:
        found: type[Section] = getattr(import_module(self._module), self._name)
        return found

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)

    def _read(self, value: Any, info: ValidationInfo) -> Section:
        return self.model.model_validate(value, context=info.context)


class Built:
    """Says in an annotation that a value is a model already, so that the schema of its class is not needed."""

    def __get_pydantic_core_schema__(
        self, source: type[Section], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.is_instance_schema(source)
