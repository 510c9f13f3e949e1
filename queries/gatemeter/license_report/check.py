"""Whether license reports are as they were made, and whether their months go on from one to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.inventory.report_counters import UNKNOWN
from gatemeter.license_report.buckets import MonthlyBucket, total_requests
from gatemeter.license_report.proof import Proof, read_proof
from gatemeter.license_report.report_file import ReportFile, read_report
from gatemeter.license_report.shapes import report_checksum

_SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """A report, and the proof beside it where there is one."""

    file: ReportFile
    proof: Proof | None

    @property
    def path(self) -> Path:
        """Where it was read."""
        return self.file.path

    @property
    def buckets(self) -> Sequence[MonthlyBucket]:
        """The months; in the shape that has none, those of the proof."""
        if self.file.buckets is not None:
            return self.file.buckets
        return self.proof.buckets if self.proof else ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with the report at `path`."""

    path: Path
    what: str


def read_checked(path: Path) -> CheckedReport:
    """The report at `path` with its proof. Raises InputError where nothing can tell whether it was changed."""
    report, proof = read_report(path), read_proof(path)
    if proof is None and report.checksum is None:
        raise InputError(
            f"a report of the shape {report.shape} has no checksum, and no proof is beside it",
            where=str(path),
            do="write reports with --proof",
        )
    if report.checksum is not None and len(report.checksum) != _SHA256_DIGITS:
        raise InputError(
            "its checksum is not gatemeter's",
            where=str(path),
            do="a gateway's own report cannot be checked: how its checksum is made is not public",
        )
    return CheckedReport(report, proof)


def differences(reports: Sequence[CheckedReport]) -> list[Difference]:
    """What is wrong with each report, and with the chain of several; empty if nothing is."""
    found = [Difference(report.path, what) for report in reports for what in _of_one(report)]
    if len(reports) > 1:
        found += _of_chain(reports)
    return found


def _of_one(report: CheckedReport) -> Iterator[str]:
    file, proof = report.file, report.proof
    if file.checksum is not None and file.checksum != report_checksum(file.report):
        yield "the checksum is that of another content: the report was changed"
    names = [bucket.bucket for bucket in report.buckets]
    if len(set(names)) != len(names):
        yield "a month is there twice"
    if file.total_requests != total_requests(report.buckets):
        yield f"the total is {file.total_requests:,}, its months add up to {total_requests(report.buckets):,}"
    if proof is None:
        return
    if not proof.is_unchanged:
        yield "the checksum of its proof is that of another content: the proof was changed"
    if proof.report_checksum != report_checksum(file.report):
        yield "its proof is of another report"
    elif list(proof.buckets) != list(report.buckets):
        yield "its proof has other months"


def _of_chain(reports: Sequence[CheckedReport]) -> Iterator[Difference]:
    """Follows the chain from the one report whose predecessor is not among the files."""
    unproven = [report for report in reports if report.proof is None]
    if unproven:
        yield from (Difference(report.path, "has no proof beside it, so it is in no chain") for report in unproven)
        return
    chain, outside = in_order(reports)
    yield from (
        Difference(report.path, "the report before it is not among the files, or was replaced: the chain is broken")
        for report in outside
    )
    for before, after in pairwise(chain):
        yield from (Difference(after.path, what) for what in _between(before, after))


def in_order(reports: Sequence[CheckedReport]) -> tuple[list[CheckedReport], list[CheckedReport]]:
    """The chain from its oldest report, and the reports that it does not lead to."""
    known = {report.proof.checksum for report in reports if report.proof}
    following = {report.proof.previous_proof_checksum: report for report in reversed(reports) if report.proof}
    starts = [report for report in reports if report.proof and report.proof.previous_proof_checksum not in known]
    starts.sort(key=lambda report: report.proof.made_at if report.proof else "")
    chain: list[CheckedReport] = []
    at = starts[0] if starts else None
    while at is not None and at not in chain:
        chain.append(at)
        at = following.get(at.proof.checksum) if at.proof else None
    return chain, [report for report in reports if report not in chain]


def _between(before: CheckedReport, after: CheckedReport) -> Iterator[str]:
    old, new = before.proof, after.proof
    if old is None or new is None:
        return
    if new.made_at < old.made_at:
        yield f"was made at {new.made_at}, before the report that it follows ({old.made_at})"
    if old.excludes_gateway_answers != new.excludes_gateway_answers:
        yield "counts other requests than the report before: one leaves out what the gateway answered itself"
        return
    if list(old.topics) != list(new.topics):
        yield "counts the requests of other topics than the report before"
        return
    if old.control_plane != new.control_plane:
        yield f"is of {_in_words(new.control_plane)}, the report before of {_in_words(old.control_plane)}"
    counts = {bucket.bucket: bucket.request_count for bucket in after.buckets}
    for bucket in before.buckets:
        lost = bucket.request_count - counts.get(bucket.bucket, 0)
        explained = _explained(bucket.bucket, old, new)
        if lost > explained:
            yield (
                f"{bucket.bucket} has {lost:,} requests fewer than in the report before, "
                f"and {'replays' if bucket.bucket == UNKNOWN else 'corrections'} explain {explained:,}"
            )


def _in_words(control_plane: str | None) -> str:
    return "all control planes" if control_plane is None else f"the control plane {control_plane}"


def _explained(bucket: str, old: Proof, new: Proof) -> int:
    if bucket == UNKNOWN:
        return max(0, new.replayed_dead_letters - old.replayed_dead_letters)
    return max(0, new.retracted_requests.get(bucket, 0) - old.retracted_requests.get(bucket, 0))
