"""Files: a client asks where to put one, puts it there, and names its address in a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from syncline.sim import SimRequest, SimResponse

MOST = 50 * 1024 * 1024


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

    def __init__(self, organization: str, new_id: object) -> None:
        self.organization, self._new_id = organization, new_id
        self.upload_host, self.asset_host = "https://storage.example.net", "https://uploads.linear.app"
        self.uploads: dict[str, Upload] = {}

    def announce(self, filename: str, content_type: str, size: int) -> Upload:
        id_ = self._new_id()  # type: ignore[operator]
        path = f"/{self.organization}/{id_}/{quote(filename, safe='')}"
        upload = Upload(
            filename,
            content_type,
            size,
            f"{self.upload_host}/upload{path}",
            f"{self.asset_host}{path}",
            [("x-goog-content-length-range", f"{size},{size}")],
        )
        self.uploads[urlsplit(upload.asset_url).path] = upload
        return upload

    def serve(self, request: SimRequest, *, known: bool) -> SimResponse | None:
        """Take or give a file, or None for a path that is none; ``known``: the caller has a good key."""
        path = quote(request.path, safe="/")
        if request.method == "PUT" and path.startswith("/upload/"):
            return self._take(path.removeprefix("/upload"), request)
        upload = self.uploads.get(path)
        if request.method != "GET" or upload is None or upload.content is None:
            return None
        if not known:
            return SimResponse(401)
        return SimResponse(200, [("Content-Type", upload.content_type)], upload.content)

    def _take(self, path: str, request: SimRequest) -> SimResponse:
        upload = self.uploads.get(path)
        if upload is None:
            return SimResponse(404)
        fits = len(request.body) == upload.size and request.header("Content-Type") == upload.content_type
        if not fits or any(request.header(name) != value for name, value in upload.headers):
            return SimResponse(403)
        upload.content = request.body
        return SimResponse(200)
