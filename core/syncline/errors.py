"""Errors, named by what the engine does next.

::

    SynclineError
    ├── ConfigError       nothing is started; exit 2 (configuration, secret reference, another site)
    ├── StoreError        the run ends; exit 1 (database locked, full, read-only, corrupt)
    ├── SchemaError       the run ends; exit 2 (database written by a newer Syncline)
    ├── LockHeld          another run is at work; exit 75
    ├── GuardTripped      a sync block is refused whole; exit 5
    ├── Stopped           the run was told to end: nothing new is begun; exit 4
    └── VendorError       the vendor failed; exit 4
        ├── AuthError         this connection stops
        ├── AccessDenied      this stream stops, the connection goes on
        ├── TransientError    retried by ``syncline.http`` while the budget lasts, then this stream stops
        │   ├── RateLimited   the same, after the time the vendor asked for
        │   └── InDoubt       a write that may have been executed: looked for before it is tried again
        ├── ProtocolError     the vendor answered nonsense: this stream stops, nothing of the page is stored
        └── RecordError       one record is set aside, the stream goes on
            ├── NotFound          the vendor answered 404
            ├── VersionConflict   somebody else changed the record first
            ├── Invalid           the vendor refuses a value; ``field`` says which
            └── Unsupported       the tool cannot express it

Errors carry fields; only the command line forms sentences from them.
"""

from __future__ import annotations


class SynclineError(Exception):
    """Base of every error raised on purpose.

    ``message`` is one line saying what and where, ``hint`` one saying what to do. Neither ever holds a secret.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} — {self.hint}" if self.hint else self.message


class ConfigError(SynclineError):
    """The configuration, a secret reference or the site behind a connection is not what it must be."""


class StoreError(SynclineError):
    """The database cannot be used now: locked past its time, full, read-only, corrupt or missing."""


class SchemaError(SynclineError):
    """The database was written by another version of Syncline."""


class LockHeld(SynclineError):
    """Another run holds the lock. ``since`` is the ISO time at which it took it, where known."""

    def __init__(self, message: str, *, hint: str | None = None, since: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.since = since


class GuardTripped(SynclineError):
    """A guard refused a sync block's plan because it looks like a disaster."""


class Stopped(SynclineError):
    """Somebody asked the run to end (`syncline.seams.Stop`)."""


class VendorError(SynclineError):
    """Something at the vendor went wrong. ``status`` is the HTTP status, where there was one."""

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class AuthError(VendorError):
    """The credentials are wrong, expired or anonymous. The connection stops for this run."""


class AccessDenied(VendorError):
    """The credentials are good but may not do this. The stream stops; the connection goes on."""


class TransientError(VendorError):
    """A fault that may pass: time-out, dropped connection, 5xx."""


class RateLimited(TransientError):
    """The vendor asked us to wait. ``after`` is in seconds, None where it did not say how long."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.after = after


class InDoubt(TransientError):
    """A write was sent and no answer came, or one that does not tell: it may have been executed."""


class ProtocolError(VendorError):
    """The vendor's answer makes no sense: unparsable, truncated, a login page, a page that repeats."""


class RecordError(VendorError):
    """One record cannot be read or written; everything else goes on."""


class NotFound(RecordError):
    """The vendor does not show the record: deleted, moved out of sight, or never there."""


class VersionConflict(RecordError):
    """The record changed between our read and our write."""


class Invalid(RecordError):
    """The vendor refuses a value. ``field`` is the common field name, or the vendor's where there is none."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.field = field


class Unsupported(RecordError):
    """The tool has no way to express what was asked."""
