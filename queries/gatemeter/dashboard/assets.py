"""The files of the dashboard as they are sent: in memory, compressed once, and told apart by a hash."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
}
INDEX = "index.html"
_PRELOADS, _VERSION = "<!-- preloads -->", "{version}"


@dataclass(frozen=True)
class Asset:
    """A file with its media type."""

    body: bytes
    media_type: str

    @cached_property
    def gzipped(self) -> bytes:
        """The same bytes for every process: a hash of them is a tag."""
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def etag(self) -> str:
        """The entity tag."""
        return f'"{_hash(self.body)}"'


@cache
def assets() -> Mapping[str, Asset]:
    """All files but the page itself by their path, as `css/base.css`."""
    root = files("gatemeter.dashboard").joinpath("static")
    return {path: asset for path, asset in _found(root, "").items() if path != INDEX}


@cache
def version() -> str:
    """A text that is another one as soon as any file is: it is in their addresses, so that they may be kept."""
    return _hash(b"".join(f"{path} {asset.etag} ".encode() for path, asset in sorted(assets().items())))[:12]


@cache
def page() -> Asset:
    """The page that every address of the dashboard shows. It names all modules, so that none waits for another."""
    text = files("gatemeter.dashboard").joinpath("static", INDEX).read_text(encoding="utf-8")
    modules = [path for path in sorted(assets()) if path.endswith(".js") and path != "theme.js"]
    links = "\n".join(f'<link rel="modulepreload" href="static/{_VERSION}/{path}">' for path in modules)
    filled = text.replace(_PRELOADS, links).replace(_VERSION, version())
    return Asset(filled.encode(), _MEDIA_TYPES[".html"])


def _found(folder: Traversable, before: str) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for each in folder.iterdir():
        if each.is_dir():
            found |= _found(each, f"{before}{each.name}/")
        else:
            suffix = each.name[each.name.rindex(".") :]
            found[before + each.name] = Asset(each.read_bytes(), _MEDIA_TYPES[suffix])
    return found


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
