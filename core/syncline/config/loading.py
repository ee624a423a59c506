"""Finds the configuration file, reads it, and fetches a connection's secrets."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr, ValidationError

from syncline.config.checks import cross_problems
from syncline.config.connection import ConnectionConfig
from syncline.config.document import Config
from syncline.config.problems import InvalidConfig, Problem, problems_of
from syncline.errors import ConfigError
from syncline.registry import Registry
from syncline.secrets import Reference, filled, references_of, resolve

FILE_NAME = "syncline.toml"
VARIABLE = "SYNCLINE_CONFIG"

C = TypeVar("C", bound=ConnectionConfig)
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """The file to read: ``explicit``, SYNCLINE_CONFIG, ./syncline.toml, the user's configuration directory.

    A file that was asked for must exist. Raises ConfigError saying where was looked.
    """
    asked = explicit or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if asked is not None:
        if asked.is_file():
            return asked
        source = "--config" if explicit else VARIABLE
        raise ConfigError(f"{asked}, named by {source}, is not a file", hint="syncline init writes one")
    here = Path(FILE_NAME)
    if here.is_file():
        return here
    import platformdirs  # costs a start-up that names its file nothing

    places = [here, platformdirs.user_config_path("syncline", appauthor=False) / FILE_NAME]
    if places[1].is_file():
        return places[1]
    looked = " and ".join(str(place.absolute()) for place in places)
    raise ConfigError(f"no configuration found: looked for {looked}", hint="syncline init writes one")


def load(path: Path, registry: Registry | None = None) -> Config:
    """Read and check the whole file; imports the connectors it names, and no other.

    Raises ConfigError for a file that cannot be read, `InvalidConfig` for everything that is wrong in it.
    """
    path = path.absolute()
    document = read_toml(path)
    config, problems = parse(document, path.parent, registry or Registry())
    if config is not None and config.sync:
        from syncline.config.syncs import missing_files, unbuilt  # few files have blocks

        problems += [*unbuilt(config), *missing_files(config)]
    if problems or config is None:
        raise InvalidConfig(path, problems)
    return config.at(path)


def read_toml(path: Path) -> dict[str, Any]:
    """The file as plain data; raises ConfigError naming file and line."""
    try:
        text = path.read_bytes().decode()
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        reason, _, where = str(error).rstrip(")").partition(" (at ")
        if not where.startswith("line"):
            where = f"line {text.count(chr(10)) + 1}, the end of the file"
        raise ConfigError(f"{path}, {where}: {reason}") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply") from None


def parse(
    document: Mapping[str, Any], directory: Path, registry: Registry
) -> tuple[Config | None, list[Problem]]:
    """``document`` as models, with everything that is wrong in it."""
    tables = document.get("connections", {})
    if not isinstance(tables, Mapping):
        return None, [Problem(("connections",), "must hold one table per connection")]
    connections: dict[str, ConnectionConfig] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        try:
            connections[name] = _connection(name, table, directory, registry)
        except ValidationError as error:
            problems += problems_of(error, registry.get(table["connector"]).Config, ("connections", name))
        except ConfigError as error:
            problems.append(Problem(("connections", name), str(error)))
    try:
        whole = {"hub": {}, **document, "connections": connections}
        config = Config.model_validate(whole, context={"directory": directory})
    except ValidationError as error:
        return None, problems + problems_of(error, Config)
    problems += cross_problems(config, tables)
    if config.mark and not problems:
        from syncline.config.marks import mark_problems  # few files have any

        problems += mark_problems(config, registry)
    return config, problems


def _connection(name: str, table: Any, directory: Path, registry: Registry) -> ConnectionConfig:
    if not _NAME.fullmatch(name):
        raise ConfigError("the name must be lower-case letters, digits, _ and -, beginning with a letter")
    if not isinstance(table, Mapping) or not isinstance(table.get("connector"), str):
        names = ", ".join(registry.names()) or "none"
        raise ConfigError(f"connector: is required, as text in quotes; installed: {names}")
    model: type[ConnectionConfig] = registry.get(table["connector"]).Config
    return model.model_validate(table, context={"directory": directory}).named(name)


def prepare(connection: C, config: Config, environ: Mapping[str, str]) -> C:
    """A copy of ``connection`` with its secrets fetched; raises ConfigError naming secret and connection."""
    label = connection.name or connection.connector

    def fetch(path: str, reference: Reference) -> SecretStr:
        return resolve(
            reference,
            directory=config.directory,
            environ=environ,
            env_file=config.hub.env_file,
            wanted_by=f"{path} of [connections.{label}]",
        )

    return filled(connection, fetch)


def secrets_of(connection: ConnectionConfig) -> dict[str, Reference]:
    """Every secret reference of a connection, by its dotted key."""
    return references_of(connection)
