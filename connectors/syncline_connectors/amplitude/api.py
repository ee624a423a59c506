"""Amplitude's addresses: the region, who we are, and what every request costs.

Everything a project is asked counts against one budget; which requests share it is not documented, so all do.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from syncline.connector import Account
from syncline.errors import AuthError, ProtocolError, VendorError
from syncline.jsonvalues import identity, required
from syncline_connectors.amplitude.config import AmplitudeConfig

if TYPE_CHECKING:
    from syncline.http import Answer, Http
    from syncline_connectors.amplitude.queries import Params

HOSTS = {"us": "https://amplitude.com", "eu": "https://analytics.eu.amplitude.com"}
ANNOTATIONS, COHORTS, EVENTS = "/api/3/annotations", "/api/3/cohorts", "/api/2/events/list"
_REFUSED = frozenset({401, 403})


def origins(config: AmplitudeConfig) -> tuple[str, ...]:
    """The region's host, and the other one's, which is only asked whether the keys belong there."""
    if config.url is not None:
        return (config.url,)
    other = next(region for region in HOSTS if region != config.region)
    return HOSTS[config.region], HOSTS[other]


class Api:
    """Calls to one project. ``memo`` is what the last `Account` told to remember."""

    def __init__(self, config: AmplitudeConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config, self._http = config, http
        self._base, *self._elsewhere = origins(config)
        self._key = _digest(config.key.get_secret_value())
        self._known = memo if memo.get("key") == self._key else {}
        self._server_time: datetime | None = None
        self._heard = False
        self.events: frozenset[str] | None = None
        """Names of the events that are visible in the project; None before the first proof."""
        http.listen(self._hear)

    def _hear(self, answer: Answer) -> None:
        """Amplitude answers nobody without credentials: what is answered is answered to us."""
        if answer.status < 300:
            self._heard = True
        self._server_time = self._server_time or answer.server_time

    @property
    def vouched(self) -> bool | None:
        """Whether answers were given to the project of the last check: a key belongs to one project for good."""
        return self._heard if self._known else None

    # ---- asking ----

    def ask(self, path: str, params: Params | None = None, *, cost: int = 1) -> Answer:
        return self._http.get(self._base + path, params=params, cost=cost)

    def file(self, path: str, params: Params, accept_status: Set[int]) -> Answer:
        """A file, or an answer with one of these statuses; raises TooLarge."""
        accepted = frozenset(accept_status)
        return self._http.get_file(self._base + path, params=params, accept_status=accepted)

    def json(self, path: str, params: Params | None = None, *, cost: int = 1) -> Any:
        return self._http.get_json(self._base + path, params=params, cost=cost)

    def create(self, path: str, body: Any) -> Any:
        """Sent once: two are made of what is sent twice. Raises InDoubt where no answer came."""
        return self._http.post_json(self._base + path, json=body)

    def delete(self, path: str) -> None:
        """What is gone by now, by an earlier try or by somebody, is deleted as well."""
        self._http.delete(self._base + path, idempotent=True, accept_status=frozenset({404}))

    def listed(self, path: str, name: str) -> list[Any]:
        """A list that must be there: its absence is nonsense, never an empty list."""
        answer = self.json(path)
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise ProtocolError(f"{path}: an answer without {name}")
        return found

    def now(self) -> datetime:
        """The vendor's clock at its first answer; asks where there was none."""
        if self._server_time is None:
            self.prove()
        if self._server_time is None:
            raise ProtocolError(
                "Amplitude does not tell the time", hint="a proxy may have removed the Date header"
            )
        return self._server_time

    # ---- who ----

    def prove(self) -> None:
        """Raise AuthError unless the keys are good in the configured region."""
        answer = self._http.get(self._base + EVENTS, accept_status=_REFUSED)
        if answer.status in _REFUSED:
            raise self._refusal(answer)
        try:
            found = answer.json()
        except ValueError:  # damaged on the way, or a web page
            found = self.json(EVENTS)
        if not isinstance(found, dict) or not isinstance(found.get("data"), list):
            raise ProtocolError(f"{EVENTS}: an answer without data", status=answer.status)
        rows = [row for row in found["data"] if isinstance(row, dict)]
        self.events = frozenset(str(row.get("value")) for row in rows)

    def account(self) -> Account:
        """The project. Its number is told with cohorts; without any, the key is what tells it."""
        self.prove()
        site = self._known.get("site") or self._site()
        number = site.removeprefix(f"{self._config.region}-")
        return Account(
            site=site,
            site_name=f"Amplitude project {number} ({self._config.region})",
            user_id=self._key,
            user_name="API key",
            url=self._base,
            memo={"key": self._key, "site": site},
        )

    def _site(self) -> str:
        try:
            found = self.listed(COHORTS, "cohorts")
        except VendorError as error:
            if error.status not in (401, 403, 404):
                raise
            found = []
        for cohort in found:
            try:
                return f"{self._config.region}-{identity(required(cohort, 'cohort').get('appId'), 'appId')}"
            except ValueError:
                continue
        return f"{self._config.region}-key-{self._key}"

    def _refusal(self, answer: Answer) -> AuthError:
        """Why the keys are refused: keys of the other region are worth nothing here, which nothing says."""
        region, status = self._config.region, answer.status
        for base in self._elsewhere:
            other = next(name for name, host in HOSTS.items() if host == base)
            if self._answers(base):
                return AuthError(
                    f'the keys belong to region "{other}", not "{region}"',
                    hint=f'region = "{other}"',
                    status=status,
                )
        return AuthError(
            f"Amplitude does not accept the keys ({status})",
            hint="check key and secret: both of one project, from its settings; and the region",
            status=status,
        )

    def _answers(self, base: str) -> bool:
        """Whether the other region takes the keys; one that cannot be reached does not."""
        try:
            return self._http.get(base + EVENTS, accept_status=_REFUSED).status not in _REFUSED
        except VendorError:
            return False


def _digest(key: str) -> str:
    """What a key is remembered by; it cannot be read back."""
    return blake2b(key.encode(), digest_size=8, person=b"syncline").hexdigest()
