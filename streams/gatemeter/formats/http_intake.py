"""How the senders of a format post it over HTTP, where that is more than text to the collector's `/ingest/NAME`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class HttpBody(NamedTuple):
    """The body of an answer and its media type."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class HttpIntake:
    """What a collector must know of a format's senders.

    `senders` says, for people, who posts the format; '' if nobody is known to.
    `paths` are the paths that they post to by themselves, each with the status that means "accepted"; the first is the
    one to name.
    `records_of(body)` takes a body of `binary_media_type` apart, into a line of the format for each event; it raises
    RejectedEvent if the body is not such a message.
    `holds_nothing(body)` says of a body of text that it is a message without any event: nothing of it was rejected.
    `event_in_headers(headers, body)` is the event whose parts are in headers, named in lower case; None if there is
    none.
    `answer(rejected, media_type)` is the answer to a body of `media_type` that was taken, of which `rejected` events
    cannot be counted. None: the collector's own.
    `failure(what)` is the answer to a body of `binary_media_type` that is not such a message.
    """

    senders: str = ""
    paths: Mapping[str, int] = field(default_factory=dict)
    binary_media_type: str = ""
    records_of: Callable[[bytes], list[bytes]] | None = None
    holds_nothing: Callable[[bytes], bool] | None = None
    event_in_headers: Callable[[Mapping[str, str], bytes], bytes | None] | None = None
    answer: Callable[[int, str], HttpBody] | None = None
    failure: Callable[[str], HttpBody] | None = None


TEXT_ONLY = HttpIntake()
