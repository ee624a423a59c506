"""The vendors behind the connections of a `tests.scenarios.lab.World`, each as its people see it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from tests.scenarios.lab import Side

from syncline.jsontext import encode
from syncline.model import Text, TextFormat
from syncline.sim.clock import SimClock
from syncline.text import plain_text
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.linear.simulator import LinearSimulator
from syncline_connectors.trello.simulator import KEY, TrelloSimulator
from syncline_connectors.zendesk.simulator import Role, ZendeskSimulator

EMAIL = "syncline@example.com"
CANARY = "canary9f27c1"
"""Part of every secret."""
PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
"""Linear's, by their number."""


class JiraSide(Side):
    """A Cloud site with one project."""

    connector = "jira"

    def __init__(
        self, name: str, clock: SimClock, *, key: str = "ENG", number: int = 1, **options: Any
    ) -> None:
        self.origin = f"https://{name}.atlassian.example"
        cloud = f"{number:08d}-2222-4222-8222-222222222222"
        site = JiraSimulator(
            clock, seed=number, site_url=self.origin, cloud_id=cloud, **({"calm": True} | options)
        )
        super().__init__(name, site, clock)
        self.robot = site.add_user("Syncline", email=EMAIL)
        self.ada = site.add_user("Ada Example", email="ada@example.com")
        self.ben = site.add_user("Ben Example", email="ben@example.com")
        self.secrets = {f"JIRA_{number}": f"{CANARY}-jira-{number}"}
        site.add_token(self.robot, self.secrets[f"JIRA_{number}"])
        site.admins.add(self.robot.account_id)
        self.project = site.add_project(key)
        self.more = {"streams": ["issues", "comments"]}

    def _own(self) -> dict[str, Any]:
        return {"url": self.origin, "user": EMAIL, "token": f"env:{next(iter(self.secrets))}"}

    def _fields(self, values: dict[str, Any]) -> dict[str, Any]:
        names = {"title": "summary", "due_on": "duedate", "body": "description"}
        found = {names.get(name, name): value for name, value in values.items()}
        if isinstance(found.get("description"), str):
            found["description"] = self.site.document(found["description"])
        if isinstance(found.get("duedate"), date):
            found["duedate"] = found["duedate"].isoformat()
        if "labels" in found:
            found["labels"] = list(found["labels"])
        return found

    def issue(self, remote_id: str) -> Any:
        return self.site.issues[int(remote_id)]

    def put(self, title: str, **values: Any) -> str:
        status = values.pop("status", "To Do")
        project, kind = values.pop("project", self.project), values.pop("type", "Task")
        made = self.site.create_issue(
            project, title, type=kind, status=status, fields=self._fields(values), by=self.ada
        )
        return str(made.id)

    def edit(self, remote_id: str, **values: Any) -> None:
        issue = self.issue(remote_id)
        status = values.pop("status", None)
        if values:
            self.site.edit(issue, self._fields(values), by=self.ada)
        if status is not None:
            self.site.transition(issue, status, by=self.ada)

    def show(self, remote_id: str) -> dict[str, Any]:
        fields = self.issue(remote_id).fields
        return {
            "title": fields["summary"],
            "body": self._plain(fields["description"]),
            "labels": sorted(fields["labels"]),
            "priority": fields["priority"].name if fields["priority"] else None,
            "due_on": fields["duedate"],
            "assignee": fields["assignee"].name if fields["assignee"] else None,
            "status": fields["status"].name,
        }

    def _plain(self, body: Any) -> str:
        if not body:
            return ""
        return plain_text(Text(format=TextFormat.ADF, source=encode(body).decode()))

    def raw_body(self, remote_id: str) -> str:
        """The document byte for byte."""
        return json.dumps(self.issue(remote_id).fields["description"], sort_keys=True)

    def ids(self) -> list[str]:
        return [str(number) for number in self.site.issues]

    def delete(self, remote_id: str) -> None:
        self.site.delete(self.issue(remote_id))

    def settle(self) -> None:
        self.site.settle()


class LinearSide(Side):
    """A workspace with one team."""

    connector = "linear"
    origin = "https://api.linear.app"

    def __init__(self, name: str, clock: SimClock, *, key: str = "COR", **options: Any) -> None:
        site = LinearSimulator(clock, seed=5, **({"calm": True} | options))
        super().__init__(name, site, clock)
        self.robot = site.add_user("Syncline", email=EMAIL)
        self.ada = site.add_user("Ada Example", email="ada@example.com")
        self.ben = site.add_user("Ben Example", email="ben@example.com")
        self.secrets = {"LINEAR": f"lin_api_{CANARY}"}
        self.key = site.add_api_key(self.robot, self.secrets["LINEAR"])
        self.team = site.add_team(key, members=(self.robot, self.ada, self.ben))
        self.more = {"streams": ["issues", "comments", "attachments"]}

    def _own(self) -> dict[str, Any]:
        return {"token": "env:LINEAR"}

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        names = {"body": "description", "due_on": "due_date"}
        found = {names.get(name, name): value for name, value in values.items()}
        if "labels" in found:
            found["labels"] = tuple(self._label(one) for one in found["labels"])
        if "priority" in found:
            found["priority"] = PRIORITIES.index(found["priority"])
        return found

    def _label(self, name: str) -> Any:
        known = [one for one in self.site.labels.values() if one.name == name]
        return known[0] if known else self.site.add_label(name)

    def issue(self, remote_id: str) -> Any:
        return self.site.issues[remote_id]

    def put(self, title: str, **values: Any) -> str:
        status = values.pop("status", "Todo")
        team = values.pop("team", self.team)
        return str(self.site.create_issue(team, title, state=status, by=self.ada, **self._values(values)).id)

    def edit(self, remote_id: str, **values: Any) -> None:
        issue = self.issue(remote_id)
        status = values.pop("status", None)
        if values:
            self.site.edit(issue, by=self.ada, **self._values(values))
        if status is not None:
            self.site.transition(issue, status, by=self.ada)

    def show(self, remote_id: str) -> dict[str, Any]:
        issue = self.issue(remote_id)
        return {
            "title": issue.title,
            "body": issue.description or "",
            "labels": sorted(one.name for one in issue.label_set),
            "priority": PRIORITIES[issue.priority],
            "due_on": issue.due_date,
            "assignee": issue.assignee.name if issue.assignee else None,
            "status": issue.state.name,
        }

    def ids(self) -> list[str]:
        return list(self.site.issues)

    def delete(self, remote_id: str) -> None:
        self.site.purge(self.issue(remote_id))


class TrelloSide(Side):
    """One board with three lists."""

    connector = "trello"
    origin = "https://api.trello.com"

    def __init__(self, name: str, clock: SimClock, **options: Any) -> None:
        site = TrelloSimulator(clock, seed=6, **({"calm": True} | options))
        super().__init__(name, site, clock)
        self.robot = site.add_member("Syncline", "syncline")
        self.ada = site.add_member("Ada Example", "ada")
        self.ben = site.add_member("Ben Example", "ben")
        self.secrets = {"TRELLO_KEY": KEY, "TRELLO_TOKEN": f"ATTA{CANARY}"}
        site.add_token(self.robot, self.secrets["TRELLO_TOKEN"])
        self.board = site.add_board(
            "Design", members=[self.robot, self.ada, self.ben], custom_fields=True, by=self.ada
        )
        self.lists = {n: site.add_list(self.board, n) for n in ("To Do", "Doing", "Done")}

    def _own(self) -> dict[str, Any]:
        return {
            "key": "env:TRELLO_KEY",
            "token": "env:TRELLO_TOKEN",
            "boards": [self.board.short_link],
            "status": {"To Do": "todo", "Doing": "in_progress", "Done": "done"},
        }

    def _label(self, name: str) -> Any:
        known = [one for one in self.site.labels_of(self.board) if one.name == name]
        return known[0] if known else self.site.add_label(self.board, name)

    def card(self, remote_id: str) -> Any:
        return self.site.cards[remote_id]

    def put(self, title: str, **values: Any) -> str:
        where = self.lists[values.pop("status", "To Do")]
        labels = [self._label(one) for one in values.pop("labels", ())]
        return str(
            self.site.create_card(
                where, title, desc=values.pop("body", ""), labels=labels, by=self.ada, **values
            ).id
        )

    def edit(self, remote_id: str, **values: Any) -> None:
        card = self.card(remote_id)
        if "title" in values:
            self.site.edit(card, name=values["title"], by=self.ada)
        if "body" in values:
            self.site.edit(card, desc=values["body"], by=self.ada)
        if "status" in values:
            self.site.move(card, self.lists[values["status"]], by=self.ada)
        if "labels" in values:
            wanted = [self._label(one) for one in values["labels"]]
            for one in [label for label in card.labels if label not in wanted]:
                self.site.unlabel(card, one, by=self.ada)
            for one in [label for label in wanted if label not in card.labels]:
                self.site.label(card, one, by=self.ada)

    def show(self, remote_id: str) -> dict[str, Any]:
        card = self.card(remote_id)
        return {
            "title": card.name,
            "body": card.desc,
            "labels": sorted(one.name for one in card.labels),
            "priority": None,
            "due_on": card.due,
            "assignee": card.members[0].name if card.members else None,
            "status": card.list_.name,
        }

    def ids(self) -> list[str]:
        return list(self.site.cards)

    def delete(self, remote_id: str) -> None:
        self.site.delete(self.card(remote_id), by=self.ada)


class ZendeskSide(Side):
    """An account with agents and a customer."""

    connector = "zendesk"

    def __init__(self, name: str, clock: SimClock, **options: Any) -> None:
        self.origin = f"https://{name}.zendesk.example"
        site = ZendeskSimulator(clock, seed=4, site_url=self.origin, **({"calm": True} | options))
        super().__init__(name, site, clock)
        self.robot = site.add_user("Syncline", role=Role.ADMIN, email=EMAIL)
        self.ada = site.add_user("Ada Example", role=Role.AGENT, email="ada@example.com")
        self.cleo = site.add_user("Cleo Example", email="cleo@example.net")
        self.secrets = {"ZENDESK": f"{CANARY}-zendesk"}
        site.add_token(self.robot, self.secrets["ZENDESK"])

    def _own(self) -> dict[str, Any]:
        return {"url": self.origin, "user": EMAIL, "token": "env:ZENDESK"}

    def ticket(self, remote_id: str) -> Any:
        return self.site.tickets[int(remote_id)]

    def put(self, title: str, **values: Any) -> str:
        labels, body = values.pop("labels", ()), values.pop("body", f"{title}, please")
        made = self.site.create_ticket(self.cleo, title, body, by=self.cleo, tags=labels, **values)
        return str(made.id)

    def edit(self, remote_id: str, **values: Any) -> None:
        ticket = self.ticket(remote_id)
        if "title" in values:
            values["subject"] = values.pop("title")
        if "labels" in values:
            labels = values.pop("labels")
            self.site.tag(
                ticket, *labels, remove=[one for one in ticket.tags if one not in labels], by=self.ada
            )
        if values:
            self.site.edit(ticket, by=self.ada, **values)

    def show(self, remote_id: str) -> dict[str, Any]:
        ticket = self.ticket(remote_id)
        return {
            "title": ticket.subject,
            "body": ticket.comments[0].plain,
            "labels": sorted(ticket.tags),
            "priority": ticket.priority,
            "due_on": None,
            "assignee": ticket.assignee,
            "status": ticket.status,
        }

    def ids(self) -> list[str]:
        return [str(number) for number, one in self.site.tickets.items() if one.deleted is None]

    def delete(self, remote_id: str) -> None:
        self.site.delete(self.ticket(remote_id), by=self.ada)
