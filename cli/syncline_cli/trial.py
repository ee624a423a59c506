"""``doctor --canary``: one marked record in a sandbox container, told while it happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from syncline.canary import Canary, State
from syncline.config import Config
from syncline.connector import Describes, Source
from syncline.errors import ConfigError, VendorError
from syncline.http import Redactor
from syncline.seams import SystemClock
from syncline.target import Target
from syncline_cli.checkup import client, shortened
from syncline_cli.failures import DIFFERENCES, DONE, exit_code

Say = Callable[[str, str, str], None]
"""State, what, and a sentence about it."""


def sing(config: Config, name: str, container: str, redactor: Redactor, say: Say | None) -> dict[str, Any]:
    """The document of one canary; raises ConfigError where none can be made. ``say`` hears of every finding at once."""
    connection = config.connections[name]
    if connection.access != "write":
        raise ConfigError(
            f"connections.{name} only reads", hint='a canary writes: set access = "write" for this connection'
        )
    with client(config, name, redactor, access="write") as (ready, connector, http):
        target = connector(ready, http, {})
        account = target.check()
        if not isinstance(target, Target):
            raise ConfigError(f"the connector {ready.connector} only reads", hint="no canary is possible")
        canary = Canary(
            target,
            account,
            _remote_id(target, container),
            tuple(ready.fields),
            clock=SystemClock(),
            marker=str(uuid4()),
        )
        return _heard(canary, say)


def _remote_id(target: Source, wanted: str) -> str:
    """The container of a key or id."""
    visible = {}
    if isinstance(target, Describes):
        for one in target.containers():
            visible[one.record.key or one.record.remote_id] = one.record.remote_id
    if wanted in visible:
        return visible[wanted]
    if wanted in visible.values():
        return wanted
    raise ConfigError(
        f"there is no container {wanted} that this account sees",
        hint=f"visible are: {shortened(sorted(visible), 12) or 'none'}",
    )


def _heard(canary: Canary, say: Say | None) -> dict[str, Any]:
    found = []
    code = DONE
    try:
        for finding in canary.findings():
            found.append({"what": finding.what, "state": str(finding.state), "text": finding.text})
            if finding.state in (State.DIFFERS, State.REFUSED):
                code = DIFFERENCES
            if say:
                say(str(finding.state), finding.what, finding.text)
    except VendorError as error:
        found.append({"what": "canary", "state": str(State.REFUSED), "text": str(error)})
        code = exit_code(error)
        if say:
            say(str(State.REFUSED), "canary", str(error))
    return {"record": canary.url, "findings": found, "exit_code": code}
