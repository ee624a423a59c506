"""The HTTP client of one connection, built once and kept for its life."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from typing import Any, Literal, TypeVar

import httpcore
from pydantic_core import to_json

from syncline.connector import Bucket
from syncline.errors import ConfigError, ProtocolError
from syncline.http.addresses import Addresses, Params, parsed, place
from syncline.http.answer import Answer
from syncline.http.auth import Auth
from syncline.http.exchange import Call, Exchange
from syncline.http.faults import LATER, Unparsable
from syncline.http.fence import AddressRules, FencedBackend, FencedTransport, Resolver, system_resolver
from syncline.http.graphql import is_write, only_asks
from syncline.http.library import httpx
from syncline.http.limits import Limits
from syncline.http.permits import Permits
from syncline.http.redact import Redactor
from syncline.http.retry import RetryBudget, RetryPolicy
from syncline.seams import Clock, InlineTasks, Random, Tasks

T = TypeVar("T")

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
    with ``access="read"``, TransientError (its cause named) when no answer came, and InDoubt when no answer came to a
    write that may have been executed. A status in ``accept_status`` is handed back instead.
    Use as a context manager, or `close`.
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
        tasks: Tasks | None = None,
    ) -> None:
        redactor.add(*auth.secrets())
        self._tasks = tasks or InlineTasks()
        self._addresses = Addresses(origins, insecure=insecure)
        self._writes = access == "write"
        self._rule: Callable[[str, str, Any], None] | None = None
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

    def listen(self, heard: Callable[[Answer], None]) -> None:
        """Have ``heard`` called with every answer that is handed back to us as who we are, from any thread."""
        self._exchange.heard = heard

    def understand(self, meaning: Callable[[Answer], int]) -> None:
        """Have ``meaning`` give the status that an answer stands for, for vendors who tell in the body what others tell
        by status (a rate limit as 400, an error as 200).

        All else follows from that status: waiting, trying again, the error that is raised.
        """
        self._exchange.meaning = meaning

    def forbid(self, rule: Callable[[str, str, Any], None]) -> None:
        """Have ``rule`` look at method, address and JSON of every write before it is sent; it raises where it may not.

        Nothing that a connector sends goes around it. The address is whole and without its query.
        """
        self._rule = rule

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def take(self, bucket: str, cost: float = 1) -> None:
        """Wait for permits of a bucket that the next request counts against besides its own."""
        self._exchange.take(bucket, cost, "a request")

    # ---- reading ----

    def ahead(self, feed: Iterable[T]) -> Iterator[T]:
        """What ``feed`` gives, in its order; while one is being used, the next is asked for (by another thread).

        For answers that each tell how to ask for the next. At most two wait.
        """
        for _, item in self._tasks.merge([feed], ahead=1):
            yield item

    def together(self, *asks: Callable[[], T]) -> list[T]:
        """What each of ``asks`` returns, in their order; they are asked side by side (by threads), and none waits.

        Where one raises, that is raised when the others have ended.
        """
        found = dict(self._tasks.merge([_once(ask) for ask in asks], ahead=1))
        return [found[number] for number in range(len(asks))]

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
        call = self._call("GET", path, params, bucket=bucket, cost=cost, accept_status=accept_status)
        return self._run(replace(call, authenticated=authenticated))

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
        call = self._call("GET", path, params, bucket=bucket, cost=cost)
        return self._run_json(replace(call, authenticated=authenticated))

    def get_bytes(
        self, path: str, *, params: Params | None = None, bucket: str = "default", cap: int | None = None
    ) -> bytes:
        """A file behind the credentials of this connection; at most ``cap`` bytes (default 100 MB)."""
        return self.get_file(path, params=params, bucket=bucket, cap=cap).body

    def get_file(
        self,
        path: str,
        *,
        params: Params | None = None,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
        cap: int | None = None,
    ) -> Answer:
        """As `get`, for a file: at most ``cap`` bytes (default 100 MB), in as much time; raises TooLarge beyond."""
        call = self._call("GET", path, params, bucket=bucket, cost=cost, accept_status=accept_status)
        cap = cap or self._limits.attachment
        return self._run(replace(call, cap=cap, deadline=self._limits.download_deadline))

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

    # ---- asking by POST, and writing ----

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
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send ``json``. ``read`` says that it only asks (a search, a GraphQL query)."""
        call = self._call("POST", path, params, bucket=bucket, cost=cost, accept_status=accept_status)
        call = replace(call, authenticated=authenticated, headers=headers or {})
        return self._run(self._asking(call, json) if read else self._writing(call, json, idempotent))

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
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The parsed body of `post`; None for 204."""
        call = self._call("POST", path, params, bucket=bucket, cost=cost)
        call = replace(call, authenticated=authenticated, headers=headers or {})
        return self._run_json(self._asking(call, json) if read else self._writing(call, json, idempotent))

    def graphql(
        self,
        document: str,
        variables: Mapping[str, Any],
        *,
        idempotent: bool = False,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
    ) -> Any:
        """The parsed answer to a GraphQL document, sent to the base address (GraphQL over HTTP).

        Whether it writes is read from the document itself: one that is not made of queries alone is a write.
        """
        call = self._call("POST", self.base, None, bucket=bucket, cost=cost, accept_status=accept_status)
        json = {"query": document, "variables": variables}
        asks = only_asks(document)
        return self._run_json(self._asking(call, json) if asks else self._writing(call, json, idempotent))

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
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Replace. Not every PUT is idempotent (Zendesk's may add a comment), so that it has to be said."""
        call = self._call("PUT", path, params, bucket=bucket, cost=cost, accept_status=accept_status)
        return self._run(self._writing(replace(call, headers=headers or {}), json, idempotent))

    def delete(
        self,
        path: str,
        *,
        params: Params | None = None,
        idempotent: bool = False,
        json: Any = None,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Delete, or the part that ``json`` names. Repeated, it may answer 404 because the first try worked."""
        call = self._call("DELETE", path, params, bucket=bucket, cost=cost, accept_status=accept_status)
        return self._run(self._writing(replace(call, headers=headers or {}), json, idempotent))

    def upload(
        self,
        path: str,
        *,
        name: str,
        content: bytes,
        mime_type: str = "application/octet-stream",
        params: Params | None = None,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
        headers: Mapping[str, str] | None = None,
        form: bool = True,
    ) -> Answer:
        """Send one file as the part ``file`` of a form (RFC 7578), or without ``form`` as the body itself.

        Never repeated once it may have arrived.
        """
        call = self._call("POST", path, params, bucket=bucket, cost=cost, accept_status=accept_status)
        content_type, body = _form(name, content, mime_type) if form else (mime_type, content)
        call = replace(self._writing(call, None, False), content=body, content_type=content_type)
        return self._run(replace(call, headers=headers or {}, deadline=self._limits.download_deadline))

    def deposit(
        self, url: str, content: bytes, *, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Put a file to a whole URL that the vendor gave for it, without any credentials; the same twice does no harm.

        Any public https host will do, since nothing secret travels but the file; raises ProtocolError for others.
        """
        target = parsed(url)
        if not self._addresses.open_to_all(target):
            raise ProtocolError(f"an upload leads to {place(target)}", hint="only https is followed")
        call = Call(
            "PUT",
            target,
            None,
            bucket=None,
            cost=0,
            accept_status=_NONE,
            authenticated=False,
            repeatable=True,
            cap=self._limits.page,
            deadline=self._limits.download_deadline,
        )
        call = replace(self._writing(call, None, True), content=content, content_type=content_type)
        return self._run(replace(call, headers=headers or {}))

    # ---- how ----

    def _call(
        self,
        method: str,
        path: str,
        params: Params | None,
        *,
        bucket: str = "default",
        cost: float = 1,
        accept_status: frozenset[int] = _NONE,
    ) -> Call:
        return Call(
            method,
            self._addresses.resolve(path, params),
            None,
            bucket=bucket,
            cost=cost,
            accept_status=accept_status,
            authenticated=True,
            repeatable=True,
            cap=self._limits.page,
            deadline=self._limits.deadline,
        )

    def _asking(self, call: Call, json: Any) -> Call:
        if is_write(json):
            return self._writing(call, json, False)
        return replace(call, content=_encoded(json))

    def _writing(self, call: Call, json: Any, idempotent: bool) -> Call:
        if not self._writes:
            where = self._exchange.describe(call.method, call.url)
            raise ReadOnly(f"{where} would write, but this connection only reads", hint='access = "write"')
        if self._rule is not None:
            self._rule(call.method, str(call.url.copy_with(query=None)), json)
        return replace(call, content=_encoded(json), repeatable=idempotent, writes=True)

    def _run(self, call: Call) -> Answer:
        return self._retry.run(
            lambda: self._exchange.once(call), repeatable=call.repeatable, writes=call.writes
        )

    def _run_json(self, call: Call) -> Any:
        try:
            return self._retry.run(
                lambda: self._read_json(call), repeatable=call.repeatable, writes=call.writes
            )
        except Unparsable as error:
            raise ProtocolError(error.message, status=error.status) from None

    def _read_json(self, call: Call) -> Any:
        answer = self._exchange.once(call)
        if answer.status == 204:
            return None
        try:
            return answer.json()
        except ValueError:
            what = self._exchange.describe(call.method, call.url)
            raise _not_json(what, answer, writes=call.writes) from None


def _encoded(json: Any) -> bytes | None:
    return None if json is None else to_json(json)


def _form(name: str, content: bytes, mime_type: str) -> tuple[str, bytes]:
    """Content type and body of a form with one file. The boundary follows from the file: equal files, equal bytes."""
    boundary = f"syncline-{blake2b(content, digest_size=16).hexdigest()}"
    content_type = f"multipart/form-data; boundary={boundary}"
    form = httpx.Request(
        "POST",
        "https://form.invalid",
        headers={"content-type": content_type},
        files={"file": (name, content, mime_type)},
    )
    return content_type, form.read()


def _not_json(what: str, answer: Answer, *, writes: bool) -> Unparsable | ProtocolError:
    """A web page in place of data stays one, so that asking again is idle; after a write it leaves a doubt."""
    if writes or not answer.is_html:
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


def _once(ask: Callable[[], T]) -> Iterator[T]:
    yield ask()


def _pooled(addresses: Addresses, concurrency: int, resolve: Resolver) -> httpx.BaseTransport:
    pool = httpcore.ConnectionPool(
        ssl_context=_trusted(),
        max_connections=concurrency,
        max_keepalive_connections=concurrency,
        keepalive_expiry=_KEEP_ALIVE,
        network_backend=FencedBackend(AddressRules(addresses.written), resolve),
    )
    return FencedTransport(pool)
