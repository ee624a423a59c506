"""What people use today for the same task, each in an environment of its own: installed once, then measured.

A peer that cannot be had here is reported with the reason, and nothing is said of it. Environments are kept in
``bench/.peers``; nothing else of this machine is touched.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import venv
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bench.contestants import HERE, Contestant, plain
from bench.measure import Server

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
    venv.create(home, with_pip=False)  # by our own pip: to install another takes longer than most peers
    pip = [sys.executable, "-m", "pip", "--python", str(found)]
    command = [*pip, "install", "-q", "--disable-pip-version-check", *requirements]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.CalledProcessError as error:
        raise Unavailable((error.stderr.strip().splitlines() or ["pip failed"])[-1]) from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the installation took longer than {LONGEST} s") from None
    mark.write_text(wanted, encoding="utf-8")
    return str(found)


def ideal() -> Contestant:
    """The limit: decoding straight from the bytes into flat structures, with msgspec."""
    return plain("ideal", "item", "comment", "title", python("ideal", ["msgspec==0.22.0"]))


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


class Airbyte(Contestant):
    """Airbyte's connector alone: it writes what it reads to its log, and a destination would come on top of that.

    It asks the search that Jira Cloud has removed, fifty issues a page, and speaks https only.
    """

    def prepare(self, place: Server, folder: Path) -> None:
        super().prepare(place, folder)
        config = {
            "domain": urlsplit(place.safe).netloc,
            "email": "me@example.com",
            "api_token": "not-a-secret",
            "start_date": "2000-01-01T00:00:00Z",
        }
        stream = {
            "name": "issues",
            "json_schema": {},
            "supported_sync_modes": ["full_refresh", "incremental"],
            "source_defined_cursor": True,
            "default_cursor_field": ["updated"],
            "source_defined_primary_key": [["id"]],
        }
        asked = {
            "stream": stream,
            "sync_mode": "incremental",
            "cursor_field": ["updated"],
            "destination_sync_mode": "append_dedup",
            "primary_key": [["id"]],
        }
        for name, content in (("config", config), ("catalog", {"streams": [asked]}), ("state", [])):
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def settle(self, folder: Path, log: Path) -> None:
        """Put the records into a table, as they came, and keep the last state."""
        with closing(sqlite3.connect(self.database(folder))) as db, log.open(encoding="utf-8") as lines:
            db.execute("CREATE TABLE IF NOT EXISTS issue (id TEXT PRIMARY KEY, title TEXT, comments INTEGER)")
            for line in lines:
                message = json.loads(line)
                if message["type"] == "RECORD":
                    issue = message["record"]["data"]
                    fields = issue["fields"]
                    row = (issue["id"], fields["summary"], len(fields["comment"]["comments"]))
                    db.execute("INSERT OR REPLACE INTO issue VALUES (?, ?, ?)", row)
                elif message["type"] == "STATE":
                    state = json.dumps([message["state"]])
                    (folder / "state.json").write_text(state, encoding="utf-8")
            db.commit()


def airbyte(certificate: Path | None) -> Contestant:
    """Airbyte's Jira connector; it needs a server whose ``certificate`` it can check."""
    if certificate is None:
        raise Unavailable("openssl, which makes the certificate that it asks for, was not found")
    interpreter = Path(python("airbyte", ["airbyte-source-jira==4.0.0"]))
    _trust(interpreter, certificate)
    files = ("config", "catalog", "state")
    return Airbyte(
        "airbyte source",
        ("read", *(part for name in files for part in (f"--{name}", f"{{folder}}/{name}.json"))),
        (
            "SELECT count(*) FROM issue",
            "SELECT sum(comments) FROM issue",
            "SELECT count(*) FROM issue WHERE title LIKE '%(revision %)'",
        ),
        interpreter=str(interpreter.with_name("source-jira")),
        file="arrived.db",
    )


def _trust(interpreter: Path, certificate: Path) -> None:
    """Let an environment's programs trust the server: this one heeds no variable that names a certificate."""
    asked = [str(interpreter), "-c", "import certifi; print(certifi.where())"]
    bundle = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    original = bundle.with_suffix(".original")
    if not original.exists():
        shutil.copy(bundle, original)
    bundle.write_bytes(original.read_bytes() + certificate.read_bytes())


def self_signed() -> Path | None:
    """A file with a key and a certificate for this machine's loopback address; None without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    PLACE.mkdir(exist_ok=True)
    found = PLACE / "server.pem"
    command: list[str | Path] = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-batch",
    ]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(found), "-out", str(found)], check=True, capture_output=True)
    return found


def peers(certificate: Path | None) -> tuple[list[Contestant], dict[str, str]]:
    """Those that can take part here, and why the others cannot."""
    found: list[Contestant] = []
    missing: dict[str, str] = {}
    for name, make in (
        ("ideal", ideal),
        ("jira library", jira_library),
        ("dlt flat", partial(dlt, "flat")),
        ("dlt nested", partial(dlt, "nested")),
        ("airbyte source", partial(airbyte, certificate)),
    ):
        try:
            found.append(make())
        except Unavailable as reason:
            missing[name] = str(reason)
    return found, missing
