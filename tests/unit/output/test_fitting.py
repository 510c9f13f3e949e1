"""What narrow tables keep: rows that can be told apart, the most important number, and lines that fit."""

import io
import time
from typing import Any

import pytest

from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.output.records import OutputFormat, write_records
from gatemeter.output.table import write_table
from gatemeter.output.text import cut_text, text_width, wrapped

CJK = "\N{CJK UNIFIED IDEOGRAPH-4E2D}"
CONSUMERS = TableLayout(
    columns=("name", "id", "requests"),
    keys=("name",),
    first_left_out=("id", "bytes"),
    most_important=("requests",),
    order_by=("requests",),
    totals=("requests", "bytes"),
    fallbacks={"name": "id"},
)
MODELS = TableLayout(
    keys=("provider", "model"),
    first_left_out=("model", "tokens"),
    most_important=("calls", "cost"),
    totals=("calls", "cost", "unpriced"),
    money={"cost": "USD"},
    missing_counts=(MissingCount("unpriced", "calls", "are unpriced and not in the cost"),),
    column_captions={"cost": "costs are of the gateway"},
)


def lines(records: list[dict[str, Any]], width: int | None, layout: TableLayout) -> list[str]:
    stream = io.StringIO()
    write_table(records, list(records[0]), layout, stream, width)
    return stream.getvalue().splitlines()


def body(records: list[dict[str, Any]], width: int, layout: TableLayout) -> list[str]:
    """The lines between the two rules."""
    table = lines(records, width, layout)
    first, last = (number for number, line in enumerate(table) if line.startswith("-") and set(line) <= {"-", " "})
    return table[first + 1 : last]


def consumer(name: str, id_: str, requests: int = 3) -> dict[str, Any]:
    return {"id": id_, "name": name, "requests": requests, "bytes": requests * 1000}


def model(provider: str, name: str, calls: int, unpriced: int = 0) -> dict[str, Any]:
    return {
        "provider": provider,
        "model": name,
        "calls": calls,
        "cost": "0.5",
        "unpriced": unpriced,
        "tokens": calls * 10,
    }


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_key_stays_as_long_as_a_measure_fits(width: int) -> None:
    records = [model("openai", f"gpt-4o-mini-2024-07-{day}", day) for day in (18, 19)]
    shown = body(records, width, MODELS)
    assert "18" in shown[0].split()[0]
    assert "19" in shown[1].split()[0]


@pytest.mark.parametrize("width", [20, 30, 40, 80])
def test_consumers_of_one_name_are_told_apart_by_their_ids(width: int) -> None:
    ids = ("11111111-aaaa-4000-8000-000000000001", "22222222-bbbb-4000-8000-000000000002")
    records = [*(consumer("acme", id_) for id_ in ids), consumer("other", "33333333-cccc-4000-8000-000000000003")]
    assert [line.split()[1][:2] for line in body(records, width, CONSUMERS)] == ["11", "22", "33"]


@pytest.mark.parametrize("width", [20, 30, 40, 80])
def test_names_that_differ_at_their_end_stay_different(width: int) -> None:
    records = [consumer(f"Contoso International Holdings, Subsidiary {n}", f"3333-{n}") for n in range(3)]
    looks = [line.rpartition("  ")[0] for line in body(records, width, CONSUMERS)]
    assert len(set(looks)) == 3


def test_rows_that_look_alike_without_ids_are_numbered() -> None:
    layout = TableLayout(keys=("name",), totals=("requests",))
    records = [{"name": "a" * 30 + middle + "b" * 30, "requests": 1} for middle in "xyz"]
    assert [line.split()[0] for line in body(records, 20, layout)] == [
        f"aaaaaaaaaa\N{HORIZONTAL ELLIPSIS}#{number}" for number in (1, 2, 3)
    ]


def test_a_column_that_is_never_cut_stays_whole() -> None:
    layout = TableLayout(keys=("place",), never_cut=("place",))
    place = "file:/var/log/gateway/access.log@1f00aa77:123456:0"
    records = [
        {"place": f"{place}{number}", "reason": f"not_json_{number}", "detail": f"{number}" * 50} for number in (1, 2)
    ]
    for width in (20, 80, 120):
        assert [line.split()[0] for line in lines(records, width, layout) if place in line] == [
            f"{place}1",
            f"{place}2",
        ]


def test_one_very_long_name_takes_no_column_away() -> None:
    records = [consumer("a" * 10_000, "id-1"), consumer("b", "id-2")]
    header = lines(records, 80, CONSUMERS)[0]
    assert header.split() == ["name", "id", "requests", "bytes"]


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize(
    "name", ["a" * 300, CJK * 300, "two words " * 30, f"{CJK}\N{MAN}\N{VARIATION SELECTOR-16}" * 90]
)
def test_every_line_fits_captions_and_note_included(name: str, width: int) -> None:
    shared = {"shared": name, "unknown_" + "x" * 60: None}
    records = [{**consumer(f"{name}{number}", "id"), **shared} for number in (1, 2)]
    assert max(map(text_width, lines(records, width, CONSUMERS))) <= width


@pytest.mark.parametrize("width", [20, 40])
def test_the_most_important_number_stays_with_its_total(width: int) -> None:
    records = [consumer("a" * 50, "id-1", 1_000_000), consumer("b" * 50, "id-2", 2_000_000)]
    total = next(line for line in lines(records, width, CONSUMERS) if line.endswith("3,000,000"))
    assert total.startswith("total")


def test_calls_that_are_not_in_the_cost_are_always_said() -> None:
    records = [model("openai", "gpt-4o-mini-2024-07-18", 1200, 499), model("azure", "gpt-4o", 511)]
    assert "499 of 1,711 calls are unpriced and not in the cost" in " ".join(lines(records, 40, MODELS)[:3])
    assert "unpriced and not" not in " ".join(lines(records, 120, MODELS))


def test_a_caption_about_a_column_stands_only_with_it() -> None:
    records = [model("openai", "gpt-4o", 1200), model("azure", "gpt-4o", 511)]
    assert "costs are of the gateway" in lines(records, 80, MODELS)
    assert "costs are of the gateway" not in lines(records, 20, MODELS)


def test_no_rows_have_no_captions_and_no_note() -> None:
    stream = io.StringIO()
    layout = TableLayout(captions=("in UTC",), column_captions={"name": "names"})
    write_table([], ["name", "count", "a_long_column_name"], layout, stream, 12)
    assert [line for line in stream.getvalue().splitlines() if not line.startswith("-")][1:] == ["no rows"]


def test_a_value_cannot_pass_for_more_of_the_caption() -> None:
    records = [{"model": 'x, cost: "9", y: 1', "region": "eu-1", "calls": 1} for _ in range(2)]
    assert lines(records, 80, TableLayout())[0] == r'model: "x, cost: \"9\", y: 1", region: eu-1'


def test_zeros_of_keys_keep_their_column() -> None:
    layout = TableLayout(keys=("topic", "partition"), totals=("value", "errors"))
    records = [{"value": 1, "topic": topic, "partition": 0, "errors": 0} for topic in "ab"]
    table = lines(records, 80, layout)
    assert table[:2] == ["0 in every row: errors", "topic  value  partition"]
    assert table[-1].split() == ["total", "2"]


def test_words_longer_than_the_line_are_broken_by_cells() -> None:
    assert list(wrapped(f"ab {CJK * 4} c", 5)) == ["ab", CJK * 2, CJK * 2, "c"]


def test_a_text_is_cut_by_cells_and_keeps_its_ends() -> None:
    assert cut_text("abcdefghij", 7) == "abc\N{HORIZONTAL ELLIPSIS}hij"
    assert text_width(cut_text(CJK * 40 + "z", 8)) <= 8
    assert len(cut_text("e" + "\N{COMBINING ACUTE ACCENT}" * 5000, 8)) < 60


def test_long_names_of_wide_letters_take_no_longer_than_short_ones() -> None:
    """Three times as long as plain ones, each letter being looked at; the shortest of three runs counts."""
    wide, plain = f"{CJK * 2}\N{ZERO WIDTH JOINER}\N{MAN}" * 60, "abcd" * 60

    def seconds_of(name: str) -> float:
        records = [consumer(f"{name}{number}", f"{number:08x}") for number in range(2000)]
        started_s = time.thread_time()
        write_records(records, list(records[0]), OutputFormat.TABLE, io.StringIO(), layout=CONSUMERS, width=80)
        return time.thread_time() - started_s

    assert min(seconds_of(wide) for _ in range(3)) < 6 * min(seconds_of(plain) for _ in range(3))
