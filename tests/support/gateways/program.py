"""Running a web server or a proxy for a test, and the lines that it logs."""

import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from gatemeter.embedded.ports import choose_port, is_answering
from tests.support.gatemeter_command import running
from tests.support.gateways.known_traffic import PASSWORD
from tests.support.repository import ROOT
from tests.support.waiting import wait_for

CONFIGURATIONS = ROOT / "deploy" / "gateways"
"""The ready-made configuration of each gateway."""
PASSWORD_HASH = "{SHA}" + b64encode(sha1(PASSWORD.encode()).digest()).decode()
HTPASSWD = f"acme:{PASSWORD_HASH}\nzoe:{PASSWORD_HASH}\n"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running program that listens on `port` of this machine and logs to the files `logs`, by format."""

    port: int
    logs: dict[str, Path]

    def lines(self, log_format: str, wanted: int) -> list[bytes]:
        """The first `wanted` lines of a log, as soon as they are written."""
        path = self.logs[log_format]
        wait_for(lambda: len(_lines(path)) >= wanted, f"{wanted} lines in {path}", lambda: len(_lines(path)))
        assert len(_lines(path)) == wanted
        return _lines(path)


@contextmanager
def gateway(
    directory: Path,
    logs: Sequence[str],
    command_for: Callable[[int], Sequence[str | Path]],
    is_ready: Callable[[], bool] = lambda: True,
    output_name: str = "output.txt",
    environment: dict[str, str] | None = None,
) -> Iterator[Gateway]:
    """Run `command_for(port)` in `directory` until the end of the block; `logs` are formats, logged to FORMAT.log.

    What it writes to its output goes to the file `output_name`.
    """
    port = choose_port(requested=None, remembered=None, flag="port")
    output = directory / output_name
    command = [str(word) for word in command_for(port)]
    with running(command=command, log=output, env=environment) as process:
        wait_for(
            lambda: process.poll() is not None or (is_answering(port) and is_ready()), f"{command[0]} answers on {port}"
        )
        assert process.poll() is None, output.read_text(encoding="utf-8", errors="replace")
        yield Gateway(port, {name: directory / f"{name}.log" for name in logs})


def installed(program: str) -> Path:
    """A program that came as a wheel."""
    return Path(sys.executable).parent / program


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []
