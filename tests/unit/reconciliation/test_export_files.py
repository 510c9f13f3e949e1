"""Readers of exports: what each of the documented forms states, and which files are refused."""

import re
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gatemeter.errors import ConflictError, InputError
from gatemeter.reconciliation import csv_rows
from gatemeter.reconciliation.export_file import is_gateway_counters, is_history, read_exports
from gatemeter.reconciliation.overlaps import require_different_files, require_no_overlap
from gatemeter.reconciliation.stated import ChargeKind, Export, Interval, Kind, StatedAmount
from tests.support.repository import ROOT

NOON, DAY = datetime(2026, 2, 3, 12, tzinfo=UTC), timedelta(days=1)
FIXTURES = ROOT / "tests" / "fixtures" / "reconcile"
TOKENS: dict[str, str] = {Kind.INPUT: "600", Kind.CACHED: "400", Kind.OUTPUT: "150"}
WRITES = TOKENS | {Kind.CACHE_WRITE: "20", Kind.CACHE_WRITE_1H: "10"}
STATED: Mapping[str, Mapping[str, str]] = {
    "openai-costs.json": {Kind.COST: "1.75", "web search tool calls": "0.01"},
    "openai-costs.csv": {Kind.COST: "1.75"},
    "openai-usage.json": TOKENS | {Kind.CALLS: "5"},
    "openai-usage.csv": TOKENS | {Kind.CALLS: "5"},
    "anthropic-costs.json": {Kind.COST: "0.00405", "web_search": "0.02"},
    "anthropic-costs.csv": {Kind.COST: "0.41", "web_search": "0.02"},
    "anthropic-usage.json": WRITES,
    "anthropic-usage.csv": WRITES,
    "aws-cur2.csv": TOKENS | {Kind.COST: "0.00417", "Tax": "0.0004"},
    "aws-cur-legacy.csv": TOKENS | {Kind.COST: "0.00417", "Tax": "0.0004"},
    "focus.csv": TOKENS | {Kind.COST: "0.0035", "Tax": "0.1"},
}
"""What each fixture states by kind, or by a charge that is not for tokens."""
MODELS = {
    "openai": {"gpt-4o-2024-08-06"},
    "anthropic": {"claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"},
    "aws": {"Claude4.5Sonnet"},
}


def sums(exports: list[Export]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in (amount for export in exports for amount in export.amounts):
        name = each.charge or each.kind
        found[name] = found.get(name, Decimal(0)) + each.amount
    return found


def edited(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(STATED))
def test_each_form_states_tokens_and_costs_by_class(name: str) -> None:
    exports = list(read_exports([FIXTURES / name]))
    assert sums(exports) == {key: Decimal(value) for key, value in STATED[name].items()}
    assert [row for each in exports for row in each.unread] == []
    used = [each for each in exports if each.amounts]
    [provider] = {each.provider for each in used}
    assert {one.model for each in used for one in each.amounts if not one.charge} <= MODELS[provider]
    assert {f"{each.span.start:%Y-%m-%d}" for each in used} == {"2026-02-03"}
    assert {one.currency for each in used for one in each.amounts if one.kind is Kind.COST} <= {"USD"}


def test_tokens_written_to_a_cache_are_a_part_of_openais_input(tmp_path: Path) -> None:
    path = edited(
        tmp_path,
        "openai-usage.json",
        '"input_cached_tokens": 400',
        '"input_cached_tokens": 400, "input_cache_write_tokens": 50, "input_uncached_tokens": 550',
    )
    assert sums(list(read_exports([path]))) == {
        name: Decimal(value)
        for name, value in (TOKENS | {Kind.CALLS: "5", Kind.INPUT: "550", Kind.CACHE_WRITE: "50"}).items()
    }


def test_rows_of_other_services_are_counted_and_left_out() -> None:
    [cur] = read_exports([FIXTURES / "aws-cur2.csv"])
    assert cur.left_out == {"rows are of other services": 1}
    assert read_exports([FIXTURES / "focus.csv"])[-1].left_out == {"rows are of no calls to models": 1}


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("openai-costs.csv", "0.25", "1,2", "has 11 values, and the header names 10"),
        ("openai-usage.csv", ",150.0,", ",n/a,", "output_tokens is 'n/a', not a number"),
        ("anthropic-usage.csv", ",600,", ",-600,", "is '-600', not a whole number from 0"),
        ("anthropic-costs.csv", "2026-02-03", "03.02.2026", "usage_date_utc is '03.02.2026', not a time"),
        ("anthropic-costs.csv", "2026-02-03", "1770076", "usage_date_utc is '1770076', not a time"),
        ("aws-cur2.csv", "USD", "$", "line_item_currency_code is '$', not a currency"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_no_0(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    path = edited(tmp_path, name, old, new)
    if name == "anthropic-usage.csv":  # its one row: nothing is left to compare
        with pytest.raises(InputError, match="none of its rows can be read"):
            read_exports([path])
        return
    [export] = read_exports([path])
    assert [(row.where, said in row.what) for row in export.unread] == [(f"{path}:2", True)]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("openai-usage.csv", ",400.0,", ",500.0,", "input_tokens is 1,000, and its parts add up to 1,100"),
        (
            "openai-usage.json",
            '"input_cached_tokens": 400',
            '"input_cached_tokens": 4000',
            "input_tokens is 1,000, and 4,000 of them are of a cache",
        ),
        ("aws-cur2.csv", ",0.00225,", ",0.00325,", "rate times amount 0.015 x 0.15 = 0.00225"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(InputError, match=r"the row is not as the provider wrote it; export the file again") as refused:
        read_exports([edited(tmp_path, name, old, new)])
    assert said in str(refused.value)


def test_a_list_cost_that_is_no_product_is_told_and_the_billed_cost_compared(tmp_path: Path) -> None:
    exports = read_exports([edited(tmp_path, "focus.csv", "0.0015,0.00001,", "0.0016,0.00001,")])
    assert sums(list(exports))[Kind.COST] == Decimal("0.0035")
    said = "rows whose ListCost is not ListUnitPrice times PricingQuantity; BilledCost is compared"
    assert [each.remarks for each in exports if each.remarks] == [{said: 1}]


def test_rows_of_focus_that_are_alike_are_told(tmp_path: Path) -> None:
    text = (FIXTURES / "focus.csv").read_text()
    path = tmp_path / "focus.csv"
    path.write_text(text + "".join(each for each in text.splitlines(keepends=True) if "put tokens" in each))
    exports = read_exports([path])
    assert sums(list(exports))[Kind.OUTPUT] == 300
    said = "rows are the same as another one in every value: the file may have them twice"
    assert [each.remarks for each in exports if each.remarks] == [{said: 3}]


@pytest.mark.parametrize(
    ("item", "model", "charge"),
    [
        ("gpt-4o-2024-08-06, cached input", "gpt-4o-2024-08-06", ""),
        ("priority | gpt-5.6-sol, output, long context", "gpt-5.6-sol", ""),
        ("gpt-4o, input, long context", "gpt-4o", ""),
        ("gpt-5.6-sol, cache writes", "gpt-5.6-sol", ""),
        ("gpt-audio-mini-2025-12-15 audio, input", "gpt-audio-mini-2025-12-15", ""),
        ("gpt-image-2.5-sunburst text, cached input", "gpt-image-2.5-sunburst", ""),
        ("whisper-1, audio", "whisper-1", ""),
        ("gpt-4o", "gpt-4o", ""),
        ("web search tool calls", "", "web search tool calls"),
        ("Credits", "", "Credits"),
        ("code interpreter, sessions of a context", "", "code interpreter, sessions of a context"),
    ],
)
def test_line_items_of_openai_name_a_model_or_another_charge(
    tmp_path: Path, item: str, model: str, charge: str
) -> None:
    [export] = read_exports([edited(tmp_path, "openai-costs.csv", "gpt-4o-2024-08-06, input", item)])
    assert (export.amounts[0].model, export.amounts[0].charge) == (model, charge)


def test_a_correction_of_an_earlier_bill_is_apart_from_the_usage_of_this_one(tmp_path: Path) -> None:
    text = (FIXTURES / "focus.csv").read_text()
    line = next(each for each in text.splitlines() if "output tokens" in each)
    corrects = line.replace("Usage,,", "Usage,Correction,").replace("0.0015,acct", "-0.0005,acct")
    earlier = corrects.replace("2026-02-03", "2026-01-03").replace("2026-02-04", "2026-01-04")
    path = tmp_path / "focus.csv"
    path.write_text(f"{text}{corrects}\n{earlier}\n")
    found = sums(list(read_exports([path])))
    assert (found[Kind.COST], found["correction of 2026-01"]) == (Decimal("0.0030"), Decimal("-0.0005"))
    assert found[Kind.OUTPUT] == 300


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        ("focus.csv", ",Usage,,compute,", ",Usage,,Copilot Credits,", ChargeKind.USAGE),
        ("focus.csv", ",Tax,", ",Credit,", ChargeKind.NO_USAGE),
        ("aws-cur2.csv", ",Tax,", ",EdpDiscount,", ChargeKind.NO_USAGE),
        ("aws-cur2.csv", ",Tax,", ",SavingsPlanNegation,", ChargeKind.USAGE),
        ("openai-costs.csv", "gpt-4o-2024-08-06, input", "regional processing fee", ChargeKind.USAGE),
        ("openai-costs.csv", "gpt-4o-2024-08-06, input", "free credits", ChargeKind.NO_USAGE),
        ("anthropic-costs.csv", ",web_search,", ",code_execution,", ChargeKind.USAGE),
    ],
)
def test_a_charge_is_for_no_usage_where_its_type_says_so(
    tmp_path: Path, name: str, old: str, new: str, kind: ChargeKind
) -> None:
    path = edited(tmp_path, name, old, new)
    path.write_text(path.read_text().replace("1.0,Hours,AWS,Compute", "1.0,Hours,AWS,AI and Machine Learning"))
    [charge] = [
        each for export in read_exports([path]) for each in export.amounts if each.charge and each.charge != "Tax"
    ][:1]
    assert charge.charge_kind is kind


def test_lines_are_named_also_where_one_is_no_text_or_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "costs.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (FIXTURES / "openai-costs.csv").read_bytes() + b"1,\xff\n")
    with pytest.raises(InputError, match=r"costs.csv:5: is not UTF-8"):
        read_exports([path])
    path.write_bytes((FIXTURES / "openai-costs.csv").read_bytes()[:-1])
    with pytest.raises(InputError, match=r"costs.csv:4: the last line has no end"):
        read_exports([path])
    monkeypatch.setattr(csv_rows, "_LONGEST_LINE", 200)
    path.write_bytes((FIXTURES / "openai-costs.csv").read_bytes() + b"x" * 300 + b"\n")
    with pytest.raises(InputError, match=r"costs.csv:5: the line is longer"):
        read_exports([path])


def test_a_report_with_many_rows_of_other_services_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "cur.csv"
    text = (FIXTURES / "aws-cur2.csv").read_text()
    other = text.splitlines()[-1] + "\n"
    path.write_text(text + other * 6_000)
    tracemalloc.start()
    [export] = read_exports([path])
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert export.left_out == {"rows are of other services": 6_001}
    assert peak_bytes < path.stat().st_size / 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_a_shell_of_windows_has_written_is_read(tmp_path: Path, encoding: str) -> None:
    page = tmp_path / "page.json"
    page.write_text((FIXTURES / "openai-usage.json").read_text(), encoding=encoding)
    assert sums(list(read_exports([page])))[Kind.INPUT] == 600
    report = tmp_path / "license.json"
    report.write_text('{"counters": {"buckets": []}}', encoding=encoding)
    assert is_gateway_counters(report)
    assert not is_history(report)


def test_two_currencies_no_rows_and_other_files_are_refused(tmp_path: Path) -> None:
    two = edited(tmp_path, "openai-costs.csv", "1.5,usd", "1.5,eur")
    others = tmp_path / "other.csv"
    others.write_text("a,b\n1,2\n")
    header = tmp_path / "header.csv"
    header.write_text((FIXTURES / "aws-cur2.csv").read_text().split("\n")[0] + "\n")
    german = tmp_path / "german.csv"
    german.write_text("start_time;end_time\n1;2\n")
    for path, said in {
        two: "has amounts in EUR and USD, which are never added",
        others: "its columns are those of no export that is known",
        header: "has no rows of calls to models",
        german: "its values are not separated by commas",
        tmp_path / "missing.csv": "cannot be read",
    }.items():
        with pytest.raises(InputError, match=said):
            read_exports([path])


def test_a_page_that_is_not_the_last_makes_it_incomplete(tmp_path: Path) -> None:
    [export] = read_exports([edited(tmp_path, "openai-usage.json", '"has_more": false', '"has_more": true')])
    assert [row.what for row in export.unread] == ["says that there are more pages: give all of them that follow, too"]
    text = (FIXTURES / "openai-usage.json").read_text()
    for shift_s, unread in ((2 * 86400, 0), (3 * 86400, 1)):  # the page has two days
        path = tmp_path / "next.json"
        path.write_text(re.sub(r"\b1770\d{6}\b", lambda second: str(int(second[0]) + shift_s), text))  # noqa: B023
        assert [len(each.unread) for each in read_exports([Path(export.path), path])] == [unread, 0]


def test_exports_of_the_same_usage_are_refused(tmp_path: Path) -> None:
    def refusal(*paths: Path) -> str:
        with pytest.raises(ConflictError, match="it would count twice") as refused:
            require_no_overlap(read_exports(paths))
        return str(refused.value)

    usage = FIXTURES / "openai-usage.json"
    assert "the same row stands at" in refusal(usage, edited(tmp_path, usage.name, '"batch": null', '"batch":null'))
    assert "both have usage of 2026-02-03" in refusal(usage, FIXTURES / "openai-usage.csv")
    assert "the same row" in refusal(FIXTURES / "aws-cur2.csv", FIXTURES / "aws-cur-legacy.csv")
    costs = StatedAmount("a:1", Interval(NOON, NOON + DAY), "", Kind.COST, Decimal(1), "USD")
    by_key, by_project, by_other_key = (
        Export(path, "costs", "openai", [replace(costs, scope=scope)])
        for path, scope in (("a", ("org", "", "key")), ("b", ("org", "project", "")), ("c", ("org", "", "other")))
    )
    require_no_overlap([by_key, by_other_key])
    with pytest.raises(ConflictError, match="it would count twice"):
        require_no_overlap([by_key, by_project])
    require_no_overlap(read_exports([usage, FIXTURES / "openai-costs.csv", FIXTURES / "anthropic-usage.csv"]))
    other = edited(tmp_path, "aws-cur2.csv", "a,2026", "z,2026")
    other.write_text(other.read_text().replace("123456789012", "210987654321").replace("\nb,", "\ny,"))
    other.write_text(other.read_text().replace("\nc,", "\nx,").replace("\nd,", "\nw,"))
    require_no_overlap(read_exports([FIXTURES / "aws-cur2.csv", other]))


def test_parts_of_one_report_are_read_together_and_two_versions_of_it_are_not(tmp_path: Path) -> None:
    header, *rows = (FIXTURES / "aws-cur2.csv").read_text().splitlines()
    first, second, again = (tmp_path / f"{name}.csv" for name in ("first", "second", "again"))
    first.write_text("\n".join([header, *rows[:2], ""]))
    second.write_text("\n".join([header, *rows[2:], ""]))
    again.write_text("\n".join([header, *rows[:2], ""]).replace("\na,", "\ny,").replace("\nb,", "\nz,"))
    both = read_exports([first, second])
    require_no_overlap(both)
    assert sums(list(both)) == {name: Decimal(text) for name, text in STATED["aws-cur2.csv"].items()}
    with pytest.raises(ConflictError, match="both have costs of 2026-02-03T10:00Z to 2026-02-03T11:00Z"):
        require_no_overlap(read_exports([first, again]))


def test_a_file_that_is_given_twice_is_refused_however_it_is_written() -> None:
    usage = FIXTURES / "openai-usage.json"
    require_different_files([usage, FIXTURES / "openai-costs.csv"])
    with pytest.raises(ConflictError, match="is given twice"):
        require_different_files([usage, FIXTURES / ".." / FIXTURES.name / usage.name])


def test_files_of_gateways_and_histories_are_told_apart(tmp_path: Path) -> None:
    texts = {
        "license.json": '{"counters": {"buckets": []}}',
        "kong.prom": "kong_nginx_requests_total 3\n",
        "comment.prom": "# HELP a b\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        assert (is_gateway_counters(tmp_path / name), is_history(tmp_path / name)) == (True, False)
    (tmp_path / "usage.csv").write_text("period,consumer_username,requests\n2026-02,acme,3\n")
    assert (is_gateway_counters(tmp_path / "usage.csv"), is_history(tmp_path / "usage.csv")) == (False, True)
    assert not any(is_gateway_counters(path) or is_history(path) for path in FIXTURES.iterdir())
