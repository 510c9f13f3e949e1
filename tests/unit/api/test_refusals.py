"""What cannot be asked is refused before any store is opened, in the words of the command line."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gatemeter.api.limits import ApiLimits
from gatemeter.api.member_words import in_member_words
from gatemeter.cli.commands.query import command as query_command
from gatemeter.errors import SettingsError
from gatemeter.httpserver.tokens import Role
from gatemeter.reports.usage_parameters import AllowedRows
from tests.support.api_client import LOCAL, MANY, ApiClient, api_client, make_token, no_store


@pytest.fixture(scope="module")
def client() -> Iterator[ApiClient]:
    with api_client(no_store) as found:
        yield found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metrics": ["requests_count"]}, "request_count"),
        ({"by": ["consumr"]}, "did you mean consumer"),
        ({"metrics": ["llm_cost"], "by": ["method"]}, "llm_cost is not known by method"),
        ({"metrics": []}, "no metric is asked for"),
        ({"metrics": ["request_count"] * 2}, "names are given twice"),
        ({"metrics": ["request_count"] * 51}, "metrics: List should have at most 50"),
        ({"filters": [{"dimension": "team", "operator": "in"}]}, "no value given"),
        ({"filters": [{"dimension": "team", "operator": "like", "values": ["a"]}]}, "filters.0.operator"),
        ({"filters": [{"dimension": "team", "operator": "in", "values": ["a" * 513]}]}, "at most 512"),
        ({"filters": "team empty"}, "filters: Input should be a valid array"),
        ({"from": "2026-03", "to": "2026-02"}, "from 2026-03 is not before to 2026-02"),
        ({"from": "yesterday"}, "from: 'yesterday' is not a date"),
        ({"granularity": "second"}, "granularity: Input should be 'none', 'minute', 'hour'"),
        ({"granularity": "minute", "metrics": ["llm_cost"]}, "llm_cost is not known by the minute; ask by the hour"),
        ({"granularity": "minute", "by": ["consumer"]}, "consumer is not known by the minute"),
        ({"granularity": "minute", "filters": [{"dimension": "team", "operator": "empty"}]}, "team is not known"),
        ({"order": "llm_cost"}, "no column of the answer"),
        ({"limit": 0}, "limit: Input should be greater"),
        ({"limit": 501}, "limit: Input should be less"),
        ({"limit": True}, "limit: Input should be a valid integer"),
        ({"last": "24"}, "last: '24' is no length of time"),
        ({"last": "24h", "from": "2026-02"}, "last is given beside from"),
        ({"compare": "yes"}, "compare: Input should be a valid boolean"),
        ({"subject": "name"}, "subject: Input should be"),
        ({"from": "0001-01"}, "from: "),
        ({"to": "9999-12-31T23:00"}, "to: "),
        ({"filters": [{"dimension": "team", "operator": "empty"}] * 1_000}, "filters: List should have at most 20"),
        ({"page_size": 0}, "page_size: Input should be greater"),
        ({"page_size": True}, "page_size: Input should be a valid integer"),
        ({"next": "x"}, "next: it is given without page_size"),
        ({"sql": "SELECT 1"}, "sql: Extra inputs are not permitted"),
        (["request_count"], "Input should be an object"),
        ({"by": ["consumer); DROP TABLE api_usage_hourly --"]}, "is no dimension"),
    ],
)
def test_what_cannot_be_asked_is_a_400_that_says_why(client: ApiClient, asked: Any, said: str) -> None:
    found = client.query(asked)
    assert found.status == 400
    assert said in found.detail
    assert not re.search(r"--[a-z]", found.detail)
    assert len(found.detail.splitlines()) == 1


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({"metrics": ["requests_count"]}, ["--metrics", "requests_count"]),
        ({"by": ["consumr"]}, ["--by", "consumr"]),
        ({"from": "2026-13"}, ["--from", "2026-13"]),
        ({"order": "x"}, ["--order", "x"]),
    ],
)
def test_refusals_are_those_of_the_command_line_about_members(
    client: ApiClient, asked: Any, options: list[str]
) -> None:
    done = CliRunner().invoke(query_command, [*options, "--clickhouse", "http://localhost"])
    assert isinstance(done.exception, SettingsError)
    assert client.query(asked).detail == in_member_words(str(done.exception))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[" * 10_000,
        b'{"by": ["\\ud800"]}',
        b"\xff",
        b'{"limit": 1e999}',
        b'{"limit": 1, "limit": 2}',
    ],
)
def test_bodies_that_are_no_questions_are_refused(client: ApiClient, body: bytes) -> None:
    assert client.ask("POST", "/api/v1/query", body).status == 400


def test_allowed_values_are_named_as_they_are_written(client: ApiClient) -> None:
    said = client.get("/billable", "period=fortnight").detail
    assert said == "period: Input should be 'hour', 'day', 'week', 'month' or 'year'"


@pytest.mark.parametrize(
    "query",
    [
        "period=minute",
        "csv=maybe",
        "csv=true&parquet=true",
        "csv=true&page_size=3",
        "next=bm9uZQ%3D%3D&page_size=3",
        "tz=UTC&tz=UTC",
        "from=2026-02-30",
        "subject=x",
        "nothing=1",
        "from=2026-03&to=2026-02",
    ],
)
def test_billable_refuses_unknown_parameters(client: ApiClient, query: str) -> None:
    assert client.get("/billable", query).status == 400


@pytest.mark.parametrize(
    "query",
    ["shape=4.0", "legacy=true", "inventory_max_age_h=-1", "control_plane=a&control_plane=b", "tar=true&csv=true"],
)
def test_the_license_report_refuses_what_cannot_be_meant(client: ApiClient, query: str) -> None:
    assert client.get("/license/report", query).status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/query", 405),
        ("DELETE", "/billable", 405),
        ("GET", "/api/v1/query/", 404),
        ("GET", "/", 404),
        ("GET", "/billable/../license", 404),
    ],
)
def test_unknown_paths_and_methods_are_problems(client: ApiClient, method: str, path: str, status: int) -> None:
    found = client.ask(method, path)
    assert (found.status, found.json()["status"]) == (status, status)
    assert ("/billable" if status == 404 else found.headers["allow"].split(", ")[0]) in found.detail
    assert ("allow" in found.headers) == (status == 405)


def test_a_body_over_the_limit_is_a_413() -> None:
    with api_client(no_store, limits=ApiLimits(body_bytes=10)) as client:
        assert client.query({"metrics": ["request_count"]}).status == 413


def test_a_body_of_another_type_is_a_415(client: ApiClient) -> None:
    assert client.query({}, content_type="text/plain").status == 415
    assert client.query({}, content_encoding="gzip").detail.startswith("a question is not compressed")


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/csv;q=0,application/json;q=0"])
def test_another_form_than_there_is_is_a_406(client: ApiClient, accept: str) -> None:
    assert client.query({}, accept=accept).status == 406


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8687", "", "[", "127.0.0.1.evil.example"])
def test_without_tokens_only_localhost_may_be_asked(client: ApiClient, host: str) -> None:
    assert client.get("/api/v1/metrics", host=host).status == 403


def test_without_tokens_pages_of_other_sites_may_not_ask(client: ApiClient) -> None:
    assert client.get("/api/v1/metrics", origin="https://evil.example").status == 403
    assert client.get("/api/v1/metrics", origin="http://127.0.0.1:8687").status == 200


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    with api_client(no_store, limits=ApiLimits(requests_per_s=0.001)) as client:
        found = [client.get("/api/v1/metrics") for _ in range(2)]
    assert [each.status for each in found] == [200, 429]
    assert 1000 < int(found[1].headers["retry-after"]) < 2001


def test_the_catalogue_names_metrics_and_their_dimensions(client: ApiClient) -> None:
    found = client.get("/api/v1/metrics").json()
    [cost] = [each for each in found["metrics"] if each["name"] == "llm_cost"]
    assert cost["type"] == "money"
    assert "provider" in cost["dimensions"]
    assert "method" not in cost["dimensions"]
    assert {"name": "workspace", "description": "the workspace", "by_minute": True} in found["dimensions"]
    assert {each["name"]: each["by_minute"] for each in found["metrics"]}["llm_cost"] is False


def test_thousands_of_parameters_hold_nobody_up(client: ApiClient) -> None:
    started_s = time.thread_time()
    found = client.get("/billable", "&".join(f"c{number}=1" for number in range(9_000)))
    assert (found.status, found.detail) == (400, "c0: Extra inputs are not permitted")
    assert time.thread_time() - started_s < 1  # each looked up among all others took 20 seconds


def test_a_request_that_tells_two_lengths_of_its_body_ends_the_connection(client: ApiClient) -> None:
    headers = {**LOCAL, "content-length": "2", "transfer-encoding": "chunked"}
    found = client.ask("POST", "/api/v1/query", b"{}", headers)
    assert (found.status, found.headers["connection"]) == (400, "close")
    assert "not both" in found.detail


def test_an_answer_that_is_known_is_not_sent_again(client: ApiClient) -> None:
    first = client.get("/api/v1/metrics")
    again = client.get("/api/v1/metrics", if_none_match=f'"other", {first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert client.get("/api/v1/metrics", if_none_match='"other"').status == 200


class TestTokens:
    @pytest.fixture
    def token_file(self, tmp_path: Path) -> Path:
        return tmp_path / "tokens.jsonl"

    @pytest.mark.parametrize(("role", "status"), [(Role.READ, 200), (Role.ADMIN, 200), (Role.INGEST, 403)])
    def test_read_and_admin_may_ask_and_ingest_may_not(self, token_file: Path, role: Role, status: int) -> None:
        secret = make_token(token_file, "secret", role)
        with api_client(no_store, token_file) as client:
            assert client.get("/api/v1/metrics", token=secret).status == status

    @pytest.mark.parametrize("path", ["/api/v1/metrics", "/billable", "/license/report"])
    @pytest.mark.parametrize("token", [None, "another"])
    def test_without_a_known_token_nothing_is_told(self, token_file: Path, path: str, token: str | None) -> None:
        make_token(token_file, "secret")
        with api_client(no_store, token_file) as client:
            assert client.get(path, token=token).status == 401

    @pytest.mark.parametrize("allowed", [AllowedRows(("acme",)), AllowedRows((), ("eu",))])
    @pytest.mark.parametrize("form", ["", "tar=true", "csv=true", "parquet=true"])
    def test_a_limited_token_gets_no_license_report(self, token_file: Path, allowed: AllowedRows, form: str) -> None:
        secret = make_token(token_file, "secret", allowed=allowed)
        with api_client(no_store, token_file) as client:
            found = client.get("/license/report", form, secret)
        assert found.status == 403
        assert "limited" in found.detail

    @pytest.mark.parametrize("path", ["/healthz", "/openapi.json"])
    def test_health_and_the_document_need_no_token(self, token_file: Path, path: str) -> None:
        make_token(token_file, "secret")
        with api_client(no_store, token_file) as client:
            assert client.get(path).status == 200


def test_an_empty_name_never_allows_the_rows_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="empty name"):
        AllowedRows(("",))
    line = {"name": "a", "role": "read", "sha256": "0" * 64, "workspaces": [""]}
    (tmp_path / "tokens").write_text(json.dumps(line))
    with api_client(no_store, tmp_path / "tokens") as client:
        assert client.get("/api/v1/metrics", token="x").status == 503


def test_a_fault_of_our_own_is_a_500_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    with api_client(no_store) as client:
        found = client.query({})
    assert found.status == 500
    assert "opened" not in found.body.decode()
    assert "the store was opened" in caplog.text


def test_a_server_that_stops_asks_to_come_again() -> None:
    with api_client(no_store, limits=MANY) as client:
        client.api.stop()
        assert client.get("/healthz").status == 503


def test_paths_that_a_refusal_names_are_those_of_the_document(client: ApiClient) -> None:
    named = client.get("/nothing").detail.partition("there are ")[2].split(", ")
    assert named == sorted(client.get("/openapi.json").json()["paths"], key=named.index)
