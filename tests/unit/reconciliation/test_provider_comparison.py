"""Differences between an export and what was counted: how large they are, and what explains them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gatemeter.errors import ConflictError, InputError
from gatemeter.losses.gap import Tolerance
from gatemeter.reconciliation.charges import kind_of_type
from gatemeter.reconciliation.compared import ComparedAmount, totals
from gatemeter.reconciliation.counted import Counted, CountedHour
from gatemeter.reconciliation.model_groups import model_groups, model_key
from gatemeter.reconciliation.provider_comparison import Comparison, compare
from gatemeter.reconciliation.stated import ChargeKind, Export, Interval, Kind, StatedAmount, UnreadRow

START = datetime(2026, 2, 3, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALWAYS = Interval(START - 30 * DAY, START + 30 * DAY)
NO_TOLERANCE = Tolerance()
NONE_COUNTED = "no call of this model was counted: none passed the gateway, or what it logged of them is lost"
MORE_CALLS = "the export has 1 calls more, which may not have passed the gateway"


def stated(kind: Kind, amount: str, model: str = "gpt-4o", day: int = 0, **values: Any) -> StatedAmount:
    interval = Interval(START + day * DAY, START + (day + 1) * DAY)
    currency = "USD" if kind is Kind.COST else ""
    return StatedAmount(
        **{"currency": currency, "where": "file:2", **values},
        interval=interval,
        model=model,
        kind=kind,
        amount=Decimal(amount),
    )


def hour(at: float, model: str = "gpt-4o", cost: str = "0", **tokens: int) -> CountedHour:
    """An hour so many hours behind the first day's begin; `currency`, `estimated`, `unpriced` may be given, too."""
    found = {Kind[name.upper()]: Decimal(count) for name, count in tokens.items()}
    return CountedHour(START + at * HOUR, (model, ""), found, Decimal(cost), Decimal(0), "USD", 0)


def compared(amounts: list[StatedAmount], *hours: CountedHour, stored: Interval = ALWAYS, **named: str) -> Comparison:
    export = Export("file", "test", "openai", amounts=amounts)
    return compare([export], {"openai": Counted(hours, stored)}, named, NO_TOLERANCE)


def shown(row: ComparedAmount) -> tuple[str, ...]:
    record = row.record()
    return tuple(str(record[name]) for name in ("period", "class", "difference", "unexplained", "cause"))


def test_calls_without_a_price_are_told_where_nothing_differs() -> None:
    unpriced = replace(hour(2), unpriced_calls=3)
    found = compared([stated(Kind.COST, "0.5")], hour(1, cost="0.5"), unpriced, replace(unpriced, hour=START - DAY))
    assert not any(row.difference for row in found.rows)
    assert found.notes == ["openai: 3 calls of this time have no price here"]


def test_what_agrees_has_no_difference_and_totals_keep_currencies_apart() -> None:
    amounts = [stated(Kind.INPUT, "10"), stated(Kind.COST, "0.5"), stated(Kind.COST, "0.25", "gpt-4")]
    found = compared(amounts, hour(1, input=4, cost="0.2"), hour(23, input=6, cost="0.3"), hour(2, "gpt-4", "0.25"))
    assert [shown(row) for row in found.rows] == [
        ("2026-02-03", "input", "0", "0", "None"),
        ("2026-02-03", "cost", "0", "0", "None"),
        ("2026-02-03", "cost", "0", "0", "None"),
    ]
    assert not any(row.is_finding for row in found.rows)
    assert [(each["unit"], each["stated"]) for each in totals(found.rows)] == [("tokens", "10"), ("USD", "0.75")]


def test_differences_and_totals_are_exact_to_the_last_digit() -> None:
    found = compared([stated(Kind.COST, "12345678901.123456789012345678")], hour(1, cost="0.000000000000000001"))
    told = {"difference": "12345678901.123456789012345677", "unexplained": "12345678901.123456789012345677"}
    assert found.rows[0].record().items() >= told.items()
    assert totals(found.rows)[0].items() >= told.items()


def test_a_difference_that_nothing_explains_is_said_to_be_so() -> None:
    found = compared([stated(Kind.OUTPUT, "10")], hour(1, output=7), hour(2, "gpt-3", output=5))
    assert [(row.model, *shown(row)[2:], row.is_finding) for row in found.rows] == [
        ("gpt-3", "-5", "-5", "None", True),
        ("gpt-4o", "3", "3", "None", True),
    ]
    assert found.rows[0].hints == ["the export has no model of this name"]


def test_days_of_another_time_zone_explain_what_their_shift_moves() -> None:
    amounts = [stated(Kind.INPUT, "5", day=0), stated(Kind.INPUT, "20", day=1)]
    found = compared(amounts, hour(9, input=3), hour(30, input=2), hour(40, input=20))
    assert [shown(row) for row in found.rows] == [
        ("2026-02-03", "input", "2", "0", "days of another time zone"),
        ("2026-02-04", "input", "-2", "0", "days of another time zone"),
    ]
    assert found.rows[0].hints == ["the export's days begin 7 hours after those of UTC"]
    at_the_edge = compared(
        [stated(Kind.INPUT, "5"), stated(Kind.INPUT, "20", day=1)],
        hour(1, input=9),
        hour(3, input=5),
        hour(40, input=20),
    )
    assert shown(at_the_edge.rows[0])[2:] == ("-9", "-9", "None"), "what no longer is in any day proves no zone"
    almost = compared([*amounts, stated(Kind.OUTPUT, "1")], hour(9, input=3), hour(30, input=2), hour(40, input=20))
    assert all(not row.causes for row in almost.rows)


def test_cached_tokens_that_stand_in_another_class_explain_themselves() -> None:
    found = compared([stated(Kind.INPUT, "10")], hour(1, input=6, cached=4))
    assert [shown(row)[1:] for row in found.rows] == [
        ("input", "4", "0", "cached tokens counted apart"),
        ("cached input", "-4", "0", "cached tokens counted apart"),
    ]
    [row] = compared([stated(Kind.ALL_INPUT, "10")], hour(1, input=6, cached=4)).rows
    assert shown(row)[1:3] == ("all input", "0")


def test_cache_writes_that_an_export_does_not_tell_apart_are_one() -> None:
    found = compared([stated(Kind.CACHE_WRITE, "10")], hour(1, cache_write=6, cache_write_1h=4))
    assert [shown(row)[1:3] for row in found.rows] == [("cache write", "0")]
    apart = [stated(Kind.CACHE_WRITE, "10"), stated(Kind.CACHE_WRITE_1H, "0")]
    assert len(compared(apart, hour(1, cache_write=6, cache_write_1h=4)).rows) == 2


def test_rounding_explains_half_a_unit_a_row_and_no_more() -> None:
    amounts = [stated(Kind.COST, "0.02"), stated(Kind.COST, "0.11")]
    assert [shown(row)[2:] for row in compared(amounts, hour(1, cost="0.121")).rows] == [("0.009", "0", "rounding")]
    assert [shown(row)[2:] for row in compared(amounts, hour(1, cost="0.119")).rows] == [("0.011", "0.011", "None")]
    short = compared([stated(Kind.COST, "0.1")], hour(1, cost="0.14"))
    assert [shown(row)[2:] for row in short.rows] == [("-0.04", "-0.04", "None")], "0.1 is not rounded to tenths"


def test_a_model_that_was_never_called_here_is_a_finding() -> None:
    """It may not have passed the gateway, or the log of its route is lost: no number tells which."""
    found = compared([stated(Kind.CALLS, "3"), stated(Kind.CALLS, "2", "o1")], hour(1, calls=3))
    assert [(row.model, *shown(row)[2:], row.hints) for row in found.rows] == [
        ("gpt-4o", "0", "0", "None", []),
        ("o1", "2", "2", "None", [NONE_COUNTED]),
    ]
    renamed = compared([stated(Kind.CALLS, "2", "o1")], hour(1, "house-model", calls=2))
    assert [row.is_finding for row in renamed.rows] == [True, True]
    assert renamed.rows[1].hints == [NONE_COUNTED, "if it is one of house-model, say so with --model"]
    assert not any(
        row.is_finding
        for row in compared([stated(Kind.CALLS, "2", "o1")], hour(1, "house-model", calls=2), o1="house-model").rows
    )


def test_calls_that_are_more_unpriced_or_estimated_are_hints() -> None:
    amounts = [stated(Kind.CALLS, "3"), stated(Kind.OUTPUT, "9")]
    [calls, tokens] = compared(amounts, hour(1, calls=2, output=5)).rows
    assert (str(calls.unexplained), tokens.hints) == ("1", [MORE_CALLS])
    unsure = CountedHour(START, ("gpt-4o", ""), {}, Decimal("0.1"), Decimal("0.1"), "USD", 0)
    unpriced = CountedHour(START, ("gpt-4o", ""), {}, Decimal(0), Decimal(0), "", 4)
    [row] = compared([stated(Kind.COST, "0.2345678")], unsure, unpriced).rows
    assert row.hints == ["4 calls have no price here", "0.1 USD of what was counted is an estimate"]


def test_what_was_before_counting_is_no_finding_and_outside_is_refused() -> None:
    amounts = [stated(Kind.OUTPUT, "9"), stated(Kind.OUTPUT, "2", day=1)]
    found = compared(amounts, hour(25, output=2), stored=Interval(START + DAY, START + 3 * DAY))
    assert [(shown(row)[4], row.is_finding) for row in found.rows] == [("counting began later", False), ("None", False)]
    with pytest.raises(
        InputError, match="it is of 2026-02-03 to 2026-02-05, and calls to models are stored from 2026-03"
    ):
        compared(amounts, stored=Interval(START + 28 * DAY, START + 30 * DAY))


def test_taxes_are_explained_and_searches_are_not() -> None:
    charges = {"Tax": "0.19", "RIFee": "1", "Grounding with Google Search": "3", "searches": "2"}
    found = compared(
        [
            stated(Kind.COST, amount, "", charge=name, charge_kind=kind_of_type(name))
            for name, amount in charges.items()
        ],
        hour(1),
    )
    assert [(*shown(row)[1:], row.is_finding) for row in found.rows] == [
        ("Grounding with Google Search", "3", "3", "None", True),
        ("RIFee", "1", "0", "not for using a model", False),
        ("Tax", "0.19", "0", "not for using a model", False),
        ("searches", "2", "2", "None", True),
    ]


def test_a_correction_of_an_earlier_bill_is_a_finding_with_a_hint() -> None:
    correction = stated(Kind.COST, "-1", "", day=-20, charge="correction of 2026-01", charge_kind=ChargeKind.CORRECTION)
    found = compared([stated(Kind.COST, "2"), correction], hour(1, cost="2"), hour(-400, cost="7"))
    [row] = [each for each in found.rows if each.is_finding]
    assert shown(row)[1:] == ("correction of 2026-01", "-1", "-1", "None")
    assert row.hints == ["corrects an earlier bill: give the export of that time to compare its usage"]


@pytest.mark.parametrize(
    ("amount", "counted", "unexplained"),
    [
        ("0.30000000000000004", "0.3", "0"),
        ("12345.678901234568", "12345.67890123456799", "0"),
        ("0.30000000000000004", "0.30000000001", "-0.00000000000999996"),
        ("0.3000000001", "0.3", "0.0000000001"),
    ],
)
def test_the_noise_of_floating_point_is_rounding_and_nothing_else_is(
    amount: str, counted: str, unexplained: str
) -> None:
    [row] = compared([stated(Kind.COST, amount)], hour(1, cost=counted)).rows
    assert shown(row)[3:] == (unexplained, "rounding" if unexplained == "0" else "None")


def test_costs_in_another_currency_than_ours_are_refused() -> None:
    euros = CountedHour(START, ("gpt-4o", ""), {}, Decimal(1), Decimal(0), "EUR", 0)
    with pytest.raises(ConflictError, match="costs of openai are in USD, and here in EUR: they are not converted"):
        compared([stated(Kind.COST, "1")], euros)


def test_calls_on_a_day_that_the_export_tells_a_part_of_are_told() -> None:
    begins = replace(stated(Kind.INPUT, "5"), interval=Interval(START + 10 * HOUR, START + 11 * HOUR))
    ends = replace(begins, interval=Interval(START + DAY, START + DAY + 6 * HOUR))
    hours = [hour(at, input=5, calls=1) for at in (-1, 9, 10, 24, 29, 30, 49)]
    found = compared([begins, ends], *hours)
    [note] = found.notes
    assert note.startswith("openai: 2 calls are of the same days, and before or behind the time that the export tells")
    assert note.endswith("(2026-02-03T10:00Z to 2026-02-04T06:00Z): they are not compared")
    assert compared([stated(Kind.INPUT, "5")], *hours).notes == []


def test_parts_of_an_hour_are_refused() -> None:
    odd = StatedAmount("file:2", Interval(START + HOUR / 2, START + HOUR), "gpt-4o", Kind.INPUT, Decimal(1))
    with pytest.raises(InputError, match="begins or ends at 2026-02-03T00:30:00Z, and usage is stored by the hour"):
        compared([odd])


def test_a_row_that_was_not_read_makes_it_incomplete() -> None:
    export = Export("file", "test", "openai", [stated(Kind.INPUT, "1")], [UnreadRow("file:3", "is odd")])
    found = compare([export], {"openai": Counted([hour(1, input=1)], ALWAYS)}, {}, NO_TOLERANCE)
    assert (found.is_complete, found.unread) == (False, ["file:3: is odd"])


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("Claude Haiku 4.5", "claude-haiku-4-5-20251001"),
        ("Claude4.5Sonnet", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("NovaPro", "amazon.nova-pro-v1:0"),
    ],
)
def test_names_of_one_model_have_one_key(theirs: str, ours: str) -> None:
    assert model_key(theirs) == model_key(ours)
    assert model_key(theirs) != model_key("gpt-4o-mini")
    assert model_key("\u901a\u4e49-1") != model_key("\u6587\u5fc3-1")


def test_snapshots_that_a_log_does_not_tell_apart_are_one_group() -> None:
    groups = model_groups(["gpt-4o-2024-08-06", "gpt-4o-2024-11-20", "o1"], [("gpt-4o", ""), ("o1", "")], {})
    assert groups.of_counted == {("gpt-4o", ""): "gpt-4o-2024-08-06 + gpt-4o-2024-11-20", ("o1", ""): "o1"}
    assert groups.aliases("gpt-4o-2024-08-06 + gpt-4o-2024-11-20") == ["gpt-4o"]
    apart = model_groups(["a-2024-08-06", "a-2024-11-20"], [("a", "a-2024-08-06"), ("a", "a-2024-11-20")], {})
    assert set(apart.of_counted.values()) == {"a-2024-08-06", "a-2024-11-20"}
    whole = model_groups(["", "o1"], [("gpt-4o", ""), ("o1", "")], {})
    assert set(whole.of_counted.values()) == {""}
