"""What a gateway's own counter says: how many requests, of which kind, in which span, on which node, how certainly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gatemeter.losses.window import Edge, Window, enclosing


class Scope(StrEnum):
    """Which requests a counter counts; our own counts are taken of the same."""

    ALL = "all requests"
    SERVICES = "requests to a service"
    LICENSED = "requests that the license counts"


class Certainty(StrEnum):
    """How what a counter counts relates to the requests whose events the gateway is to log."""

    EXACT = "exact"
    AT_LEAST = "lower bound"
    AT_MOST = "upper bound"
    NEITHER = "neither bound"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the counter `counter` of a node counted in a window.

    `seen` is what the counter tells. `least` and `most` hold the number of requests that the node was to log, in
    `scope`; None where nothing can be said. `service` and `route` are '' in a reading of all of them. `resets` are the
    stretches within which the counter began again from 0.
    """

    counter: str
    scope: Scope
    certainty: Certainty
    node: str
    window: Window
    seen: int
    least: int | None
    most: int | None
    service: str = ""
    route: str = ""
    resets: Sequence[Edge] = ()

    @classmethod
    def of_increase(
        cls, counter: str, scope: Scope, certainty: Certainty, node: str, window: Window, seen: int, *, is_whole: bool
    ) -> "Reading":
        """A reading of a counter that grew by `seen`, or by more where `is_whole` is false."""
        least = seen if certainty in (Certainty.EXACT, Certainty.AT_LEAST) else None
        most = seen if is_whole and certainty in (Certainty.EXACT, Certainty.AT_MOST) else None
        return cls(counter, scope, certainty, node, window, seen, least, most)


def added_up(readings: Iterable[Reading]) -> Reading:
    """The sum of readings of one counter: over nodes, services or routes, which are '' in it where they differ."""
    found = list(readings)
    first = found[0]
    return replace(
        first,
        node=first.node if all(each.node == first.node for each in found) else "",
        service=first.service if all(each.service == first.service for each in found) else "",
        route=first.route if all(each.route == first.route for each in found) else "",
        window=enclosing(each.window for each in found),
        seen=sum(each.seen for each in found),
        least=_sum([each.least for each in found]),
        most=_sum([each.most for each in found]),
        resets=tuple(sorted({reset for each in found for reset in each.resets}, key=lambda edge: edge.earliest)),
    )


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None
