"""A report's settings as JSON, so that it can be made again when the configuration has long been another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from syncline.errors import ConfigError
from syncline.report.settings import ReportSettings
from syncline.store.instants import to_text


def settings_written(settings: ReportSettings) -> dict[str, Any]:
    """Every setting by its name."""
    return {field.name: _written(getattr(settings, field.name)) for field in fields(settings)}


def _written(value: Any) -> Any:
    match value:
        case datetime():
            return to_text(value)
        case timedelta():
            return value.total_seconds()
        case tuple() | list():
            return [_written(one) for one in value]
        case Mapping():
            return {key: _written(one) for key, one in value.items()}
        case _ if hasattr(value, "model_dump_json"):
            return {"model": value.model_dump_json(by_alias=True, exclude_unset=True)}
        case _:
            return value


def settings_read(value: Mapping[str, Any]) -> ReportSettings:
    """The inverse of `settings_written`; raises ConfigError for settings that another version wrote."""
    unknown = value.keys() - {field.name for field in fields(ReportSettings)}
    if unknown:
        raise ConfigError(f"the report was made by another version of Syncline: it knows {min(unknown)}")
    try:
        return _read(dict(value))
    except KeyError as error:
        raise ConfigError(
            f"the report was made by another version of Syncline: {error} is missing"
        ) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(
            "the report was made by another version of Syncline: its settings are not readable"
        ) from error


def _read(given: dict[str, Any]) -> ReportSettings:
    from syncline.config.company import FieldConfig
    from syncline.config.reporting import ObjectiveConfig, Roadmap

    for name in ("as_of", "period_start", "period_end"):
        given[name] = datetime.fromisoformat(given[name])
    given["stale_after"] = timedelta(seconds=given["stale_after"])
    given["workdays"] = tuple(given["workdays"])
    given["teams"] = {name: tuple(boxes) for name, boxes in given["teams"].items()}
    given["roadmap"] = given["roadmap"] and Roadmap.model_validate_json(given["roadmap"]["model"])
    given["objectives"] = tuple(
        ObjectiveConfig.model_validate_json(one["model"]) for one in given["objectives"]
    )
    given["fields"] = {
        name: FieldConfig.model_validate_json(one["model"]) for name, one in given["fields"].items()
    }
    return ReportSettings(**given)
