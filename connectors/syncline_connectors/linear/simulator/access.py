"""Who is calling and what they may see: private teams are seen by their members, a limited key sees its own teams."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.errors import key_as_bearer, not_authenticated
from syncline_connectors.linear.simulator.workspace import Workspace


@dataclass(eq=False)
class Key:
    """A personal API key, or with ``oauth`` an application's access token.

    ``teams`` are those it is limited to, None for all of its user's. Of ``scopes`` there are read and write.
    """

    secret: str
    user: e.User
    teams: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset({"read", "write"})
    oauth: bool = False
    client: str | None = None
    expires: datetime | None = None
    revoked: bool = False

    def good(self, now: datetime) -> bool:
        return self.user.active and not self.revoked and (self.expires is None or now < self.expires)


@dataclass
class Credentials:
    """The keys that the workspace knows."""

    keys: list[Key] = field(default_factory=list)

    def key(self, request: SimRequest, now: datetime) -> Key | SimResponse:
        """The key of a request, or the refusal. A key goes bare into the header, a token after ``Bearer``."""
        header = (request.header("Authorization") or "").strip()
        scheme, _, rest = header.partition(" ")
        bearer = scheme.lower() == "bearer"
        secret = rest.strip() if bearer else header
        if bearer and secret.startswith("lin_api_"):
            return key_as_bearer()
        known = (key for key in self.keys if key.secret == secret and key.oauth == bearer)
        found = next(known, None)
        return found if found and found.good(now) else not_authenticated()


@dataclass(frozen=True)
class Sight:
    """What the holder of a key may see of a workspace."""

    work: Workspace
    key: Key

    def team(self, team: e.Team) -> bool:
        if self.key.teams is not None and team.id not in self.key.teams:
            return False
        return not (team.private or self.key.user.guest) or self._member(team)

    def _member(self, team: e.Team) -> bool:
        return any(m.team is team and m.user is self.key.user for m in self.work.memberships.values())

    def project(self, project: e.Project) -> bool:
        return not project.teams or any(map(self.team, project.teams))

    def node(self, node: object) -> bool:
        """Whether an entity may be seen; what belongs to no team may."""
        match node:
            case None:
                return False
            case e.Team():
                return self.team(node)
            case e.Issue() | e.State() | e.Cycle() | e.Membership():
                return self.team(node.team)
            case e.Label():
                return node.team is None or self.team(node.team)
            case e.Project():
                return self.project(node)
            case e.Milestone() | e.ProjectUpdate() | e.InitiativeToProject():
                return self.project(node.project)
            case e.Comment():
                return self.node(node.issue or node.project_update)
            case e.Attachment() | e.History():
                return self.node(node.issue)
            case e.Relation():
                return self.node(node.issue) and self.node(node.related_issue)
        return True
