"""``demo``: a simulated company on this machine, and scenes that prove what is promised."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncline_cli.files import PRIVATE, SHARED, refuse_link, write_file
from syncline_cli.output import document, say
from syncline_cli.session import Session, with_session
from syncline_cli.stage import Stage, StageCollapsed

if TYPE_CHECKING:
    from syncline_connectors.demo import Demo

MADE_BY = "# Made by `syncline demo`; the next one replaces it.\n"
CONFIGS = ("syncline", "undisturbed", "killed", "writer")


@click.command()
@with_session
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where configuration, databases and report go; a new temporary folder if left out.",
)
@click.option("--serve", is_flag=True, help="Afterwards keep the simulated tools up until Ctrl-C.")
def demo(session: Session, out: Path | None, serve: bool) -> int:
    """Show everything on a simulated company; needs no account.

    Five scenes over real HTTP on this machine, each with claims that are checked against the company's own story. Ends
    with 1 if one of them is false.
    """
    from syncline_connectors.demo import serve_demo

    folder = (out or Path(tempfile.mkdtemp(prefix="syncline-demo-"))).absolute()
    _clear(folder)
    stage = Stage(session, folder)
    with serve_demo() as company:
        _configure(folder, company)
        stage.tell(f"A simulated Jira Cloud of {company.facts.issues} issues answers at {company.jira_url}")
        _play(stage, company)
        answer = stage.document()
        if session.json:
            document(session, answer)
        else:
            _close(stage)
        if serve:
            _keep_up(session, stage, company)
    return int(answer["exit_code"])


def _clear(folder: Path) -> None:
    """Remove what an earlier demonstration left; raise a usage error for a folder that is somebody's own."""
    refuse_link(folder)
    for name in CONFIGS:
        config = folder / f"{name}.toml"
        if config.exists() and not config.read_text(encoding="utf-8").startswith(MADE_BY):
            raise click.UsageError(f"{config} was not made by `syncline demo`; name another folder")
    for name in CONFIGS:
        for suffix in (".toml", ".db", ".db-wal", ".db-shm", ".db.lock"):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _configure(folder: Path, company: Demo) -> None:
    """One configuration for each database that the scenes need."""
    write_file(folder / "syncline.env", f"JIRA_TOKEN={company.jira_token}\n", mode=PRIVATE)
    for name in CONFIGS:
        write_file(folder / f"{name}.toml", _config_text(name, company), mode=SHARED)


def _config_text(name: str, company: Demo) -> str:
    access = "write" if name == "writer" else "read"
    return f"""{MADE_BY}
[hub]
database = "sqlite:///{name}.db"
env_file = "syncline.env"
history = "all"

[connections.jira]
connector = "jira"
url = "{company.jira_url}"
user = "{company.jira_email}"
token = "env:JIRA_TOKEN"
access = "{access}"

[connections.jira.status]
"In Review" = "in_progress/review"
"Blocked" = "waiting/blocked"
"Won't Do" = "canceled"
"""


def _play(stage: Stage, company: Demo) -> None:
    from syncline_cli import scenes

    try:
        scenes.first_pull(stage, company)
        scenes.second_pull(stage, company)
        scenes.edit_arrives(stage, company)
        scenes.kill_and_rerun(stage)
        scenes.canary_sings(stage, company)
        scenes.report_tells_the_story(stage, company)
    except StageCollapsed:
        stage.tell("   the remaining scenes need this one")


def _close(stage: Stage) -> None:
    claims = [holds for scene in stage.scenes for _, holds in scene.claims]
    stage.tell()
    stage.tell(f"{sum(claims)} of {len(claims)} claims hold.", bold=True)
    stage.tell(f"report  {stage.folder / 'report' / 'status.html'}")
    stage.tell(f"config  {stage.config()}")


def _keep_up(session: Session, stage: Stage, company: Demo) -> None:
    """Until Ctrl-C."""
    if not session.json:
        say()
        say(f"url     {company.jira_url}")
        say(f"user    {company.jira_email}")
        say(f"token   {company.jira_token}")
        say(f"try     syncline --config {stage.config()} pull")
        say("Ctrl-C ends it.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
