"""What the host that answered tells about the price: `provider_hosts.toml`."""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

_ROUTE, _AREA = "route", "area"
_NOWHERE = re.compile(r"(?:.+\.)?(?:test|example|invalid|localhost)|.*\.example\.(?:com|net|org)")
"""Names that no host on the internet has [RFC 2606]: logs that were made up, which tell nothing about a seller."""


class _Host(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers: frozenset[str]
    pattern: str
    source: str
    models: str = ".*"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hosts: tuple[_Host, ...]


@lru_cache(maxsize=1024)
def modifiers_of_host(provider: str, model: str, host: str) -> tuple[tuple[str, str], ...]:
    """Modifiers by name that `host` tells of a call to `model`; empty where the price is the ordinary one.

    `provider` is as gateways call it. A host that is not one of the provider's own is told as `route`.
    """
    host = host.strip().lower()
    if not host or _NOWHERE.fullmatch(host):
        return ()
    known = [each for each in _hosts() if not provider or provider in each.providers]
    if not known:
        return ()
    for each in known:
        found = re.fullmatch(each.pattern, host)
        if found is not None:
            groups = found.groupdict() if re.fullmatch(each.models, model.lower()) else {}
            return tuple((_ROUTE if name == _AREA else name, text) for name, text in groups.items() if text)
    return ((_ROUTE, host),) if provider else ()


@cache
def _hosts() -> tuple[_Host, ...]:
    text = files(__package__).joinpath("provider_hosts.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File).hosts
