"""``config``: the configuration, looked at without asking anybody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.output import document, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.config import Config


@click.group()
def config() -> None:
    """Look at the configuration."""


@config.command()
@with_session
@click.option(
    "--secrets", is_flag=True, help="Also fetch every secret that is referred to, without printing it."
)
def check(session: Session, secrets: bool) -> None:
    """Check the configuration file, offline: every section and every key.

    With --secrets, references are followed too; that may run the commands they name.
    """
    loaded = session.config()
    if secrets:
        _fetch_secrets(session, loaded)
    answer = {
        "config": str(loaded.path),
        "database": loaded.hub.database,
        "connections": {name: connection.connector for name, connection in loaded.connections.items()},
        "secrets": "found" if secrets else "not checked",
    }
    if session.json:
        document(session, answer)
    else:
        _print(answer)


def _fetch_secrets(session: Session, loaded: Config) -> None:
    """Raise ConfigError with one line for every secret that cannot be had."""
    from syncline.config import prepare
    from syncline.errors import ConfigError

    missing = []
    for connection in loaded.connections.values():
        try:
            prepare(connection, loaded, os.environ)
        except ConfigError as error:
            missing.append(str(error))
    if missing:
        raise ConfigError("\n".join(missing))


def _print(answer: dict[str, Any]) -> None:
    say(f"{answer['config']} is in order")
    say(f"  database     {answer['database']}")
    for name, connector in answer["connections"].items():
        say(f"  connection   {name} ({connector})")
    say(f"  secrets      {answer['secrets']}")
    say("next: `syncline doctor` asks the tools themselves")
