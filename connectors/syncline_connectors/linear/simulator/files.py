"""Files: a client asks where to put one, puts it there, and names its address in a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from syncline.sim import SimRequest, SimResponse


@dataclass
class Upload:
    """``content`` is None until the client has put it there; ``headers`` it must send along."""

    filename: str
    content_type: str
    size: int
    upload_url: str
    asset_url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: bytes | None = None


class Files:
    """The store. ``upload_host`` and ``asset_host`` are where the vendor has them, and may be set to the server's."""

    def __init__(self, organization: str, new_id: Callable[[], str]) -> None:
        self.organization, self._new_id = organization, new_id
        self.upload_host, self.asset_host = "https://storage.example.net", "https://uploads.linear.app"
        self.uploads: dict[str, Upload] = {}

    def announce(self, filename: str, content_type: str, size: int) -> Upload:
        id_ = self._new_id()
        path = f"/{self.organization}/{id_}/{quote(filename, safe='')}"
        upload = Upload(
            filename,
            content_type,
            size,
            f"{self.upload_host}/upload{path}",
            f"{self.asset_host}{path}",
            [("x-goog-content-length-range", f"{size},{size}")],
        )
        self.uploads[id_] = upload
        return upload

    def serve(self, request: SimRequest, *, known: bool) -> SimResponse | None:
        """Take or give a file, or None for a path that is none; ``known``: the caller has a good key."""
        upload = self._named(request.path.removeprefix("/upload"))
        if request.method == "PUT" and request.path.startswith("/upload/"):
            return self._take(upload, request)
        if request.method != "GET" or upload is None or upload.content is None:
            return None
        if not known:
            return SimResponse(401)
        return SimResponse(200, [("Content-Type", upload.content_type)], upload.content)

    def _named(self, path: str) -> Upload | None:
        """By the second part of its path, because the third, the name, may have been decoded on the way."""
        parts = path.split("/")
        return self.uploads.get(parts[2]) if len(parts) == 4 and parts[1] == self.organization else None

    def _take(self, upload: Upload | None, request: SimRequest) -> SimResponse:
        if upload is None:
            return SimResponse(404)
        fits = len(request.body) == upload.size and request.header("Content-Type") == upload.content_type
        if not fits or any(request.header(name) != value for name, value in upload.headers):
            return SimResponse(403)
        upload.content = request.body
        return SimResponse(200)
