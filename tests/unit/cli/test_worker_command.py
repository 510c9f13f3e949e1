"""What `gatemeter worker` refuses before it asks any server."""

import pytest

from gatemeter.cli import main as cli
from gatemeter.errors import ExitCode


@pytest.mark.loopback
def test_an_address_for_health_that_is_not_ours_is_refused_before_clickhouse_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("gatemeter.wiring.pipeline.open_sink", asked.append)
    servers = ["--kafka", "127.0.0.1:1", "--clickhouse", "http://127.0.0.1:1"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["worker", *servers, "--health-host", "192.0.2.1", "--health-port", "0"])
    assert (ended.value.code, asked) == (ExitCode.USAGE, [])
    said = capsys.readouterr().err
    assert said.startswith("gatemeter: --health-host: 192.0.2.1 is no IPv4 address or name of this machine; give one")
