"""How much of everything one request may take."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes after decompression, times in seconds.

    ``deadline`` bounds one try from connecting to the last byte; ``patience`` is the longest wait a vendor may ask for
    before the request is given up with `RateLimited`. Back-off doubles from ``backoff`` up to ``backoff_cap``.
    """

    page: int = 32 * MB
    attachment: int = 100 * MB
    deadline: float = 60.0
    download_deadline: float = 300.0
    connect: float = 10.0
    tries: int = 5
    backoff: float = 2.0
    backoff_cap: float = 30.0
    patience: float = 120.0
    hops: int = 5
