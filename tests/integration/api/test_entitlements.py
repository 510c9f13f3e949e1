"""What consumers may still use, as gateways and customers ask for it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import ManualClock, SystemClock
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.schema import EPOCH_LEDGER, LLM_USAGE
from gatemeter.wiring.store import open_store
from tests.support import plan_files
from tests.support.api_client import ApiClient, api_client, make_token
from tests.support.budget_files import budget, budgets
from tests.support.databases import DatabasePool
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

NOW = SystemClock().now().replace(microsecond=0)
HOUR = NOW.replace(minute=0, second=0)
STORED = NOW - timedelta(minutes=2)
BOOK = budgets(
    budget(window="48h", enforce=True),
    budget("spend", meter="llm_cost", limit=10, currency="EUR", window="48h", enforce=True),
    budget("shared", window="48h", per="account", limit=5000),
)
PLANS = plan_files.book(accounts=[plan_files.account("team", consumers=["acme", "globex"])])
ACME = {"consumer_id": "acme", "consumer_username": "anne"}
PATH = "/api/v1/entitlements/"


@pytest.fixture(scope="module")
def api(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiClient]:
    tokens = tmp_path_factory.mktemp("entitlements") / "tokens.jsonl"
    make_token(tokens, "all")
    make_token(tokens, "acme", allowed=AllowedRows(("anne",)))
    make_token(tokens, "both", allowed=AllowedRows(("anne", "globex")))
    make_token(tokens, "eu", allowed=AllowedRows((), ("eu",)))
    rows = [
        usage(**ACME, requests=300, hour=HOUR),
        usage(consumer_id="globex", requests=1200, hour=HOUR, partition=1),
        usage(consumer_id="renamed", consumer_username="anne", requests=1, hour=HOUR, partition=2),
        usage(consumer_id="renamed", consumer_username="emma", requests=1, hour=HOUR, partition=3),
    ]
    call = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "hour": HOUR, **ACME}
    priced = {"cost_computed": "2.5", "cost_currency": "EUR", "cost_evidence": "computed", "partition": 1}
    unpriced = {"unpriced_calls": 1, "cost_evidence": "unpriced"}
    with database_pool.store() as store:
        with store.client() as client:
            sink = ClickHouseSink(client, clock=ManualClock(STORED))
            sink.write([usage_rows(*rows), table_rows(LLM_USAGE, call | priced, call | unpriced)])
            sink.write([table_rows(EPOCH_LEDGER, {"log": "log-1", "log_kind": "kafka", "version": 1})])
        refresh = EntitlementRefresh(Evaluator(BOOK, PLANS), SystemClock())
        opened = partial(open_store, None, store.url, only_reads=True)
        with api_client(opened, tokens, entitlements=refresh) as client_of_api:
            refresh.refresh(client_of_api.store)
            yield client_of_api


def told(api: ApiClient, consumer: str, token: str = "all") -> dict[str, Any]:
    """Budgets by name: what is used at least, and what is left, null where it is not known."""
    found = api.get(PATH + consumer, token=token).json()
    return {each["budget"]: (each["used_at_least"], each["left"]) for each in found["entitlements"]}


def test_a_consumer_is_told_what_it_has_used_and_left(api: ApiClient) -> None:
    assert told(api, "acme") == {"requests": ("300", "700"), "spend": ("2.5", None), "shared": ("1500", "3500")}
    answer = api.get(PATH + "acme", token="all").json()
    assert (answer["has_access"], answer["is_certain"]) == (True, False)
    assert answer["stored_until"] == f"{STORED:%Y-%m-%dT%H:%M:%SZ}"
    assert [each["note"] for each in answer["entitlements"] if not each["is_known"]] == ["1 unpriced_calls"]


def test_what_is_used_up_can_be_answered_as_a_denial(api: ApiClient) -> None:
    assert told(api, "globex") == {"requests": ("1200", "-200"), "spend": ("0", "10"), "shared": ("1500", "3500")}
    assert not api.get(PATH + "globex", token="all").json()["has_access"]
    statuses = [api.get(PATH + each, "deny=true", "all").status for each in ("acme", "globex", "nobody")]
    assert statuses == [200, 403, 404]


def test_a_limited_token_sees_only_whole_consumers_of_its_own(api: ApiClient) -> None:
    """What is left of an account tells what the others have used: only who may see all of them may see it."""
    assert told(api, "acme", "acme") == {"requests": ("300", "700"), "spend": ("2.5", None)}
    assert set(told(api, "acme", "both")) == {"requests", "spend", "shared"}
    statuses = [api.get(PATH + each, token="acme").status for each in ("acme", "globex", "renamed", "nobody")]
    assert statuses == [200, 404, 404, 404]
    assert api.get(PATH + "globex", token="acme").body == api.get(PATH + "nobody", token="acme").body
    assert api.get(PATH + "acme", "deny=true", "eu").status == 404  # 403 would stop everybody at a gateway


def test_without_budgets_or_before_they_are_read_nothing_is_told(tmp_path: Path) -> None:
    def nothing() -> Any:
        raise AssertionError("the store was opened")

    with api_client(nothing) as without:
        assert "start it with --budgets" in without.get(PATH + "acme").detail
    with api_client(nothing, entitlements=EntitlementRefresh(Evaluator(BOOK, None), SystemClock())) as early:
        answer = early.get(PATH + "acme")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.long(reason="measures; docs/budgets.md says what was found")
def test_an_answer_takes_less_than_ten_milliseconds(api: ApiClient) -> None:
    times = []
    for _ in range(2_000):
        began_s = perf_counter()
        assert api.get(PATH + "acme", token="all").status == 200
        times.append(perf_counter() - began_s)
    assert sorted(times)[len(times) // 2] < 0.010
