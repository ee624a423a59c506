"""Which connectors are installed: entry points of the group ``syncline.connectors``, imported when asked for.

Listing imports nothing, and only a connector that a configuration names is ever imported: an installed but
unlisted plug-in does not run. Connectors are code, not sandboxed.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from syncline.connector import API_VERSION, Source
from syncline.errors import ConfigError

GROUP = "syncline.connectors"
_REQUIRED = ("Config", "capabilities", "auth", "origins", "check", "streams", "pull", "fetch")


@dataclass(frozen=True)
class Installed:
    """One connector as its distribution declares it; ``value`` is ``module:Class``."""

    name: str
    distribution: str
    version: str
    value: str


class Registry:
    """The connectors there are: the installed ones, and ``extra`` ones that the caller brings along."""

    def __init__(
        self,
        extra: Mapping[str, type[Source]] | None = None,
        found: Sequence[EntryPoint] | None = None,
    ) -> None:
        self._extra = dict(extra or {})
        self._found = tuple(entry_points(group=GROUP) if found is None else found)
        self._loaded: dict[str, type[Source]] = {}

    def installed(self) -> list[Installed]:
        """What is installed, by name; imports nothing. A name declared twice is listed twice."""
        own = [Installed(n, "", "", f"{c.__module__}:{c.__qualname__}") for n, c in self._extra.items()]
        return sorted([*own, *map(_installed, self._found)], key=lambda one: (one.name, one.distribution))

    def names(self) -> list[str]:
        """The names that `get` knows."""
        return sorted({*self._extra, *(point.name for point in self._found)})

    def get(self, name: str) -> type[Source]:
        """Import the connector ``name``.

        Raises ConfigError where there is none, where two distributions declare it, and where it is broken or
        written for another version of the protocol; the others stay usable.
        """
        if name in self._extra:
            return self._extra[name]
        if name not in self._loaded:
            self._loaded[name] = _import(self._only(name))
        return self._loaded[name]

    def _only(self, name: str) -> EntryPoint:
        points = [point for point in self._found if point.name == name]
        if not points:
            raise self._unknown(name)
        if len(points) > 1:
            owners = " and ".join(sorted(_installed(point).distribution for point in points))
            raise ConfigError(f'connector "{name}" is declared twice, by {owners}', hint="uninstall one")
        return points[0]

    def _unknown(self, name: str) -> ConfigError:
        names = self.names()
        close = difflib.get_close_matches(name, names, n=1)
        return ConfigError(
            f'no connector named "{name}" is installed; installed: {", ".join(names) or "none"}',
            hint=f'did you mean "{close[0]}"?' if close else None,
        )


def _installed(point: EntryPoint) -> Installed:
    if point.dist is None:
        return Installed(point.name, "unknown", "", point.value)
    return Installed(point.name, point.dist.name, point.dist.version, point.value)


def _import(point: EntryPoint) -> type[Source]:
    origin = _installed(point)
    what = f'connector "{origin.name}" of {origin.distribution} {origin.version}'.rstrip()
    try:
        found: Any = point.load()
    except Exception as error:  # somebody else's code: whatever it raises, it is the plug-in that is broken
        raise ConfigError(f"{what} cannot be imported: {type(error).__name__}: {error}") from error
    if problem := _problem(found):
        raise ConfigError(f"{what} is not usable: {problem}")
    return cast("type[Source]", found)


def _problem(found: Any) -> str | None:
    if not isinstance(found, type):
        return "it is not a class"
    version = getattr(found, "api_version", None)
    if version != API_VERSION:
        return f"it is written for protocol version {version}, this is version {API_VERSION}"
    missing = [name for name in _REQUIRED if not hasattr(found, name)]
    return f"it lacks {', '.join(missing)}" if missing else None
