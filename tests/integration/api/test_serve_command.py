"""`gatemeter serve` as a process, on a directory and behind tokens."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatemeter.api.openapi import PATHS
from gatemeter.errors import DataDirError, SettingsError
from tests.support.budget_files import budget
from tests.support.command_in_process import invoked
from tests.support.databases import Store
from tests.support.forked_commands import ForkedCommand, running
from tests.support.gatemeter_command import run
from tests.support.http_answers import get
from tests.support.repository import ROOT
from tests.support.schemathesis import assert_answers_as_documented
from tests.support.usage_of_tenants import store_tenants
from tests.support.waiting import QUIET_S, wait_for

pytestmark = pytest.mark.clickhouse

LOG = ROOT / "tests" / "fixtures" / "nginx" / "nginx.log"


@contextmanager
def serving(log: Path, *options: str | Path) -> Iterator[tuple[ForkedCommand, str]]:
    """The process and the address that it prints, once it listens."""
    with running("serve", "--port", "0", *options, log=log) as process:
        wait_for(lambda: "API: " in log.read_text() or process.poll() is not None, f"the API; see {log}")
        found = re.search(r"^API: (\S+)$", log.read_text(), re.MULTILINE)
        assert found, log.read_text()
        yield process, found[1]


@pytest.mark.long(reason="starts an engine in two processes; the tests of the API ask the same in this one")
def test_a_directory_is_served_until_the_process_is_asked_to_end(tmp_path: Path) -> None:
    run("meter", LOG, "--data", tmp_path / "usage")
    with serving(tmp_path / "serve.log", "--data", tmp_path / "usage") as (process, url):
        told = run("query", "--metrics", "request_count", "--data", tmp_path / "usage", "--json", expect=6)
        assert "another process" in told.stderr
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: get(url, "/api/v1/query", body=b"{}"), range(8)))
        assert {status for status, _ in answers} == {200}
        assert len({body for _, body in answers}) == 1
        process.terminate()
        assert process.wait(QUIET_S) == 0
    assert "Traceback" not in (tmp_path / "serve.log").read_text()
    [row] = json.loads(run("query", "--metrics", "request_count", "--data", tmp_path / "usage", "--json").stdout)
    assert json.loads(answers[0][1])["rows"] == [row]


def test_a_token_opens_what_it_is_limited_to(store: Store, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.jsonl"
    create = ("tokens", "create", "--token-file", tokens, "--role")
    reader, limited, sender = (
        invoked(*create, *options).stdout.strip()
        for options in (("read",), ("read", "--consumer", "dora", "--workspace", "us"), ("ingest",))
    )
    with store.client() as client:
        store_tenants(client)
    with serving(tmp_path / "serve.log", *store.flags, "--host", "0.0.0.0", "--token-file", tokens) as (_, url):
        address = url.replace("0.0.0.0", "127.0.0.1")

        def consumers(secret: str) -> tuple[int, set[str]]:
            status, body = get(address, "/billable", Authorization=f"Bearer {secret}")
            return status, {row["consumer_id"] for row in json.loads(body)} if status == 200 else set()

        assert consumers(limited) == (200, {"dora"})
        assert consumers(reader) == (200, {"acme", "bolt", "anonymous", "dora"})
        assert (consumers(sender)[0], consumers("gm_none")[0]) == (403, 401)
        assert get(address, "/license/report", Authorization=f"Bearer {limited}")[0] == 403


def test_without_tokens_only_this_machine_is_served(tmp_path: Path) -> None:
    result = invoked("serve", "--data", tmp_path, "--host", "0.0.0.0")
    assert isinstance(result.exception, SettingsError)
    assert "--role read" in str(result.exception)


def test_a_directory_without_usage_is_refused(tmp_path: Path) -> None:
    result = invoked("serve", "--data", tmp_path, "--port", "0")
    assert isinstance(result.exception, DataDirError)


@pytest.mark.long(reason="Schemathesis is installed first, and asks for a minute")
@pytest.mark.timeout(900)
def test_every_answer_is_as_the_document_says(store: Store, tmp_path: Path) -> None:
    with store.client() as client:
        store_tenants(client)
    budget_file = tmp_path / "budgets.json"
    budget_file.write_text(json.dumps({"budgets": [budget(only=["acme"])]}))
    with serving(tmp_path / "serve.log", *store.flags, "--budgets", budget_file) as (process, url):
        wait_for(lambda: get(url, "/api/v1/entitlements/acme")[0] == 200, "what acme may use")
        summary = assert_answers_as_documented(url, tmp_path, "--rate-limit", "15/s")
        # All but the document itself, which it is told by.
        assert f"Tested: {len(PATHS) - 1}" in summary
        assert process.poll() is None
