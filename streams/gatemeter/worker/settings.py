"""What a worker can be told. Every value has a flag, an environment variable and a settings-file key."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gatemeter.wire.topics import ACCESS_LOG_TOPIC, EPOCH_SIZE_BY_KIND, TopicKind


class FirstStart(StrEnum):
    """Where a group begins that has counted nothing of the topic yet."""

    EARLIEST = "earliest"
    LATEST = "latest"


class WorkerSettings(BaseModel):
    """`kafka` is HOST:PORT, several separated by commas. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka: str
    topic: str = ACCESS_LOG_TOPIC
    group: str = "gatemeter"
    kind: TopicKind = TopicKind.FRAMES
    start: FirstStart = FirstStart.EARLIEST
    epoch_size: Annotated[int, Field(ge=1, le=2**40)] | None = None
    flush_interval_s: Annotated[float, Field(gt=0, le=3600)] = 2.0
    flush_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 50_000
    commit_interval_s: Annotated[float, Field(gt=0, le=3600)] = 2.0
    session_timeout_s: Annotated[float, Field(ge=1, le=80)] = 15.0
    seek_timeout_s: Annotated[float, Field(gt=0, le=80)] = 60.0
    stall_timeout_s: Annotated[float, Field(ge=1, le=86_400)] = 120.0
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65_535)] | None = None

    @property
    def offsets_per_epoch(self) -> int:
        """The epoch size in force."""
        return self.epoch_size or EPOCH_SIZE_BY_KIND[self.kind]

    @property
    def records_per_chunk(self) -> int:
        """How many Kafka records the agent counts at a time: some thousand events, tens of milliseconds of work."""
        return 8 if self.kind is TopicKind.FRAMES else 2000
