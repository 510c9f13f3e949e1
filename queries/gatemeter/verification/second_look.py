"""Looks a second time at whatever a check finds, because workers and commands write while a store is verified.

Every check goes through here. A finding stands only if both looks show it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gatemeter.verification.finding import Check, CheckResult, Finding
from gatemeter.verification.uncounted_messages import UncountedMessages

PAUSE_S = 5.0
"""Between the two looks. Longer than the default time between two flushes of a worker."""

Pause = Callable[[float], None]
"""Waits for so many seconds, as `time.sleep` does."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look showed. `unchecked` and `not_counted` are those of a `Verification`."""

    results: Sequence[CheckResult]
    unchecked: Sequence[str] = ()
    not_counted: Sequence[UncountedMessages] = ()

    @property
    def is_clean(self) -> bool:
        """Whether no check found a difference."""
        return not any(result.differences for result in self.results)


AnyLook = TypeVar("AnyLook", bound=Look)


def looked_twice(looks: Sequence[Callable[[], AnyLook]], pause: Pause) -> list[AnyLook]:
    """What each of `looks` shows; after `pause(PAUSE_S)` those that found something are taken again.

    Of the second look only those findings are left that the first one had too. Raises as the looks do.
    """
    first = [look() for look in looks]
    if all(each.is_clean for each in first):
        return first
    pause(PAUSE_S)
    return [
        before if before.is_clean else _confirmed(before, look()) for look, before in zip(looks, first, strict=True)
    ]


def _confirmed(first: AnyLook, second: AnyLook) -> AnyLook:
    return replace(second, results=keep_repeated(first.results, second.results))


def keep_repeated(first: Sequence[CheckResult], second: Sequence[CheckResult]) -> list[CheckResult]:
    """The results of `second` without the findings that `first` does not have.

    A running worker causes such findings and resolves them with its next flush. Where one look found more than it
    names, the other is not compared with it: if both found something, the second is kept as it is.
    """
    before = {finding_key(finding) for result in first for finding in result.findings}
    differing = {result.check for result in first if result.differences}
    unnamed = {result.check for result in first if _has_unnamed(result)}
    return [
        result
        if result.check in unnamed or (result.check in differing and _has_unnamed(result))
        else _without_new(result, before)
        for result in second
    ]


def _has_unnamed(result: CheckResult) -> bool:
    return result.differences > len(result.findings)


def _without_new(result: CheckResult, before: set[tuple[Any, ...]]) -> CheckResult:
    findings = [finding for finding in result.findings if finding_key(finding) in before]
    return replace(result, differences=len(findings), findings=findings)


def finding_key(finding: Finding) -> tuple[Any, ...]:
    """The key by which a finding is recognised in another look.

    The numbers of an epoch that is being counted change while the epoch stays wrong, so they are not in the key. Nor
    are offsets that are in no epoch, whose bounds move with the log. Rows ahead of the ledger are different: when their
    last offset has moved on, a worker is at work.
    """
    place: tuple[Any, ...] = (finding.first_offset,)
    if finding.check is Check.ROWS_AHEAD:
        place = (finding.first_offset, finding.next_offset)
    elif finding.check is Check.LOG_COMPLETENESS:
        place = (finding.detail,)
    return (finding.check, finding.table, finding.log, finding.partition, *place)
