"""Shows how a line of a bill came about, and how to list the events behind it."""

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
import msgspec

from gatemeter.billing.rated_line import shown_quantity
from gatemeter.cli.output import ResultForm, output, say
from gatemeter.errors import ExitCode
from gatemeter.escaping import escaped
from gatemeter.explain.bill_line import LineExplanation, shares_of
from gatemeter.metrics.catalogue import metric
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import json_text
from gatemeter.plans.charge import Flat
from gatemeter.plans.plan_list import filter_text, price_text
from gatemeter.reports.period import TimeSpan

_RANGE = re.compile(
    r"(?P<topic>.+?)\[(?P<partition>-?\d+)\] (?P<first>-?\d+)-(?P<last>-?\d+) of log (?P<log>[^,]*)(?:, |$)", re.DOTALL
)
"""One of the ranges that `BillLine.offsets` joins."""
_EVENTS = {"api": "requests", "llm": "llm_calls", "agentic": "tool_calls"}
"""By source the metric whose events `explain --consumer` shows."""
_MOST_CONSUMERS = 20
_RANGES = TableLayout(keys=("topic", "partition", "log"), never_cut=("log",), most_important=("first_offset",))
_BOOKED = TableLayout(keys=("statement", "id"), never_cut=("id",), most_important=("amount", "currency", "quantity"))
_BOOKED_COLUMNS = ("statement", "period", "quantity", "amount", "currency", "id")
_RANGE_COLUMNS = ("topic", "partition", "first_offset", "last_offset", "log")
_MOMENT = "%Y-%m-%dT%H:%MZ"
_SECOND = timedelta(seconds=1)


def show_line(explained: LineExplanation, store: str, form: ResultForm) -> ExitCode:
    """Output the line, its prices, its events, and what is stored now; `store` are the options for the store.

    The exit code is 9 where the line is not what its charge gives for its quantity.
    """
    document = _document(explained, store)
    if not form.is_table:
        click.echo(json_text(document), nl=False)
    else:
        for text in _sentences(explained, document):
            click.echo(escaped(text))
        if document["ranges"]:
            click.echo("events of the account, and of others between them, are at:")
            output(document["ranges"], _RANGE_COLUMNS, form, _RANGES)
        if len(document["booked"]) > 1:
            click.echo(f"all lines for this charge in {document['usage_period']}:")
            output(document["booked"], _BOOKED_COLUMNS, form, _BOOKED)
        for text in document["events"]:
            say(text)
    return ExitCode.OK if explained.is_as_rated else ExitCode.DIFFERENCE


def _document(explained: LineExplanation, store: str) -> dict[str, Any]:
    found, rated, charge = explained.found, explained.rated, explained.charge
    statement = found.statement
    return {
        "id": found.id,
        "key": found.key,
        "line": msgspec.structs.asdict(found.line),
        "statement": None
        if statement is None
        else {"number": statement.number, "closed_at": statement.closed_at, "sha256": statement.sha256},
        "usage_period": str(found.usage_period),
        "start": f"{rated.span.start:{_MOMENT}}",
        "end": f"{rated.span.end:{_MOMENT}}",
        "time_zone": rated.account.time_zone,
        "model": charge.model,
        "price": price_text(charge),
        "plan_valid_from": str(rated.plan.valid_from),
        "rounding": rated.plan.rounding,
        "filter": "" if isinstance(charge, Flat) else filter_text(charge.filters),
        "billable": None if explained.rule is None else [filter_text(each) for each in explained.rule.any_of],
        "is_as_rated": explained.is_as_rated,
        "stored_now": _stored(explained),
        "ranges": list(_ranges(explained.offsets)),
        "booked": [
            {
                "statement": None if each.statement is None else each.statement.number,
                "period": each.line.period,
                "quantity": each.line.quantity,
                "amount": each.line.amount,
                "currency": each.line.currency,
                "id": each.id,
            }
            for each in explained.booked
        ],
        "events": list(_event_commands(explained, store)),
    }


def _stored(explained: LineExplanation) -> dict[str, Any] | None:
    """What the store has now of the whole usage period; None of a flat amount."""
    stored, charge = explained.stored, explained.charge
    if stored is None or isinstance(charge, Flat):
        return None
    more = explained.difference
    return {
        "quantity": shown_quantity(charge, stored.billable) if stored.is_known else None,
        "not_billable": shown_quantity(charge, stored.not_billable),
        "missing": stored.missing,
        "more_than_billed": None if more is None else shown_quantity(charge, more),
        "consumers": {name: shown_quantity(charge, used) for name, used in shares_of(stored).items()},
    }


def _sentences(explained: LineExplanation, document: dict[str, Any]) -> Iterator[str]:
    found, line = explained.found, explained.found.line
    place = "a preview: its period is not closed"
    if found.statement is not None:
        place = f"of statement {found.statement.number}, closed {found.statement.closed_at}, {found.statement.sha256}"
    yield f"line {found.id} {place}"
    amount = "an amount that is not known" if line.amount is None else f"{line.amount} {line.currency}"
    what = f"a correction of {line.correction_of} in {line.period}" if line.correction_of else line.period
    yield f"account {line.account}, plan {line.plan}, charge {line.charge}, {what}: {amount}"
    yield f"  price: {document['model']}, {document['price']}, in {line.currency} since {document['plan_valid_from']}"
    yield f"  formula: {line.formula}"
    if line.amount is not None:
        how = "the difference of two amounts that are each rounded" if line.correction_of else "rounded once,"
        yield f"  exactly {line.amount_exact}, {how} {document['rounding']}"
    if not explained.is_as_rated:
        yield "  the price of the plan gives another amount for this quantity: see gatemeter statement check"
    yield f"  hours: {document['start']} to {document['end']}, a period in {document['time_zone']}"
    yield from _usage_sentences(explained, document)


def _usage_sentences(explained: LineExplanation, document: dict[str, Any]) -> Iterator[str]:
    line, stored = explained.found.line, document["stored_now"]
    if stored is None:
        yield "  a flat amount: no event is counted for it"
        return
    quantity = "not known" if line.quantity is None else line.quantity
    missing = f", {line.missing} events have no value" if line.missing else ""
    yield f"  quantity: {quantity} {line.unit} of {line.meter}; {line.not_billable} not billable{missing}"
    if document["filter"]:
        yield f"  counted where {document['filter']}"
    rule = "all of it" if document["billable"] is None else " or ".join(f"({each})" for each in document["billable"])
    yield f"  billable: {rule}"
    now = "not known" if stored["quantity"] is None else stored["quantity"]
    yield f"  stored now of {document['usage_period']}: {now} {line.unit}{_more(explained, stored)}"
    shares = list(stored["consumers"].items())
    if shares:
        more = f", and {len(shares) - _MOST_CONSUMERS:,} more" if len(shares) > _MOST_CONSUMERS else ""
        yield "  used by " + ", ".join(f"{name} {used}" for name, used in shares[:_MOST_CONSUMERS]) + more


def _more(explained: LineExplanation, stored: dict[str, Any]) -> str:
    more = explained.difference
    if more is None:
        return ""
    if not more:
        return ", as billed"
    following = "the next period that is closed corrects it" if explained.booked else "usage has changed meanwhile"
    return f", {stored['more_than_billed']} {'more' if more > 0 else '(less)'} than billed: {following}"


def _ranges(offsets: str | None) -> Iterator[dict[str, Any]]:
    """The ranges that `offsets` of a line names, both offsets included."""
    for match in _RANGE.finditer(offsets or ""):
        numbers = {"partition": "partition", "first_offset": "first", "last_offset": "last"}
        yield {
            "topic": match["topic"],
            **{name: int(match[group]) for name, group in numbers.items()},
            "log": match["log"],
        }


def _event_commands(explained: LineExplanation, store: str) -> Iterator[str]:
    """Commands that show what the quantity was counted from: usage by the hour, and single events by consumer."""
    charge, stored = explained.charge, explained.stored
    if isinstance(charge, Flat) or stored is None or not stored.by_consumer:
        return
    names = list(shares_of(stored))[:_MOST_CONSUMERS]
    filters = [str(Filter("consumer", Operator.IN, tuple(names))), *map(str, charge.filters)]
    span = explained.rated.span
    yield (
        f"by the hour, also what is not billable: gatemeter query --metrics {charge.meter} --by consumer "
        f"--granularity hour {' '.join(f'--filter {shlex.quote(each)}' for each in filters)} "
        f"--from {span.start:{_MOMENT}} --to {span.end:{_MOMENT}} --subject {explained.subject.value} {store}"
    )
    what, when = _explained_metric(charge.meter), _month(span) or "DAY"
    if not what or explained.subject.value.startswith("workspace"):
        return
    days = "" if when != "DAY" else f", of each DAY from {span.start:%Y-%m-%d} to {span.end - _SECOND:%Y-%m-%d}"
    for name in names:
        command = f"gatemeter explain --consumer {shlex.quote(name)} --period {when} {what} --samples 1000 {store}"
        yield f"events of {name}{days}, while the event ledger is kept: {command}"


def _explained_metric(meter: str) -> str:
    """The option of `explain --consumer` for the events that a meter counts; '' where it cannot show them."""
    source = metric(meter).source
    if source == "meters":
        return f"--meter {meter.removeprefix('meter:')}"
    return f"--metric {_EVENTS[source]}" if source in _EVENTS else ""


def _month(span: TimeSpan) -> str:
    """`2026-02`, where the hours are those of a month of UTC; else ''."""
    edges = (span.start.day, span.start.hour, span.end.day, span.end.hour)
    return f"{span.start:%Y-%m}" if edges == (1, 0, 1, 0) else ""
