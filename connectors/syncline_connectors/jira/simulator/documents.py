"""Entities as the vendor writes them.

Times carry the calling user's UTC offset without a colon, addresses the host that was asked: the gateway's answers
point to the gateway. Both are as recorded from the real service.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.work import Work


class EntityRenderer:
    """``base`` is the address asked (site or gateway), ``site_url`` where people look, ``zone`` the caller's."""

    def __init__(self, work: Work, base: str, site_url: str, zone: ZoneInfo) -> None:
        self.work, self.base, self.site_url, self.zone = work, base, site_url, zone
        self.makers: dict[type, Callable[[Any], Any]] = {
            datetime: self.time,
            e.User: self.user,
            e.Status: self.status,
            e.Priority: self.priority,
            e.Resolution: self.resolution,
            e.IssueType: self.type,
            e.Project: self.project_brief,
            e.Version: self.version,
            e.Component: self.component,
            e.Option: self.option,
            e.Sprint: self.sprint_in_field,
        }

    def self_link(self, path: str) -> str:
        return f"{self.base}{self.work.face.prefix}{path}"

    def value(self, value: Any) -> Any:
        """A field's value: entities become documents, JSON stays."""
        if isinstance(value, (list, tuple)):
            return [self.value(x) for x in value]
        maker = self.makers.get(type(value))
        return maker(value) if maker else value

    def time(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    # ---- entities --------------------------------------------------------------------------------------------------

    def user(self, user: e.User) -> e.Json:
        if user.raw is not None:
            return dict(user.raw)
        made: e.Json = {
            "self": self.self_link(f"user?accountId={quote(user.account_id, safe='')}"),
            "accountId": user.account_id,
            "avatarUrls": {
                size: f"{self.site_url}/avatar/{size}" for size in ("48x48", "24x24", "16x16", "32x32")
            },
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.time_zone,
            "accountType": user.account_type,
        }
        if user.email and user.email_visible:
            made["emailAddress"] = user.email
        return made

    def category(self, category: e.Category) -> e.Json:
        return {
            "self": self.self_link(f"statuscategory/{category.id}"),
            "id": category.id,
            "key": category.key,
            "colorName": category.color,
            "name": category.name,
        }

    def status(self, status: e.Status) -> e.Json:
        if status.raw is not None:
            return dict(status.raw)
        return {
            "self": self.self_link(f"status/{status.id}"),
            "description": "",
            "iconUrl": f"{self.site_url}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(status.category),
        }

    def priority(self, priority: e.Priority) -> e.Json:
        if priority.raw is not None:
            return dict(priority.raw)
        icon = f"{self.site_url}/images/icons/priorities/{priority.name.lower()}_new.svg"
        return {
            "self": self.self_link(f"priority/{priority.id}"),
            "iconUrl": icon,
            "name": priority.name,
            "id": priority.id,
        }

    def resolution(self, resolution: e.Resolution) -> e.Json:
        if resolution.raw is not None:
            return dict(resolution.raw)
        link = self.self_link(f"resolution/{resolution.id}")
        return {"self": link, "id": resolution.id, "description": "", "name": resolution.name}

    def type(self, type_: e.IssueType) -> e.Json:
        if type_.raw is not None:
            return dict(type_.raw)
        return {
            "self": self.self_link(f"issuetype/{type_.id}"),
            "id": type_.id,
            "description": "",
            "iconUrl": f"{self.site_url}/images/icons/issuetypes/{type_.id}.svg",
            "name": type_.name,
            "subtask": type_.level < 0,
            "avatarId": 10318,
            "hierarchyLevel": type_.level,
        }

    def project_brief(self, project: e.Project) -> e.Json:
        return {
            "self": self.self_link(f"project/{project.id}"),
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.type_key,
            "simplified": project.team_managed,
            "avatarUrls": {"48x48": f"{self.site_url}/projectavatar/{project.id}"},
        }

    def version(self, version: e.Version) -> e.Json:
        if version.raw is not None:
            return dict(version.raw)
        made: e.Json = {
            "self": self.self_link(f"version/{version.id}"),
            "id": version.id,
            "description": version.description,
            "name": version.name,
            "archived": version.archived,
            "released": version.released,
        }
        if version.start:
            made["startDate"] = version.start
        if version.release:
            made["releaseDate"] = version.release
        return made

    def component(self, component: e.Component) -> e.Json:
        if component.raw is not None:
            return dict(component.raw)
        link = self.self_link(f"component/{component.id}")
        return {"self": link, "id": component.id, "name": component.name}

    def option(self, option: e.Option) -> e.Json:
        return {
            "self": self.self_link(f"customFieldOption/{option.id}"),
            "value": option.value,
            "id": option.id,
        }

    def sprint_in_field(self, sprint: e.Sprint) -> e.Json | str:
        """A sprint inside an issue: an object, or the old text form where the site still has it."""
        return self.old_sprint(sprint) if self.work.old_sprints else self.sprint(sprint)

    def sprint(self, sprint: e.Sprint) -> e.Json:
        if sprint.raw is not None:
            return dict(sprint.raw)
        made: e.Json = {
            "id": sprint.id,
            "name": sprint.name,
            "state": sprint.state,
            "boardId": sprint.board_id,
        }
        made["goal"] = sprint.goal
        for name, moment in (
            ("startDate", sprint.start),
            ("endDate", sprint.end),
            ("completeDate", sprint.complete),
        ):
            if moment:
                made[name] = zulu(moment)
        return made

    def old_sprint(self, sprint: e.Sprint) -> str:
        times = [zulu(x) if x else "<null>" for x in (sprint.start, sprint.end, sprint.complete)]
        return (
            f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[id={sprint.id},rapidViewId={sprint.board_id},"
            f"state={sprint.state.upper()},name={sprint.name},startDate={times[0]},endDate={times[1]},"
            f"completeDate={times[2]},sequence={sprint.id},goal={sprint.goal or '<null>'}]"
        )

    def link_type(self, kind: e.LinkType) -> e.Json:
        link = self.self_link(f"issueLinkType/{kind.id}")
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": link,
        }


def zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
