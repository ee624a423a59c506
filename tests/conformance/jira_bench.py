"""The benches that drive a simulated Jira, Cloud or Data Center."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import SecretStr
from tests.conformance.front import Front
from tests.lab import client

from syncline.jsontext import encode
from syncline.model import Priority, Text, TextFormat
from syncline.secrets import Secret
from syncline.sim import SimRequest
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault
from syncline.target import Target
from syncline.testing import Quirk, Workflow
from syncline.text import plain_text
from syncline_connectors.jira import Jira, JiraConfig
from syncline_connectors.jira.simulator import Face, JiraSimulator, Quirks
from syncline_connectors.jira.simulator.rules import Action, Permission, Screen, Transition
from syncline_connectors.jira.simulator.rules import Workflow as Ways

SITE = "https://conform.example.net"
EMAIL = "ada@example.com"
HOSTILE = Quirks(page_cap=(5, 9), offset_cap=(5, 9), bot=0.0)
"""As ever, but for the bot: what a check finds changed, it must have changed itself."""
CALM = Quirks(lag=(0.0, 0.0), page_cap=(7, 7), offset_cap=(7, 7), empty_page=0.0, wrong_is_last=0.0, bot=0.0)
ASKING = ("/search", "/search/jql", "/bulkfetch", "/list", "/approximate-count")
"""Ends of the addresses whose POST only reads."""


def _writes(request: SimRequest) -> bool:
    return request.method in ("PUT", "DELETE") or (
        request.method == "POST" and not request.path.endswith(ASKING)
    )


class JiraBench:
    """A simulated site with 25 tasks and two epics; clocks move only when it settles."""

    faults = frozenset(Fault)
    type_name = "Task"
    workflow = Workflow("In Progress", far="Done", path=("In Progress",), closed="Won't Do")
    required = ("Bug", "due_on")
    title_limit = 255
    file_limit = 10 * 1024 * 1024

    def __init__(self, face: Face, quirks: Quirks) -> None:
        self.face = face
        self._clock = SimClock()
        self._jira = JiraSimulator(self._clock, seed=3, site_url=SITE, quirks=quirks, face=face)
        self._ada = self._jira.add_user("Ada Example", email=EMAIL)
        self._ben = self._jira.add_user("Ben Example", email="ben@example.com")
        self._jira.add_token(self._ada, "token")
        self._front = Front(self._jira, self._clock, _writes)
        self._jira.admins.add(self._ada.account_id)
        self._project = self._jira.add_project("ENG")
        self._jira.add_field("Severity", "select", ("S1", "S2"))
        self._set_rules()
        self.container = self._project.id
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"issue {number}")
        epics = [self._create(f"epic {number}", "Epic") for number in (1, 2)]
        self.samples = self._samples(epics)
        self.settle()

    def _set_rules(self) -> None:
        jira, project = self._jira, self._project
        jira.set_workflow(
            project,
            Ways(
                "To Do",
                (
                    Transition("Start", "In Progress", ("To Do",)),
                    Transition("Stop", "To Do", ("In Progress",)),
                    Transition("Finish", "Done", ("In Progress",)),
                    Transition("Reopen", "To Do", ("Done",)),
                    Transition("Give up", "Won't Do", ("Done",)),
                ),
            ),
        )
        elsewhere = jira.add_project("OPS")
        self.off_screen = (elsewhere.id, "due_on")
        usual = ("summary", "issuetype", "project", "description", "labels", "priority", "assignee")
        for action in Action:
            jira.set_screen(elsewhere, action, Screen(usual, frozenset({"summary"})))
        custom = [id_ for id_, field in jira.fields.items() if field.custom]
        everything = (*usual, "parent", "components", "fixVersions", "duedate", *custom)
        bug = Screen(everything, frozenset({"summary", "duedate"}))
        jira.set_screen(project, Action.CREATE, bug, type="Bug")

    def _samples(self, epics: Sequence[str]) -> Mapping[str, tuple[Any, Any]]:
        jira, project = self._jira, self._project
        versions = [jira.add_version(project, f"1.{number}").id for number in range(2)]
        board = jira.add_board(project)
        sprints = [str(jira.add_sprint(board, f"Sprint {number}", state="active").id) for number in (1, 2)]
        for name in ("api", "web"):
            jira.add_component(project, name)
        return {
            "type": ("Task", "Story"),
            "priority": (Priority.HIGH, Priority.LOW),
            "assignees": ((self._ada.account_id,), (self._ben.account_id,)),
            "parent": (epics[0], epics[1]),
            "releases": ((versions[0],), (versions[0], versions[1])),
            "iterations": ((sprints[0],), (sprints[1],)),
            "components": (("api",), ("web", "api")),
            "labels": (("two words", "green"), ("blue",)),
            "severity": ("S1", "S2"),
        }

    def connect(self, access: Literal["read", "write"] = "write") -> Target:
        config = JiraConfig.model_validate(
            {
                "connector": "jira",
                "url": SITE,
                "user": EMAIL if self.face is Face.CLOUD else None,
                "token": Secret(None, SecretStr("token")),
                "access": access,
                "fields": {"severity": "Severity", "estimate": "Story Points"},
            }
        )
        http = client(Jira, config, self._front, self._clock)
        return Jira(config, http, {})

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        self._clock.advance(61)
        return self._create(title, "Task")

    def _create(self, title: str, type_name: str) -> str:
        made = self._jira.create_issue(self._project, title, type=type_name, by=self._ada)
        self.issues.add(str(made.id))
        return str(made.id)

    def _issue(self, remote_id: str) -> Any:
        return self._jira.issues[int(remote_id)]

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._jira.edit(self._issue(remote_id), {"summary": title})

    def add_comment(self, issue: str, text: str) -> str:
        return str(self._jira.comment(self._issue(issue), text, by=self._ada).id)

    def edit_comment(self, issue: str, comment: str, text: str) -> None:
        self._jira.edit_comment(self._issue(issue), self._comment(issue, comment), text, by=self._ben)

    def delete_comment(self, issue: str, comment: str) -> None:
        self._jira.delete_comment(self._issue(issue), self._comment(issue, comment))

    def _comment(self, issue: str, comment: str) -> Any:
        return next(one for one in self._issue(issue).comments if str(one.id) == comment)

    def delete_issue(self, remote_id: str) -> None:
        self._jira.delete(self._issue(remote_id))
        self.issues.discard(remote_id)

    def revoke(self) -> None:
        self._jira.credentials.tokens.clear()
        self._jira.doorkeeper.tokens.clear()

    def protect(self, remote_id: str) -> bool:
        """Jira keeps no single issue from being changed, so nothing in its project can be."""
        for permission in (Permission.EDIT_ISSUES, Permission.TRANSITION_ISSUES, Permission.ASSIGN_ISSUES):
            self._jira.deny(permission, self._issue(remote_id).project)
        return True

    # ---- time and trouble ----

    def now(self) -> datetime:
        return self._clock.now()

    def settle(self) -> None:
        """The index catches up; so does the site's clock."""
        self._clock.advance(180)
        self._jira.settle()

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self._front.strike = (fault, writes, times) if times else None

    @property
    def quirks(self) -> frozenset[Quirk]:
        shared = {Quirk.STALE_SEARCH, Quirk.ZONED_TIMES, Quirk.HIDDEN_RECORD}
        by_token = {Quirk.EMPTY_PAGES, Quirk.REPEATED_PAGE}
        return frozenset(shared | (by_token if self.face is Face.CLOUD else set()))

    def behave(self, quirk: Quirk) -> None:
        match quirk:
            case Quirk.EMPTY_PAGES:
                self._jira.set_quirks(empty_page=0.5)
            case Quirk.REPEATED_PAGE:
                self._jira.set_quirks(repeat_last_token=True)
            case Quirk.STALE_SEARCH:
                self._jira.set_quirks(lag=(60.0, 120.0))
            case Quirk.ZONED_TIMES:
                self._jira.users[self._ada.account_id].time_zone = "Pacific/Chatham"
            case Quirk.HIDDEN_RECORD:
                hidden = self._jira.add_project("HID")
                self._jira.move(self._issue(min(self.issues)), hidden)
                self._jira.revoke(self._ada, hidden)

    # ---- the truth ----

    def titles(self) -> Sequence[str]:
        return [issue.fields["summary"] for issue in self._jira.issues.values()]

    def comments(self, issue: str) -> Sequence[str]:
        return [self._plain(one.body) for one in self._issue(issue).comments]

    def _plain(self, body: Any) -> str:
        if isinstance(body, str):
            return plain_text(Text(format=TextFormat.WIKI, source=body))
        return plain_text(Text(format=TextFormat.ADF, source=encode(body).decode()))

    def files(self, issue: str) -> Sequence[str]:
        return [one.name for one in self._issue(issue).fields["attachment"]]

    def backlinks(self, issue: str) -> Mapping[str, str]:
        return {
            str(link.global_id).removeprefix("syncline:"): link.content["object"]["url"]
            for link in self._issue(issue).remote_links
        }

    def written(self) -> int:
        return self._front.written
