"""Rate limits as the vendor counts them: for the whole account, in windows that begin with the minute of the clock.

Numbers: the vendor's "Rate limits" page. That windows are aligned to the clock, that ``ratelimit-reset`` counts to
their end and how the headers are spelt: as recorded.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

from syncline.seams import Clock
from syncline_connectors.zendesk.simulator.errors import Refusal

Headers = list[tuple[str, str]]


class Plan(IntEnum):
    """Requests a minute of the whole account. Growth has as many as Professional."""

    TEAM = 200
    PROFESSIONAL = 400
    ENTERPRISE = 700
    HIGH_VOLUME = 2500


@dataclass(frozen=True)
class Rule:
    """``most`` requests in a window of ``seconds``. ``header`` is the endpoint's own header, where it has one."""

    name: str
    most: int
    seconds: int = 60
    header: str | None = None


INCREMENTAL = Rule("incremental-exports", 10)
UPDATE_TICKET = Rule("ticket-updates", 100, header="zendesk-ratelimit-ticket-updates")
PER_TICKET = Rule("per-ticket-updates", 30, 600, "zendesk-ratelimit-per-ticket-updates")
CREATE_TICKET = Rule(
    "ticket-request-create", 300, header="zendesk-ratelimit-ticket-request-create-by-user-and-ip"
)
"""Of each person; as recorded."""
LIST_TICKETS = Rule("tickets-index", 100, header="zendesk-ratelimit-tickets-index")
SEARCH_EXPORT = Rule("search-export-api", 100, header="zendesk-ratelimit-search-export-api")
DELETED_TICKETS = Rule("deleted-tickets", 10)
DELETE_TICKET = Rule("ticket-deletes", 400)
HIGH_VOLUME = {INCREMENTAL.name: 30, UPDATE_TICKET.name: 300}
"""What the add-on raises endpoint limits to."""


@dataclass
class Limits:
    """``refused`` counts every 429 by the rule's name, "account" for the plan's: a good client leaves it empty."""

    clock: Clock
    plan: Plan = Plan.ENTERPRISE
    enabled: bool = True
    refused: Counter[str] = field(default_factory=Counter)
    _used: Counter[tuple[str, str, int]] = field(default_factory=Counter, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self) -> Headers:
        """Use one request of the account; the headers of its answer. Raises 429."""
        most, used, resets = self._take(Rule("account", int(self.plan)), "")
        left = max(0, most - used)
        headers = [
            ("X-Rate-Limit", str(most)),
            ("X-Rate-Limit-Remaining", str(left)),
            ("ratelimit-limit", str(most)),
            ("ratelimit-remaining", str(left)),
            ("ratelimit-reset", str(resets)),
        ]
        if used > most:
            self._refuse("account", resets, headers)
        return headers

    def take_endpoint(self, rule: Rule, key: str = "") -> Headers:
        """Use one request of an endpoint's own limit. Raises 429."""
        most, used, resets = self._take(rule, key)
        told = f"total={most}; remaining={max(0, most - used)}; resets={resets}"
        headers = [(rule.header, told)] if rule.header else []
        if used > most:
            self._refuse(rule.name, resets, headers)
        return headers

    def _take(self, rule: Rule, key: str) -> tuple[int, int, int]:
        most = HIGH_VOLUME.get(rule.name, rule.most) if self.plan is Plan.HIGH_VOLUME else rule.most
        now = int(self.clock.now().timestamp())
        window, past = divmod(now, rule.seconds)
        with self._lock:
            self._used[rule.name, key, window] += 1
            used = self._used[rule.name, key, window]
        return most, used if self.enabled else min(used, most), rule.seconds - past

    def _refuse(self, name: str, resets: int, headers: Headers) -> None:
        self.refused[name] += 1
        told = [("Retry-After", str(resets)), *headers]
        if name == "account":
            description = "Number of allowed API requests per minute exceeded"
            raise Refusal(429, {"error": "APIRateLimitExceeded", "description": description}, told)
        raise Refusal(429, "Rate limit for this endpoint exceeded, please wait before trying again", told)
