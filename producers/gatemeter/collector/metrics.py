"""What a collector tells Prometheus about itself."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from gatemeter.collector.admission import MemoryBudget
from gatemeter.collector.delivery import Delivery

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)


class CollectorMetrics:
    """Counts requests and events; no label holds a text that a client chose."""

    def __init__(self, delivery: Delivery, memory: MemoryBudget) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "gatemeter_collector_requests", "Answered requests.", ["path", "status"], registry=self._registry
        )
        self.events = Counter("gatemeter_collector_events", "Acknowledged events.", ["format"], registry=self._registry)
        self.rejected = Counter(
            "gatemeter_collector_rejected_events",
            "Acknowledged events that become dead letters.",
            ["format"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "gatemeter_collector_answer_seconds",
            "From the first byte of a request to its answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        held = Gauge("gatemeter_collector_held_bytes", "Bytes of requests in memory.", registry=self._registry)
        held.set_function(lambda: memory.held_bytes)
        sent = Gauge("gatemeter_collector_sent_frames", "Frames sent since the start.", registry=self._registry)
        sent.set_function(lambda: delivery.sent_frames)
        failed = Gauge("gatemeter_collector_failed_frames", "Frames that were given up.", registry=self._registry)
        failed.set_function(lambda: delivery.failed_frames)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
