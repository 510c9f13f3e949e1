"""Budget files: what is refused, and in which line."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatemeter.budgets.budget_files import load_budgets
from gatemeter.budgets.use import Use
from gatemeter.errors import InputError
from gatemeter.plans.amount import plain
from gatemeter.reports.period import TimeSpan
from tests.support import plan_files
from tests.support.budget_files import budget, budgets

TOML = """\
subject = "username"

[[budgets]]
name = "requests"
meter = "request_count"
limit = 1000
window = "month"
per = "consumer"
thresholds = [80, 100]

[[budgets]]
name = "spend"
meter = "llm_cost"
limit = "250.50"
currency = "EUR"
window = "week"
time_zone = "Europe/Berlin"

[[webhooks]]
name = "pager"
url = "https://pager.example.com/hook"
secret_env = "PAGER_SECRET"
"""
YAML = """\
budgets:
- name: requests
  meter: request_count
  limit: 1000
  window: month
- {name: spend, meter: llm_cost, limit: 250.5, currency: EUR, window: 24h}
"""


def refusal(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_budgets(path, None)
    return str(caught.value).removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("[80, 100]", "[100, 80]", "9: budget requests, thresholds: 80 stands behind 100"),
        ("limit = 1000", "limit = 0.5", "3: budget requests: limit: 0.5 is no whole number, and request_count counts"),
        ("limit = 1000", "limit = 0", "6: budget requests, limit: Input should be greater than 0"),
        ('currency = "EUR"\n', "", "11: budget spend: currency: llm_cost is an amount of money; say in which"),
        ('currency = "EUR"', 'currency = "QQQ"', "15: budget spend, currency: QQQ is no currency"),
        ('"request_count"', '"latency_request_p99"', "5: budget requests, meter: latency_request_p99 does not add up"),
        ('"month"', '"mnth"', "7: budget requests, window: 'mnth' is no window: write day, week or month"),
        ("Europe/Berlin", "Europe/Berln", "17: budget spend, time_zone: 'Europe/Berln' is not a time zone"),
        ('"consumer"', '"account"', "8: budget requests, per: accounts are those of a plan file: give --plans"),
        ('name = "spend"', 'name = "requests"', "12: budget requests, name: the name is there twice"),
        ("https://", "http://", "19: webhook pager: url: http is for private networks alone"),
        ("https://", "https://:password@", "19: webhook pager: url: write https://HOST/PATH, without a login"),
        (
            "https://",
            "https://\u4f8b.",
            "19: webhook pager: url: write other letters as %C3%BC, and those of a host as xn--",
        ),
        (
            'secret_env = "PAGER_SECRET"',
            'secret = "abc"',
            "22: webhook pager, secret: is no field here; did you mean secret_env?",
        ),
        ('per = "consumer"', 'per = "tool"', "8: budget requests, per: Input should be 'account', 'consumer'"),
        ('"week"', '"15m"', "11: budget spend: time_zone and anchor_day belong to calendar windows"),
    ],
)
def test_nonsense_is_refused_by_its_line(tmp_path: Path, written: str, instead: str, said: str) -> None:
    assert refusal(tmp_path / "budgets.toml", TOML.replace(written, instead)).startswith(said)


def test_every_fault_is_told_with_the_line_of_its_entry(tmp_path: Path) -> None:
    wrong = YAML.replace("limit: 1000", "limit: some").replace("24h", "7x")
    said = refusal(tmp_path / "budgets.yaml", wrong)
    assert said.startswith("4: budget requests, limit: ")
    assert "; line 6: budget spend, window: '7x' is no window" in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"window": "15m"}, "by the minute usage is not known by consumer"),
        ({"window": "15m", "per": None, "meter": "llm_calls"}, "llm_calls is not known by the minute"),
        ({"window": "93d"}, "longer than 2208 hours"),
        ({"per": None, "only": ["acme"]}, "only: say of what these are names"),
        ({"per": "request_model"}, "per: request_count is not known by request_model"),
        ({"window": "week", "anchor_day": 3}, "anchor_day belongs to months"),
        ({"currency": "EUR"}, "currency: request_count is no amount of money"),
    ],
)
def test_what_cannot_be_told_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        budgets(budget(**values))


def test_an_account_is_one_of_a_plan_file_of_the_same_subject(tmp_path: Path) -> None:
    path = tmp_path / "budgets.json"
    path.write_bytes(msgspec.json.encode({"budgets": [budget(per="account", only=["globex"])]}))
    with pytest.raises(InputError, match="only: the plan file has no account globex"):
        load_budgets(path, plan_files.book())
    with pytest.raises(InputError, match="names consumers by username, and this file by id"):
        load_budgets(path, plan_files.book(subject="username"))


def test_a_budget_that_says_something_else_is_another_one() -> None:
    [first] = budgets(budget()).budgets
    said = [budgets(each).budgets[0].declaration for each in (budget(limit="1000"), budget(thresholds=[50]))]
    assert said == [first.declaration] * 2
    others = [budget(limit=1001), budget(window="week"), budget(filter="status in 200"), budget("other")]
    others.append(budget(billable=True))
    assert first.declaration not in {budgets(each).budgets[0].declaration for each in others}


def test_a_budget_is_the_same_one_after_an_update() -> None:
    """What was announced by an earlier version is not announced again by this one."""
    [first] = budgets(budget()).budgets
    assert first.declaration == "b66093ad564e"


def test_a_threshold_is_reached_by_its_amount_to_the_last_digit() -> None:
    [found] = budgets(budget(meter="llm_cost", limit="99999999999999.999999999999999999", currency="EUR")).budgets
    almost = Decimal("99999999999999.999999999999999998")
    window = TimeSpan(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    use = Use(found, "acme", window, almost)
    assert ([*use.reached], use.is_used_up, plain(use.left)) == ([Decimal(80)], False, "0.000000000000000001")
    use.used = found.limit
    assert ([*use.reached], use.is_used_up) == ([Decimal(80), Decimal(100)], True)
    use.used = Decimal("0.000000000000000001")
    assert plain(use.left) == str(almost)
