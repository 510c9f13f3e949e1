"""The URLs of a collector, as people give them to gateways."""

import platform
from urllib.parse import urlsplit

from gatemeter.formats.registry import known_formats

INGEST_PATH = "/ingest/"
_ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - nothing is bound here
_OTHERS = "any other log, by its format"


def urls_to_paste(url: str) -> str:
    """A line for each kind of sender, with the URL to give it; `url` is the one that the collector listens on."""
    base = _reachable(url)
    urls = {
        each.http.senders: base + next(iter(each.http.paths), INGEST_PATH + each.name)
        for each in known_formats()
        if each.http.senders
    }
    urls[_OTHERS] = f"{base}{INGEST_PATH}FORMAT"
    width = max(map(len, urls))
    return "\n".join(f"  {senders:{width}}  {each}" for senders, each in urls.items())


def _reachable(url: str) -> str:
    """`url` with the name of this machine, if it stands for all of its addresses."""
    parts = urlsplit(url)
    return f"http://{platform.node()}:{parts.port}" if parts.hostname in _ANY_ADDRESS else url
