"""Jira's REST API as this connector uses it: addresses, paging, and the vendor's many ways of saying nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from syncline.errors import Invalid, ProtocolError, VendorError
from syncline_connectors.jira.dialect import CLOUD, DATA_CENTER, Dialect
from syncline_connectors.jira.values import Json

if TYPE_CHECKING:
    from syncline.http import Http

AGILE = "/rest/agile/1.0"
SEARCH, CHANGELOG = "search", "changelog"
"""Buckets beside the default one: the vendor counts by tenant, endpoint and method."""

EMPTY_PAGES = 20
"""Empty pages with a token that are followed before we take the answer for nonsense."""
STEPS_BACK = 100
"""How often an offset walk may step back because rows vanished under it."""


class Api:
    """Calls to one address: the site itself, or the site behind the gateway.

    A path that begins with "/" is taken as it is; any other is one of the platform, in the version the dialect speaks.
    """

    def __init__(
        self,
        http: Http,
        root: str,
        dialect: Dialect = CLOUD,
        now: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self.http = http
        self.root = root
        self.dialect = dialect
        self.now = now
        """The vendor's clock at its first answer, None before."""
        self._foreseen: dict[Hashable, Callable[[], Any]] = {}

    def address(self, path: str) -> str:
        """The whole address of a path."""
        return self.root + (path if path.startswith("/") else f"{self.dialect.platform}/{path}")

    def get(self, path: str, **params: str | int | None) -> Any:
        """One answer; what was foreseen is not asked again."""
        ask = self._foreseen.pop(_key(path, params), None) or self._getting(path, params)
        return ask()

    def foresee(self, *asks: tuple[str, Mapping[str, str | int | None]]) -> None:
        """Ask side by side, by path and parameters, what `get` will soon be asked for one by one.

        Each answer is given once; what went wrong is raised where it would have been.
        """
        outcomes = self.http.together(*(_outcome(self._getting(*ask)) for ask in asks))
        self._foreseen |= {_key(*ask): outcome for ask, outcome in zip(asks, outcomes, strict=True)}

    def _getting(self, path: str, params: Mapping[str, str | int | None]) -> Callable[[], Any]:
        return lambda: self.http.get_json(self.address(path), params=params)

    def ask(self, path: str, body: Json, bucket: str = "default") -> Any:
        """A POST that only reads."""
        return self.http.post_json(self.address(path), json=body, read=True, bucket=bucket)

    # ---- search ----

    def search(self, body: Json) -> dict[str, Any]:
        """One page of a search; raises Invalid where the query or the token is refused."""
        path = self.dialect.search
        page = answered(self.ask(path, body, SEARCH), path)
        listed(page, "issues", path)
        for warning in page.get("warnings") or ():
            _heed(warning)
        return page

    def count(self, jql: str) -> int:
        """How many issues match: about so many on Cloud, exactly on Data Center."""
        if self.dialect is DATA_CENTER:
            return total_of(self.search({"jql": jql, "maxResults": 0}))
        path = "search/approximate-count"
        count = answered(self.ask(path, {"jql": jql}, SEARCH), path).get("count")
        if not isinstance(count, int):
            raise ProtocolError("approximate-count: an answer without a count")
        return count

    def pages(self, path: str, body: Json, rows: str, bucket: str = "default") -> Iterator[dict[str, Any]]:
        """Pages chained by ``nextPageToken``, to the one without. ``isLast`` has been unreliable and is not asked."""
        guard = TokenGuard(path)
        token: str | None = None
        while True:
            sent = {**body, "nextPageToken": token} if token else body
            page = answered(self.ask(path, sent, bucket), path)
            found = listed(page, rows, path)
            token = next_token(page, path)
            yield page
            if token is None:
                return
            guard.see(token, empty=not found)

    # ---- offsets ----

    def walk(
        self,
        path: str,
        rows: str | None,
        size: int,
        known: Callable[[Any], Hashable] | None = None,
        **params: str,
    ) -> Iterator[list[Any]]:
        """Batches of an offset-paged list, each row once.

        Pages overlap by one row: where the row before is not the first of the next page, rows vanished meanwhile and we
        step back. ``rows`` names the list inside a page, None where the page is the list.
        """
        identify = known or (lambda row: row.get("id") if isinstance(row, dict) else None)
        seen: set[Hashable] = set()
        start, back, overlaps = 0, 0, False
        while True:
            answer = self.get(path, startAt=start, maxResults=size, **params)
            found = _rows(answer, rows, path)
            if overlaps and not (found and identify(found[0]) in seen) and back < STEPS_BACK:
                start, back = max(0, start - size), back + 1
                overlaps = start > 0
                continue
            fresh = list({key: row for row in found if (key := identify(row)) not in seen}.values())
            seen.update(map(identify, fresh))
            if fresh:
                yield fresh
            if _ends(answer, rows, start, found, fresh):
                return
            overlaps = len(found) > 1
            start += len(found) - 1 if overlaps else 1


def _key(path: str, params: Mapping[str, str | int | None]) -> Hashable:
    return path, frozenset(params.items())


def _outcome(ask: Callable[[], Any]) -> Callable[[], Callable[[], Any]]:
    """Asks now, and gives what then returns the answer or raises what went wrong."""

    def settle() -> Callable[[], Any]:
        try:
            answer = ask()
        except VendorError as error:
            return partial(_raise, error)
        return lambda: answer

    return settle


def _raise(error: VendorError) -> NoReturn:
    raise error


class TokenGuard:
    """Stops a walk that goes in circles or never brings anything.

    An empty page may name the token it was asked with: nothing was ready yet. A page with rows may not.
    """

    def __init__(self, what: str, token: str | None = None) -> None:
        self._what = what
        self._seen = {token} if token else set()
        self._empty = 0

    def see(self, token: str, *, empty: bool) -> None:
        """Note the token of the next page; raises ProtocolError."""
        self._empty = self._empty + 1 if empty else 0
        if self._empty >= EMPTY_PAGES:
            raise ProtocolError(f"{self._what}: {self._empty} empty pages in a row")
        if token in self._seen and not empty:
            raise ProtocolError(
                f"{self._what}: Jira repeats a page", hint="what came before is kept; the next run goes on"
            )
        self._seen.add(token)


def next_token(page: Json, what: str) -> str | None:
    """``nextPageToken``: absent, null or empty on the last page."""
    token = page.get("nextPageToken")
    if token is not None and not isinstance(token, str):
        raise ProtocolError(f"{what}: a page token that is not text")
    return token or None


def answered(answer: Any, what: str) -> dict[str, Any]:
    """An answer that must be an object."""
    if not isinstance(answer, dict):
        raise ProtocolError(f"{what}: expected an object, found {type(answer).__name__}")
    return answer


def listed(answer: Any, name: str, what: str) -> list[Any]:
    """A list that must be there: its absence is nonsense, never an empty page."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise ProtocolError(f"{what}: an answer without {name}")
    return found


def total_of(page: Json) -> int:
    """How many rows a list has in all; raises ProtocolError where it does not tell."""
    total = page.get("total")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise ProtocolError("search: an answer without a total")
    return total


def is_refused(error: Invalid) -> bool:
    """Whether the vendor refused the request itself."""
    return error.status == 400


def _rows(answer: Any, rows: str | None, path: str) -> list[Any]:
    if rows is not None:
        return listed(answered(answer, path), rows, path)
    if not isinstance(answer, list):
        raise ProtocolError(f"{path}: expected a list, found {type(answer).__name__}")
    return answer


def _ends(answer: Any, rows: str | None, start: int, found: Sequence[Any], fresh: Sequence[Any]) -> bool:
    """By ``total`` where there is one, else by ``isLast``; a bare list ends when it brings nothing new."""
    if not found:
        return True
    if rows is None:
        return not fresh
    total = answer.get("total")
    if isinstance(total, int) and not isinstance(total, bool):
        return start + len(found) >= total
    return answer.get("isLast") is True or not fresh


def _heed(warning: Any) -> None:
    """A search that tells it left something out is not a whole answer."""
    kind = str(warning.get("type", "")) if isinstance(warning, dict) else ""
    if "TRUNCAT" in kind.upper() or "LIMIT" in kind.upper():
        raise ProtocolError(
            f"search/jql: Jira left issues out ({kind})",
            hint="name fewer projects, or make the filter simpler",
        )
