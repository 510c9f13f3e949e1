"""Tokens: what a client may do, and the file that knows them by their hashes alone.

The file has a JSON object a line. A token is random, so one round of SHA-256 hides it as well as a slow hash would.
"""

import base64
import binascii
import fcntl
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.errors import InputError, SettingsError
from gatemeter.whole_file import PRIVATE, whole_file

_PREFIX = "gm_"
_SECRET_BYTES = 32
_LONGEST_TOKEN = 256


# An empty name would allow the rows that name nobody.
_Name = Annotated[str, Field(min_length=1, max_length=256)]


class Role(StrEnum):
    """What a token is for."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


class Token(BaseModel):
    """A token as the file has it; empty lists and None set no limit.

    An *ingest* token may be limited to `formats`, to a `source` (the name of the gateway whose events it sends), and to
    `events_per_s`; a *read* token to `consumers` and `workspaces`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    formats: tuple[str, ...] = ()
    source: str | None = Field(default=None, max_length=64, pattern=r"^[\w.-]+$")
    events_per_s: float | None = Field(default=None, gt=0)
    consumers: tuple[_Name, ...] = ()
    workspaces: tuple[_Name, ...] = ()


def new_secret() -> str:
    """A token's text. It is shown once, and nowhere kept."""
    return _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def hash_of(secret: str) -> str:
    """The hash by which a token is known."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def presented_secret(headers: Mapping[str, str], token_header: str) -> str | None:
    """The token that a request shows: in `token_header`, as Bearer, or as the password of Basic; None without one."""
    found = headers.get(token_header)
    if found is None:
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "bearer":
                found = rest.strip()
            case "basic":
                found = _password(rest.strip())
    return found if found and len(found) <= _LONGEST_TOKEN else None


def _password(credentials: str) -> str | None:
    try:
        user_and_password = base64.b64decode(credentials, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return user_and_password.partition(":")[2]


class TokenFile:
    """The tokens in a file; read again when it has changed, so that a token can be made and revoked at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: tuple[int, int, int] | None = None
        self._tokens: dict[str, Token] = {}

    def find(self, secret: str) -> Token | None:
        """The token with this text. Raises InputError if the file cannot be read."""
        self._refresh()
        return self._tokens.get(hash_of(secret))

    def tokens(self) -> list[Token]:
        """All tokens, in the order in which they were made; none if there is no file yet."""
        if not self._path.exists():
            return []
        self._refresh()
        return list(self._tokens.values())

    def add(self, token: Token) -> None:
        """Append `token`; the file is made if it is not there, for this user. Raises SettingsError, InputError."""
        with self._locked() as descriptor:
            if any(each.name == token.name for each in self.tokens()):
                raise SettingsError(f"there is a token {token.name} already", where="--name", do="choose another name")
            text = token.model_dump_json(exclude_defaults=True) + "\n"
            os.lseek(descriptor, 0, os.SEEK_END)
            os.write(descriptor, text.encode())

    def revoke(self, name: str) -> None:
        """Remove the token `name`. Raises SettingsError if there is none, InputError."""
        with self._locked():
            kept = [each for each in self.tokens() if each.name != name]
            if len(kept) == len(self._tokens):
                raise SettingsError(f"there is no token {name}", where=str(self._path), do="gatemeter tokens list")
            text = "".join(each.model_dump_json(exclude_defaults=True) + "\n" for each in kept)
            with whole_file(self._path, mode=PRIVATE) as file:
                file.write(text.encode())

    def _locked(self) -> "_LockedFile":
        return _LockedFile(self._path)

    def _refresh(self) -> None:
        try:
            status = self._path.stat()
            state = (status.st_mtime_ns, status.st_size, status.st_ino)
            if state != self._state:
                self._tokens = {token.sha256: token for token in _parse(self._path)}
                self._state = state
        except OSError as error:
            raise InputError(f"the token file cannot be read: {error.strerror}", where=str(self._path)) from error


class _LockedFile:
    """The file, made if it is not there and locked against other writers; a context manager of its descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int:
        try:
            while True:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                if os.fstat(self._descriptor).st_ino == self._path.stat().st_ino:
                    return self._descriptor
                os.close(self._descriptor)  # another one has replaced it meanwhile
        except OSError as error:
            raise InputError(f"the token file cannot be written: {error.strerror}", where=str(self._path)) from error

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _parse(path: Path) -> Sequence[Token]:
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(Token.model_validate_json(line))
            except ValidationError as error:
                raise InputError(
                    f"line {number} is not a token: {error.errors()[0]['msg']}",
                    where=str(path),
                    do="make tokens with gatemeter tokens create",
                ) from None
    return found
