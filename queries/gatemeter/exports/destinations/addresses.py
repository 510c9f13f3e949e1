"""Destinations by their addresses."""

from pathlib import Path

from gatemeter.clock import Clock
from gatemeter.errors import SettingsError
from gatemeter.exports.destinations.destination import Destination
from gatemeter.exports.destinations.directory import DirectoryDestination
from gatemeter.exports.destinations.http_put import HttpDestination
from gatemeter.exports.destinations.s3 import S3Destination


def destination_at(address: str, token: str, clock: Clock) -> Destination:
    """The destination: `s3://BUCKET/PREFIX`, `http(s)://HOST/FOLDER`, or a directory.

    Raises SettingsError for another scheme and for a bad address.
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        return DirectoryDestination(Path(address))
    match scheme.lower():
        case "s3":
            return S3Destination(address)
        case "http" | "https":
            return HttpDestination(address, token, clock=clock)
    raise SettingsError(
        "files cannot be sent to such an address", where="--out", do="name a directory, s3://... or https://..."
    )
