"""A report that was changed is found, and so is a chain that was broken or whose months have shrunk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatemeter.errors import ExitCode, InputError, SettingsError
from gatemeter.license_report.archive import report_text
from gatemeter.license_report.buckets import LicenseParameters
from gatemeter.license_report.proof import proof_path
from gatemeter.license_report.shapes import Shape, report_checksum
from tests.support.command_in_process import invoked
from tests.support.license_reports import written_chain

MONTHS = ({"2026-01": 800, "UNKNOWN": 5}, {"2026-01": 810, "2026-02": 70, "UNKNOWN": 5})


def checked(*paths: Path) -> tuple[int, list[str]]:
    found = invoked("report", "license", "--check", *paths)
    return found.exit_code, found.stdout.splitlines()


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """The report of `path` as JSON in its place, after `change`."""
    report = json.loads(report_text(path.read_bytes(), ""))
    change(report)
    path.write_text(json.dumps(report))


def raise_count(report: dict[str, Any]) -> None:
    report["counters"]["buckets"][0]["request_count"] += 1


def reseal(report: dict[str, Any]) -> None:
    raise_count(report)
    report["counters"]["total_requests"] += 1
    report["checksum"] = report_checksum(report)


@pytest.mark.parametrize("shape", Shape)
def test_a_chain_of_any_shape_is_confirmed(tmp_path: Path, shape: Shape) -> None:
    paths = written_chain(tmp_path, MONTHS, shape=shape)
    code, lines = checked(*reversed(paths))
    assert code == ExitCode.OK
    assert lines[-1] == f"an unbroken chain of 2 reports, the last {paths[1]}"


def test_a_report_by_itself_needs_no_proof(tmp_path: Path) -> None:
    [path] = written_chain(tmp_path, MONTHS[:1])
    proof_path(path).unlink()
    assert checked(path) == (ExitCode.OK, [f"{path}: unchanged, 805 requests"])


def test_the_json_of_a_check_names_each_difference(tmp_path: Path) -> None:
    paths = written_chain(tmp_path, MONTHS)
    rewritten(paths[1], raise_count)
    told = json.loads(invoked("report", "license", "--check", "--json", *paths).stdout)
    assert [report["total_requests"] for report in told["reports"]] == [805, 885]
    assert {each["file"] for each in told["differences"]} == {str(paths[1])}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (raise_count, ["the report was changed", "its months add up to 806", "its proof is of another report"]),
        (reseal, ["its proof is of another report"]),
        (lambda report: report["counters"].update(total_requests=1), ["the report was changed", "the total is 1"]),
        (lambda report: report.update(services_count=1), ["the report was changed", "its proof is of another report"]),
    ],
)
def test_an_edited_report_is_a_difference(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], words: list[str]
) -> None:
    [path] = written_chain(tmp_path, MONTHS[:1])
    rewritten(path, change)
    code, lines = checked(path)
    assert code == ExitCode.DIFFERENCE
    assert all(any(word in line for line in lines) for word in words), lines


def test_an_edited_proof_is_a_difference(tmp_path: Path) -> None:
    [path] = written_chain(tmp_path, MONTHS[:1])
    text = proof_path(path).read_text()
    proof_path(path).write_text(text.replace('"replayed_dead_letters": 0', '"replayed_dead_letters": 9'))
    code, lines = checked(path)
    assert (code, lines) == (
        9,
        [f"{path}: the checksum of its proof is that of another content: the proof was changed"],
    )


def test_a_missing_report_breaks_the_chain(tmp_path: Path) -> None:
    paths = written_chain(tmp_path, [*MONTHS, MONTHS[1]])
    code, lines = checked(paths[0], paths[2])
    assert code == ExitCode.DIFFERENCE
    assert lines[0].startswith(f"{paths[2]}: the report before it is not among the files")
    assert checked(*paths[1:])[0] == ExitCode.OK


def test_a_replaced_report_breaks_the_chain_behind_it(tmp_path: Path) -> None:
    paths = written_chain(tmp_path, MONTHS)
    (tmp_path / "other").mkdir()
    other = written_chain(tmp_path / "other", [{"2026-01": 700}])
    paths[0].write_bytes(other[0].read_bytes())
    proof_path(paths[0]).write_bytes(proof_path(other[0]).read_bytes())
    code, lines = checked(*paths)
    assert code == ExitCode.DIFFERENCE
    assert "the chain is broken" in lines[0]


@pytest.mark.parametrize(
    ("months", "retracted", "replayed", "words"),
    [
        ([{"2026-01": 9}, {"2026-01": 7}], [{}, {}], [0, 0], "2026-01 has 2 requests fewer"),
        ([{"2026-01": 9}, {}], [{}, {}], [0, 0], "2026-01 has 9 requests fewer"),
        ([{"2026-01": 9}, {"2026-01": 7}], [{}, {"2026-01": 2}], [0, 0], ""),
        ([{"2026-01": 9}, {"2026-01": 7}], [{"2026-01": 2}, {"2026-01": 3}], [0, 0], "corrections explain 1"),
        ([{"2026-01": 9}, {"2026-01": 7}], [{}, {"2026-02": 2}], [0, 9], "corrections explain 0"),
        ([{"UNKNOWN": 9}, {"2026-01": 9}], [{}, {}], [0, 9], ""),
        ([{"UNKNOWN": 9}, {"2026-01": 9}], [{}, {}], [4, 9], "UNKNOWN has 9 requests fewer"),
    ],
)
def test_a_month_that_shrinks_needs_an_explanation(
    tmp_path: Path, months: list[dict[str, int]], retracted: list[dict[str, int]], replayed: list[int], words: str
) -> None:
    code, lines = checked(*written_chain(tmp_path, months, retracted=retracted, replayed=replayed))
    assert code == (ExitCode.DIFFERENCE if words else ExitCode.OK)
    assert words in "\n".join(lines)


@pytest.mark.parametrize(
    ("parameters", "control_planes", "words"),
    [
        (
            [LicenseParameters(), LicenseParameters(exclude_gateway_answers=True)],
            [None, None],
            "counts other requests than the report before",
        ),
        ([LicenseParameters(), LicenseParameters(topics=["eu"])], [None, None], "the requests of other topics"),
        ([], ["cp-1", None], "is of all control planes, the report before of the control plane cp-1"),
        ([], ["cp-1", "cp-1"], ""),
    ],
)
def test_reports_of_something_else_are_no_chain(
    tmp_path: Path, parameters: list[LicenseParameters], control_planes: list[str | None], words: str
) -> None:
    paths = written_chain(tmp_path, MONTHS, parameters=parameters, control_planes=control_planes)
    code, lines = checked(*paths)
    assert code == (ExitCode.DIFFERENCE if words else ExitCode.OK)
    assert words in "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ("[" * 100_000, "is not JSON"),
        ('{"counters": {"req_cnt": 1}, "counters": {"req_cnt": 2}}', "two members of an object have one name"),
        ('{"counters": {"req_cnt": NaN}}', "NaN is not a number"),
        ('{"counters": {"req_cnt": 1.0}}', "has no counters of a license report"),
        ('{"counters": {"buckets": [{"bucket": "2026-13", "request_count": 1}], "total_requests": 1}}', "no counters"),
        ('{"counters": {"req_cnt": 22}}', "a report of the shape 1.3 has no checksum, and no proof is beside it"),
        ('{"counters": {"buckets": [], "total_requests": 0}, "checksum": 1}', "its checksum is not a text"),
        (
            '{"counters": {"buckets": [], "total_requests": 0}, "checksum": "38b06b3c3c69299740e1f2d48a1a197d"}',
            "its checksum is not gatemeter's; a gateway's own report cannot be checked",
        ),
    ],
)
def test_what_is_no_report_of_gatemeter_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    error = invoked("report", "license", "--check", path).exception
    assert isinstance(error, InputError)
    assert words in str(error)
    assert str(path) in str(error)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--check"], "no file is named"),
        (["r.tar"], "a file is named without --check"),
        (["--check", "r.tar", "--tar", "x.tar"], "--tar is given beside --check"),
        (["--check", "r.tar", "--data", "d"], "--data is given beside --check"),
    ],
)
def test_a_check_takes_files_and_nothing_else(arguments: list[str], words: str) -> None:
    error = invoked("report", "license", *arguments).exception
    assert isinstance(error, SettingsError)
    assert words in str(error)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    error = invoked("report", "license", "--check", tmp_path / "none.tar").exception
    assert isinstance(error, InputError)
    assert str(error) == f"{tmp_path / 'none.tar'}: cannot be read: No such file or directory"
