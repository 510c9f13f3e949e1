"""What the host that answered tells about the price: `provider_hosts.toml`."""

import re
from functools import cache, lru_cache

import msgspec

from gatemeter.llm.rule_files import read_rules

_ROUTE, _AREA, _UNKNOWN = "route", "area", "unknown"
_PORT = re.compile(r":\d+$")
_NOWHERE = re.compile(r"(?:.+\.)?(?:test|example|invalid)|.*\.example\.(?:com|net|org)")
"""Names that no host on the internet has [RFC 2606]: logs that were made up, which tell nothing about a seller. What
answers at `localhost` is real, and one's own.
"""


class _Host(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers: frozenset[str]
    pattern: str
    source: str
    models: str = ".*"


class _Untold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers: frozenset[str]
    modifier: str
    models: str
    source: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hosts: tuple[_Host, ...]
    untold: tuple[_Untold, ...]


@lru_cache(maxsize=1024)
def modifiers_of_host(provider: str, model: str, host: str) -> tuple[tuple[str, str], ...]:
    """Modifiers by name that `host` tells of a call to `model`; empty where the price is the ordinary one.

    `provider` is as gateways call it, `host` is '' where the event tells none. A host that is not one of the provider's
    own is told as `route`; what only a host tells is `unknown` without one.
    """
    host, model = _PORT.sub("", host.strip().lower()), model.lower()
    if not host or _NOWHERE.fullmatch(host):
        fits = (each for each in _file().untold if provider in each.providers and re.fullmatch(each.models, model))
        return tuple((each.modifier, _UNKNOWN) for each in fits)
    known = [each for each in _file().hosts if not provider or provider in each.providers]
    if not known:
        return ()
    for each in known:
        found = re.fullmatch(each.pattern, host)
        if found is not None:
            groups = found.groupdict() if re.fullmatch(each.models, model) else {}
            return tuple((_ROUTE if name == _AREA else name, text) for name, text in groups.items() if text)
    return ((_ROUTE, host),) if provider else ()


@cache
def _file() -> _File:
    return read_rules("provider_hosts.toml", _File)
