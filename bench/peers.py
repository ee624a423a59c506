"""What people use today for the same task, each in an environment of its own: installed once, then measured.

A peer that cannot be had here is reported with the reason, and nothing is said of it. Environments are kept in
``bench/.peers``; nothing else of this machine is touched.
"""

from __future__ import annotations

import shutil
import subprocess
import venv
from collections.abc import Sequence

from bench.contestants import HERE, Contestant

PLACE = HERE / ".peers"
LONGEST = 900
"""Seconds that an installation may take."""
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1"}
NESTED = (
    "SELECT count(*) FROM issues",
    "SELECT count(*) FROM issues__fields__comment__comments",
    "SELECT count(*) FROM issues WHERE fields__summary LIKE '%(revision %)'",
)
FLAT = (
    "SELECT count(*) FROM issues WHERE length(fields) > 1000",
    "SELECT sum(fields ->> '$.comment.total') FROM issues",
    "SELECT count(*) FROM issues WHERE fields ->> '$.summary' LIKE '%(revision %)'",
)


class Unavailable(Exception):
    """A peer that cannot be installed here; the message is the last line of the reason."""


def python(name: str, requirements: Sequence[str]) -> str:
    """The interpreter of an environment that holds ``requirements``; raises Unavailable."""
    home = PLACE / name
    found, mark = home / "bin" / "python", home / "installed.txt"
    wanted = "\n".join(requirements)
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return str(found)
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    command = [str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.CalledProcessError as error:
        raise Unavailable((error.stderr.strip().splitlines() or ["pip failed"])[-1]) from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the installation took longer than {LONGEST} s") from None
    mark.write_text(wanted, encoding="utf-8")
    return str(found)


def jira_library() -> Contestant:
    """The script most often written: the ``jira`` library and sqlite3."""
    interpreter = python("jira", ["jira==3.10.5"])
    return Contestant(
        "jira library",
        (str(HERE / "peer_jira.py"), "{url}", "{database}"),
        (
            "SELECT count(*) FROM issue WHERE length(raw) > 1000",
            "SELECT count(*) FROM comment WHERE length(body) > 0",
            "SELECT count(*) FROM issue WHERE title LIKE '%(revision %)'",
        ),
        interpreter=interpreter,
    )


def dlt(nesting: str) -> Contestant:
    """dlt's REST source into SQLite: ``flat`` keeps nested values as JSON, ``nested`` makes tables of them."""
    interpreter = python("dlt", ["dlt[sqlalchemy]==1.31.0"])
    return Contestant(
        f"dlt {nesting}",
        (str(HERE / "peer_dlt.py"), "{url}", "{folder}", nesting),
        FLAT if nesting == "flat" else NESTED,
        QUIET,
        interpreter=interpreter,
        file="dlt__jira.db",
    )


def peers() -> tuple[list[Contestant], dict[str, str]]:
    """Those that can take part here, and why the others cannot."""
    found: list[Contestant] = []
    missing = {"airbyte-source-jira": "it speaks https alone, and this server does not"}
    for name, make in (
        ("jira library", jira_library),
        ("dlt flat", lambda: dlt("flat")),
        ("dlt nested", lambda: dlt("nested")),
    ):
        try:
            found.append(make())
        except Unavailable as reason:
            missing[name] = str(reason)
    return found, missing
