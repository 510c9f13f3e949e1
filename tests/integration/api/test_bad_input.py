"""Whatever is asked is answered as the OpenAPI document says, and is only ever a value to the store."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.smoke import smoke
from tests.support.tenant_apis import EVERYBODY, Apis, ask, questions
from tests.support.usage_of_tenants import CONSUMERS

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

HOSTILE = (
    *("\\' OR ''='", "{from:String}", "\x00"),
    *("' OR 1=1 --", "'; DROP TABLE api_usage_hourly; --", "${chosen}", "%s %d %(x)s"),
    *(
        "\n\r\t",
        "\N{RIGHT-TO-LEFT OVERRIDE}\N{PILE OF POO}",
        "a" * 512,
        "\\",
        "\\N",
        "NULL",
        "[]",
        "['a']",
        "",
    ),
)


@pytest.mark.parametrize(
    "text", smoke(HOSTILE, 3, reason="more texts; a quote, a parameter and a zero are in `make test`")
)
def test_hostile_texts_are_only_ever_values(apis: Apis, text: str) -> None:
    before = ask(apis, {}).body
    filters = [{"dimension": "consumer", "operator": each, "values": [text]} for each in ("in", "prefix")]
    assert ask(apis, {"filters": filters[:1], "by": ["consumer"]}).json()["rows"] == []
    for asked in (
        {"filters": filters},
        *({name: text} for name in ("from", "to", "tz", "order", "granularity", "subject", "limit")),
        *({name: [text]} for name in ("metrics", "by", "filters")),
    ):
        assert ask(apis, asked).status in (200, 400), asked
    for name in ("period", "from", "to", "tz", "subject", "consumer", "csv", text):
        query = urlencode({name: text}, errors="surrogatepass")
        assert apis.everything.get("/billable", query, EVERYBODY).status in (200, 400)
    assert ask(apis, {}).body == before


def test_thousands_of_values_reach_the_store(apis: Apis) -> None:
    values = [f"{number}\N{SNOWMAN}" for number in range(999)] + [CONSUMERS[0]["consumer_id"]]
    found = ask(apis, {"by": ["consumer"], "filters": [{"dimension": "consumer", "operator": "in", "values": values}]})
    assert [row["consumer"] for row in found.json()["rows"]] == ["acme"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = (
    "metrics",
    "by",
    "filters",
    "from",
    "to",
    "tz",
    "granularity",
    "order",
    "limit",
    "subject",
    "last",
    "compare",
    "more",
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        return draw(st.binary(max_size=50)) if draw(st.booleans()) else json.dumps(draw(ANYTHING)).encode()
    return json.dumps({**draw(questions()), draw(st.sampled_from(MEMBERS)): draw(ANYTHING)}).encode()


PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["period", "csv", "from", "to", "tz", "subject", "consumer", "shape", "exclude_gateway_answers", "x"]
    ),
    st.sampled_from(["true", "0", "month", "2026-02", "UTC", "id", "acme"]) | st.text(max_size=10),
    max_size=3,
)
HEADERS = st.fixed_dictionaries(
    {"authorization": st.just(f"Bearer {EVERYBODY}")},
    optional={
        "accept": st.sampled_from(["text/csv", "application/json", "*/*", "", ";", "a/b", "text/csv;q=x"])
        | st.text(max_size=9),
        "content-type": st.sampled_from(["application/json", "application/json; charset=utf-8", "text/plain", ""]),
        "if-none-match": st.sampled_from(["*", '"a"', ",", ""]),
        "x-gatemeter-token": st.text(max_size=9),
        "content-length": st.sampled_from(["0", "7", "99999999999"]),
    },
)


@settings(max_examples=settings().max_examples // 3)  # each is a question to the engine
@given(st.data())
def test_every_answer_is_one_that_the_document_names(apis: Apis, data: st.DataObject) -> None:
    paths = apis.everything.get("/openapi.json").json()["paths"]
    path = data.draw(st.sampled_from(sorted(paths)))
    [method] = paths[path]
    query = urlencode(data.draw(PARAMETERS), errors="replace") if method == "get" else ""
    body = data.draw(bodies()) if method == "post" else b""
    found = apis.everything.ask(method.upper(), path, body, data.draw(HEADERS), query)
    assert str(found.status) in paths[path][method]["responses"]
    assert found.status < 500
    if found.status >= 400:
        assert found.json()["status"] == found.status
        assert len(found.body) < 3000
