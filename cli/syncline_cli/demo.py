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
from syncline_cli.stage import MADE_BY, Stage, StageCollapsed

if TYPE_CHECKING:
    from syncline_connectors.demo import Demo

CONFIGS = ("syncline", "undisturbed", "killed", "writer")
PAPERS = ("people.csv", "data", "research")
"""What is written beside them: the company's list of people, and files that have no tool."""


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

    Scenes over real HTTP on this machine, in Jira, Linear, Trello, Zendesk, Amplitude and files of one made-up company,
    each with claims that are checked against its own story. Ends with 1 if one of them is false.
    """
    from syncline_connectors.demo import serve_demo

    folder = (out or Path(tempfile.mkdtemp(prefix="syncline-demo-"))).absolute()
    _clear(folder)
    stage = Stage(session, folder)
    with serve_demo() as company:
        _configure(folder, company)
        stage.tell("One made-up company on this machine, in its simulated tools:")
        for name, url in company.urls.items():
            stage.tell(f"  {name:<10} {url}")
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
    papers = [folder / name for name in PAPERS if (folder / name).exists()]
    if papers and not (folder / "syncline.toml").exists():
        raise click.UsageError(f"{papers[0]} was not made by `syncline demo`; name another folder")
    for name in CONFIGS:
        for suffix in (".db", ".db-wal", ".db-shm", ".db.lock", ".db.rates"):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _configure(folder: Path, company: Demo) -> None:
    """One configuration for each database that the scenes need, and the files that have no tool."""
    from syncline_connectors.demo import configuration
    from syncline_connectors.demo.play_usage import write_papers

    texts = {name: configuration.only_jira(company, name) for name in ("undisturbed", "killed")}
    texts["writer"] = configuration.only_jira(company, "writer", access="write")
    texts["syncline"] = configuration.whole(company, mode="preview")
    # First what tells that the folder is ours, so that a demonstration that is broken off can be begun again.
    for name, text in texts.items():
        write_file(folder / f"{name}.toml", MADE_BY + text, mode=SHARED)
    secrets = "".join(f"{name}={value}\n" for name, value in company.environ.items())
    write_file(folder / "syncline.env", secrets, mode=PRIVATE)
    write_file(folder / "people.csv", configuration.people(), mode=SHARED)
    write_papers(company.plot.evidence, folder)


def _play(stage: Stage, company: Demo) -> None:
    from syncline_cli import agreement, scenes

    try:
        scenes.first_pull(stage, company)
        scenes.privacy(stage, company)
        agreement.preview(stage, company)
        scenes.canary_sings(stage, company)
        agreement.switched_on(stage, company)
        agreement.both_sides(stage, company)
        agreement.killed_while_making(stage, company)
        agreement.quiet(stage, company)
        agreement.explained(stage, company)
        scenes.kill_and_rerun(stage)
        scenes.report_tells_the_story(stage, company)
        scenes.every_number_can_be_told(stage)
    except StageCollapsed:
        stage.tell("   the remaining scenes need this one")


def _close(stage: Stage) -> None:
    claims = [holds for scene in stage.scenes for _, holds in scene.claims]
    stage.tell()
    stage.tell(f"{sum(claims)} of {len(claims)} claims hold.", bold=True)
    stage.tell(f"report  {stage.folder / 'report' / 'status.html'}")
    stage.tell(f"roadmap {stage.folder / 'report' / 'roadmap.html'}")
    stage.tell(f"config  {stage.config()}")
    stage.tell(f"look    syncline --config {stage.config()} show WEB-29")


def _keep_up(session: Session, stage: Stage, company: Demo) -> None:
    """Until Ctrl-C."""
    if not session.json:
        say()
        for name, url in company.urls.items():
            say(f"{name:<10} {url}")
        say(f"user    {company.user}; the secrets are in {stage.folder / 'syncline.env'}")
        say(f"try     syncline --config {stage.config()} pull")
        say("Ctrl-C ends it.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
