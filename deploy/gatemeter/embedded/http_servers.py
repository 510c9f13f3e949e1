"""The collector and the API as child processes of the embedded stack: their commands, addresses, and health."""

from dataclasses import dataclass, field
from pathlib import Path

from gatemeter.embedded.child_process import RUN_MODULE, ChildSpec
from gatemeter.embedded.ports import LOOPBACK, is_well
from gatemeter.errors import ExitCode, StopError

READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_STORE_VARIABLES = {"GATEMETER_DATA": ""}
"""A directory in the environment of `up` would be a second store beside the server that the child is given."""


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A server of HTTP on `port` of this machine; without a `token_file` it answers everybody on it."""

    port: int
    log_path: Path
    token_file: Path | None = None

    @property
    def url(self) -> str:
        """`http://HOST:PORT`."""
        return f"http://{LOOPBACK}:{self.port}"

    def is_alive(self) -> bool:
        """Whether it answers now."""
        return is_well(self.port, "/healthz")

    def _child(self, name: str, *command: str, environment: dict[str, str]) -> ChildSpec:
        tokens = [] if self.token_file is None else ["--token-file", str(self.token_file.absolute())]
        listening = ["--host", LOOPBACK, "--port", str(self.port), *tokens]
        return ChildSpec(
            name=name,
            command=[*RUN_MODULE, "gatemeter", *command, *listening],
            log_path=self.log_path,
            error=StopError,
            environment=environment,
            stop_timeout_s=_STOP_TIMEOUT_S,
            hopeless_codes=frozenset({int(ExitCode.INPUT), int(ExitCode.INSTALL)}),
            is_healthy=self.is_alive,
        )


@dataclass(frozen=True, slots=True)
class EmbeddedCollector(EmbeddedServer):
    """A collector, whose `url` a gateway is given."""

    def prepare(self, kafka: str) -> ChildSpec:
        """The child to start, which sends to the brokers `kafka`."""
        return self._child("collector", "collect", "--kafka", kafka, environment={})


@dataclass(frozen=True, slots=True)
class EmbeddedApi(EmbeddedServer):
    """The API with the dashboard, and the token of the person who runs the stack."""

    secret: str = field(default="", repr=False)

    @property
    def dashboard_url(self) -> str:
        """What a person opens. The token is in the fragment, which a browser sends nowhere: to no server or log."""
        return f"{self.url}/#token={self.secret}"

    def prepare(self, clickhouse_url: str, kafka: str) -> ChildSpec:
        """The child to start, which asks the server at `clickhouse_url`, and the brokers `kafka` where topics end."""
        # By environment, because anyone on the machine can read a command line, and the URL holds the password.
        environment = {**_STORE_VARIABLES, "GATEMETER_CLICKHOUSE": clickhouse_url}
        return self._child("API", "serve", "--kafka", kafka, environment=environment)
