"""Making issues: what the creation screen takes, one request with the marker in it, and what Jira says to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from syncline.changes import kept
from syncline.connector import FieldInfo
from syncline.errors import AccessDenied, InDoubt, Invalid, NotFound, ProtocolError, Unsupported, VendorError
from syncline.model import Kind, Ref
from syncline.outcomes import Ledger
from syncline.target import Draft, Outcome
from syncline_connectors.jira.api import Api
from syncline_connectors.jira.dialect import CLOUD
from syncline_connectors.jira.encode import APART, Encoder
from syncline_connectors.jira.looking import Issues
from syncline_connectors.jira.markers import property_of
from syncline_connectors.jira.screens import Screen, ScreenField, screen_of
from syncline_connectors.jira.sending import Refusal, Sender, body_of
from syncline_connectors.jira.values import identity, required, text

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 50
"""Types or fields asked for at a time."""
PLACES: Mapping[str, str] = {"project": "container", "pid": "container", "issuetype": "type"}
"""Native fields that a draft names by words of its own."""


class Creatable(NamedTuple):
    """A type that issues can be made of, and its creation screen."""

    id: str
    name: str
    screen: Screen


class Screens:
    """The creation screens of a site's projects, each asked for once a run."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._types: dict[str, list[tuple[str, str]]] = {}
        self._screens: dict[tuple[str, str], Screen] = {}

    def types(self, project: str) -> list[tuple[str, str]]:
        """Ids and names of the types; raises Invalid for an unknown project, AccessDenied where none can be made."""
        if project not in self._types:
            rows = self._walk(f"issue/createmeta/{project}/issuetypes", "issueTypes", "id")
            found = [required(row, "issueType") for row in rows]
            self._types[project] = [
                (identity(row.get("id"), "id"), text(row.get("name"), "name") or "") for row in found
            ]
        if not self._types[project]:
            raise AccessDenied(
                f"no issue can be made in project {project}",
                hint="the account needs the permission Create issues there",
            )
        return self._types[project]

    def of(self, project: str, name: str | None) -> Creatable:
        """A type by its name; raises Invalid listing those there are."""
        types = self.types(project)
        exact = [pair for pair in types if pair[1] == name]
        loose = [pair for pair in types if pair[1].casefold() == (name or "").strip().casefold()]
        if not (exact or loose):
            names = ", ".join(pair[1] for pair in types)
            raise Invalid(
                f"project {project} has no type {name!r}", hint=f"its types are: {names}", field="type"
            )
        number, spelt = (exact or loose)[0]
        if (project, number) not in self._screens:
            rows = self._walk(f"issue/createmeta/{project}/issuetypes/{number}", "fields", "fieldId")
            self._screens[project, number] = screen_of(rows, "fields")
        return Creatable(number, spelt, self._screens[project, number])

    def _walk(self, path: str, rows: str, key: str) -> list[Any]:
        """Cloud names its lists, Data Center calls each ``values``."""
        rows = rows if self._api.dialect is CLOUD else "values"
        batches = self._api.walk(
            path, rows, PAGE, lambda row: row.get(key) if isinstance(row, dict) else None
        )
        try:
            return [row for batch in batches for row in batch]
        except (Invalid, NotFound) as error:
            raise Invalid(
                f"Jira shows no project to create in: {error.message}",
                status=error.status,
                field="container",
            ) from None


def field_infos(screen: Screen, encoder: Encoder) -> tuple[FieldInfo, ...]:
    """A creation screen for people to read."""
    return tuple(
        FieldInfo(
            entry.id,
            entry.name,
            entry.shape.type,
            entry.choices,
            required=entry.must_be_given,
            custom=entry.id.startswith("customfield_"),
            writable=bool(entry.operations),
            field=encoder.common(entry.id),
        )
        for entry in screen.values()
    )


@dataclass
class Form:
    """A creation being filled in. ``owners`` are the common names by native field."""

    of: Creatable
    fields: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def take_out(self, native: str) -> str:
        """Leave a field out again; its common name."""
        del self.fields[native]
        return self.owners.pop(native)

    def missing(self) -> Iterator[ScreenField]:
        """Required fields that nothing is given for."""
        for entry in self.of.screen.values():
            if entry.must_be_given and self.fields.get(entry.id) is None:
                yield entry


class Creator:
    """Makes issues on one site."""

    def __init__(self, api: Api, issues: Issues, encoder: Encoder, screens: Screens, site: str) -> None:
        self._sender = Sender(api)
        self._issues = issues
        self._encoder = encoder
        self._screens = screens
        self._site = site

    def create(self, draft: Draft, marker: str) -> Outcome:
        if draft.kind is not Kind.ISSUE:
            raise Unsupported(f"Jira makes no {draft.kind}")
        ledger = Ledger()
        wanted = {name: value for name, value in draft.fields.items() if name not in APART}
        named = wanted.pop("type", None) or draft.type
        form = self._filled(draft.container, named, wanted, ledger)
        number = self._post(form, draft.container, marker, ledger)
        ledger.written |= set(draft.fields) & {"type"}
        return self._told(number, wanted, ledger)

    # ---- the form ----

    def _filled(self, project: str, named: Any, wanted: Mapping[str, Any], ledger: Ledger) -> Form:
        try:
            form = Form(self._screens.of(project, named))
        except ValueError as error:
            raise ProtocolError(f"createmeta: {error}") from None
        for name, value in wanted.items():
            try:
                self._fill(form, name, value, ledger)
            except VendorError as error:
                ledger.refuse([name], error)
        missing = list(form.missing())
        if missing:
            raise self._missing(form, missing, ledger)
        return form

    def _fill(self, form: Form, name: str, value: Any, ledger: Ledger) -> None:
        place = self._encoder.place(name, form.of.screen, {})
        if place is None:
            raise Unsupported(
                f"{name} is not on the create screen of the type {form.of.name}",
                hint="add the field to the create screen in Jira, or leave it out",
            )
        alias = self._issues.alias(name, value, place.id)
        found = self._encoder.json(name, value, place, alias)
        if found in (None, []) and not (place.filled or name in ("assignees", "priority")):
            ledger.had.add(name)  # a new issue holds nothing there
            return
        form.fields[place.id], form.owners[place.id] = found, name

    def _missing(self, form: Form, missing: list[ScreenField], ledger: Ledger) -> VendorError:
        first = missing[0]
        name = self._encoder.common(first.id)
        if name in ledger.refused:
            return ledger.refused[name]
        names = ", ".join(entry.name for entry in missing)
        hint = (
            f"let {name} cross, or give it a value"
            if name
            else f'map "{first.name}" under fields, and fill it'
        )
        return Invalid(
            f"the type {form.of.name} needs {names}",
            hint=f"{hint}; or make it optional in Jira",
            field=name or first.id,
        )

    # ---- the request ----

    def _post(self, form: Form, project: str, marker: str, ledger: Ledger) -> str:
        """The id of the new issue. A 400 has made nothing: once more without the optional fields it names."""
        answer = self._send(form, project, marker)
        if isinstance(answer, Refusal) and self._gave_up(form, answer, ledger):
            answer = self._send(form, project, marker)
        if isinstance(answer, Refusal):
            raise self._refused(form, answer)
        ledger.written |= set(form.owners.values())
        try:
            return identity(required(body_of(answer, "issue"), "issue").get("id"), "id")
        except ValueError as error:
            raise InDoubt(f"an issue was made, but the answer does not tell which: {error}") from None

    def _send(self, form: Form, project: str, marker: str) -> Any:
        named = {"project": {"id": project}, "issuetype": {"id": form.of.id}}
        body = {"fields": {**form.fields, **named}, "properties": [property_of(marker)]}
        return self._sender.post("issue", body)

    def _gave_up(self, form: Form, refusal: Refusal, ledger: Ledger) -> bool:
        """Take out the fields a refusal names; False where one is required, or not ours, or none is named."""
        told = refusal.said.fields
        if refusal.status != 400 or not told:
            return False
        if any(native not in form.owners or form.of.screen[native].must_be_given for native in told):
            return False
        for native, reason in told.items():
            name = form.take_out(native)
            ledger.refuse([name], refusal.error(name, reason))
        return True

    def _refused(self, form: Form, refusal: Refusal) -> VendorError:
        native, told = next(iter(refusal.said.fields.items()), (None, None))
        if native is None:
            return refusal.error()
        name = form.owners.get(native) or PLACES.get(native) or self._encoder.common(native) or native
        return refusal.error(name, told)

    # ---- what came of it ----

    def _told(self, number: str, wanted: Mapping[str, Any], ledger: Ledger) -> Outcome:
        ref = Ref(self._site, Kind.ISSUE, number)
        try:
            seen = self._issues.read(number)
        except VendorError:
            return ledger.outcome(ref, None, later=False)
        for name in sorted(ledger.written & wanted.keys()):
            shall = self._encoder.stored(name, wanted[name])
            if not kept(name, shall, None, seen.issue):
                ledger.undo(name, Invalid(f"Jira made the issue without {name} and said nothing", field=name))
        return ledger.outcome(ref, seen.sourced, later=True)
