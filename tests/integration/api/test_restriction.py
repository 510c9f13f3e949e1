"""A token that is limited sees its rows as if no others were stored."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.api_client import ApiClient, Found
from tests.support.smoke import smoke
from tests.support.tenant_apis import EVERYBODY, NAMES, RESTRICTIONS, SPANS, Apis, ask, questions

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

LIMITED = "both"
FORMS = ("application/json", "text/csv", "application/vnd.apache.parquet")
HIDDEN = [
    {"by": ["consumer", "workspace"], "granularity": "hour"},
    {"by": ["consumer"], "order": "request_count", "limit": 1},
    {"metrics": ["llm_cost", "mcp_calls", "latency_request_p50"], "by": ["team"]},
    {"filters": [{"dimension": "workspace", "operator": "in", "values": ["eu"]}], "by": ["consumer"]},
    {"tz": "Asia/Kathmandu", "from": "2026-02-20T10:00Z"},
    {"metrics": ["llm_cost"]},
    {"by": list("abcdefghi")},
    {"metrics": ["configured_plugins"], "by": ["workspace", "plugin"]},
    {"metrics": ["gateway_nodes", "configured_rbac_users"], "by": ["control_plane"]},
    {"metrics": ["control_planes", "configured_services"], "granularity": "month"},
    {"by": ["consumer"], "subject": "username"},
    {"filters": [{"dimension": "consumer", "operator": "not in", "values": ["acme"]}]},
    {"tz": "Asia/Kathmandu"},
    {"by": ["team"], "from": "2026-03-03", "to": "2026-03-13", "compare": True},
    {"from": "2026-03", "to": "2026-04"},
    {"by": ["consumer"], "from": "2026-03", "to": "2026-04"},
]


@pytest.mark.parametrize(
    "asked", smoke(HIDDEN, 9, reason="other spans and filters; one of each kind is in `make test`")
)
def test_what_a_limited_token_may_not_see_is_in_no_answer(apis: Apis, asked: dict[str, Any]) -> None:
    found, alone = ask(apis, asked, LIMITED), apis.alone(LIMITED).query(asked)
    assert (found.status, found.body) == (alone.status, alone.body)
    assert found.status != 200 or found.body != ask(apis, asked).body


@pytest.mark.parametrize(
    "query",
    smoke(
        ["period=hour&subject=username", "consumer=bolt", "", "tz=Asia/Kathmandu&from=2026-02-20T10:00Z"],
        2,
        reason="other spans; hours, and the name of somebody else, are in `make test`",
    ),
)
def test_what_a_limited_token_may_not_see_is_in_no_bill(apis: Apis, query: str) -> None:
    found, alone = apis.everything.get("/billable", query, LIMITED), apis.alone(LIMITED).get("/billable", query)
    assert (found.status, found.body) == (alone.status, alone.body)
    assert found.status != 200 or found.body != apis.everything.get("/billable", query, EVERYBODY).body


@pytest.mark.parametrize("form", smoke(FORMS[1:], 1, reason="the same in one more format"))
def test_what_a_limited_token_may_not_see_is_in_no_file(apis: Apis, form: str) -> None:
    asked = {"by": ["consumer", "workspace"], "granularity": "day"}
    found, alone = ask(apis, asked, LIMITED, accept=form), apis.alone(LIMITED).query(asked, accept=form)
    assert (found.status, found.body) == (alone.status, alone.body) == (200, found.body)
    assert found.body != ask(apis, asked, accept=form).body
    bill, own_bill = (api.get("/billable", "", token, accept=form) for api, token in of(apis, LIMITED))
    assert (bill.status, bill.body) == (own_bill.status, own_bill.body)


def of(apis: Apis, token: str) -> Iterator[tuple[ApiClient, str | None]]:
    """The API of everybody with a token, and that of its rows alone."""
    yield apis.everything, token
    yield apis.alone(token), None


def test_a_page_of_another_token_is_followed_by_own_rows_alone(apis: Apis) -> None:
    asked = {"by": ["consumer", "workspace"], "page_size": 1}
    following = ask(apis, asked).json()["next"]
    found = ask(apis, {**asked, "page_size": 100, "next": following}, LIMITED)
    alone = apis.alone(LIMITED).query({**asked, "page_size": 100, "next": following})
    assert (found.status, found.body) == (alone.status, alone.body)
    assert {(row["consumer"], row["workspace"]) for row in found.json()["rows"]} <= {("acme", "us"), ("dora", "us")}


@pytest.mark.long(reason="draws questions for four tokens; the test above has one of each kind")
@given(st.sampled_from(sorted(RESTRICTIONS)), questions(), st.sampled_from(FORMS))
def test_a_limited_token_sees_its_rows_as_if_no_others_were_stored(
    apis: Apis, token: str, asked: dict[str, Any], form: str
) -> None:
    found, alone = ask(apis, asked, token, accept=form), apis.alone(token).query(asked, accept=form)
    assert (found.status, found.body) == (alone.status, alone.body)
    assert found.status in (200, 400)


@pytest.mark.long(reason="draws questions for four tokens; two tests above have one of each kind")
@given(st.sampled_from(sorted(RESTRICTIONS)), questions(), st.integers(1, 5), st.booleans())
def test_pages_of_a_limited_token_are_of_its_rows_alone(
    apis: Apis, token: str, asked: dict[str, Any], size: int, is_of_another: bool
) -> None:
    paged = {name: value for name, value in asked.items() if name not in ("order", "limit", "compare")}
    paged["page_size"] = size
    first = ask(apis, paged, *([] if is_of_another else [token]))
    following = first.json().get("next") if first.status == 200 else None
    for each in ({}, {"next": following}):
        found, alone = ask(apis, paged | each, token), apis.alone(token).query(paged | each)
        assert (found.status, without_time(found)) == (alone.status, without_time(alone))


def without_time(found: Found) -> Any:
    """An answer without the time at which the first page was asked for."""
    document = found.json()
    return {name: bool(value) if name == "next" else value for name, value in document.items()}


@pytest.mark.long(reason="draws bills for four tokens; the test above has one of each kind")
@given(
    st.sampled_from(sorted(RESTRICTIONS)),
    SPANS,
    st.fixed_dictionaries(
        {"period": st.sampled_from(["hour", "day", "month"]), "consumer": st.lists(NAMES, max_size=2)}
    ),
)
def test_a_limited_token_is_billed_for_its_rows_alone(
    apis: Apis, token: str, span: dict[str, str], asked: dict[str, Any]
) -> None:
    query = urlencode({**span, **asked}, doseq=True)
    found, alone = apis.everything.get("/billable", query, token), apis.alone(token).get("/billable", query)
    assert (found.status, found.body) == (alone.status, alone.body)


@pytest.mark.parametrize("name", [LIMITED, *(pytest.param(each, marks=pytest.mark.long) for each in RESTRICTIONS)])
def test_the_rows_of_a_limited_token_are_some_and_not_all(apis: Apis, name: str) -> None:
    [found], [everything] = (each.json()["rows"] for each in (apis.alone(name).query({}), ask(apis, {})))
    assert 0 < found["request_count"] < everything["request_count"]
