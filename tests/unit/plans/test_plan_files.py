"""Plan files: what can be used, in TOML and YAML, and what is refused with its place."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatemeter.errors import InputError
from gatemeter.plans.charge import Volume
from gatemeter.plans.plan_files import load_plans
from tests.support.plan_files import PER_REQUEST, account, document, plan, tiers, written

TOML = """
subject = "username"
[[plans]]
name = "starter"
valid_from = 2026-01-01
currency = "EUR"
rounding = "half_up"
[[plans.charges]]
name = "base"
model = "flat"
amount = "9.90"
[[plans.charges]]
name = "calls"
meter = "request_count"
filter = "service in pay"
model = "volume"
flat_at_zero = false
tiers = [{ below = 1000, unit_amount = 0.002, flat_amount = 1 }, { at_least = 1000, unit_amount = "0.001" }]
[[accounts]]
id = "acme"
consumers = "acme"
plans = [{ plan = "starter", valid_from = 2026-01-01 }]
"""
YAML = """
subject: username
plans:
- name: starter
  valid_from: 2026-01-01
  currency: EUR
  rounding: half_up
  charges:
  - {name: base, model: flat, amount: 9.90}
  - name: calls
    meter: request_count
    filter: service in pay
    model: volume
    flat_at_zero: false
    tiers:
    - {below: 1000, unit_amount: 0.002, flat_amount: 1}
    - {at_least: 1000, unit_amount: 0.001}
accounts:
- {id: acme, consumers: [acme], plans: [{plan: starter, valid_from: 2026-01-01}]}
"""


def refused(path: Path, content: dict[str, Any]) -> str:
    with pytest.raises(InputError) as raised:
        load_plans(written(path / "plans.json", content))
    assert raised.value.where == f"{path / 'plans.json'}:1"
    return raised.value.what


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("plans.toml", TOML.replace('id = "acme"', 'id = "acme"\ntime_zone = "Mars/X"'), 21),
        ("plans.yaml", YAML.replace("id: acme", "id: acme, time_zone: Mars/X"), 19),
    ],
    ids=["toml", "yaml"],
)
def test_an_unknown_time_zone_is_refused_with_its_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as raised:
        load_plans(tmp_path / name)
    assert str(raised.value).startswith(f"{tmp_path / name}:{line}: account acme, time_zone: 'Mars/X' is not a time zo")


INLINE = """
[[plans]]
name = "starter"
valid_from = 2026-01-01
currency = "EUR"
charges = [
  { name = "base", model = "flat", amount = "9.90" },
  { name = "calls", meter = "request_count", model = "per_unit", unit_amount = "0.002" },
]
[[plans]]
name = "other"
valid_from = 2026-01-01
currency = "EUR"
[[plans.charges]]
name = "base"
model = "flat"
amount = "9.90"
"""


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("plans.yaml", YAML.replace("amount: 9.90", "amount: x"), 9),
        ("plans.yaml", YAML.replace("amount: 9.90", "amount: 9.90, colour: x"), 9),
        ("plans.yaml", YAML.replace("meter: request_count", "meter: requests"), 11),
        ("plans.yaml", YAML.replace("at_least: 1000,", "at_least: 1000, up_to: 3,"), 15),
        ("plans.yaml", YAML.replace("name: starter", "name: base").replace("amount: 9.90", "amount: x"), 9),
        ("plans.toml", TOML.replace('amount = "9.90"', 'amount = "x"'), 11),
        ("plans.toml", TOML.replace('meter = "request_count"', 'meter = "requests"'), 14),
        ("plans.toml", TOML.replace('"9.90"', '"9.90"\ncolour = "x"'), 12),
        ("plans.toml", INLINE.replace('"request_count"', '"requests"'), 8),
        ("plans.toml", INLINE.replace('amount = "9.90" }', 'amount = "x" }'), 7),
        ("plans.toml", INLINE.replace('model = "flat"\namount = "9.90"', 'model = "flat"\namount = "x"'), 17),
    ],
)
def test_what_is_wrong_in_a_charge_is_refused_with_its_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as raised:
        load_plans(tmp_path / name)
    assert raised.value.where == f"{tmp_path / name}:{line}"


def test_toml_and_yaml_say_the_same_with_exact_numbers(tmp_path: Path) -> None:
    (tmp_path / "plans.toml").write_text(TOML)
    (tmp_path / "plans.yaml").write_text(YAML)
    found = load_plans(tmp_path / "plans.toml")
    assert found == load_plans(tmp_path / "plans.yaml")
    calls = found.plans[0].charges[1]
    assert isinstance(calls, Volume)
    assert calls.tiers[0].unit_amount == Decimal("0.002")
    (tmp_path / "plans.json").write_bytes(msgspec.json.encode(found.document).replace(b'"0.002"', b"0.002"))
    assert found == load_plans(tmp_path / "plans.json")
    assigned = [found.accounts[0].plan_on(date(2025, 12, 31) + timedelta(days)) for days in (0, 1)]
    assert assigned == [None, found.accounts[0].plans[0]]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"tiers": [{"below": 10, "unit_amount": 1}, {"at_least": 20, "unit_amount": 1}]},
            "plan starter, charge requests: tiers: tier 2 begins at 20, not at 10: a gap",
        ),
        (
            {"tiers": [{"below": 10, "unit_amount": 1}, {"at_least": 5, "unit_amount": 1}]},
            "plan starter, charge requests: tiers: tier 2 begins at 5, not at 10: an overlap",
        ),
        (
            {"tiers": tiers(("10", "1"), ("10", "2"), (None, "1"))},
            "plan starter, charge requests: tiers: tier 2 ends below 10, and begins at 10",
        ),
        (
            {"tiers": tiers(("10", "1"))},
            (
                "plan starter, charge requests: tiers: nothing is said of quantities from 10 on: "
                "leave out below in the last tier"
            ),
        ),
        (
            {"tiers": tiers((None, "1"), (None, "1"))},
            "plan starter, charge requests: tiers: tier 1 has no end, and tier 2 never begins: give below",
        ),
        (
            {"tiers": tiers(("10", "1"), (None, "1"), flat="3")},
            (
                "plan starter, charge requests: flat_at_zero: the first tier has a flat_amount; "
                "say whether it is due without usage, true or false"
            ),
        ),
        (
            {"tiers": [{"unit_amount": "-1"}]},
            "plan starter, charge requests, tier 1, unit_amount: Input should be greater than or equal to 0",
        ),
        ({"tiers": [{"unit_amount": True}]}, "tier 1, unit_amount: a decimal number, as 0.002"),
        ({"tiers": [{"unit_amount": "nan"}]}, "tier 1, unit_amount: Input should be a finite number"),
        ({"tiers": [{"unit_amount": "\u0661"}]}, "tier 1, unit_amount: a decimal number in ASCII digits"),
        ({"tiers": [{"unit_amount": 1, "up_to": 2}]}, "tier 1, up_to: is no field here; did you mean below?"),
        (
            {"tiers": [{"unit_amount": 1, "colour": 2}]},
            "tier 1, colour: is no field here; there are at_least, below, unit_amount, flat_amount",
        ),
        ({"filters": []}, "charge requests, filters: is no field here; did you mean filter?"),
        ({"name": "Two Words"}, "name: 'Two Words' is no name: small letters and digits"),
        ({"meter": "requests"}, "charge requests, meter: 'requests' is no metric; did you mean request_count?"),
        ({"meter": "active_services"}, "meter: active_services does not add up"),
        ({"meter": "latency_request_p99"}, "meter: latency_request_p99 does not add up"),
        ({"filter": "service is pay"}, "filter: 'service is pay' is no filter"),
        ({"filter": "provider in openai"}, "charge requests: request_count is not known by provider"),
        ({"minimum": 5, "maximum": 4}, "charge requests: maximum 4 is below minimum 5"),
        (
            {"model": "percentage", "percent": 1, "tiers": None},
            "charge requests, tiers: is no field here; there are name, meter, filter, ",
        ),
        ({"model": "tiered"}, "plan starter, charge requests: model: 'tiered' is none; there are flat, per_unit"),
        ({"model": None}, "plan starter, charge requests: model"),
    ],
)
def test_a_charge_that_cannot_be_meant_is_refused(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    charge = {"name": "requests", "meter": "request_count", "model": "graduated", "tiers": tiers((None, "1"))}
    found = refused(tmp_path, document(plan(charge | wrong)))
    assert said in found
    assert "at least 1 item" not in found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"accounts": [account(plans=[])]}, "account acme, plans: is empty: at least one is needed"),
        (
            {"accounts": [account(plans=[{"plan": "gold", "valid_from": "2026-01-01"}])]},
            "account acme: plan gold from 2026-01-01: there is none of that name; there are starter",
        ),
        (
            {"accounts": [account(plans=[{"plan": "starter", "valid_from": "2025-12-01"}])]},
            "account acme: plan starter from 2025-12-01: begins later",
        ),
        (
            {"accounts": [account(plans=[{"plan": "starter", "valid_from": "2026-01-01"}] * 2)]},
            "account acme: plans: two from 2026-01-01",
        ),
        (
            {"accounts": [account(), account("globex", consumers=["acme"])]},
            "consumer acme belongs to account acme and to account globex",
        ),
        ({"accounts": [account(), account()]}, "account acme is there twice"),
        ({"accounts": [account(consumers=[])]}, "account acme: name consumers, teams or workspaces: it has none"),
        ({"plans": [plan(PER_REQUEST, currency="USX")]}, "plan starter, currency: USX is no currency of ISO 4217"),
        ({"plans": [plan(PER_REQUEST), plan(PER_REQUEST)]}, "plan starter from 2026-01-01 is there twice"),
        ({"plans": [plan(PER_REQUEST, PER_REQUEST)]}, "plan starter: charge requests is there twice"),
        (
            {"plans": [plan(PER_REQUEST), plan(PER_REQUEST, valid_from="2026-06-01", currency="USD")]},
            "account acme: its plans are in EUR and USD; an account has one currency",
        ),
        ({"billable": [{"valid_from": "2026-01-01", "any_of": [["sauce in kong"]]}]}, "'sauce' is no dimension"),
        ({"plans": []}, "plans: is empty: at least one is needed"),
        ({"accounts": [{"id": "acme", "consumers": ["acme"]}]}, "account acme, plans: is missing"),
        ({"accounts": [account(consumers=["a", "b", "a"])]}, "account acme: consumers: a is there twice"),
        (
            {"plans": [plan(PER_REQUEST, currency="eur")]},
            "currency: eur is no currency of ISO 4217, whose codes are in",
        ),
        ({"plans": [plan(PER_REQUEST, currency="EURO")]}, "currency: EURO is no currency of ISO 4217"),
        (
            {"accounts": [account(anchor_day="true")]},
            "account acme, anchor_day: true is no day of a month: write a num",
        ),
        ({"accounts": [account(anchor_day=32)]}, "account acme, anchor_day: 32 is no day of a month: write a number f"),
        ({"accounts": [account(anchor_day=0)]}, "account acme, anchor_day: 0 is no day of a month"),
    ],
)
def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    assert said in refused(tmp_path, document() | wrong)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plans.toml", "[[plans]\n", "not TOML"),
        ("plans.toml", "\udcff", "not TOML"),
        ("plans.yaml", "- a\n", "has no plans"),
        ("plans.yaml", "a: [", "is not YAML"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=said):
        load_plans(tmp_path / name)


def test_a_file_that_a_shell_of_windows_wrote_is_read(tmp_path: Path) -> None:
    for name, content in (("plans.toml", TOML), ("plans.yaml", YAML)):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + content.encode())
        assert [each.id for each in load_plans(tmp_path / name).accounts] == ["acme"]


def test_a_share_of_what_is_no_money_is_refused(tmp_path: Path) -> None:
    share = {"name": "requests", "meter": "request_count", "model": "percentage", "percent": 120}
    assert "charge requests: request_count is no amount of money" in refused(tmp_path, document(plan(share)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ("none.toml", "none.yaml"):
        with pytest.raises(InputError, match=rf"{name}: cannot be read"):
            load_plans(tmp_path / name)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("0", "0 is no day: write one as 2026-01-01, without a time"),
        ("1767225600", "1767225600 is no day: write one"),
        ("2026", "2026 is no day: write one"),
        ("true", "true is no day: write one"),
        ("2026-01-01T00:00:00+02:00", "2026-01-01 00:00:00+02:00 is no day: write one"),
        ("2026-01-01T00:00:00", "2026-01-01 00:00:00 is no day: write one"),
        ('"2026-01-01T00:00:00Z"', "2026-01-01T00:00:00Z is no day: write one"),
        ('"2026-1-1"', "2026-1-1 is no day: write one"),
        ('"2026-02-30"', "2026-02-30 is no day of the calendar"),
    ],
)
def test_what_is_no_day_is_refused_with_its_line(tmp_path: Path, day: str, said: str) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(TOML.replace("valid_from = 2026-01-01\ncurrency", f"valid_from = {day}\ncurrency"))
    with pytest.raises(InputError) as raised:
        load_plans(path)
    assert str(raised.value).startswith(f"{path}:5: plan starter, valid_from: {said}")


def test_a_day_of_a_month_is_a_number(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    for text, day in (("28", 28), ('"28"', 28), ("true", None), ("1.5", None)):
        path.write_text(TOML.replace('id = "acme"', f'id = "acme"\nanchor_day = {text}'))
        if day is not None:
            assert load_plans(path).accounts[0].anchor_day == day
            continue
        with pytest.raises(InputError, match=f"account acme, anchor_day: {text} is no day of a month") as raised:
            load_plans(path)
        assert raised.value.where == f"{path}:21"


def tables_of(page: str) -> list[str]:
    """The blocks in TOML of a page."""
    return re.findall(r"```toml\n(.+?)```", Path(page).read_text(), re.DOTALL)


def test_the_documented_rule_leaves_out_what_nginx_refused(tmp_path: Path) -> None:
    _month, plans, _rule, by_status = tables_of("docs/billing.md")
    assert by_status in tables_of("docs/gateways/nginx.md")
    (tmp_path / "plans.toml").write_text(plans + by_status)
    [rule] = load_plans(tmp_path / "plans.toml").billable
    assert [rule.takes({"status": status}) for status in ("200", "", "429", "401")] == [True, True, False, False]


def test_the_documented_file_can_be_used(tmp_path: Path) -> None:
    _month, plans, rule, _by_status = tables_of("docs/billing.md")
    (tmp_path / "plans.toml").write_text(plans + rule)
    found = load_plans(tmp_path / "plans.toml")
    assert (len(found.plans), len(found.accounts), len(found.billable)) == (1, 1, 1)
