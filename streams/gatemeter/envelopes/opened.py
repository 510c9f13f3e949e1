"""An envelope that was opened, and the limits of opening."""

from typing import Any, NamedTuple

MOST_ENVELOPES = 2
"""How many envelopes may lie in one another, as Fluent Bit carries what Docker has written."""

PARTIAL_LINE = "partial_line"
"""The reason of a piece of a line: the other pieces stand in other messages, and nothing says in which."""

PIECE = "a container runtime has cut the line; raise its limit, or let the shipper join the pieces"


class Opened(NamedTuple):
    """What lies in an envelope of the kind `envelope`: the text of a line as bytes, or a JSON value that was parsed.

    In a JSON object it is the member `member`. The text is not `is_ended` if it lacks the end that its writer keeps.
    """

    envelope: str
    content: Any
    member: str = ""
    is_ended: bool = True
