import io

from gatemeter.cli.commands.query import catalogue_text, query_layout
from gatemeter.metrics.catalogue import dimensions, metrics
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.records import OutputFormat, write_records


def test_amounts_stand_by_their_decimal_points_beside_their_currencies() -> None:
    query = MetricsQuery(metrics=("llm_cost",), by=("provider",), period=None)
    amounts = {"openai": "10.5", "azure": "1.25", "none": None}
    rows = [
        {"provider": name, "llm_cost": amount, "unpriced_calls": number, "cost_currency": amount and "USD"}
        for number, (name, amount) in enumerate(amounts.items())
    ]
    stream = io.StringIO()
    write_records(rows, query.columns, OutputFormat.TABLE, stream, layout=query_layout(query), width=80)
    assert stream.getvalue().splitlines() == [
        "provider  llm_cost  unpriced_calls  cost_currency",
        "--------  --------  --------------  -------------",
        "openai       10.5                0  USD",
        "azure         1.25               1  USD",
        "none          -                  2  -",
        "--------  --------  --------------  -------------",
        "total                            3",
    ]


def test_the_list_of_names_tells_whole_descriptions_in_any_width() -> None:
    for width in (60, 80, 200):
        text = catalogue_text(width)
        words = " ".join(text.split())
        assert max(map(len, text.splitlines())) <= width
        for name in (*metrics(), *dimensions()):
            assert name in words
        for description in [each.description for each in metrics().values()]:
            assert description in words
