"""Whatever a consumer is called, its entitlements are found by that name; without a store."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.entitlements import Snapshot
from gatemeter.budgets.evaluation import Evaluation, Evaluator
from gatemeter.budgets.use import Use
from gatemeter.clock import SystemClock
from gatemeter.reports.period import TimeSpan
from tests.support.api_client import ApiClient, api_client, no_store
from tests.support.budget_files import budget, budgets

NAMES = ("acme", "team/acme", "Zo\u00eb", "a b", "..", "100%", "a%2Fb", "a?b#c")
USED_UP = "team/acme"


@pytest.fixture(scope="module")
def api() -> Iterator[ApiClient]:
    now = SystemClock().now()
    [declared] = (book := budgets(budget(enforce=True))).budgets
    window = TimeSpan(now - timedelta(days=1), now + timedelta(days=1))
    uses = [Use(declared, name, window, Decimal(1000 if name == USED_UP else 1)) for name in NAMES]
    refresh = EntitlementRefresh(Evaluator(book, None), SystemClock())
    refresh.snapshot = Snapshot(Evaluation(now, uses, [(declared, window)]), None, {}, ())
    with api_client(no_store, entitlements=refresh) as client:
        yield client


def path_of(name: str) -> str:
    """The path as a server gives it to the application: each `%2F` of an address is a `/` already."""
    return f"/api/v1/entitlements/{name}"


def test_each_name_is_answered_with_its_own_use(api: ApiClient) -> None:
    answers = [api.get(path_of(name)).json() for name in NAMES]
    assert [each["consumer"] for each in answers] == list(NAMES)
    assert [each["has_access"] for each in answers] == [name != USED_UP for name in NAMES]
    assert api.get(path_of("a")).status == 404


def test_a_gateway_may_ask_by_head_and_by_etag(api: ApiClient) -> None:
    first = api.get(path_of("acme"))
    assert api.get(path_of("acme"), if_none_match=first.headers["etag"]).status == 304
    statuses = [api.ask("HEAD", path_of(name), query="deny=true").status for name in ("acme", USED_UP, "a")]
    assert statuses == [200, 403, 404]
    assert api.get(path_of(USED_UP), "deny=true", if_none_match="*").status == 403
    assert api.ask("POST", path_of("acme")).status == 405
    assert api.get(path_of("acme"), "denny=true").status == 400
