"""Which configured credentials no request came with, as far as that is known: pure, without a store.

Requests rarely tell their credential. So one is said to be unused only where each request of its consumer told which
credential it came with, or the consumer sent none at all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gatemeter.reports.configured_and_called import CalledName, ConfiguredEntity, Matching

_ConsumerKey = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NamedCredential:
    """How many requests of a consumer, by its workspace, id and names, told the credential `id` ('' for none)."""

    consumer: _ConsumerKey
    id: str
    requests: int
    last_ever: datetime


@dataclass(frozen=True, slots=True)
class UnusedCredential:
    """A credential that no request came with in the hours asked for; `last_used` before them, None if never seen."""

    entity: ConfiguredEntity
    consumer: str
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class CredentialUse:
    """What is known of credentials; of those `not_known` requests of their consumers do not tell enough."""

    unused: Sequence[UnusedCredential]
    not_known: Sequence[ConfiguredEntity]


def credential_use(
    credentials: Iterable[ConfiguredEntity],
    consumers: Iterable[ConfiguredEntity],
    calls: Matching,
    named: Sequence[NamedCredential],
) -> CredentialUse:
    """What `calls` and `named`, both of the hours asked for, tell of `credentials` of the configured `consumers`."""
    owners = {(each.control_plane_id, each.id): each for each in consumers}
    told = Counter[_ConsumerKey]()
    used = set[str]()
    last_used: dict[str, datetime] = {}
    for each in named:
        if each.id:
            told[each.consumer] += each.requests
            last_used[each.id] = max(each.last_ever, last_used.get(each.id, each.last_ever))
            used |= {each.id} if each.requests > 0 else set()
    unused: list[UnusedCredential] = []
    not_known: list[ConfiguredEntity] = []
    for credential in credentials:
        if credential.gateway_id in used:
            continue
        owner = owners.get((credential.control_plane_id, credential.consumer_id))
        requests = None if owner is None else [(each.asked.requests, told[_key(each)]) for each in calls.of(owner)]
        if owner is None or not _is_certain(credential, requests or ()):
            not_known.append(credential)
        else:
            unused.append(UnusedCredential(credential, owner.name or owner.gateway_id, last_used.get(credential.id)))
    return CredentialUse(unused, not_known)


def _key(called: CalledName) -> _ConsumerKey:
    return called.workspace, called.id, tuple(called.names)


def _is_certain(credential: ConfiguredEntity, requests: Iterable[tuple[int, int]]) -> bool:
    """Whether the consumer's requests, and how many of them told a credential, say that it was not used.

    A credential whose id its source does not tell cannot be found among those that were told.
    """
    return all(not sent or (credential.gateway_id and told >= sent) for sent, told in requests)
