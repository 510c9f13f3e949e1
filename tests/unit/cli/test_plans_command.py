"""`gatemeter plans` and `gatemeter statement check`: exit codes, and names that a plan file does not have."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click import Command
from click.testing import CliRunner

from gatemeter.billing.statement import Statement, encoded
from gatemeter.cli.commands import plans as plans_command
from gatemeter.cli.commands import statement as statement_command
from gatemeter.errors import ExitCode, SettingsError
from tests.support.plan_files import PER_REQUEST, document, plan, written


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    return written(tmp_path / "plans.json", document())


def code(command: Command, *arguments: object) -> Any:
    return CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False).return_value


def test_warnings_end_with_their_exit_code_only_where_asked(plans: Path, tmp_path: Path) -> None:
    unused = written(tmp_path / "unused.json", document(plan(PER_REQUEST), plan(PER_REQUEST, name="gold")))
    asked = [("lint", path, *strict) for path in (plans, unused) for strict in ((), ("--strict",))]
    found = [code(plans_command.command, *each) for each in asked]
    assert found == [ExitCode.OK, ExitCode.OK, ExitCode.OK, ExitCode.DIFFERENCE]


def test_a_difference_between_files_has_its_exit_code(plans: Path, tmp_path: Path) -> None:
    dearer = written(tmp_path / "dearer.json", document(plan(PER_REQUEST | {"unit_amount": "0.002"})))
    found = [code(plans_command.command, "diff", plans, path) for path in (plans, dearer)]
    assert found == [ExitCode.OK, ExitCode.DIFFERENCE]


def test_a_plan_that_is_not_there_is_refused_by_name(plans: Path) -> None:
    found = CliRunner().invoke(plans_command.command, ["show", "--plans", str(plans), "--plan", "startre"])
    assert isinstance(found.exception, SettingsError)
    assert str(found.exception) == "--plan: there is no plan 'startre'; there are starter"


def test_a_statement_that_was_edited_has_its_exit_code(tmp_path: Path) -> None:
    intact = Statement(
        number=1,
        period="2026-02",
        closed_at="2026-03-04T00:00:00Z",
        grace_hours=72,
        previous_sha256=None,
        plans={},
        price_versions=(),
        rules=(),
        logs=(),
        accepted=(),
        lines=(),
    ).sealed()
    path = tmp_path / "statement.json"
    codes = []
    for each in (intact, msgspec.structs.replace(intact, grace_hours=0)):
        path.write_bytes(encoded(each))
        codes.append(code(statement_command.command, "check", path))
    assert codes == [ExitCode.OK, ExitCode.DIFFERENCE]
