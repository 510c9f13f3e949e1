"""Paths that no meter may read: where a gateway logs credentials, and what else of an event stays unread.

No list of such names is complete. So of the values that are told apart only hashes are stored, and a group with the
shape of a credential is not stored either (`values.group_text`).
"""

import re

_WORD = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_SECRET = frozenset(
    {
        *("authorization", "auth", "bearer", "cookie", "cookies", "jwt", "csrf", "xsrf"),
        *("apikey", "key", "keys", "secret", "secrets", "password", "passwd", "pwd", "passphrase", "token"),
        *("credential", "credentials", "signature", "otp", "pin", "cvv", "iban"),
    }
)
_SECRET_ENDS = ("apikey", "accesstoken", "refreshtoken", "idtoken", "sessiontoken", "clientsecret", "privatekey")
_PERSONAL = frozenset(
    {
        *("ip", "addr", "address", "forwarded", "querystring", "query", "uri", "url", "body", "referer"),
        *("referrer", "email", "phone", "useragent", "payload"),
    }
)


def secret_word(path: str) -> str | None:
    """The word in `path` that says that a credential may stand there; None if there is none."""
    words = _words(path)
    return next((word for word in words if word in _SECRET or word.endswith(_SECRET_ENDS)), None)


def personal_word(path: str) -> str | None:
    """The word in `path` that says that an address, a query string or a body may stand there."""
    return next((word for word in _words(path) if word in _PERSONAL), None)


def _words(path: str) -> list[str]:
    return _WORD.findall(_CAMEL.sub("-", path).lower())
