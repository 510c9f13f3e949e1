"""`gatemeter report license --check`: whether reports that were written before are as they were made."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gatemeter.cli.output import say, taken_form
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.license_report.check import CheckedReport, Difference, differences, in_order, read_checked
from gatemeter.output.records import OutputFormat, json_text
from gatemeter.output.text import count_of

Command = Callable[..., Any]

_OF_CHECKING = {"check", "files", "json"}


def check_option(command: Command) -> Command:
    """Add --check and FILES: with them files are checked, which needs no store; else `command` is called without."""

    @click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]...")
    @click.option(
        "--check",
        is_flag=True,
        help="Check FILE, a report or a tar, and of several the chain of their months. Exit code 9: a difference.",
    )
    @click.pass_context
    @functools.wraps(command)
    def checking(ctx: click.Context, /, *, check: bool, files: Sequence[Path], **options: Any) -> Any:
        if check:
            _require_alone(ctx, files)
            is_json = taken_form(options).format is OutputFormat.JSON
            ctx.exit(_check(files, is_json=is_json))
        if files:
            raise SettingsError("a file is named without --check", where=str(files[0]), do="add --check")
        return command(**options)

    return checking


def _require_alone(ctx: click.Context, files: Sequence[Path]) -> None:
    if not files:
        raise SettingsError("no file is named", where="--check", do="name the reports to check")
    for name in ctx.params:
        if name not in _OF_CHECKING and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise SettingsError(f"--{name.replace('_', '-')} is given beside --check", do="leave it out")


def _check(files: Sequence[Path], *, is_json: bool) -> ExitCode:
    reports = [read_checked(path) for path in files]
    found = differences(reports)
    if is_json:
        click.echo(json_text(_document(reports, found)), nl=False)
    else:
        _say(reports, found)
    return ExitCode.DIFFERENCE if found else ExitCode.OK


def _say(reports: Sequence[CheckedReport], found: Sequence[Difference]) -> None:
    for difference in found:
        say(f"{difference.path}: {difference.what}", err=False)
    for report in reports:
        if all(difference.path != report.path for difference in found):
            requests = count_of(report.file.total_requests, "request")
            say(f"{report.path}: unchanged, {requests}", err=False)
    if len(reports) > 1 and not found:
        chain, _ = in_order(reports)
        say(f"an unbroken chain of {len(chain)} reports, the last {chain[-1].path}", err=False)


def _document(reports: Sequence[CheckedReport], found: Sequence[Difference]) -> dict[str, Any]:
    return {
        "reports": [
            {
                "file": str(report.path),
                "shape": report.file.shape.value,
                "total_requests": report.file.total_requests,
                "has_proof": report.proof is not None,
            }
            for report in reports
        ],
        "differences": [{"file": str(each.path), "what": each.what} for each in found],
    }
