"""The originals of dead letters, encrypted: replaying needs them whole, and nobody reads them without the key.

AES-SIV (RFC 5297) takes no random number, so the same event at the same location gives the same bytes whenever it is
counted again. The location is authenticated with it: an original that was changed, or moved to another dead letter,
is not opened.
"""

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from gatemeter.errors import SettingsError
from gatemeter.wire.event_location import EventLocation

_KEY_BYTES = 64
_KEY_LINE = re.compile(r"[0-9a-fA-F]{128}")
_FAST = 1
_LARGEST_BYTES = 64 * 1024 * 1024


class SealedOriginal(NamedTuple):
    """An encrypted original, and the id of the key that opens it; both empty where none is kept."""

    key_id: str = ""
    sealed: bytes = b""


NOT_KEPT = SealedOriginal()


@dataclass(frozen=True, slots=True)
class Unopened:
    """Why an original cannot be read, in words."""

    why: str


class OriginalKeys:
    """Keys by their ids; the first one encrypts, all of them decrypt.

    `load` returns the keys, 64 bytes each, when the first one is needed; its errors are those of every method.
    """

    def __init__(self, load: Callable[[], Sequence[bytes]]) -> None:
        self._load = load

    @cached_property
    def _by_id(self) -> dict[str, bytes]:
        return {key_id(key): key for key in self._load()}

    def require(self) -> None:
        """Load the keys now, for the errors of `load`."""
        _ = self._by_id

    def seal(self, text: bytes, location: EventLocation) -> SealedOriginal:
        """`text` encrypted for the dead letter at `location`."""
        own_id, key = next(iter(self._by_id.items()))
        return SealedOriginal(own_id, _cipher(key).encrypt(zlib.compress(text, _FAST), [_context(location)]))

    def open(self, original: SealedOriginal, location: EventLocation) -> bytes | Unopened:
        """The text that was sealed at `location`, or why it cannot be read."""
        from cryptography.exceptions import InvalidTag

        key = self._by_id.get(original.key_id)
        if key is None:
            return Unopened(f"encrypted with the key {original.key_id}, given: {', '.join(self._by_id)}")
        try:
            packed = _cipher(key).decrypt(original.sealed, [_context(location)])
        except InvalidTag:
            return Unopened("the stored original was changed: it is not what was rejected here")
        return zlib.decompressobj().decompress(packed, _LARGEST_BYTES)


def keys_from_text(text: str, where: str) -> list[bytes]:
    """The keys in `text`, one a line; empty lines and lines that begin with `#` are skipped. Raises SettingsError."""
    lines = [line.strip() for line in text.splitlines()]
    written = [line for line in lines if line and not line.startswith("#")]
    if not written or not all(_KEY_LINE.fullmatch(line) for line in written):
        raise SettingsError(
            "holds no key: each line must be 128 hexadecimal digits",
            where=where,
            do="make one with: openssl rand -hex 64",
        )
    return [bytes.fromhex(line) for line in written]


def new_key() -> bytes:
    """A random key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV.generate_key(_KEY_BYTES * 8)


def key_text(key: bytes) -> str:
    """`key` as a line that `keys_from_text` reads."""
    return f"{key.hex()}\n"


def key_id(key: bytes) -> str:
    """The id that is stored beside what `key` encrypts; it says nothing about the key."""
    return sha256(b"gatemeter original " + key).hexdigest()[:16]


def _cipher(key: bytes):  # type: ignore[no-untyped-def]  # imported late: most runs reject nothing
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(key)


def _context(location: EventLocation) -> bytes:
    return f"dead letter {location}".encode()
