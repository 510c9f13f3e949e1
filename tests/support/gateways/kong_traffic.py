"""A thousand requests as Kong logs them, and what a report has to bill of them."""

from collections import Counter

from tests.support.command_in_process import read
from tests.support.databases import Store
from tests.support.kong_events import event_text

CONSUMERS = ("acme", "zoe", "initech", "umbrella", "hooli")
STATUSES = (200, 200, 201, 404, 503, 200, 429)
REQUESTS = [(CONSUMERS[number % 5], STATUSES[number % 7]) for number in range(1000)]


def log_lines() -> list[bytes]:
    """What Kong logs of the requests, each with an id of its own."""
    return [
        event_text(event_id=f'"r-{number}"', status=str(status), extra=f'"consumer":{{"id":"{consumer}"}}')
        for number, (consumer, status) in enumerate(REQUESTS)
    ]


def assert_billed_as_sent(store: Store) -> None:
    """Requests, successes, refusals and failures by consumer are those that were sent."""
    billed = {
        row["consumer_id"]: (row["requests"], row["status_2xx"], row["status_4xx"], row["status_5xx"])
        for row in read("report", "billable", "--period", "year", *store.flags)
    }
    sent = Counter((consumer, status // 100) for consumer, status in REQUESTS)
    assert billed == {
        each: (sum(sent[each, n] for n in (2, 4, 5)), sent[each, 2], sent[each, 4], sent[each, 5]) for each in CONSUMERS
    }
