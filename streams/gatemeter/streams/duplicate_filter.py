"""Finds events seen before in this epoch or the one before it, by their identity.

Identities are kept as 64-bit hashes: the chance that an event shares its hash with another one of a million in the
window is 1 in 18 million million, so of a billion events a month one goes uncounted in some 1,500 years.
"""

from collections.abc import Sequence

import xxhash

EventIds = set[int]
"""Hashed identities."""


def hashed(event_ids: Sequence[str]) -> list[int]:
    """The 64-bit hash of each identity."""
    hash_of = xxhash.xxh3_64_intdigest
    return [hash_of(event_id.encode("utf-8", "surrogatepass")) for event_id in event_ids]


class DuplicateFilter:
    """Looks into the epoch before (fixed) and the current one (growing with every event, duplicates included)."""

    def __init__(self, previous: EventIds) -> None:
        self._previous = previous
        self.current: EventIds = set()

    def mark(self, event_ids: Sequence[str]) -> list[int] | None:
        """Remember all of `event_ids`; the positions of those not seen before, or None when none was seen before."""
        hashes = hashed(event_ids)
        fresh = set(hashes)
        if len(fresh) == len(hashes) and self.current.isdisjoint(fresh) and self._previous.isdisjoint(fresh):
            self.current |= fresh
            return None
        seen = (fresh & self.current) | (fresh & self._previous)
        self.current |= fresh
        positions = []
        for position, event_hash in enumerate(hashes):
            if event_hash not in seen:
                seen.add(event_hash)
                positions.append(position)
        return positions
