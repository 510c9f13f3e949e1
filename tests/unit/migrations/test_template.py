import pytest

from gatemeter.errors import ConflictError
from gatemeter.migrations.migration_files import Target, render, statements

SINGLE, CLUSTERED = Target("bills"), Target("bills", cluster="main")


@pytest.mark.parametrize(
    ("text", "single", "clustered"),
    [
        ("${database}.t", "`bills`.t", "`bills`.t"),
        ("DROP TABLE t ${on_cluster}", "DROP TABLE t", "DROP TABLE t ON CLUSTER `main`"),
        (
            "${engine:ReplacingMergeTree(version)}",
            "ReplacingMergeTree(version)",
            "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)",
        ),
        (
            "${engine:MergeTree()}",
            "MergeTree()",
            "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
        ),
        ("${dedup_window:0}", "non_replicated_deduplication_window = 0", "replicated_deduplication_window = 0"),
    ],
)
def test_fills_placeholders_for_both_forms(text: str, single: str, clustered: str) -> None:
    assert render(text, SINGLE) == single + "\n"
    assert render(text, CLUSTERED) == clustered + "\n"


@pytest.mark.parametrize("text", ["${databse}", "${engine:Memory}"])
def test_refuses_what_it_cannot_fill(text: str) -> None:
    with pytest.raises(ConflictError):
        render(text, CLUSTERED)


def test_quotes_names() -> None:
    assert render("${database}", Target("a`b")) == "`a\\`b`\n"


def test_cuts_a_file_into_statements_without_comments() -> None:
    sql = "-- why; because\nCREATE TABLE a\n(x Int64);\n\n  -- more\nSELECT ';' AS s;  \nSELECT 2"
    assert statements(sql) == ["CREATE TABLE a\n(x Int64)", "SELECT ';' AS s", "SELECT 2"]
