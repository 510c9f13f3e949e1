"""Addresses of HTTP servers that people name, and tokens for them: checked before anything is sent to one."""

import re
from enum import Enum, auto
from urllib.parse import urlsplit

from gatemeter.errors import SettingsError

_TOKEN = re.compile(r"[\x21-\x7e]+")


class AddressFault(Enum):
    """What is wrong with an address."""

    HOST = auto()
    """Its host or port cannot be read."""
    LETTERS = auto()
    """It has a space, or something that cannot be seen."""
    FORM = auto()
    """It is of another scheme, has no host, or has a query or a fragment where none is expected."""
    LOGIN = auto()
    """It has a user name or a password."""


def address_fault(url: str, *, may_have_query: bool = False) -> AddressFault | None:
    """What keeps `url` from being an address of HTTP without a login, None where nothing does."""
    if " " in url or not url.isprintable():  # urlsplit would leave some of them out, and a client would not
        return AddressFault.LETTERS
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return AddressFault.HOST
    if port == 0:
        return AddressFault.HOST
    has_query = bool(parts.query) and not may_have_query
    if parts.scheme not in ("http", "https") or not parts.hostname or has_query or parts.fragment:
        return AddressFault.FORM
    return AddressFault.LOGIN if "@" in parts.netloc else None


def require_http_address(url: str, of: str, *, form: str, instead_of_login: str, where: str = "") -> None:
    """Raise SettingsError for what is not the address `of` something, without repeating it: it may hold a secret.

    `form` is how to write one, `where` what it was given by, and `instead_of_login` what to do with a login.
    """
    match address_fault(url):
        case None:
            return
        case AddressFault.HOST:
            what, do = "the address has a bad host or port", form
        case AddressFault.LETTERS:
            what, do = "the address has spaces or letters that cannot be seen", form
        case AddressFault.FORM:
            what, do = f"it is not the address of {of}", form
        case AddressFault.LOGIN:
            what, do = "the address holds a login", instead_of_login
    raise SettingsError(what, where=where, do=do)


def require_token(token: str) -> None:
    """Raise SettingsError for a token that no header can carry, without repeating it. '' stands for none."""
    if token and not _TOKEN.fullmatch(token):
        raise SettingsError("the token holds spaces or letters that no token has", do="check the token file")
