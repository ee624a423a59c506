"""The real program against a simulated Jira over loopback HTTP."""

from __future__ import annotations

import os
import subprocess
import sys

from .conftest import TOKEN, Place, run_syncline


def test_from_nothing_to_a_report(place: Place) -> None:
    seen = place.run("doctor", "--json")
    assert seen.code == 0, seen.err
    (account,) = seen.document["connections"].values()
    assert account["user"] == "Mia Rivers"
    assert account["containers"] == ["ENG", "WEB"]
    assert seen.document["next"] == "run `syncline pull`"

    first = place.run("pull", "--json")
    assert (first.code, first.err) == (0, "")
    issues = first.document["connections"]["jira"]["issues"]
    assert (issues["read"], issues["created"], issues["complete"]) == (3, 3, True)

    again = place.run("sync", "--json").document
    assert again["connections"]["jira"]["issues"]["created"] == 0
    assert again["connections"]["jira"]["issues"]["updated"] == 0

    keys = [item["records"][0]["key"] for item in place.run("items", "--json").document]
    assert sorted(keys) == ["ENG-1", "ENG-2", "ENG-3"]
    assert place.run("show", "ENG-2", "--json").document["records"][0]["assignees"] == ["Mia Rivers"]
    assert place.run("status", "--json").document["needs_a_person"] == []
    assert len(place.run("log", "--json").document) == 2
    assert place.run("report", "status").code == 0
    assert "ENG work 0" in (place.folder / "reports" / "status.html").read_text()


def test_cron_needs_nothing_but_the_configuration(place: Place) -> None:
    (place.folder / "syncline.env").write_text(f"JIRA_TOKEN={TOKEN}\n")
    assert place.run("pull").code == 0
    command = f"cd / && {sys.executable} -m syncline_cli -q sync --config {place.folder / 'syncline.toml'}"
    done = subprocess.run(
        ["env", "-i", "HOME=/nonexistent", "PATH=/usr/bin:/bin", *_import_path(), "sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _import_path() -> list[str]:
    """Only for a checkout that is used without being installed."""
    return [f"PYTHONPATH={os.environ['PYTHONPATH']}"] if "PYTHONPATH" in os.environ else []


def test_a_wrong_token_is_one_line_and_exit_4(place: Place) -> None:
    for command in ("pull", "doctor"):
        ran = place.run(command, token="canary-wrong-5521")
        assert ran.code == 4, (command, ran.out, ran.err)
        assert "Traceback" not in ran.err
        assert "canary" not in ran.out + ran.err
    ran = place.run("pull", "--json", token="canary-wrong-5521")
    assert ran.document["exit_code"] == 4
    assert ran.document["problems"][0]["connection"] == "jira"


def test_an_empty_placeholder_is_told_and_exit_2(place: Place) -> None:
    place.patch.delenv("JIRA_TOKEN", raising=False)
    ran = run_syncline("pull", cwd=place.folder)
    assert (ran.code, ran.out) == (2, "")
    assert "JIRA_TOKEN" in ran.err
    assert ran.err.count("\n") == 1
    assert place.run("config", "check", token="").code == 0
    assert place.run("config", "check", "--secrets", token="").code == 2


def test_a_site_that_is_away_is_one_line_and_exit_4(
    place: Place,
) -> None:
    place.patch.setattr("syncline.seams.SystemClock.sleep", lambda self, seconds: None)
    place.configure(place.url, "http://127.0.0.1:9")
    ran = place.run("-q", "pull")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.count("\n") == 1
    assert TOKEN not in ran.err


def test_doctor_names_what_is_configured_and_not_there(place: Place) -> None:
    place.configure('projects = ["ENG"]', 'projects = ["ENG", "NOPE"]')
    place.configure(
        "[connections.jira.status]",
        '[connections.jira.fields]\nestimate = "Story Poinst"\n[connections.jira.status]',
    )
    place.jira.add_field("Story Points", "number")
    ran = place.run("doctor", "--json")
    assert ran.code == 2
    problems = ran.document["connections"]["jira"]["problems"]
    assert any("NOPE is configured but not visible" in text for text in problems), problems
    assert any("Story Poinst" in text for text in problems), problems
    assert "run `syncline doctor` again" in ran.document["next"]


def test_doctor_lists_statuses_without_a_map_and_open_files(place: Place) -> None:
    (place.folder / "syncline.env").chmod(0o644)
    ran = place.run("doctor", "--json")
    assert any('status "In Progress"' in text for text in ran.document["connections"]["jira"]["notes"])
    assert any("syncline.env" in text for text in ran.document["files"])
    assert ran.code == 2
    printed = place.run("doctor").out
    assert "FAIL" in printed
    assert printed.splitlines()[-1].startswith("next: ")


def test_no_secret_is_printed_or_kept_whatever_happens(place: Place) -> None:
    """Threat T2: the token stands in nothing that we print or write, however loud and however broken."""
    printed = ""
    for arguments in (
        ("-vvv", "pull"),
        ("-vvv", "doctor"),
        ("-vvv", "show", "ENG-1"),
        ("-vvv", "report", "status"),
    ):
        ran = place.run(*arguments)
        printed += ran.out + ran.err
    place.jira.forbid("GET", "project/search")
    printed += place.run("-vvv", "pull", "--full").err
    assert TOKEN not in printed
    for path in place.folder.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path
