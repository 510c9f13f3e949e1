"""What `gatemeter worker` refuses before it asks any server."""

import pytest

from gatemeter.cli import main as cli
from gatemeter.errors import ExitCode


@pytest.mark.loopback
def test_a_foreign_health_host_is_refused_before_connecting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("gatemeter.wiring.servers.open_worker_sink", lambda url, _event_ledger: asked.append(url))
    servers = ["--kafka", "127.0.0.1:1", "--clickhouse", "http://127.0.0.1:1"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["worker", *servers, "--health-host", "192.0.2.1", "--health-port", "0"])
    assert (ended.value.code, asked) == (ExitCode.USAGE, [])
    said = capsys.readouterr().err
    assert said.startswith(
        "gatemeter: --health-host: 192.0.2.1 is not an IPv4 address or name of this machine; give one"
    )
