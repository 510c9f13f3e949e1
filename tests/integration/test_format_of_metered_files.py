"""A file is read in the format of its first time: in another one, its events would count twice."""

from pathlib import Path

import pytest

from gatemeter.errors import ConflictError
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.kong_events import request_line
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

COMBINED = '10.0.0.1 - bob [03/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(b"".join(request_line(f"e{number}", consumer="a") + b"\n" for number in range(4)))
    return path


def billed(store: Store) -> int:
    return sum(row["requests"] for row in read("report", "billable", *store.flags))


@pytest.mark.parametrize("other", smoke(["nginx", "cloudevents", "litellm"], 1, reason="another format, as the first"))
def test_another_format_is_refused_and_changes_nothing(store: Store, log: Path, other: str) -> None:
    run("meter", log, *store.flags)
    refused = invoked("meter", log, *store.flags, "--format", other).exception
    assert isinstance(refused, ConflictError)
    assert f"was metered as kong-log before, and is to be metered as {other} now; give --format kong-log" in str(
        refused
    )
    assert billed(store) == 4
    assert read("verify", *store.flags)["holds"]


def test_the_format_that_was_found_is_kept_when_the_file_grows(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(COMBINED * 2)
    run("meter", log, *store.flags)
    with log.open("a") as file:
        file.write(COMBINED * 3)
    run("meter", log, *store.flags, "--format", "nginx-combined")
    run("meter", log, *store.flags)
    assert billed(store) == 5
