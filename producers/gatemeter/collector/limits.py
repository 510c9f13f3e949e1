"""What a collector allows; the values are for one process."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CollectorLimits:
    """Sizes, times and numbers.

    `answer_s` is how long a whole body may wait for the brokers. APISIX waits for 3 s, others longer.
    `linger_s` is how long a line may wait for others to share its frame.
    `memory_bytes` bounds the bodies that are being read, unpacked and sent at one time.
    """

    body_bytes: int = 16 * _MIB
    body_s: float = 30.0
    answer_s: float = 2.5
    linger_s: float = 0.025
    memory_bytes: int = 128 * _MIB
    connections: int = 1000

    @property
    def delivery_s(self) -> float:
        """How long a message is tried: what was answered with 503 is not sent for long afterwards."""
        return self.answer_s - 0.2
