"""What one call of the program knows: the global options, and the configuration and database they lead to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.http.redact import Redactor
    from syncline.store import Store

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Session:
    """The global options of one call; they may stand before or after the command."""

    config_path: Path | None = None
    json: bool = False
    quiet: int = 0
    verbose: int = 0
    answered: bool = field(default=False, init=False)
    """Whether the one JSON document has been printed."""
    stale: timedelta = field(default=timedelta(hours=6), init=False)
    """How long another run may hold the lock, and a stream stay unread, before that is worth a word."""
    _config: Config | None = field(default=None, init=False)
    _redactor: Redactor | None = field(default=None, init=False)
    _stop_logging: Callable[[], None] | None = field(default=None, init=False)

    def config(self) -> Config:
        """The configuration, read once; raises ConfigError."""
        from syncline.config import find_config, load

        if self._config is None:
            self._config = load(find_config(self.config_path, os.environ))
            self.stale = (self._config.notify and self._config.notify.stale) or self.stale
        return self._config

    @contextmanager
    def store(self, *, create: bool = False) -> Iterator[tuple[Config, Store]]:
        """Configuration and open database; raises ConfigError, SchemaError, StoreError."""
        from syncline.store import open_store

        config = self.config()
        store = open_store(config.hub.database, create=create)
        try:
            yield config, store
        finally:
            store.close()

    @property
    def redactor(self) -> Redactor:
        """What strikes out secrets; asking for it starts the log on stderr."""
        from syncline_cli.logs import start

        if self._redactor is None:
            self._redactor, self._stop_logging = start(self.verbose - self.quiet)
        return self._redactor

    def close(self) -> None:
        """End the log."""
        if self._stop_logging:
            self._stop_logging()

    def redact(self, text: str) -> str:
        """``text`` without the secrets known so far."""
        return self._redactor.redact(text) if self._redactor else text


def database_file(config: Config) -> Path | None:
    """Where the database stands; None where a server keeps it."""
    path = config.hub.database.removeprefix("sqlite:///")
    return None if path == config.hub.database else Path(path)


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            session = ctx.ensure_object(Session)
            before = getattr(session, name)
            setattr(session, name, before + value if type(value) is int else value)

    return callback


def _option(*names: str, hidden: bool = False, **attributes: Any) -> Callable[[F], F]:
    field_name = attributes.pop("remember")
    return click.option(
        *names, expose_value=False, hidden=hidden, callback=_remember(field_name), **attributes
    )


def global_options(command: F, *, hidden: bool = False) -> F:
    """Add --config, --json, -q and -v."""
    options = (
        _option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path),
            metavar="PATH",
            remember="config_path",
            hidden=hidden,
            help="The configuration file.",
        ),
        _option(
            "--json",
            "as_json",
            is_flag=True,
            remember="json",
            hidden=hidden,
            help="Print one JSON document on stdout, everything else on stderr.",
        ),
        _option(
            "-q", "--quiet", count=True, remember="quiet", hidden=hidden, help="Print less; -qq: errors only."
        ),
        _option(
            "-v",
            "--verbose",
            count=True,
            remember="verbose",
            hidden=hidden,
            help="Log more on stderr; -vv: in detail, and keep the traceback of a bug.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def with_session(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that takes the session first, and the global options after its name as well."""
    return global_options(click.pass_obj(function), hidden=True)
