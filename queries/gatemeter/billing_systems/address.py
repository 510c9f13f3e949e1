"""Where a billing system is, and the key that it asks for."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gatemeter.errors import SettingsError
from gatemeter.http_address import require_http_address

_KEY = re.compile(r"[\x21-\x7e]{8,}")
"""A shorter one could not be struck out of answers without making others of them."""
_PORTS = {"http": ":80", "https": ":443"}
_WRITE = "write https://HOST"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the system is, without secrets, and the key that it asks for.

    `environment` names what the key is for, where one address has several: live and for tests, or organizations.
    Raises SettingsError for what is not an address or a key, without repeating a secret.
    """

    url: str
    key: str = field(repr=False)
    environment: str = ""

    def __post_init__(self) -> None:
        instead_of_login = "leave it out; keys have a file"
        require_http_address(self.url, "an API", form=_WRITE, instead_of_login=instead_of_login, where="--out")
        if not _KEY.fullmatch(self.key):
            raise SettingsError("the key holds spaces or letters that no key has, or is too short", do="check the key")

    @property
    def destination(self) -> str:
        """What is delivered is counted by: the URL, however it is written, and the environment.

        Of Stripe's keys for tests it is `test`, if no other is named.
        """
        is_test = self.key.startswith(("sk_test_", "rk_test_"))
        environment = self.environment or ("test" if is_test else "")
        return self._canonical_url + (f" ({environment})" if environment else "")

    @property
    def _canonical_url(self) -> str:
        parts = urlsplit(self.url)
        host = parts.netloc.lower().removesuffix(_PORTS[parts.scheme])
        return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
