"""The proof of a license report: a file beside it that ties it to the report before.

The report itself keeps the vendor's shape. Its proof names its checksum, the checksum of the proof before, and what may
explain that a month has fewer requests than before. Whoever keeps the checksum of the last proof out of reach can tell
later whether any report of the chain was changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, ValidationError

from gatemeter.clickhouse.query import fetch
from gatemeter.errors import InputError, RetryableError
from gatemeter.license_report.buckets import LicenseParameters, MonthlyBucket, monthly_buckets
from gatemeter.license_report.report_file import read_bytes
from gatemeter.license_report.shapes import report_checksum
from gatemeter.output.result_file import write_whole

_SUFFIX = ".proof.json"
_MOST_READS = 5


@dataclass(frozen=True, slots=True)
class CountsTakenBack:
    """What has made months smaller so far: requests that corrections retracted, by month, and replayed dead letters."""

    retracted_requests: Mapping[str, int]
    replayed_dead_letters: int


class Proof(BaseModel):
    """See the module; the members are those of the file, in this order. `checksum` is made as that of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    proof_version: Literal[1] = 1
    report_checksum: str
    """Of the report, without its member `checksum`: also of shapes that have none."""
    previous_proof_checksum: str | None
    """None for the first report of a chain."""
    made_at: str
    """`2026-02-03T10:05:00Z`."""
    control_plane: str | None
    """The id of the one that was asked for; None for the sum of all, and without an inventory."""
    excludes_gateway_answers: bool
    topics: Sequence[str]
    """Whose requests are counted; empty for all."""
    buckets: Sequence[MonthlyBucket]
    retracted_requests: Mapping[str, int]
    replayed_dead_letters: int
    checksum: str

    @classmethod
    def of(
        cls,
        report: dict[str, Any],
        buckets: Sequence[MonthlyBucket],
        parameters: LicenseParameters,
        taken_back: CountsTakenBack,
        previous: Self | None,
        control_plane: str | None,
        now: datetime,
    ) -> Self:
        """The proof of `report`, which follows the one of the proof `previous`."""
        content: dict[str, Any] = {
            "proof_version": 1,
            "report_checksum": report_checksum(report),
            "previous_proof_checksum": previous.checksum if previous else None,
            "made_at": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "control_plane": control_plane,
            "excludes_gateway_answers": parameters.exclude_gateway_answers,
            "topics": sorted(parameters.topics),
            "buckets": [bucket.model_dump() for bucket in buckets],
            "retracted_requests": dict(taken_back.retracted_requests),
            "replayed_dead_letters": taken_back.replayed_dead_letters,
        }
        return cls.model_validate({**content, "checksum": report_checksum(content)})

    @property
    def is_unchanged(self) -> bool:
        """Whether the checksum is that of the other members."""
        return self.checksum == report_checksum(self.model_dump(mode="json"))


def proven_buckets(client: Client, parameters: LicenseParameters) -> tuple[list[MonthlyBucket], CountsTakenBack]:
    """The months, and what has made them smaller until the same moment.

    Raises as `fetch` does, and RetryableError while corrections are being booked.
    """
    for _ in range(_MOST_READS):
        before = _counts_taken_back(client, parameters)
        buckets = monthly_buckets(client, parameters)
        if before == _counts_taken_back(client, parameters):
            return buckets, before
    raise RetryableError("events are being retracted or replayed", where="report license", do="wait until that ends")


def _counts_taken_back(client: Client, parameters: LicenseParameters) -> CountsTakenBack:
    retracted = fetch(client, "license_report/retracted", parameters.query_parameters)
    [replayed] = fetch(client, "license_report/replayed", {"topics": list(parameters.topics)})
    return CountsTakenBack({row["bucket"]: row["requests"] for row in retracted}, replayed["dead_letters"])


def proof_path(report_path: Path) -> Path:
    """`REPORT.proof.json`."""
    return report_path.with_name(f"{report_path.name}{_SUFFIX}")


def write_proof(report_path: Path, proof: Proof) -> Path:
    """Write the proof beside its report, and tell where. Raises SettingsError when it cannot be written."""
    path = proof_path(report_path)
    write_whole(path, [f"{proof.model_dump_json(indent=2)}\n".encode()])
    return path


def read_proof(report_path: Path) -> Proof | None:
    """The proof beside a report, None where there is no such file. Raises InputError for another file."""
    path = proof_path(report_path)
    if not path.exists():
        return None
    try:
        return Proof.model_validate_json(read_bytes(path))
    except ValidationError as error:
        raise InputError(
            "is not a proof of a license report", where=str(path), do="name reports that gatemeter has written"
        ) from error
