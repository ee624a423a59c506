"""``connector``: what can be connected."""

from __future__ import annotations

import click

from syncline_cli.output import document, say, table
from syncline_cli.session import Session, with_session


@click.group()
def connector() -> None:
    """Look at the installed connectors."""


@connector.command(name="list")
@with_session
def list_(session: Session) -> None:
    """List the installed connectors and the distributions they come from."""
    from syncline.registry import Registry

    found = Registry().installed()
    if session.json:
        document(
            session,
            [{"name": one.name, "distribution": one.distribution, "version": one.version} for one in found],
        )
        return
    table(((one.name, f"{one.distribution} {one.version}") for one in found), ("CONNECTOR", "FROM"))
    say("plug-ins are code: install only what you trust")
