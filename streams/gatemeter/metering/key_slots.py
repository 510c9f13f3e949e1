"""Gives each key of a rollup a slot, and bounds what clients can make of keys: long names, and many of them.

Clients choose the model that they ask for, the name of a tool, the method. A client that makes such names up would
otherwise make a row of each, in memory and in the store (ADR 13).
"""

from collections import defaultdict
from collections.abc import Hashable

import xxhash

from gatemeter.events.usage_keys import CALLER_LENGTH, Key
from gatemeter.schema.rollups import Rollup, open_places
from gatemeter.schema.usage import OTHER_NAMES

MOST_KEYS = 1_000
"""How many keys a caller has room for in a rollup: a consumer on one service and route, in one hour of one epoch.

Of custom meters in each of them.
"""

LONGEST_NAME = 256
"""Characters of a name that a client can choose. A longer one is cut, and ends with a hash of the whole."""


class KeySlots:
    """The slots of a rollup's keys, numbered from 0. Equal values of different keys are stored once."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.folded: set[int] = set()
        self._slot_of_key: dict[Key, int] = {}
        self._shared: dict[Hashable, Hashable] = {}

    def slot(self, key: Key, *, is_folded: bool = False) -> int:
        """The slot of a key as it is stored; `folded` then holds it if it is a folded key."""
        slot = self._slot_of_key.get(key)
        if slot is None:
            share = self._shared.setdefault
            stored = tuple(share(value, value) for value in key)
            slot = self._slot_of_key[stored] = len(self.keys)
            self.keys.append(stored)
            if is_folded:
                self.folded.add(slot)
        return slot


class BoundedKeys(dict[Key, int]):
    """Looking a key of an event up gives its slot in `slots`, for events that come in the order of the log.

    Once a caller has `MOST_KEYS` keys, any further key is folded: its open names (`Rollup.open_names`) become
    `OTHER_NAMES`, and all else stays, so that no caller, price class or status is lost. Which keys are folded depends
    on the keys looked up before, and on nothing else.
    """

    def __init__(self, rollup: Rollup, slots: KeySlots) -> None:
        super().__init__()
        self._slots = slots
        self._open_places = open_places(rollup)
        self._caller_length = CALLER_LENGTH + rollup.roomed_dimensions
        self._key_counts: dict[Key, int] = defaultdict(int)

    def __missing__(self, key: Key) -> int:
        if not self._open_places:
            return self._admitted(key, key)
        caller = key[: self._caller_length]
        if self._key_counts[caller] >= MOST_KEYS and any(key[place] for place in self._open_places):
            return self._slots.slot(self._folded(key), is_folded=True)  # not remembered: there may be any number
        self._key_counts[caller] += 1
        return self._admitted(key, self._with_bounded_names(key))

    def _admitted(self, key: Key, stored: Key) -> int:
        slot = self[key] = self._slots.slot(stored)
        return slot

    def _folded(self, key: Key) -> Key:
        folded = list(key)
        for place in self._open_places:
            folded[place] = folded[place] and OTHER_NAMES
        return tuple(folded)

    def _with_bounded_names(self, key: Key) -> Key:
        if all(len(key[place]) <= LONGEST_NAME and key[place] != OTHER_NAMES for place in self._open_places):
            return key
        bounded = list(key)
        for place in self._open_places:
            bounded[place] = bounded_name(bounded[place])
        return tuple(bounded)


def bounded_name(name: str) -> str:
    """`name`, or if it is too long, or the word for folded names, its beginning and a hash: distinct names stay so."""
    if len(name) <= LONGEST_NAME and name != OTHER_NAMES:
        return name
    end = f"~{xxhash.xxh3_64_hexdigest(name.encode('utf-8', 'surrogatepass'))}"
    return name[: LONGEST_NAME - len(end)] + end
