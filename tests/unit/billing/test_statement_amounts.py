"""Amounts of a statement against its exact amounts, and what `statement check` says of files."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gatemeter.billing.closing_obstacles import Terms, idle_partitions
from gatemeter.billing.statement import DeadLetterCount, Statement, dead_letter_notes, encoded
from gatemeter.billing.statement_amounts import amount_faults
from gatemeter.cli.commands.statement import command
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode
from tests.support.exports import bill_line
from tests.support.plan_files import PER_REQUEST, document, plan
from tests.unit.billing.test_statement import FIRST, SECOND, THIRD, statement


def checked(tmp_path: Path, *statements: Statement) -> Result:
    paths = [tmp_path / f"{place}.json" for place in range(len(statements))]
    for path, each in zip(paths, statements, strict=True):
        path.write_bytes(encoded(each))
    return CliRunner().invoke(command, ["check", *map(str, paths)], standalone_mode=False)


@pytest.mark.parametrize(
    ("rounding", "values", "fits"),
    [
        ("half_even", {"amount": "0.00"}, True),
        ("half_even", {"amount": "0.01"}, False),
        ("half_up", {"amount": "0.01"}, True),
        ("up", {"amount": "0.00"}, False),
        ("half_even", {"amount": None}, True),
        ("half_even", {"amount": "0.02", "correction_of": "2026-01"}, True),
        ("half_even", {"amount": "0.03", "correction_of": "2026-01"}, False),
    ],
)
def test_an_amount_is_its_exact_amount_rounded(rounding: str, values: dict[str, Any], fits: bool) -> None:
    plans = document(plan(PER_REQUEST, rounding=rounding))
    faults = list(amount_faults(statement(2, plans=plans, lines=(bill_line(amount_exact="0.005", **values),))))
    said = f"statement 2 of 2026-02: acme, charge requests: the amount {values['amount']} is not 0.005 EUR rounded"
    assert faults == ([] if fits else [said])


def test_a_wrong_amount_with_a_right_hash_is_a_difference(tmp_path: Path) -> None:
    wrong = statement(1, plans=document(), lines=(bill_line(amount="9.00"),))
    found = checked(tmp_path, wrong)
    assert (found.return_value, "the amount 9.00 is not" in found.stdout) == (ExitCode.DIFFERENCE, True)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": "0,03"}, "0,03 is no amount"),
        ({"amount": "NaN"}, "NaN is no amount"),
        ({"amount_exact": "sNaN"}, "sNaN is no amount"),
        ({"amount_exact": "Infinity", "correction_of": "2026-01"}, "Infinity is no amount"),
        ({"amount_exact": "1e999999"}, "1e999999 is no amount"),
        ({"amount_exact": "1" * 99}, f"{'1' * 30}"),
        ({"currency": "XXX"}, "XXX is no currency of ISO 4217"),
        ({"currency": "XXX", "correction_of": "2026-01"}, "XXX is no currency of ISO 4217"),
    ],
)
def test_what_somebody_wrote_into_a_statement_is_a_difference(
    tmp_path: Path, values: dict[str, Any], said: str
) -> None:
    wrong = statement(1, plans=document(), lines=(bill_line(**values),))
    found = checked(tmp_path, wrong)
    assert (found.exception, found.return_value) == (None, ExitCode.DIFFERENCE)
    assert f"acme, charge requests: {said}" in found.stdout


@pytest.mark.parametrize("plans", [{"plans": None}, {"plans": 5}, {"plans": [1]}, {"plans": [{"rounding": "odd"}]}])
def test_plans_that_somebody_wrote_into_a_statement_are_not_believed(tmp_path: Path, plans: dict[str, Any]) -> None:
    found = checked(tmp_path, statement(1, plans=plans, lines=(bill_line(),)))
    assert (found.exception, found.return_value) == (None, ExitCode.OK)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([FIRST], "statement 1 is unchanged"),
        (
            [SECOND],
            "statement 2 is unchanged; statement 1 was not given, so whether statement 2 follows it is not known",
        ),
        ([THIRD, FIRST, SECOND], "3 statements are unchanged and follow each other"),
    ],
)
def test_what_was_checked_of_files_is_what_is_said(tmp_path: Path, files: list[Statement], said: str) -> None:
    found = checked(tmp_path, *files)
    assert (found.return_value, found.stdout) == (ExitCode.OK, f"{said}\n")


def test_dead_letters_of_no_known_time_are_said_once() -> None:
    reasons = [("not_json", True), ("not_json", False), ("no_consumer", False)]
    counts = [DeadLetterCount(topic="a", reason=reason, is_timed=timed, letters=2) for reason, timed in reasons]
    assert list(dead_letter_notes(counts)) == [
        "in no line: 2 dead letters of a, not_json",
        "not dated: 4 dead letters in all logs, the same in each month that is closed",
    ]


def test_two_idle_logs_of_one_name_are_one_entry() -> None:
    logs = [{"topic": name, "partition": 0, "latest_s": None} for name in ("twice.log", "once.log", "twice.log")]
    now = SystemClock().now()
    assert idle_partitions(logs, now, Terms(now)) == ["twice.log[0] of 2 logs", "once.log[0]"]
