"""The HTTP client of one connection, built once and kept for its life."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import httpcore
import httpx
from pydantic_core import to_json

from syncline.connector import Bucket
from syncline.errors import ConfigError, ProtocolError
from syncline.http.addresses import Addresses, Params, parsed, place
from syncline.http.answer import Answer
from syncline.http.auth import Auth
from syncline.http.exchange import Call, Exchange
from syncline.http.faults import LATER, Unparsable
from syncline.http.fence import AddressRules, FencedBackend, FencedTransport, Resolver, system_resolver
from syncline.http.limits import Limits
from syncline.http.permits import Permits
from syncline.http.redact import Redactor
from syncline.http.retry import RetryBudget, RetryPolicy
from syncline.seams import Clock, Random

_NONE: frozenset[int] = frozenset()
_KEEP_ALIVE = 30.0  # seconds; below the minute after which load balancers usually hang up


class ReadOnly(ConfigError):
    """A connection that only reads was asked to write. Nothing was sent."""


class Http:
    """Requests of one connection, from any thread.

    Paths are relative to the first of ``origins`` (which may have a path itself, https://host/jira), or whole URLs at
    one of them. Buckets are shared under ``account`` by every process that uses the same credentials. Reads, and writes
    declared ``idempotent``, are repeated after passing faults; other writes only when they cannot have been executed.

    Every method raises the errors of `syncline.errors` by what the status means, `ReadOnly` for a write on a connection
    with ``access="read"``, and TransientError (its cause named) when no answer came. A status in ``accept_status`` is
    handed back instead. Use as a context manager, or `close`.
    """

    def __init__(
        self,
        origins: Sequence[str],
        auth: Auth,
        *,
        access: Literal["read", "write"],
        account: str,
        buckets: Sequence[Bucket],
        permits: Permits,
        clock: Clock,
        random: Random,
        budget: RetryBudget,
        redactor: Redactor,
        concurrency: int = 4,
        insecure: bool = False,
        transport: httpx.BaseTransport | None = None,
        limits: Limits | None = None,
        resolve: Resolver = system_resolver,
    ) -> None:
        redactor.add(*auth.secrets())
        self._addresses = Addresses(origins, insecure=insecure)
        self._writes = access == "write"
        self._limits = limits or Limits()
        self._transport = transport or _pooled(self._addresses, concurrency, resolve)
        self._retry = RetryPolicy(self._limits, budget, clock, random)
        self._exchange = Exchange(
            self._transport,
            self._addresses,
            auth,
            account=account,
            buckets=buckets,
            permits=permits,
            clock=clock,
            redactor=redactor,
            concurrency=concurrency,
            limits=self._limits,
        )

    @property
    def base(self) -> str:
        """The base address, without a slash at its end."""
        return self._addresses.base

    @property
    def requests(self) -> int:
        """How many requests were sent, repetitions and redirects included."""
        return self._exchange.requests

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def get(
        self,
        path: str,
        *,
        params: Params | None = None,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
        authenticated: bool = True,
    ) -> Answer:
        """Read ``path``; up to five redirects within the same origin are followed."""
        call = self._call("GET", path, params, None, bucket, cost, accept_status, authenticated, True)
        return self._run(call)

    def get_json(
        self,
        path: str,
        *,
        params: Params | None = None,
        bucket: str = "default",
        cost: float = 1,
        authenticated: bool = True,
    ) -> Any:
        """The parsed body of `get`; raises ProtocolError for a web page, or JSON that stays damaged."""
        call = self._call("GET", path, params, None, bucket, cost, _NONE, authenticated, True)
        return self._run_json(call)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        params: Params | None = None,
        read: bool = False,
        idempotent: bool = False,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
        authenticated: bool = True,
    ) -> Answer:
        """Send ``json``. ``read`` says that it only asks (a search, a GraphQL query)."""
        self._refuse_write("POST", path, read)
        repeatable = read or idempotent
        return self._run(
            self._call("POST", path, params, json, bucket, cost, accept_status, authenticated, repeatable)
        )

    def post_json(
        self,
        path: str,
        *,
        json: Any = None,
        params: Params | None = None,
        read: bool = False,
        idempotent: bool = False,
        bucket: str = "default",
        cost: float = 1,
        authenticated: bool = True,
    ) -> Any:
        """The parsed body of `post`; None for 204."""
        self._refuse_write("POST", path, read)
        repeatable = read or idempotent
        return self._run_json(
            self._call("POST", path, params, json, bucket, cost, _NONE, authenticated, repeatable)
        )

    def put(
        self,
        path: str,
        *,
        json: Any = None,
        params: Params | None = None,
        idempotent: bool = False,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
    ) -> Answer:
        """Replace. Not every PUT is idempotent (Zendesk's may add a comment), so that it has to be said."""
        self._refuse_write("PUT", path, False)
        return self._run(self._call("PUT", path, params, json, bucket, cost, accept_status, True, idempotent))

    def delete(
        self,
        path: str,
        *,
        params: Params | None = None,
        idempotent: bool = False,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
    ) -> Answer:
        """Delete. Repeated, it may answer 404 because the first try worked."""
        self._refuse_write("DELETE", path, False)
        return self._run(
            self._call("DELETE", path, params, None, bucket, cost, accept_status, True, idempotent)
        )

    def download(self, url: str, *, cap: int | None = None) -> bytes:
        """The bytes at a whole URL, read without any credentials; at most ``cap`` (default 100 MB).

        Any public https host will do, also after a redirect, since nothing secret travels; raises ProtocolError for
        others.
        """
        target = parsed(url)
        if not self._addresses.open_to_all(target):
            raise ProtocolError(f"a download leads to {place(target)}", hint="only https is followed")
        call = Call(
            "GET",
            target,
            None,
            bucket=None,
            cost=0,
            accept_status=_NONE,
            authenticated=False,
            repeatable=True,
            cap=cap or self._limits.attachment,
            deadline=self._limits.download_deadline,
        )
        return self._run(call).body

    def _call(
        self,
        method: str,
        path: str,
        params: Params | None,
        json: Any,
        bucket: str,
        cost: float,
        accept_status: frozenset[int],
        authenticated: bool,
        repeatable: bool,
    ) -> Call:
        return Call(
            method,
            self._addresses.resolve(path, params),
            None if json is None else to_json(json),
            bucket=bucket,
            cost=cost,
            accept_status=accept_status,
            authenticated=authenticated,
            repeatable=repeatable,
            cap=self._limits.page,
            deadline=self._limits.deadline,
        )

    def _refuse_write(self, method: str, path: str, read: bool) -> None:
        if not (read or self._writes):
            where = self._exchange.describe(method, self._addresses.resolve(path, None))
            raise ReadOnly(f"{where} would write, but this connection only reads", hint='access = "write"')

    def _run(self, call: Call) -> Answer:
        return self._retry.run(lambda: self._exchange.once(call), repeatable=call.repeatable)

    def _run_json(self, call: Call) -> Any:
        try:
            return self._retry.run(lambda: self._read_json(call), repeatable=call.repeatable)
        except Unparsable as error:
            raise ProtocolError(error.message, status=error.status) from None

    def _read_json(self, call: Call) -> Any:
        answer = self._exchange.once(call)
        what = self._exchange.describe(call.method, call.url)
        if answer.status == 204:
            return None
        try:
            return answer.json()
        except ValueError:
            raise _not_json(what, answer) from None


def _not_json(what: str, answer: Answer) -> Unparsable | ProtocolError:
    if not answer.is_html:
        return Unparsable(f"{what} answered with damaged JSON", hint=LATER, status=answer.status)
    return ProtocolError(
        f"{what} answered with a web page instead of data",
        hint="check the address; a login page or a proxy answers there",
        status=answer.status,
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates of certifi, or those of SSL_CERT_FILE for a company's own authority; built once, 20 ms."""
    return httpx.create_ssl_context()


def _pooled(addresses: Addresses, concurrency: int, resolve: Resolver) -> httpx.BaseTransport:
    pool = httpcore.ConnectionPool(
        ssl_context=_trusted(),
        max_connections=concurrency,
        max_keepalive_connections=concurrency,
        keepalive_expiry=_KEEP_ALIVE,
        network_backend=FencedBackend(AddressRules(addresses.written), resolve),
    )
    return FencedTransport(pool)
