"""``init``: a first configuration, a place for the token, an empty database, and the next step."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.files import PRIVATE, SHARED, refuse_link, write_file
from syncline_cli.output import document, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.config import Config

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Answers:
    """What the first configuration is made of."""

    url: str
    user: str
    token_env: str
    projects: tuple[str, ...]


@click.command()
@with_session
@click.option(
    "--url", metavar="URL", help="Address of the Jira Cloud site, as in https://acme.atlassian.net."
)
@click.option("--user", metavar="EMAIL", help="E-mail of the account that the API token belongs to.")
@click.option(
    "--token-env", metavar="NAME", default="JIRA_TOKEN", show_default=True, help="Variable of the API token."
)
@click.option(
    "--projects", metavar="KEYS", help="Keys of the projects to read, with commas between; all if left out."
)
@click.option("--non-interactive", is_flag=True, help="Never ask; what is missing is an error.")
@click.option("--force", is_flag=True, help="Replace a configuration that exists.")
def init(
    session: Session,
    url: str | None,
    user: str | None,
    token_env: str,
    projects: str | None,
    non_interactive: bool,
    force: bool,
) -> None:
    """Write a first configuration for one Jira Cloud site and create the database.

    On a terminal it asks for what is not given. The token itself is never asked for: it belongs into the file
    syncline.env, which is made for it.
    """
    path = _target(session, force)
    asking = sys.stdin.isatty() and not non_interactive and not session.json
    answers = _answers(url, user, token_env, projects, asking)
    config = _write(path, answers, force)
    _create_database(config)
    answer = {
        "config": str(path),
        "env_file": str(config.hub.env_file),
        "database": config.hub.database,
        "next": f"write the API token behind {token_env}= in {config.hub.env_file}, then run `syncline doctor`",
    }
    if session.json:
        document(session, answer)
    else:
        _print(answer)


def _target(session: Session, force: bool) -> Path:
    named = session.config_path or Path(os.environ.get("SYNCLINE_CONFIG") or "syncline.toml")
    path = named.absolute()
    refuse_link(path)
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; --force replaces it")
    return path


def _answers(
    url: str | None, user: str | None, token_env: str, projects: str | None, asking: bool
) -> Answers:
    if asking:
        url = url or click.prompt("Address of the Jira site", err=True)
        user = user or click.prompt("E-mail of the account", err=True)
        if projects is None:
            projects = click.prompt(
                "Project keys, with commas (empty: all)", default="", show_default=False, err=True
            )
    for option, value in (("--url", url), ("--user", user)):
        if not value:
            raise click.UsageError(f"{option} is missing")
    if not _VARIABLE.fullmatch(token_env):
        raise click.BadParameter(
            "must be the name of a variable, never the token itself", param_hint="--token-env"
        )
    keys = tuple(key.strip().upper() for key in (projects or "").split(",") if key.strip())
    return Answers(_complete(url or ""), user or "", token_env, keys)


def _complete(url: str) -> str:
    """People write acme.atlassian.net; the configuration wants an address."""
    return url if "://" in url else f"https://{url}"


# ---- writing ---------------------------------------------------------------------------------------------


def _write(path: Path, answers: Answers, force: bool) -> Config:
    """Write the configuration after reading it back from beside its place, so that only a valid one takes it."""
    from syncline.config import load
    from syncline.errors import ConfigError

    draft = path.with_name(f".{path.name}.draft")
    write_file(draft, render(answers), mode=SHARED)
    try:
        load(draft)
    except ConfigError as error:
        raise ConfigError(str(error).replace(f"{draft}: ", "")) from None
    finally:
        draft.unlink()
    write_file(path, render(answers), mode=SHARED, replace=force)
    config = load(path)
    assert config.hub.env_file is not None
    _add_placeholder(config.hub.env_file, answers.token_env)
    return config


def render(answers: Answers) -> str:
    """The text of the first configuration."""
    projects = (
        f"projects = {_toml(list(answers.projects))}" if answers.projects else '# projects = ["ENG", "WEB"]'
    )
    return f"""\
# Made by `syncline init`; every section and key stands in config.example.toml. No secret is ever written here.
# cron:  */15 * * * *  syncline --config /path/to/syncline.toml -q sync

[hub]
database = "sqlite:///syncline.db"
env_file = "syncline.env"             # KEY=value lines; only you may read it
{f"timezone = {_toml(local_zone())}":<37} # decides days and weeks in reports
history = "365d"                      # how far back the first pull goes, or "all"

[connections.jira]
connector = "jira"
url = {_toml(answers.url)}
user = {_toml(answers.user)}
token = {_toml("env:" + answers.token_env)}
{projects}

[connections.jira.status]             # what is not named keeps Jira's own category; `syncline doctor` lists it
# "In Review" = "in_progress/review"
"""


def _toml(value: str | list[str]) -> str:
    """A text or a list of texts as TOML writes them; JSON's form of both is TOML, too."""
    import json

    return json.dumps(value)


def local_zone() -> str:
    """The name of this machine's time zone, UTC where it does not say."""
    named = os.environ.get("TZ", "").removeprefix(":") or _linked_zone()
    return named if re.fullmatch(r"[A-Za-z_+-]+(/[A-Za-z0-9_+-]+)+", named) else "UTC"


def _linked_zone() -> str:
    """``Europe/Berlin`` of /etc/localtime -> …/zoneinfo/Europe/Berlin."""
    try:
        return os.readlink("/etc/localtime").partition("zoneinfo/")[2]
    except OSError:
        return ""


def _add_placeholder(env_file: Path, variable: str) -> None:
    """See that the env file exists, is private and has a line for ``variable``; what stands there stays."""
    refuse_link(env_file)
    before = env_file.read_text(encoding="utf-8") if env_file.exists() else ""
    has_line = any(line.partition("=")[0].strip() == variable for line in before.splitlines())
    separator = "\n" if before and not before.endswith("\n") else ""
    write_file(env_file, before if has_line else f"{before}{separator}{variable}=\n", mode=PRIVATE)


def _create_database(config: Config) -> None:
    from syncline.store import open_store

    open_store(config.hub.database, create=True).close()


def _print(answer: dict[str, Any]) -> None:
    say(f"configuration  {answer['config']}")
    say(f"secrets        {answer['env_file']}")
    say(f"database       {answer['database']}")
    say()
    say(f"next: {answer['next']}")
