"""A history file is read whole and exactly, or refused with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import InputError
from gatemeter.imported_usage.history_file import STATUS_COLUMNS, HistoryLayout, HistoryRow, read_history
from gatemeter.imported_usage.history_period import HistoryPeriod
from gatemeter.reports.period import Period

HEADER = "period,consumer_id,consumer_username,requests,status_2xx,status_4xx"
LAYOUT = HistoryLayout()


def written(tmp_path: Path, *lines: str, end: str = "\n") -> Path:
    path = tmp_path / "history.csv"
    path.write_bytes(("\n".join(lines) + end).encode())
    return path


def refusal(path: Path, layout: HistoryLayout = LAYOUT) -> str:
    with pytest.raises(InputError) as caught:
        read_history(path, layout)
    return str(caught.value).removeprefix(f"{path.parent}/")


def test_rows_have_their_lines_and_unknown_statuses(tmp_path: Path) -> None:
    path = written(
        tmp_path, HEADER, "2026-01,c1,acme,120,100,20", '2026-01,c2,"two\nlines",7,7,0', "2026-02,c1,acme,0,0,0"
    )
    found = read_history(path, LAYOUT).rows
    assert [(row.line, row.period, row.identity, row.requests) for row in found] == [
        (2, "2026-01", ("c1", "acme", ""), 120),
        (3, "2026-01", ("c2", "two\nlines", ""), 7),
        (5, "2026-02", ("c1", "acme", ""), 0),
    ]
    assert found[0].statuses == (None, 100, None, 20, None, None)


def test_columns_are_renamed_and_left_out_and_the_period_is_named(tmp_path: Path) -> None:
    layout = HistoryLayout(
        period="2026-01", renamed={"requests": "total", "consumer_username": "consumer"}, ignored={"plan", "requests"}
    )
    path = written(tmp_path, "\ufeffconsumer,total,plan,requests", "acme,12,gold,x")
    assert read_history(path, layout).rows == [HistoryRow(2, "2026-01", ("", "acme", ""), 12, (None,) * 6)]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([""], "history.csv:1: no column requests"),
        ([HEADER], "history.csv: has no rows"),
        ([HEADER, "2026-01,c1,acme,120,100"], "history.csv:2: has 5 values, the header names 6"),
        ([HEADER, "2026-01,c1,acme,120,100,20,1"], "history.csv:2: has 7 values"),
        ([HEADER, ""], "history.csv:2: has 0 values"),
        ([HEADER + ",cost", "2026-01,c1,acme,1,1,0,9"], "history.csv:1: unknown column 'cost'"),
        ([HEADER + ",requests", "2026-01,c1,acme,1,1,0,1"], "history.csv:1: two columns are requests"),
        (["period,consumer_id", "2026-01,c1"], "history.csv:1: no column requests"),
        (["period,requests", "2026-01,1"], "history.csv:1: no column says whose requests they are"),
        (["consumer_id,requests", "c1,1"], "history.csv:1: no column period; say --for PERIOD"),
        ([HEADER, "2026-01,,,1,1,0"], "history.csv:2: says of nobody whose requests they are"),
        ([HEADER, "2026-01,c1,acme,-1,0,0"], "history.csv:2: requests is '-1', not a whole number from 0"),
        ([HEADER, "2026-01,c1,acme,1,-1,0"], "history.csv:2: status_2xx is '-1'"),
        ([HEADER, "2026-01,c1,acme,1.0,1,0"], "history.csv:2: requests is '1.0'"),
        ([HEADER, "2026-01,c1,acme,\u0661,1,0"], "history.csv:2: requests is"),
        ([HEADER, 'x,c1,acme,"1,200",1,0'], "history.csv:2: 'x' is not a month"),
        ([HEADER, '2026-01,c1,acme,"1,200",1,0'], "history.csv:2: requests is '1,200'"),
        ([HEADER, "2026-01,c1,acme,,1,0"], "history.csv:2: requests is ''"),
        ([HEADER, f"2026-01,c1,acme,{2**63},1,0"], "history.csv:2: requests is"),
        ([HEADER, "2026-01,c1,acme,5,4,2"], "history.csv:2: its statuses add up to 6, its requests are 5"),
        ([HEADER, "2026-01-02,c1,acme,1,1,0"], "history.csv:2: '2026-01-02' is not a month; say --period"),
        ([HEADER, "2026-13,c1,acme,1,1,0"], "history.csv:2: '2026-13' is not a month"),
        ([HEADER, "1970-01,c1,acme,1,1,0"], "history.csv:2: '1970-01' is not a month"),
        (
            [HEADER, "2026-01,c1,acme,1,1,0", "2026-01,c1,acme,2,2,0"],
            "history.csv:3: the consumer and period of line 2",
        ),
        ([HEADER, "2026-01,c1,acme,1,1,0", "2026-01-01,c1,acme,1,1,0"], "history.csv:3: the consumer and period of"),
        ([HEADER, '2026-01,"c1,acme,1,1,0'], "history.csv:2: is not CSV"),
        ([HEADER, "2026-01,c1,\0,1,1,0"], "history.csv:2: holds a zero character"),
        ([HEADER, f"2026-01,{'c' * 513},acme,1,1,0"], "history.csv:2: consumer_id has more than 512 characters"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_line(tmp_path: Path, lines: list[str], words: str) -> None:
    assert refusal(written(tmp_path, *lines)).startswith(words)


def test_all_status_classes_must_add_up_to_the_requests(tmp_path: Path) -> None:
    header = ",".join(["period", "consumer_id", "requests", *STATUS_COLUMNS])
    assert refusal(written(tmp_path, header, "2026-01,c1,9,0,5,0,2,1,0")).startswith(
        "history.csv:2: its statuses add up to 8, its requests are 9"
    )


def test_a_last_line_without_an_end_may_be_cut(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, "2026-01,c1,acme,12,12,0", end="")
    assert refusal(path).startswith("history.csv:2: the last line has no end: the file may be cut")


def test_bytes_that_are_not_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(HEADER.encode() + b"\n2026-01,c1,caf\xe9,1,1,0\n")
    assert refusal(path) == "history.csv:2: is not UTF-8"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "history.csv: is empty"),
        (b"\x1f\x8b\x08\x00", "history.csv: is packed; unpack it"),
        (b"PK\x03\x04 a spreadsheet\n", "history.csv: is packed; unpack it"),
        (b"period;consumer_id;requests\n2026-01;c1;1\n", "history.csv:1: its values are not separated by commas"),
        (b"period\tconsumer_id\trequests\n", "history.csv:1: its values are not separated by commas"),
    ],
)
def test_files_of_another_form_are_said_to_be_so(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(content)
    assert refusal(path).startswith(words)


@given(st.integers(1, 60), st.data())
def test_no_cut_of_a_file_is_taken_for_a_whole_one(
    tmp_path_factory: pytest.TempPathFactory, count: int, data: st.DataObject
) -> None:
    header = ",".join(["period", "consumer_id", "requests", *STATUS_COLUMNS])
    lines = [header, *(f"2026-01,c{number},{number * 7},0,{number * 7},0,0,0,0" for number in range(1, count + 1))]
    whole = ("\n".join(lines) + "\n").encode()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    path = tmp_path_factory.getbasetemp() / "cut.csv"
    path.write_bytes(cut)
    if cut.count(b"\n") >= 2 and cut.endswith(b"\n"):
        assert [row.requests for row in read_history(path, LAYOUT).rows] == [
            number * 7 for number in range(1, cut.count(b"\n"))
        ]
        return
    with pytest.raises(InputError):
        read_history(path, LAYOUT)


@pytest.mark.parametrize(
    ("kind", "text", "name"),
    [
        (Period.YEAR, "2026", "2026"),
        (Period.YEAR, "2026-01-01", "2026"),
        (Period.MONTH, "2026-02", "2026-02"),
        (Period.MONTH, "2026-02-01T00:00:00Z", "2026-02"),
        (Period.MONTH, "2026-02-01T01:00:00Z", None),
        (Period.MONTH, "2026-02-02", None),
        (Period.WEEK, "2026-02-02", "2026-02-02"),
        (Period.WEEK, "2026-02-03", None),
        (Period.DAY, "2026-02-30", None),
        (Period.DAY, "2026-02-03T00:00:00+00:00", "2026-02-03"),
        (Period.HOUR, "2026-02-03T10:00:00Z", "2026-02-03T10:00:00Z"),
        (Period.HOUR, "2026-02-03T10:00", "2026-02-03T10:00:00Z"),
        (Period.HOUR, "2026-02-03T25:00:00Z", None),
        (Period.HOUR, "2026-02-03T10:30", None),
        (Period.MONTH, "2026-02-01T00:00:00+01:00", None),
        (Period.MONTH, " 2026-02", None),
    ],
)
def test_a_period_is_named_or_its_first_moment_is(kind: Period, text: str, name: str | None) -> None:
    assert HistoryPeriod(kind).named(text) == name
