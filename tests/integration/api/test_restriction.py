"""A token that is limited sees its rows as if no others were stored."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tenant_apis import EVERYBODY, NAMES, RESTRICTIONS, SPANS, Apis, ask, questions

pytestmark = pytest.mark.clickhouse

LIMITED = "both"
HIDDEN = [
    {"by": ["consumer", "workspace"], "granularity": "hour"},
    {"by": ["consumer"], "subject": "username"},
    {"by": ["consumer"], "order": "request_count", "limit": 1},
    {"metrics": ["llm_cost", "mcp_calls", "latency_request_p50"], "by": ["team"]},
    {"filters": [{"dimension": "workspace", "operator": "in", "values": ["eu"]}], "by": ["consumer"]},
    {"filters": [{"dimension": "consumer", "operator": "not in", "values": ["acme"]}]},
    {"tz": "Asia/Kathmandu"},
    {"tz": "Asia/Kathmandu", "from": "2026-02-20T10:00Z"},
    {"metrics": ["llm_cost"]},
    {"by": ["team"], "from": "2026-03-03", "to": "2026-03-13", "compare": True},
    {"from": "2026-03", "to": "2026-04"},
    {"by": ["consumer"], "from": "2026-03", "to": "2026-04"},
    {"by": list("abcdefghi")},
]


@pytest.mark.parametrize("asked", HIDDEN)
def test_what_a_limited_token_may_not_see_is_in_no_answer(apis: Apis, asked: dict[str, Any]) -> None:
    found, alone = ask(apis, asked, LIMITED), apis.alone(LIMITED).query(asked)
    assert (found.status, found.body) == (alone.status, alone.body)
    assert found.status != 200 or found.body != ask(apis, asked).body


@pytest.mark.parametrize(
    "query", ["", "period=hour&subject=username", "consumer=bolt", "tz=Asia/Kathmandu&from=2026-02-20T10:00Z"]
)
def test_what_a_limited_token_may_not_see_is_in_no_bill(apis: Apis, query: str) -> None:
    found, alone = apis.everything.get("/billable", query, LIMITED), apis.alone(LIMITED).get("/billable", query)
    assert (found.status, found.body) == (alone.status, alone.body)
    assert found.status != 200 or found.body != apis.everything.get("/billable", query, EVERYBODY).body


@pytest.mark.long(reason="draws questions for four tokens; the test above has one of each kind")
@given(st.sampled_from(sorted(RESTRICTIONS)), questions(), st.booleans())
def test_a_limited_token_sees_its_rows_as_if_no_others_were_stored(
    apis: Apis, token: str, asked: dict[str, Any], is_csv: bool
) -> None:
    accept = {"accept": "text/csv"} if is_csv else {}
    found, alone = ask(apis, asked, token, **accept), apis.alone(token).query(asked, **accept)
    assert (found.status, found.body) == (alone.status, alone.body)
    assert found.status in (200, 400)


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
