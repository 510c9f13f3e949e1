"""Where a ClickHouse server is, and as whom to log in."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urlsplit

from gatemeter.contracts.errors import SettingsError

DEFAULT_DATABASE = "gatemeter"
DEFAULT_PORTS = {"http": 8123, "https": 8443}
_FORM = "write http://USER:PASSWORD@HOST:PORT/DATABASE (or https://...)"


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """A ClickHouse HTTP address. Its `str()` and `repr()` never hold the password."""

    host: str
    port: int = DEFAULT_PORTS["http"]
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = DEFAULT_DATABASE
    secure: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `http(s)://user:password@host:port/database`; all but the host may be left out.

        Raises SettingsError, which never repeats the URL: it may hold a password.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise SettingsError("the ClickHouse address has a bad host or port", do=_FORM) from error
        _check(parts)
        return cls(
            host=parts.hostname or "",
            port=port or DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or DEFAULT_DATABASE,
            secure=parts.scheme == "https",
        )

    @property
    def host_and_port(self) -> str:
        """`HOST:PORT`, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """The URL without the password."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{quote(self.user)}@{self.host_and_port}/{quote(self.database)}"


def _check(parts: SplitResult) -> None:
    if parts.scheme not in DEFAULT_PORTS:
        raise SettingsError("the ClickHouse address starts with neither http:// nor https://", do=_FORM)
    if not parts.hostname:
        raise SettingsError("the ClickHouse address names no host", do=_FORM)
    if parts.query or parts.fragment or "/" in parts.path.strip("/"):
        raise SettingsError("the ClickHouse address goes on after the database name", do=_FORM)
