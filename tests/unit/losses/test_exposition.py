"""Reading what gateways expose for Prometheus: right numbers, or a refusal that names the line."""

from decimal import Decimal

import pytest

from gatemeter.errors import InputError
from gatemeter.losses.exposition import parse_exposition

DOCUMENTED = r"""# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
# Minimalistic line:
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
rpc_duration_seconds_sum 1.7560473e+07
empty_labels{} 5
spaced { a = "1" , } 7
"""


def test_the_forms_of_the_formats_documentation_are_read() -> None:
    found = parse_exposition(DOCUMENTED, "m.prom")
    by_name = {(sample.name, sample.labels.get("code", "")): sample for sample in found.samples}
    assert by_name["http_requests_total", "200"].value == 1027
    assert by_name["http_requests_total", "200"].timestamp == Decimal(1395066363000)
    labels = by_name["msdos_file_access_time_seconds", ""].labels
    assert labels == {"path": "C:\\DIR\\FILE.TXT", "error": 'Cannot find file:\n"FILE.TXT"'}
    assert by_name["something_weird", ""].value == Decimal("Infinity")
    assert by_name["rpc_duration_seconds_sum", ""].value == 17_560_473
    assert (by_name["empty_labels", ""].labels, by_name["spaced", ""].labels) == ({}, {"a": "1"})
    assert found.types == {"http_requests_total": "counter"}


def test_openmetrics_exemplars_created_and_the_end_are_read() -> None:
    text = 'foo_total{a="b"} 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67\nfoo_created 1520872607.123\n# EOF\n'
    found = parse_exposition(text, "m.prom")
    assert found.is_open_metrics
    assert [(sample.name, sample.value) for sample in found.samples] == [
        ("foo_total", Decimal("17.0")),
        ("foo_created", Decimal("1520872607.123")),
    ]
    assert found.samples[0].timestamp == Decimal("1520879607.789")


def test_lines_that_end_as_on_windows_are_the_same() -> None:
    assert parse_exposition(DOCUMENTED.replace("\n", "\r\n"), "m.prom") == parse_exposition(DOCUMENTED, "m.prom")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('a 1\nb{c="d', "m:2", "does not end"),
        ('a 1\nb{c="d\n', "m:2", "not whole"),
        ('b{c="d"\n', "m:1", "not whole"),
        ('b{c="d" e="f"} 1\n', "m:1", "not whole"),
        ('b{c="\\x"} 1\n', "m:1", "not an escape"),
        ('b{c="1",c="2"} 1\n', "m:1", "stands twice"),
        ('b{c="1"} 1\n\nb{c="1"} 2\n', "m:3", "in line 1 already"),
        ('b{c="1",d="2"} 1\nb{d="2",c="1"} 1\n', "m:2", "in line 1 already"),
        ("b\n", "m:1", "no value"),
        ("b 1 2 3\n", "m:1", "more than a value"),
        ("b 1,5\n", "m:1", "not a number"),
        ("b 0x1p4\n", "m:1", "not a number"),
        ("b 1_000\n", "m:1", "not a number"),
        ("b ++Inf\n", "m:1", "not a number"),
        ("b \u0661\n", "m:1", "not a number"),
        ("b 1e99999999\n", "m:1", "not a number"),
        ("b 1 soon\n", "m:1", "not a timestamp"),
        ("b 1 # no exemplar\n", "m:1", "not an exemplar"),
        ("<html>\n", "m:1", "not a sample"),
        ("a 1\n# EOF\nb 2\n", "m:3", "behind # EOF"),
        ("# node one\n# node two\n", "m:2", "a second # node"),
    ],
)
def test_what_the_formats_do_not_allow_is_refused_with_its_line(text: str, where: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        parse_exposition(text, "m")
    assert refused.value.where == where
