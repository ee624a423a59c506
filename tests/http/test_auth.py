"""Declared credentials."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import SecretStr
from tests.http.lab import MakeHttp

from syncline.errors import ConfigError
from syncline.http import Anonymous, Auth, Basic, Bearer, Header, OAuth, Query

ALL: list[Auth] = [
    Basic("ann@acme.example", SecretStr("canary-1")),
    Bearer(SecretStr("canary-1")),
    Header("X-Api-Key", SecretStr("canary-1")),
    Query({"key": SecretStr("canary-1"), "token": SecretStr("canary-1")}),
    OAuth(SecretStr("canary-1"), SecretStr("canary-1")),
    Anonymous(),
]


@pytest.mark.parametrize("auth", ALL, ids=lambda auth: type(auth).__name__)
def test_no_repr_shows_a_secret(auth: Auth) -> None:
    assert "canary" not in repr(auth)
    assert "canary" not in str(auth)


def test_basic_encodes_user_and_secret_as_utf8() -> None:
    assert Basic("é", SecretStr("x")).headers() == {"authorization": "Basic w6k6eA=="}


def test_oauth_quotes_what_would_end_its_header_early() -> None:
    auth = OAuth(SecretStr("key-1"), SecretStr('a", realm="b'))
    expected = 'OAuth oauth_consumer_key="key-1", oauth_token="a%22%2C%20realm%3D%22b"'
    assert auth.headers() == {"authorization": expected}
    assert auth.secrets() == ("key-1", 'a", realm="b')


@pytest.mark.parametrize("secret", ["canary\n", "canary–1", " canary", "canary\r\nX-Evil: 1", ""])
def test_a_secret_that_no_header_can_carry_is_refused_without_being_quoted(
    make_http: MakeHttp, secret: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_http(auth=Header("X-Api-Key", SecretStr(secret)))
    assert "canary" not in str(caught.value)


def test_naming_credentials_costs_no_http_library() -> None:
    code = (
        "import sys; from syncline.http import Basic, Query, Auth; "
        "sys.exit('httpx' in sys.modules or 'tenacity' in sys.modules or 'httpcore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
