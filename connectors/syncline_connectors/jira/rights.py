"""What an account may do, asked for before anything is written."""

from __future__ import annotations

from collections.abc import Iterable

from syncline.errors import AccessDenied, ProtocolError
from syncline_connectors.jira.api import Api, answered

NEEDED = {
    "CREATE_ISSUES": "create issues",
    "EDIT_ISSUES": "edit issues",
    "ASSIGN_ISSUES": "assign issues",
    "TRANSITION_ISSUES": "transition issues",
    "LINK_ISSUES": "link issues",
    "SCHEDULE_ISSUES": "schedule issues",
    "ADD_COMMENTS": "add comments",
    "CREATE_ATTACHMENTS": "create attachments",
}
"""What a connection that writes may have to do, by the vendor's key."""


def prove_writing(api: Api, projects: Iterable[str | None]) -> None:
    """Raise AccessDenied where the account lacks a right in a project; None asks for any project.

    A scoped token may do less than its account: of that this endpoint says nothing.
    """
    for key in projects:
        answer = answered(
            api.get("mypermissions", permissions=",".join(NEEDED), projectKey=key), "mypermissions"
        )
        known = answer.get("permissions")
        if not isinstance(known, dict):
            raise ProtocolError("mypermissions: an answer without permissions")
        missing = [
            name for one, name in NEEDED.items() if (known.get(one) or {}).get("havePermission") is False
        ]
        if missing:
            raise AccessDenied(
                f'access = "write", but the account may not {", ".join(missing)} in {key or "any project"}',
                hint="give it a role in the project that may, or leave access out",
            )
