"""A collector as a child process of the embedded stack: its command, its address, and whether it answers."""

import http.client
from dataclasses import dataclass
from pathlib import Path

from gatemeter.embedded.child_process import RUN_MODULE, ChildSpec
from gatemeter.embedded.ports import LOOPBACK
from gatemeter.errors import ExitCode, StopError

READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_PING_TIMEOUT_S = 2.0
_OK = 200


@dataclass(frozen=True, slots=True)
class EmbeddedCollector:
    """A collector on `port` of this machine; without a `token_file` it takes events from everybody on it."""

    port: int
    log_path: Path
    token_file: Path | None = None

    @property
    def url(self) -> str:
        """What a gateway is given."""
        return f"http://{LOOPBACK}:{self.port}"

    def prepare(self, kafka: str) -> ChildSpec:
        """The child to start, which sends to the brokers `kafka`."""
        command = [*RUN_MODULE, "gatemeter", "collect", "--kafka", kafka, "--host", LOOPBACK]
        tokens = [] if self.token_file is None else ["--token-file", str(self.token_file.absolute())]
        return ChildSpec(
            name="collector",
            command=[*command, "--port", str(self.port), *tokens],
            log_path=self.log_path,
            error=StopError,
            stop_timeout_s=_STOP_TIMEOUT_S,
            hopeless_codes=frozenset({int(ExitCode.INPUT), int(ExitCode.INSTALL)}),
            is_healthy=self.is_alive,
        )

    def is_alive(self) -> bool:
        """Whether it answers now."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=_PING_TIMEOUT_S)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == _OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
