"""The key of a dead letter's stored rows, and the row that takes a letter back."""

from dataclasses import astuple
from typing import Any

from gatemeter.wire.event_location import EventLocation

NO_EPOCH = -1
"""Stands for the epoch where it was no epoch that took a letter back."""

_NO_LETTER = ("", None, "", "", "", b"", 0)

DeadLetterValues = tuple[Any, ...]
"""Values of `DEAD_LETTERS` in order."""


def dead_letter_key(place: EventLocation, epoch_first_offset: int) -> DeadLetterValues:
    """The lineage of a letter. Its version depends on nothing but its place, so a recount writes the same row."""
    return (*astuple(place), epoch_first_offset, place.offset + 1, 0)


def taking_back(place: EventLocation, epoch_first_offset: int) -> DeadLetterValues:
    """The row that deletes the letter at `place`, whoever writes the letter itself again later."""
    return (*astuple(place), epoch_first_offset, place.offset + 2, 1, *_NO_LETTER)
