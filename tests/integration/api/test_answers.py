"""What the API answers on the real engine, and how it ends when ClickHouse is gone or too slow."""

import csv
import io
import json
import re
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.api.limits import ApiLimits
from gatemeter.clickhouse.query import QueryTimeoutError, fetch_composed, time_limit
from gatemeter.metrics.catalogue import dimension, metrics
from gatemeter.metrics.metrics_query import MOST_METRICS
from gatemeter.wiring.store import open_store
from tests.support.api_client import api_client
from tests.support.smoke import smoke
from tests.support.tcp_door import TcpDoor
from tests.support.tenant_apis import EVERYBODY, Apis, ask
from tests.support.usage_of_tenants import tenants_rows
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]


class TestAnswers:
    def test_a_query_is_rows_with_its_columns_and_notes(self, apis: Apis) -> None:
        asked = {"metrics": ["request_count", "latency_request_p99"], "by": ["service"], "granularity": "month"}
        found = ask(apis, asked).json()
        assert found["columns"] == ["period", "service", "request_count", "latency_request_p99"]
        assert {row["period"] for row in found["rows"]} == {"2026-02", "2026-03"}
        assert {row["service"] for row in found["rows"]} == {"pay", "search", "Empty"}
        assert found["notes"] == ["percentiles are within 1 % of the exact ones"]

    def test_counts_are_those_of_the_stored_rows(self, apis: Apis) -> None:
        [row] = ask(apis, {"filters": [{"dimension": "method", "operator": "in", "values": ["GET"]}]}).json()["rows"]
        [api_rows] = [rows for table, rows in tenants_rows().items() if table.name == "api_usage_hourly"]
        assert row == {"request_count": sum(each["requests"] for each in api_rows if each["method"] == "GET")}

    def test_money_is_text_with_its_currency_beside_it(self, apis: Apis) -> None:
        found = ask(apis, {"metrics": ["llm_cost"], "by": ["cost_currency"]}).json()
        assert found["columns"] == ["cost_currency", "llm_cost", "unpriced_calls"]
        assert all(isinstance(row["llm_cost"], str) for row in found["rows"])

    def test_two_currencies_in_a_group_are_refused(self, apis: Apis) -> None:
        found = ask(apis, {"metrics": ["llm_cost"]})
        assert found.status == 400
        assert "EUR and USD" in found.detail

    def test_the_rest_of_the_groups_is_one_for_each_currency(self, apis: Apis) -> None:
        asked = {"metrics": ["llm_cost"], "by": ["consumer", "cost_currency"]}
        totals = ask(apis, {"metrics": ["llm_cost"], "by": ["cost_currency"]}).json()["rows"]
        rows = ask(apis, asked | {"limit": 1}).json()["rows"]
        assert [row["consumer"] == "(all others)" for row in rows] == [False, False, True, True]
        sums = dict.fromkeys(("EUR", "USD"), Decimal(0))
        for row in rows:
            sums[row["cost_currency"]] += Decimal(row["llm_cost"])
        assert sums == {row["cost_currency"]: Decimal(row["llm_cost"]) for row in totals}

    def test_accept_makes_it_csv(self, apis: Apis) -> None:
        found = ask(apis, {"by": ["workspace"], "order": "workspace"}, accept="text/csv")
        assert found.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(found.body.decode())))
        assert [row["workspace"] for row in rows] == ["Empty", "eu", "us"]

    def test_the_same_answer_has_the_same_tag(self, apis: Apis) -> None:
        first, again, other = (ask(apis, {"by": [each]}).headers["etag"] for each in ("method", "method", "team"))
        assert first == again != other

    def test_billable_is_the_report_as_json_and_as_csv(self, apis: Apis) -> None:
        found = apis.everything.get("/billable", "period=month&consumer=acme", EVERYBODY)
        text = apis.everything.get("/billable", "period=month&consumer=acme&csv=true", EVERYBODY)
        rows = list(csv.DictReader(io.StringIO(text.body.decode())))
        assert [row["consumer_id"] for row in found.json()] == ["acme", "bolt"] * 2
        assert [row["requests"] for row in rows] == [str(row["requests"]) for row in found.json()]
        known = {"if_none_match": found.headers["etag"]}
        assert apis.everything.get("/billable", "period=month&consumer=acme", EVERYBODY, **known).status == 304

    def test_the_license_report_is_of_all_requests(self, apis: Apis) -> None:
        found = apis.everything.get("/license/report", "", EVERYBODY)
        assert found.json()["counters"] == {
            "buckets": [{"bucket": "2026-02", "request_count": 12}],
            "total_requests": 12,
        }
        assert found.headers["x-gatemeter-note"].startswith("the inventory of cp-2 is of 2026-03-05")
        legacy = apis.everything.get("/license/report", "shape=1.3", EVERYBODY)
        assert legacy.json()["counters"] == {"req_cnt": 12}
        text = apis.everything.get("/license/report", "csv=true", EVERYBODY).body
        assert text == b"bucket,request_count\n2026-02,12\n"
        known = {"if_none_match": found.headers["etag"]}
        assert apis.everything.get("/license/report", "", EVERYBODY, **known).status == 304

    def test_the_license_report_is_a_tar_as_the_gateway_s_users_have_it(self, apis: Apis) -> None:
        found = apis.everything.get("/license/report", "", EVERYBODY, accept="application/x-tar")
        name = re.fullmatch(r'attachment; filename="(.+)"', found.headers["content-disposition"])
        assert name
        assert re.fullmatch(r"report-2\d{3}_\d\d_\d\d_\d\d_\d\d_[AP]M\.tar", name[1])
        with tarfile.open(fileobj=io.BytesIO(found.body)) as archive:
            member = archive.extractfile("response.json")
            assert member is not None
            report = json.load(member)
        assert report["counters"] == apis.everything.get("/license/report", "", EVERYBODY).json()["counters"]
        made = parsedate_to_datetime(found.headers["last-modified"])
        assert abs(made.timestamp() - report["timestamp"]) <= 1
        assert apis.everything.get("/license/report", "tar=true&shape=2.7", EVERYBODY).status == 200
        known = {"if_none_match": found.headers["etag"]}
        assert apis.everything.get("/license/report", "tar=true", EVERYBODY, **known).status == 304

    def test_names_of_files_say_what_is_in_them(self, apis: Apis) -> None:
        for path, name in (("/billable", "billable"), ("/license/report", "license")):
            for form in ("csv", "parquet"):
                found = apis.everything.get(path, f"{form}=true", EVERYBODY)
                assert found.headers["content-disposition"] == f'attachment; filename="{name}.{form}"'
                assert found.headers["etag"]

    def test_an_unknown_time_zone_is_refused(self, apis: Apis) -> None:
        assert ask(apis, {"tz": "Europe/Belrin"}).detail.startswith("tz: 'Europe/Belrin' is not a time zone")

    def test_an_answer_of_too_many_rows_is_refused(self, apis: Apis) -> None:
        opened = partial(open_store, None, apis.url, only_reads=True)
        with api_client(opened, limits=ApiLimits(rows=2)) as client:
            found = client.query({"by": ["workspace"]})
            billable = client.get("/billable")
            fitting = client.query({"by": ["method"]})
        assert (found.status, billable.status, fitting.status) == (400, 400, 200)
        assert "more than 2 rows" in found.detail

    def test_it_is_ready_while_the_store_answers(self, apis: Apis) -> None:
        assert apis.everything.get("/readyz").status == 200


OF_USAGE = ("api", "llm", "agentic", "meters", "streams")
SOURCES = [*OF_USAGE, *sorted({found.source for found in metrics().values()} - set(OF_USAGE))]


@pytest.mark.parametrize(
    "source", smoke(SOURCES, len(OF_USAGE), reason="counts of an inventory, which have tests of their own")
)
def test_every_metric_is_answered(apis: Apis, source: str) -> None:
    names = [name for name, found in metrics().items() if found.source == source]
    by = [each for each in ("cost_currency", "cost_reported_currency") if dimension(each).sql(source)]
    for asked in batched(names, MOST_METRICS):
        assert ask(apis, {"metrics": asked, "by": by, "granularity": "year"}).status == 200, asked


def batched(names: list[str], most: int) -> Iterator[list[str]]:
    for start in range(0, len(names), most):
        yield names[start : start + most]


class TestClickHouseGone:
    def test_it_is_a_503_and_answers_again_once_it_is_back(self, apis: Apis) -> None:
        parts = urlsplit(apis.url)
        with TcpDoor((str(parts.hostname), parts.port or 8123)) as door:
            login = f"{parts.username}:{parts.password}@" if parts.username else ""
            url = parts._replace(netloc=f"{login}127.0.0.1:{door.port}").geturl()
            with api_client(partial(open_store, None, url, only_reads=True)) as client:
                assert client.query({}).status == 200
                door.shut()
                found, ready = client.query({}), client.get("/readyz")
                assert (found.status, ready.status) == (503, 503)
                assert found.detail == "the store does not answer at present"
                assert found.headers["retry-after"] == "2"
                door.open()
                wait_for(lambda: client.query({}).status == 200, "the store is opened again")

    def test_a_question_without_time_left_is_a_504(self, apis: Apis) -> None:
        opened = partial(open_store, None, apis.url, only_reads=True)
        with api_client(opened, limits=ApiLimits(query_s=0.0)) as client:
            found = client.query({})
        assert (found.status, found.detail.split(";")[0]) == (504, "the query took too long and was cancelled")

    def test_clickhouse_cancels_what_takes_too_long(self, clickhouse_client: Client) -> None:
        endless = "SELECT sum(sleepEachRow(0.05)) FROM numbers(1000000) SETTINGS max_block_size = 1"
        with time_limit(1.0), pytest.raises(QueryTimeoutError):
            fetch_composed(clickhouse_client, "metrics", endless, {})
        [[running]] = clickhouse_client.query(
            "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sleepEachRow%'"
        ).result_rows
        assert running == 0
