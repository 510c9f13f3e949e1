"""A worker's health and metrics over HTTP, as a supervisor and Prometheus ask for them."""

from http.client import HTTPConnection, HTTPException

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers import free_port


class WorkerHealth:
    """The health of one worker, which must be started with `arguments`."""

    def __init__(self) -> None:
        self._port = free_port()
        self.arguments = ["--health-port", str(self._port)]

    def get(self, path: str) -> tuple[int, str]:
        """Status and text; (0, "") while nobody answers."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def metrics(self) -> dict[str, dict[str, float]]:
        """By name: value by the joined label values ("" without labels). Empty while nobody answers."""
        found: dict[str, dict[str, float]] = {}
        for family in text_string_to_metric_families(self.get("/metrics")[1]):
            for sample in family.samples:
                found.setdefault(sample.name, {})[",".join(sample.labels.values())] = sample.value
        return found

    def value(self, name: str) -> float | None:
        """The sum of a metric's values; None if it has none."""
        values = self.metrics().get(name)
        return sum(values.values()) if values else None
