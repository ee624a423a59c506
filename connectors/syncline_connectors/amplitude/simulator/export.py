"""The export: a zip of gzip files of JSON lines, by the hour in which events reached the vendor.

Source: Amplitude, "Export API" (2026-01-20).
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.amplitude.simulator.charts import Quirks, seeded
from syncline_connectors.amplitude.simulator.errors import Refusal
from syncline_connectors.amplitude.simulator.project import Project, Uploaded

READY = timedelta(hours=2)
"""How long after its end an hour can be exported."""
MOST = timedelta(days=365)


class Export:
    """Answers export requests. ``cap`` is how many events one export may hold: a stand-in for the 4 GB. ``slow`` is
    how many make it time out."""

    def __init__(self, project: Project, quirks: Quirks) -> None:
        self._project, self.quirks = project, quirks
        self.cap, self.slow = 100_000, 1_000_000

    def answer(self, request: SimRequest) -> SimResponse:
        start, end = _hour(request, "start"), _hour(request, "end")
        after = end + timedelta(hours=1)
        if start > end or after - start > MOST:
            raise Refusal(400, "Invalid time range")
        ready = self._project.clock.now().astimezone(UTC) - READY
        found = [
            one
            for one in self._project.uploads
            if start <= one.uploaded < after and _whole_hour(one.uploaded) + timedelta(hours=1) <= ready
        ]
        if not found:
            raise Refusal(404, "No data available for the time range requested.")
        if len(found) >= self.slow:
            raise Refusal(504, "Timed out")
        if len(found) > self.cap:
            raise Refusal(400, "The file size of the exported data is too large. Shorten the time ranges.")
        return SimResponse(200, [("Content-Type", "application/zip")], self._zip(found))

    def _zip(self, found: list[Uploaded]) -> bytes:
        files: dict[str, list[Uploaded]] = {}
        for one in found:
            moment = _whole_hour(one.uploaded)
            hour = f"{moment:%Y-%m-%d}_{moment.hour}"
            files.setdefault(f"{hour}#0", []).append(one)
            if seeded(one.uuid) % 100 < self.quirks.repeated_uploads * 100:
                files.setdefault(f"{hour}#1", []).append(one)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in sorted(files):
                lines = "".join(json.dumps(self._line(one)) + "\n" for one in files[name])
                app = self._project.app_id
                archive.writestr(f"{app}/{app}_{name}.json.gz", gzip.compress(lines.encode(), mtime=0))
        return packed.getvalue()

    def _line(self, one: Uploaded) -> dict[str, Any]:
        moment = f"{one.uploaded.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        times = ("server_upload_time", "server_received_time", "event_time", "client_event_time")
        return {
            "app": self._project.app_id,
            "uuid": one.uuid,
            "event_type": one.event_type,
            **dict.fromkeys(times, moment),
            "event_properties": one.properties,
            "user_properties": {},
            "amplitude_id": 1 + seeded(one.uuid) % 97,
        }


def _hour(request: SimRequest, name: str) -> datetime:
    try:
        return datetime.strptime(request.param(name) or "", "%Y%m%dT%H").replace(tzinfo=UTC)
    except ValueError:
        raise Refusal(400, f"Invalid {name}") from None


def _whole_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
