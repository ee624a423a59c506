"""What a conformance check needs: a tool it may edit, and fresh connectors to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from syncline.connector import Source


class Bench(Protocol):
    """A tool with at least 25 issues and 5 comments, small pages, and somebody who edits it.

    Edits must be visible to the next request, or `settle` must wait until they are.
    """

    issues: set[str]
    """Remote ids of the issues there are; kept up to date by the bench."""

    def connect(self) -> Source:
        """A new connector with good credentials, as a new run would build it."""
        ...

    def create_issue(self, title: str) -> str:
        """Returns the remote id."""
        ...

    def edit_issue(self, remote_id: str, title: str) -> None: ...

    def add_comment(self, issue: str, text: str) -> str: ...

    def delete_comment(self, issue: str, comment: str) -> None: ...

    def delete_issue(self, remote_id: str) -> None: ...

    def revoke(self) -> None:
        """From now on the credentials are worth nothing."""
        ...

    def settle(self) -> None:
        """Wait until the tool shows everything that was edited."""
        ...


Check = Callable[[Bench], None]


def name_of(check: Check) -> str:
    """The name of a check, for reports."""
    return getattr(check, "__name__", repr(check)).removeprefix("check_")
