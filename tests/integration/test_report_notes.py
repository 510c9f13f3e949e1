"""What reports say beside their rows: one name in several workspaces, and why there are no rows."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from tests.support.command_in_process import invoked
from tests.support.databases import DatabasePool, Store
from tests.support.smoke import smoke
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

ALICE = {"consumer_username": "alice", "consumer_custom_id": "7"}


@pytest.fixture(scope="module")
def data(database_pool: DatabasePool) -> Iterator[Store]:
    with database_pool.store() as store:
        with store.client() as client:
            ClickHouseSink(client).write(
                [
                    usage_rows(
                        usage(**ALICE, consumer_id="c1", workspace="w1"),
                        usage(**ALICE, consumer_id="c2", workspace="w2", requests=2),
                        usage(consumer_id="c3", consumer_username="bob", workspace="w1"),
                        usage(consumer_id="c4", consumer_username="bob", workspace="w1", method="POST"),
                        usage(consumer_id="c5", consumer_username="\\x1b[31m", workspace="w1"),
                    )
                ]
            )
        yield store


run = partial(invoked, "report")


@pytest.mark.parametrize(
    ("subject", "billed", "is_said"),
    smoke(
        [
            ("username", {"alice": 3, "bob": 2, "\\x1b[31m": 1}, True),
            ("workspace/custom_id", {"w1/7": 1, "w2/7": 2, "c3": 1, "c4": 1, "c5": 1}, False),
            ("custom_id", {"7": 3, "c3": 1, "c4": 1, "c5": 1}, True),
            ("workspace/username", {"w1/alice": 1, "w2/alice": 2, "w1/bob": 2, "w1/\\x1b[31m": 1}, False),
            ("id", {"c1": 1, "c2": 2, "c3": 1, "c4": 1, "c5": 1}, False),
        ],
        2,
        reason="a name without its workspace and one with it are in `make test`",
    ),
)
def test_one_name_in_two_workspaces(data: Store, subject: str, billed: dict[str, int], *, is_said: bool) -> None:
    result = run("billable", *data.flags, "--json", "--subject", subject)
    assert {row["consumer_id"]: row["requests"] for row in json.loads(result.stdout)} == billed
    said = "one name, consumers of several workspaces: "
    assert (said in result.stderr) == is_said
    assert (f"; the subject workspace/{subject} keeps them apart\n" in result.stderr) == is_said


def test_only_chosen_consumers_are_named(data: Store) -> None:
    assert run("billable", *data.flags, "--subject", "username", "--consumer", "bob").stderr == ""
    assert "alice" in run("billable", *data.flags, "--subject", "username", "--consumer", "alice").stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    smoke(
        [
            (["billable", "--consumer", "carol"], "no consumer is called 'carol'; usage of others is stored"),
            (["latency"], "usage is stored, and none of it in these hours has what this report shows"),
            (
                ["billable", "--from", "2026-03"],
                "usage is stored from 2026-02-03T10:00Z to 2026-02-03T11:00Z, and --from and --to leave it out",
            ),
            (
                ["latency", "--consumer", "bob", "--to", "2026-02"],
                (
                    "usage of 'bob' is stored from 2026-02-03T10:00Z to 2026-02-03T11:00Z, "
                    "and --from and --to leave it out"
                ),
            ),
            (["llm"], "no calls to language models are stored"),
            (["tools", "--consumer", "alice"], "no calls of tools and agents are stored"),
        ],
        3,
        reason="reasons of other reports are in `make test`",
    ),
)
def test_an_empty_report_says_why(data: Store, arguments: list[str], reason: str) -> None:
    result = run(*arguments, *data.flags)
    assert (result.exit_code, result.stderr) == (0, f"no rows: {reason}\n")
    assert run(*arguments, *data.flags, "--json").stdout == "[]\n"
