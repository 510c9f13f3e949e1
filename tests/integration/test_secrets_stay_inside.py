"""No secret of a rejected event comes out of a store or of a command, unless somebody has the key."""

import json
import logging
from pathlib import Path

import pytest

from gatemeter.schema import DEAD_LETTERS
from tests.support import command_in_process
from tests.support.databases import Store
from tests.support.dead_letters import KEY
from tests.support.repository import ROOT
from tests.support.stored_text import all_stored_text

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("nobody_writes")]

PROBES = [
    json.loads(line)
    for name in ("dead_letters", "names")
    for line in (ROOT / f"tests/fixtures/secrets/{name}.ndjson").read_text(encoding="utf-8").splitlines()
]
LINES = [probe["line"].encode("latin-1") for probe in PROBES]
SHORT = 6
"""Shorter secrets, such as words, are found in texts of gatemeter's own."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(b"".join(line.replace(b"\n", b" ") + b"\n" for line in LINES))
    return path


def test_of_rejected_events_nothing_comes_out(store: Store, log: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    results = [command_in_process.invoked("meter", log, *store.flags, env=KEY) for _ in range(2)]
    lists = [command_in_process.run("dead-letters", "list", *store.flags, *more) for more in ([], ["--json"])]
    places = [row["place"] for row in json.loads(lists[1].stdout)]
    shown = [command_in_process.run("dead-letters", "show", place, *store.flags, env={}) for place in places[::75]]
    replayed = command_in_process.run("dead-letters", "replay", *store.flags, "--dry-run", env=KEY)
    verified = command_in_process.invoked("verify", *store.flags)
    with store.client() as client:
        stored = all_stored_text(client)
        assert client.query(f"SELECT count() FROM {DEAD_LETTERS.name}").result_rows[0][0] >= len(PROBES)
    told = "".join(result.output for result in (*results, *lists, *shown, replayed, verified)) + caplog.text
    secrets = [secret for probe in PROBES if len(secret := probe["secret"]) > SHORT and secret.isascii()]
    assert [secret for secret in secrets if secret in stored or secret in told] == []
