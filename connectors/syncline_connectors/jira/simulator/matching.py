"""Which issues a JQL query means, and in what order.

Dates: an unquoted number is milliseconds since 1970 and absolute; a quoted text is read in the calling user's time
zone; both are cut down to the minute, as the vendor's search does. ``-5m`` and the like count from now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import total_ordering
from typing import Any
from zoneinfo import ZoneInfo

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue, parse_time
from syncline_connectors.jira.simulator.jql import All, Any_, Clause, JqlError, Not, Query, Tree, Value
from syncline_connectors.jira.simulator.site import Site

Test = Callable[[Issue], bool]

_DATES = ("created", "updated", "resolutiondate", "resolved", "duedate", "due", "createddate", "updateddate")
_ALIASES = {
    "type": "issuetype",
    "issuekey": "key",
    "issue": "key",
    "resolved": "resolutiondate",
    "due": "duedate",
    "createddate": "created",
    "updateddate": "updated",
    "fixversion": "fixVersions",
    "affectedversion": "versions",
    "component": "components",
}
_RELATIVE = re.compile(r"^([+-]?)(\d+)([mhdw])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FORMS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def value_of(issue: Issue, id_: str) -> Any:
    """A field's value, also of those that an issue keeps apart."""
    if id_ in ("created", "updated"):
        return getattr(issue, id_)
    if id_ == "statusCategory":
        status = issue.fields.get("status")
        return status.get("statusCategory") if isinstance(status, Mapping) else status and status.category
    return issue.project if id_ == "project" else issue.fields.get(id_)


def labels_of(value: Any) -> set[str]:
    """Everything that names a value in a query: ids, keys, names, in lower case."""
    if value is None:
        return set()
    if isinstance(value, (list, tuple)):
        return set().union(*map(labels_of, value))
    if isinstance(value, e.User):
        return {value.account_id.lower(), value.name.lower(), value.username.lower()}
    if isinstance(value, Issue):
        return {str(value.id), value.key.lower(), *(key.lower() for key in value.old_keys)}
    if isinstance(value, e.Project):
        return {value.id, value.key.lower(), value.name.lower(), *(key.lower() for key in value.old_keys)}
    if isinstance(value, e.Option):
        return {value.id, value.value.lower()}
    if isinstance(value, Mapping):
        names = ("id", "accountId", "key", "name", "value", "displayName")
        return {str(value[name]).lower() for name in names if value.get(name) is not None}
    name = getattr(value, "name", None)
    return {str(value.id).lower(), name.lower()} if name is not None else {str(value).lower()}


@dataclass(frozen=True)
class Reader:
    """Who asks, and when. ``visible`` are the projects the caller may browse; ``lenient`` callers get no errors.

    An anonymous caller is lenient: what it may not see is simply not there.
    """

    site: Site
    visible: frozenset[str]
    zone: ZoneInfo
    user: e.User | None = None
    lenient: bool = False

    def test(self, query: Query) -> Test:
        """Whether an issue is meant; raises JqlError for fields and values that the site does not know."""
        if query.where is None:
            if self.site.face is Face.DATA_CENTER:
                return lambda issue: True
            raise JqlError(
                "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        return self._tree(query.where)

    def order(self, query: Query) -> Callable[[Issue], SortKey]:
        """The sort key of an issue. Ties are broken by id. On Data Center ``id`` is another name of the key."""
        wanted = [(self._field(name), desc) for name, desc in query.order]
        if self.site.id_ranges_in_project:
            wanted = [("key" if id_ == "id" else id_, desc) for id_, desc in wanted or [("key", True)]]
        wanted = wanted or [("created", True)]
        return lambda issue: SortKey(
            [*(sort_value(issue, id_) for id_, _ in wanted), issue.id], [d for _, d in wanted]
        )

    # ---- clauses ----

    def _tree(self, tree: Tree) -> Test:
        if isinstance(tree, Not):
            inner = self._tree(tree.inner)
            return lambda issue: not inner(issue)
        if isinstance(tree, (All, Any_)):
            tests, every = [self._tree(part) for part in tree.parts], isinstance(tree, All)
            return lambda issue: (all if every else any)(test(issue) for test in tests)
        return self._clause(tree)

    def _clause(self, clause: Clause) -> Test:
        id_ = self._field(clause.field)
        if clause.operator in ("IS", "IS NOT") or (len(clause.values) == 1 and clause.values[0].empty):
            return self._emptiness(clause, id_)
        if clause.operator in ("~", "!~"):
            wanted, positive = clause.values[0].text.lower().strip("*"), clause.operator == "~"
            return lambda issue: (wanted in " ".join(labels_of(value_of(issue, id_)))) is positive
        if id_.lower() in _DATES:
            return self._dates(clause, id_)
        if clause.operator in ("<", "<=", ">", ">="):
            return self._numbers(clause, id_)
        return self._membership(clause, id_)

    def _field(self, name: str) -> str:
        lowered = name.lower()
        if lowered in ("id", "key", "issue", "issuekey"):
            return "id" if lowered == "id" else "key"
        wanted = _ALIASES.get(lowered, name).lower()
        for known in self.site.fields.values():
            if wanted in (
                known.id.lower(),
                known.name.lower(),
                *(clause.lower() for clause in known.clauses),
            ):
                return known.id
        raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")

    def _emptiness(self, clause: Clause, id_: str) -> Test:
        if not clause.values[0].empty:
            raise JqlError(f"The operator '{clause.operator.lower()}' only supports 'EMPTY' or 'NULL'.")
        positive = clause.operator in ("IS", "=", "IN")
        return lambda issue: (value_of(issue, id_) in (None, [], (), "")) is positive

    def _membership(self, clause: Clause, id_: str) -> Test:
        positive = clause.operator in ("=", "IN")
        wanted = {word for value in clause.values for word in self._words(clause, id_, value)}
        hits_empty = any(value.empty or _unresolved(id_, value) for value in clause.values)
        if id_ in ("id", "key"):
            return lambda issue: bool(wanted & labels_of(issue)) is positive

        def test(issue: Issue) -> bool:
            value = value_of(issue, id_)
            if value in (None, [], ()):
                # The vendor leaves empty fields out of both = and !=.
                return hits_empty and positive
            return bool(wanted & labels_of(value)) is positive

        return test

    def _words(self, clause: Clause, id_: str, value: Value) -> set[str]:
        if value.empty:
            return set()
        if value.call:
            if value.text.lower() == "currentuser":
                return {self.user.account_id.lower()} if self.user else set()
            raise JqlError(f"Unable to find JQL function '{value.text}()'.")
        if _unresolved(id_, value):
            return set()
        word = value.text.lower()
        if not self.lenient and not self._known(id_, word):
            raise JqlError(_unknown(clause.field, id_, value.text))
        return {word}

    def _known(self, id_: str, word: str) -> bool:
        site = self.site
        if id_ in ("id", "key"):
            issue = site.find_issue(word)
            return issue is not None and issue.project.id in self.visible
        if id_ == "project":
            project = site.find_project(word) or next(
                (p for p in site.projects.values() if p.name.lower() == word), None
            )
            return project is not None and project.id in self.visible
        lists: Mapping[str, Mapping[str, Any]] = {
            "status": site.statuses,
            "issuetype": site.types,
            "priority": site.priorities,
            "resolution": site.resolutions,
        }
        return id_ not in lists or any(word in labels_of(item) for item in lists[id_].values())

    def _numbers(self, clause: Clause, id_: str) -> Test:
        compare = _COMPARE[clause.operator]
        text = clause.values[0].text
        if id_ in ("id", "key"):
            if self.site.id_ranges_in_project:
                return self._later_keys(clause, text)
            issue = None if text.isdigit() else self.site.find_issue(text)
            wanted = float(issue.id if issue else text if text.isdigit() else 0)
            return lambda one: compare(one.id, wanted)
        try:
            number = float(text)
        except ValueError:
            raise JqlError(f"The value '{text}' for field '{clause.field}' is not a number.") from None
        return lambda one: (value := value_of(one, id_)) is not None and compare(float(value), number)

    def _later_keys(self, clause: Clause, text: str) -> Test:
        """Issues of the same project whose key's number compares so; 400 unless the named issue is there to see."""
        issue, compare = self.site.find_issue(text), _COMPARE[clause.operator]
        if issue is None or issue.project.id not in self.visible:
            if self.lenient:
                return lambda one: False
            raise JqlError(_unknown(clause.field, "id", text))
        project, number = sort_key_of(issue.key)
        return lambda one: sort_key_of(one.key)[0] == project and compare(sort_key_of(one.key)[1], number)

    # ---- dates ----

    def _dates(self, clause: Clause, id_: str) -> Test:
        moments = [self._moment(clause, value) for value in clause.values]
        if clause.operator in ("=", "IN", "!=", "NOT IN"):
            positive = clause.operator in ("=", "IN")
            return lambda one: (
                (at := moment_of(value_of(one, id_))) is not None
                and (any(m <= at < m + timedelta(minutes=1) for m in moments) is positive)
            )
        compare = _COMPARE[clause.operator]
        return lambda one: (at := moment_of(value_of(one, id_))) is not None and compare(at, moments[0])

    def _moment(self, clause: Clause, value: Value) -> datetime:
        now, text = self.site.now(), value.text
        if value.call:
            return self._called(value, now)
        if relative := _RELATIVE.match(text):
            sign, number, unit = relative.groups()
            span = timedelta(**{_UNITS[unit]: int(number)})
            return _minute(now - span if sign == "-" else now + span)
        if text.lstrip("-").isdigit() and not value.quoted:
            return _minute(datetime.fromtimestamp(int(text) / 1000, UTC))
        for form in _FORMS:
            try:
                local = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the caller's
            except ValueError:
                continue
            return local.replace(tzinfo=self.zone).astimezone(UTC)
        raise JqlError(
            f"Date value '{text}' for field '{clause.field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _called(self, value: Value, now: datetime) -> datetime:
        if value.text.lower() == "now":
            return now
        if value.text.lower() == "startofday":
            return datetime.combine(now.astimezone(self.zone), time.min, self.zone).astimezone(UTC)
        raise JqlError(f"Unable to find JQL function '{value.text}()'.")


def _unresolved(id_: str, value: Value) -> bool:
    return id_ == "resolution" and value.text.lower() == "unresolved"


def _unknown(field_name: str, id_: str, text: str) -> str:
    if id_ in ("id", "key"):
        kind = "ID" if text.isdigit() else "key"
        return f"An issue with {kind} '{text}' does not exist for field '{field_name}'."
    return f"The value '{text}' does not exist for the field '{field_name}'."


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def moment_of(value: Any) -> datetime | None:
    """A date field's value as a moment; days begin at midnight UTC."""
    if value is None or isinstance(value, datetime):
        return value
    if len(value) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(value), time.min, UTC)
    return parse_time(value)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def sort_key_of(key: str) -> tuple[str, int]:
    """A key's project and number."""
    project, _, number = key.rpartition("-")
    return project, int(number) if number.isdigit() else 0


def sort_value(issue: Issue, id_: str) -> int | float | str | list[Any] | None:
    """What an issue is sorted by, in a form that fits into a page token."""
    if id_ == "id":
        return issue.id
    if id_ == "key":
        return list(sort_key_of(issue.key))
    value = value_of(issue, id_)
    if id_.lower() in _DATES:
        moment = moment_of(value)
        return None if moment is None else int(moment.timestamp() * 1000)
    if value is None or isinstance(value, (int, float)):
        return value
    if id_ == "priority":
        named = value["id"] if isinstance(value, Mapping) else value.id
        return int(named) if str(named).isdigit() else 0
    return min(labels_of(value), default="")


@total_ordering
@dataclass(frozen=True)
class SortKey:
    """Values with their directions; what is missing comes last in either."""

    values: list[Any]
    descending: list[bool] = field(compare=False)

    def __lt__(self, other: SortKey) -> bool:
        directions = [*self.descending, False]
        for mine, theirs, down in zip(self.values, other.values, directions, strict=True):
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                return theirs is None
            return bool(mine > theirs if down else mine < theirs)
        return False
