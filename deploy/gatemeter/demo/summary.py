"""What a demo has found, in lines that a person reads in one look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, repeat

from clickhouse_connect.driver.client import Client

from gatemeter.escaping import escaped
from gatemeter.metrics.answer import answer
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.cells import significant
from gatemeter.output.placeholders import NOBODY
from gatemeter.output.text import wrapped
from gatemeter.reports.dead_letters import DeadLetterFilter, count_dead_letters
from gatemeter.reports.event_accounting import EventAccount
from gatemeter.reports.usage_parameters import Subject
from gatemeter.top.reading import Cost, costs

_MOST_NAMED = 3
_ALL = MetricsQuery(period=None, subject=Subject.USERNAME)
_LABEL_COLUMNS = 13
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Speed:
    """How long each step took, in seconds; counting goes on beside shipping, and both are in `count_s`."""

    generate_s: float
    start_s: float
    ship_s: float
    count_s: float
    compare_s: float


def summary_lines(
    client: Client, account: EventAccount, compared: int, speed: Speed, width: int | None
) -> Iterator[str]:
    """The lines, each with a label in front, folded behind it to fit `width`; None for one line each.

    Raises as `fetch` does.
    """
    compared_text = f"{compared:,} numbers compared with it, all as they must be (percentiles within 1 %)"
    said = [
        *_numbers(client, account),
        ("every event", account.sentence()),
        ("the truth", compared_text),
        ("speed", _speed_text(account.consumed, speed)),
    ]
    for label, text in said:
        yield from folded(label, text, width)


def _numbers(client: Client, account: EventAccount) -> Iterator[tuple[str, str]]:
    metrics = ("request_count", "error_rate", "latency_request_p50", "latency_request_p99")
    [traffic] = answer(client, replace(_ALL, metrics=metrics)).rows
    errors, latencies = (
        significant((traffic["error_rate"] or 0) * _PERCENT),
        map(significant, map(traffic.get, metrics[2:])),
    )
    yield "requests", f"{traffic['request_count']:,}, {errors} % of them errors"
    yield "consumers", _consumers(client)
    yield "latency", "p50 {} ms, p99 {} ms".format(*latencies)
    yield "models", _models(client)
    yield "cost", _cost(costs(client, _ALL))
    yield "agents", _agents(client)
    yield "copies", f"{account.duplicates:,} requests were told twice, and are billed once"
    yield "dead letters", _dead_letters(client, account)


def _consumers(client: Client) -> str:
    rows = answer(client, replace(_ALL, by=["consumer"])).rows
    named = ", ".join(f"{escaped(row['consumer'])} {row['request_count']:,}" for row in rows[:_MOST_NAMED])
    return f"{len([row for row in rows if row['consumer'] != NOBODY]):,} and {NOBODY}: {named}, ..."


def _models(client: Client) -> str:
    [row] = answer(client, replace(_ALL, metrics=["llm_calls", "total_tokens", "unpriced_calls"])).rows
    return (
        f"{row['llm_calls']:,} calls of {row['total_tokens'] or 0:,} tokens, {row['unpriced_calls']:,} of the calls "
        "without a price"
    )


def _cost(found: Sequence[Cost]) -> str:
    """About what calls to models cost by currency and evidence; what the gateway reported is of the same calls."""
    computed = [each for each in found if each.evidence != "reported"]
    parts = []
    for currency in dict.fromkeys(each.currency for each in computed):
        amounts = {each.evidence: each.amount for each in computed if each.currency == currency}
        evidences = ", ".join(f"{amount:,.2f} {evidence}" for evidence, amount in amounts.items())
        parts.append(f"{sum(amounts.values(), Decimal(0)):,.2f} {escaped(currency)} ({evidences})")
    reported = " and ".join(
        f"{each.amount:,.2f} {escaped(each.currency)}".rstrip() for each in found if each.evidence == "reported"
    )
    return (f"about {' and '.join(parts)}" if parts else "not known") + (
        f"; by the gateway's own account {reported}" if reported else ""
    )


def _agents(client: Client) -> str:
    [row] = answer(client, replace(_ALL, metrics=["mcp_calls", "mcp_errors", "a2a_calls"])).rows
    return (
        f"{row['mcp_calls']:,} calls of tools with {row['mcp_errors']:,} errors, {row['a2a_calls']:,} of other agents"
    )


def _dead_letters(client: Client, account: EventAccount) -> str:
    reasons = sorted(count_dead_letters(client, DeadLetterFilter()), key=lambda each: -each.letters)
    named = ", ".join(f"{each.reason} {each.letters:,}" for each in reasons[:_MOST_NAMED])
    more = ", ..." if len(reasons) > _MOST_NAMED else ""
    return f"{account.dead_letters:,} kept with their reasons: {named}{more}" if reasons else "none"


def _speed_text(events: int, speed: Speed) -> str:
    made, shipped, counted = (_rate(events, each) for each in (speed.generate_s, speed.ship_s, speed.count_s))
    return (
        f"made {made}; shipped {shipped}; shipped, counted and stored {counted} in all; servers up in "
        f"{speed.start_s:.0f} s, compared in {speed.compare_s:.0f} s"
    )


def _rate(events: int, seconds: float) -> str:
    return f"{events / max(seconds, 1e-3):,.0f}/s"


def folded(label: str, text: str, width: int | None) -> Iterator[str]:
    """`text` behind `label`, in lines of at most `width` columns where that is not too narrow for both."""
    lines = [text] if width is None else wrapped(text, max(_LABEL_COLUMNS, width - _LABEL_COLUMNS))
    for begin, line in zip(chain([label], repeat("")), lines, strict=False):
        yield f"{begin.ljust(_LABEL_COLUMNS)}{line}"
