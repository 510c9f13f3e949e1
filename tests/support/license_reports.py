"""License reports and their proofs, as tests make them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gatemeter.clock import ManualClock
from gatemeter.license_report.archive import write_archive
from gatemeter.license_report.buckets import LicenseParameters, MonthlyBucket
from gatemeter.license_report.deployment import Deployment, DeploymentType, License, PluginCounts, hashed_hostname
from gatemeter.license_report.proof import CountsTakenBack, Proof, write_proof
from gatemeter.license_report.shapes import Shape, license_report
from gatemeter.output.records import json_text

BUCKETS = (
    MonthlyBucket(bucket="2025-12", request_count=1200),
    MonthlyBucket(bucket="2026-01", request_count=800),
    MonthlyBucket(bucket="UNKNOWN", request_count=5),
)
MADE_AT = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)

HYBRID = Deployment(
    kong_version="3.10.0.2-enterprise-edition",
    db_version="postgres 15.2",
    license=License("0014EXAMPLE_a1VEXAMPLE", "2027-07-20"),
    plugins=PluginCounts(free={"cors": 1, "key-auth": 2}, enterprise={"kafka-upstream": 2}, custom={"own-auth": 1}),
    unique_route_lambdas=1,
    unique_route_kafkas=3,
    services_count=27,
    routes_count=31,
    consumers_count=12,
    rbac_users=4,
    workspaces_count=2,
    cores=6,
    hostname=hashed_hostname("akongnode"),
    uname="Linux x86_64",
    deployment_type=DeploymentType.HYBRID,
    connected_dp_count=2,
)


def written_chain(
    folder: Path,
    months: Sequence[Mapping[str, int]],
    *,
    shape: Shape = Shape.V3_10,
    retracted: Sequence[Mapping[str, int]] = (),
    replayed: Sequence[int] = (),
    parameters: Sequence[LicenseParameters] = (),
    control_planes: Sequence[str | None] = (),
) -> list[Path]:
    """A tar with its proof for each of `months`, which are requests by bucket; each follows the one before."""
    paths: list[Path] = []
    previous = None
    for number, counts in enumerate(months):
        made_at = MADE_AT + timedelta(days=30 * number)
        buckets = [MonthlyBucket(bucket=name, request_count=count) for name, count in counts.items()]
        report = license_report(shape, buckets, HYBRID, ManualClock(made_at))
        taken_back = CountsTakenBack(retracted[number] if retracted else {}, replayed[number] if replayed else 0)
        asked = parameters[number] if parameters else LicenseParameters()
        control_plane = control_planes[number] if control_planes else None
        previous = Proof.of(report, buckets, asked, taken_back, previous, control_plane, made_at)
        path = folder / f"report-{number}.tar"
        write_archive(path, json_text(report), made_at)
        write_proof(path, previous)
        paths.append(path)
    return paths
