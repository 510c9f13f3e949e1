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
def test_placeholders_are_filled_for_server_and_cluster(text: str, single: str, clustered: str) -> None:
    assert render(text, SINGLE) == single + "\n"
    assert render(text, CLUSTERED) == clustered + "\n"


@pytest.mark.parametrize("text", ["${databse}", "${engine:Memory}", "${database }", "costs 5 $", "$database"])
def test_a_placeholder_that_cannot_be_filled_is_refused(text: str) -> None:
    with pytest.raises(ConflictError):
        render(text, CLUSTERED)


def test_the_name_of_the_database_is_quoted() -> None:
    assert render("${database}", Target("a`b")) == "`a\\`b`\n"


def test_a_file_is_cut_into_statements_without_comments() -> None:
    sql = "-- why; because\nCREATE TABLE a\n(x Int64);\n\n  -- more\nSELECT ';' AS s;  \nSELECT 2"
    assert statements(sql) == ["CREATE TABLE a\n(x Int64)", "SELECT ';' AS s", "SELECT 2"]
