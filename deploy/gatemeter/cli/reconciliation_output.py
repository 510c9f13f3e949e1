"""What `gatemeter reconcile` prints: rows, what they come to, and what is not in them."""

from collections.abc import Iterator, Sequence

import click

from gatemeter.cli.output import ResultForm, output, say
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import OutputFormat, json_text
from gatemeter.output.text import count_of
from gatemeter.reconciliation.compared import COMPARED_COLUMNS, totals
from gatemeter.reconciliation.imported_comparison import COMPARED_REQUESTS_COLUMNS, ComparedRequests
from gatemeter.reconciliation.provider_comparison import Comparison

_TABLE = TableLayout(
    columns=("period", "model", "class", "unit", "stated", "counted", "difference", "unexplained", "cause", "hint"),
    keys=("period", "model", "class"),
    kept_together=("period", "model"),
    most_important=("difference", "unexplained", "stated", "counted", "unit", "cause"),
    first_left_out=("is_finding", "provider", "explained", "hint", "cause"),
)
_REQUESTS_TABLE = TableLayout(
    columns=("period", "consumer", "stated", "counted", "difference", "cause"),
    keys=("period", "consumer"),
    most_important=("difference", "stated", "counted", "cause"),
    first_left_out=("is_finding", "source"),
)


def output_comparison(comparison: Comparison, form: ResultForm) -> None:
    """Write it: JSON as one object with totals, CSV as rows, or a table with totals and reasons below it."""
    if form.format is OutputFormat.JSON and form.to is None:
        click.echo(json_text(_record(comparison)), nl=False)
        return
    output((row.record() for row in comparison.rows), COMPARED_COLUMNS, form, _TABLE)
    is_err = not form.is_table or form.to is not None
    for line in _below(comparison):
        say(line, err=is_err)


def output_requests(rows: Sequence[ComparedRequests], form: ResultForm) -> None:
    """Write rows of requests by consumer, and in a line what they come to."""
    output((row.record() for row in rows), COMPARED_REQUESTS_COLUMNS, form, _REQUESTS_TABLE)
    findings = sum(row.is_finding for row in rows)
    text = f"{count_of(findings, 'difference')} beyond the tolerance of {count_of(len(rows), 'consumer and period')}"
    say(text, err=not form.is_table or form.to is not None)


def _record(comparison: Comparison) -> dict[str, object]:
    return {
        "is_complete": comparison.is_complete,
        "findings": sum(row.is_finding for row in comparison.rows),
        "totals": totals(comparison.rows),
        "unread": comparison.unread,
        "notes": comparison.notes,
        "rows": [row.record() for row in comparison.rows],
    }


def _below(comparison: Comparison) -> Iterator[str]:
    for total in totals(comparison.rows):
        yield (
            f"{total['provider']}, {total['class']}: stated {total['stated']} {total['unit']}, counted "
            f"{total['counted']}, difference {total['difference']}, of which {total['unexplained']} is unexplained"
        )
    yield from comparison.notes
    for row in comparison.rows:
        if row.is_finding:
            hint = f" ({'; '.join(row.hints)})" if row.hints else ""
            where = f", {row.where}" if row.where else ""
            what = f"{row.period} {row.model or row.provider} {row.kind}{where}"
            yield f"{what}: {row.unexplained:f} {row.unit} unexplained{hint}"
    for unread in comparison.unread:
        yield f"not read: {unread}"
    if not comparison.is_complete:
        yield f"not complete: {count_of(len(comparison.unread), 'row')} of the files could not be read"
