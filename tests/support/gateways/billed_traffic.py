"""A thousand requests through a gateway, and what a report has to bill of them."""

from collections import Counter
from itertools import product

from tests.support.command_in_process import read
from tests.support.databases import Store
from tests.support.gateways.known_traffic import KnownRequest

ROUND = (
    *[KnownRequest("GET", "/orders/17", "acme")] * 5,
    *[KnownRequest("POST", "/orders", "zoe", status=201)] * 3,
    KnownRequest("GET", "/orders/0", "acme", status=503),
    KnownRequest("GET", "/orders/1", "mallory", status=401, password="guessed"),
    *[KnownRequest("GET", "/open/prices")] * 2,
)
"""Twelve requests, some of them alike."""
REQUESTS = (*ROUND * 83, *ROUND[:4])

Bill = dict[str, tuple[int, int, int]]
"""Requests, successes and refusals by consumer."""


def billed(store: Store) -> Bill:
    """What the report says; a caller may be known by id in one log, and by user name in another."""
    found: Bill = {}
    for row in read("report", "billable", "--period", "year", *store.flags):
        name = row["consumer_id"] or row["consumer_username"]
        before = found.get(name, (0, 0, 0))
        found[name] = (
            before[0] + row["requests"],
            before[1] + row["status_2xx"],
            before[2] + row["status_4xx"],
        )
    return found


def expected(logs: list[bool]) -> Bill:
    """What it has to say; of each log whether it tells consumers."""
    counted: Counter[tuple[str, int]] = Counter()
    for request, tells_consumer in product(REQUESTS, logs):
        consumer = request.consumer if tells_consumer else ""
        counted[consumer or "anonymous", request.status // 100] += 1
    return {
        consumer: (sum(counted[consumer, each] for each in (2, 4, 5)), counted[consumer, 2], counted[consumer, 4])
        for consumer in {consumer for consumer, _ in counted}
    }
