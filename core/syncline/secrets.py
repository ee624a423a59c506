"""Secrets stand in the configuration as references: ``env:``, ``file:``, ``command:`` or ``keyring:``.

A `Secret` in a model holds the reference; `filled` gives a copy of the model in which every secret also
carries its value. Nothing here puts a value, a refused literal or a command's output into a message, a
``repr`` or JSON.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

from syncline.errors import ConfigError

COMMAND_TIMEOUT = 10.0
"""Seconds a ``command:`` may take."""
LARGEST_FILE = 65_536
"""Bytes; no secret and no env file is larger."""

M = TypeVar("M", bound=BaseModel)


class Scheme(StrEnum):
    """Where a secret may be kept."""

    ENV = "env"
    FILE = "file"
    COMMAND = "command"
    KEYRING = "keyring"


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHAPES: Mapping[Scheme, re.Pattern[str]] = {
    Scheme.ENV: _VARIABLE,
    Scheme.FILE: re.compile(r"[^\x00-\x1f]+"),
    Scheme.COMMAND: re.compile(r".*\S.*"),
    Scheme.KEYRING: re.compile(r"[^/]+/.+"),
}
_FORMS = "env:NAME, file:PATH, command:ARGV or keyring:SERVICE/USER"


@dataclass(frozen=True, repr=False)
class Reference:
    """Where one secret is kept. Its text shows no more of a command than the program's name."""

    scheme: Scheme
    target: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read ``scheme:target``; raises ValueError, in words that never repeat ``text``."""
        scheme, colon, target = text.partition(":")
        if not colon or scheme not in set(Scheme):
            raise ValueError(f"a secret is never written here; say where it is kept: {_FORMS}")
        if not _SHAPES[Scheme(scheme)].fullmatch(target):
            raise ValueError(f"is not a well-formed {scheme}: reference; the forms are {_FORMS}")
        return cls(Scheme(scheme), target)

    def __str__(self) -> str:
        shown = self.target.split()[0] if self.scheme is Scheme.COMMAND else self.target
        return f"{self.scheme}:{shown}"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Secret:
    """The type of a secret key in a connector's ``Config``.

    As configured it knows its ``reference``; in the copy made by `filled` it answers ``get_secret_value()``
    as pydantic's ``SecretStr`` does. A ``SecretStr`` given in place of a reference counts as filled already.
    """

    reference: Reference | None
    value: SecretStr | None = None

    def get_secret_value(self) -> str:
        """The secret itself; raises RuntimeError where it was not fetched, which is a programming mistake."""
        if self.value is None:
            raise RuntimeError(f"{self} has not been fetched: prepare the connection first")
        return self.value.get_secret_value()

    def __str__(self) -> str:
        return str(self.reference or "**********")

    def __repr__(self) -> str:
        return f"Secret({self})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def _validate(cls, given: object) -> Secret:
        if isinstance(given, Secret):
            return given
        if isinstance(given, SecretStr):
            return cls(None, given)
        if not isinstance(given, str):
            raise ValueError(f"must be text: {_FORMS}")
        return cls(Reference.parse(given))


# ---- secrets inside models ---------------------------------------------------------------------------------


def references_of(model: BaseModel) -> dict[str, Reference]:
    """Every reference in ``model``, by its dotted path."""
    return {path: secret.reference for path, secret in _walk(model, "") if secret.reference}


def values_of(model: BaseModel) -> frozenset[str]:
    """Every fetched secret in ``model``: what must be kept out of anything written or printed."""
    return frozenset(secret.get_secret_value() for _, secret in _walk(model, "") if secret.value)


def filled(model: M, fetch: Callable[[str, Reference], SecretStr]) -> M:
    """A copy of ``model`` whose secrets carry values; ``fetch`` gets the dotted path and the reference."""

    def fill(path: str, secret: Secret) -> Secret:
        if secret.value is not None or secret.reference is None:
            return secret
        return Secret(secret.reference, fetch(path, secret.reference))

    copy: M = _mapped(model, "", fill)
    return copy


def _children(value: object) -> Mapping[Any, Any]:
    if isinstance(value, BaseModel):
        return dict(value)
    if isinstance(value, Mapping):
        return value
    return dict(enumerate(value)) if isinstance(value, list | tuple) else {}


def _walk(value: object, path: str) -> Iterator[tuple[str, Secret]]:
    if isinstance(value, Secret):
        yield path, value
    for key, child in _children(value).items():
        yield from _walk(child, f"{path}.{key}" if path else str(key))


def _mapped(value: Any, path: str, change: Callable[[str, Secret], Secret]) -> Any:
    if isinstance(value, Secret):
        return change(path, value)
    children = _children(value)
    changed = {
        key: new
        for key, child in children.items()
        if (new := _mapped(child, f"{path}.{key}" if path else str(key), change)) is not child
    }
    if not changed:
        return value
    if isinstance(value, BaseModel):
        return value.model_copy(update=changed)
    whole = {**children, **changed}
    return whole if isinstance(value, Mapping) else type(value)(whole.values())


# ---- fetching ----------------------------------------------------------------------------------------------


def resolve(
    reference: Reference,
    *,
    directory: Path,
    environ: Mapping[str, str],
    env_file: Path | None = None,
    wanted_by: str = "the configuration",
) -> SecretStr:
    """Fetch the secret; relative paths start at ``directory``, ``env_file`` is looked at after ``environ``.

    Raises ConfigError naming the reference, ``wanted_by`` and the places where it was looked for. An empty
    secret is an error, and so is one of several lines: it could not stand in a header.
    """
    match reference.scheme:
        case Scheme.ENV:
            found = _from_environment(reference.target, environ, env_file, wanted_by)
        case Scheme.FILE:
            found = _from_file(reference, directory, wanted_by)
        case Scheme.COMMAND:
            found = _from_command(reference, directory, environ, wanted_by)
        case Scheme.KEYRING:
            found = _from_keyring(reference, wanted_by)
    if not found:
        raise ConfigError(f"{reference}, wanted by {wanted_by}, is empty")
    if not found.isprintable():
        raise ConfigError(f"{reference}, wanted by {wanted_by}, holds more than one line of plain text")
    return SecretStr(found)


def _from_environment(name: str, environ: Mapping[str, str], env_file: Path | None, wanted_by: str) -> str:
    if name in environ:
        return environ[name].strip()
    places = "the environment"
    if env_file is not None:
        if env_file.is_symlink() or env_file.exists():
            variables = read_env_file(env_file)
            if name in variables:
                return variables[name]
            places += f" and {env_file}"
        else:
            places += f" ({env_file} does not exist)"
    raise ConfigError(
        f"variable {name}, wanted by {wanted_by}, was not found in {places}",
        hint=f"set {name}, or write it to the file named by env_file in [hub]",
    )


def _from_file(reference: Reference, directory: Path, wanted_by: str) -> str:
    try:
        path = directory / Path(reference.target).expanduser()
    except RuntimeError:
        raise ConfigError(f"{reference}, wanted by {wanted_by}, needs a home directory") from None
    try:
        return read_private(path, follow=True).strip()
    except ConfigError as error:
        raise ConfigError(f"{error.message}; wanted by {wanted_by}", hint=error.hint) from None


def _from_command(reference: Reference, directory: Path, environ: Mapping[str, str], wanted_by: str) -> str:
    what = f"{reference}, wanted by {wanted_by},"
    try:
        argv = shlex.split(reference.target)
        done = subprocess.run(  # noqa: S603 (the operator's own command, without a shell)
            argv,
            cwd=directory,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise ConfigError(f"{what} ended with {done.returncode}", hint="run it by hand to see why")
        lines = done.stdout.decode().splitlines()
    except UnicodeDecodeError:
        raise ConfigError(f"{what} did not print text") from None
    except ValueError:
        raise ConfigError(f"{what} has an unclosed quotation") from None
    except OSError as error:
        raise ConfigError(f"{what} cannot be started: {os.strerror(error.errno or 0)}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{what} took longer than {COMMAND_TIMEOUT:g} s") from None
    return lines[0].strip() if lines else ""


def _from_keyring(reference: Reference, wanted_by: str) -> str:
    what = f"{reference}, wanted by {wanted_by},"
    try:
        keyring = import_module("keyring")
        errors = import_module("keyring.errors")
    except ImportError:
        raise ConfigError(
            f"{what} needs the keyring package", hint="pip install 'syncline[keyring]'"
        ) from None
    service, _, user = reference.target.partition("/")
    try:
        found = keyring.get_password(service, user)
    except errors.KeyringError as error:
        raise ConfigError(
            f"{what} cannot be read: {type(error).__name__}", hint="use env: under cron"
        ) from None
    if found is None:
        raise ConfigError(f"{what} is not in the keyring")
    return str(found)


# ---- private files -----------------------------------------------------------------------------------------


def read_private(path: Path, *, follow: bool = False) -> str:
    """The text of a file that only its owner can read; raises ConfigError.

    The file opened is the file judged. A symbolic link is refused, unless ``follow`` and the link is the
    user's own or root's (mounted secrets are such links).
    """
    try:
        descriptor = _open_private(path, follow)
        with open(descriptor, "rb") as file:
            _require_private(os.fstat(descriptor), path)
            return file.read(LARGEST_FILE).decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else os.strerror(error.errno or 0)
        raise ConfigError(f"{path} cannot be read: {reason}") from None


def _open_private(path: Path, follow: bool) -> int:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe in its place must not hang the run
    try:
        return os.open(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno != errno.ELOOP or not follow or not _trusted(os.lstat(path)):
            raise
    return os.open(path, flags)


def _trusted(status: os.stat_result) -> bool:
    return status.st_uid in (os.geteuid(), 0)


def _require_private(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is not a regular file")
    if not _trusted(status):
        raise ConfigError(f"{path} belongs to another user", hint="it must be yours")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigError(f"{path} can be read by others (mode {mode:04o})", hint=f"chmod 600 {path}")
    if status.st_size > LARGEST_FILE:
        raise ConfigError(f"{path} is too large to hold secrets")


_ASSIGNMENT = re.compile(rf"(?:export\s+)?({_VARIABLE.pattern})\s*=\s*(.*)")
_QUOTED = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)\"""")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def read_env_file(path: Path) -> dict[str, str]:
    """``KEY=value`` lines of a private file; raises ConfigError naming the line, never its content.

    ``export``, comments, single quotes (literal) and double quotes (backslash escapes) are understood;
    nothing is expanded. Of two lines for one name the last counts.
    """
    variables = {}
    for number, raw in enumerate(read_private(path).splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(line)
        value = _env_value(assignment[2]) if assignment else None
        if assignment is None or value is None:
            raise ConfigError(f"{path}, line {number}: expected KEY=value")
        variables[assignment[1]] = value
    return variables


def _env_value(text: str) -> str | None:
    if text[:1] not in ("'", '"'):
        return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
    quoted = _QUOTED.match(text)
    rest = text[quoted.end() :].strip() if quoted else "unclosed"
    if quoted is None or (rest and not rest.startswith("#")):
        return None
    if quoted["single"] is not None:
        return quoted["single"]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), quoted["double"])
