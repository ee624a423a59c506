"""What the Amplitude tests share: a project that can be asked, the vendor's examples, and recorded answers."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
EXAMPLES = SHARED / "specs" / "amplitude" / "examples"
RECORDED = SHARED / "data" / "amplitude" / "nango"
FIELDS = SHARED / "specs" / "amplitude" / "fields"

needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"no examples of the vendor at {EXAMPLES}")
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recorded answers at {RECORDED}")


def example(name: str) -> Any:
    """A JSON block of the vendor's documentation."""
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def recorded(name: str) -> Any:
    """The body of the first recorded answer of a file."""
    return json.loads((RECORDED / f"{name}.exchanges.json").read_text())[0]["response"]["body"]


def shape(value: Any) -> Any:
    """What a JSON value is made of: the keys of its objects and the types of its lists' first entries."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


class Asker:
    """Somebody with good credentials."""

    def __init__(self, project: AmplitudeSimulator, key: str = "key", secret: str = "secret") -> None:
        self.project = project
        self.headers = [("Authorization", "Basic " + b64encode(f"{key}:{secret}".encode()).decode())]

    def __call__(
        self, path: str, params: Mapping[str, Any] | None = None, *, method: str = "GET", body: Any = None
    ) -> SimResponse:
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        return self.project(SimRequest.of(method, path + query, body, self.headers))

    def data(self, path: str, **params: Any) -> Any:
        """The ``data`` of an answer that must be a success."""
        answer = self(path, params)
        assert answer.status == 200, answer.content()
        return answer.json()["data"]


def event(name: str, **more: Any) -> str:
    return json.dumps({"event_type": name, **more})
