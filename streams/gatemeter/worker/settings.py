"""The settings of a worker. A described field is also a flag, an environment variable and a settings-file key."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from gatemeter.wire.topics import ACCESS_LOG_TOPIC, EPOCH_SIZE_BY_KIND, TopicKind


class FirstStart(StrEnum):
    """Where a group begins that has counted nothing of the topic yet."""

    EARLIEST = "earliest"
    LATEST = "latest"


class WorkerSettings(BaseModel):
    """`kafka` is HOST:PORT, several joined by commas. `seek_timeout_s` bounds the seek after an assignment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka: str = Field(description="The Kafka brokers.", json_schema_extra={"metavar": "HOST:PORT"})
    topic: str = Field(default=ACCESS_LOG_TOPIC, description="What to read.")
    group: str = Field(default="gatemeter", description="Kafka group.")
    kind: TopicKind = Field(default=TopicKind.FRAMES, description="What a message of the topic holds.")
    start: FirstStart = Field(
        default=FirstStart.EARLIEST, description="Where a group begins that has counted nothing of the topic yet."
    )
    allow_compacted: bool = Field(
        default=False, description="Count a topic although compaction may delete messages before they are counted."
    )
    epoch_size: int | None = Field(default=None, ge=1, le=2**40, description="Offsets an epoch [default: by --kind].")
    flush_interval_s: float = Field(default=2.0, gt=0, le=3600, description="How often changed rows are written.")
    flush_rows: int = Field(
        default=50_000, ge=1, le=10_000_000, description="Changed rows that may wait before reading stops."
    )
    commit_interval_s: float = Field(default=2.0, gt=0, le=3600, description="How often offsets are committed.")
    session_timeout_s: float = Field(
        default=15.0, ge=1, le=80, description="After how long a silent worker's partitions go to another."
    )
    seek_timeout_s: float = Field(default=60.0, gt=0, le=80)
    stall_timeout_s: float = Field(
        default=120.0,
        ge=1,
        le=86_400,
        description="After how long a worker ends that does nothing though messages wait.",
    )
    health_host: str = Field(default="127.0.0.1", description="The address to serve health and metrics on.")
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="The port for /healthz, /readyz and /metrics; 0 takes a free one [default: none is served].",
    )

    @property
    def offsets_per_epoch(self) -> int:
        """The number of offsets in an epoch: `epoch_size`, or the default of `kind`."""
        return self.epoch_size or EPOCH_SIZE_BY_KIND[self.kind]

    @property
    def records_per_chunk(self) -> int:
        """The number of Kafka records that the agent counts at a time: some thousand events, tens of milliseconds."""
        return 8 if self.kind is TopicKind.FRAMES else 2000
