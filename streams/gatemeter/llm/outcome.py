"""Who answered a call: spend follows what the provider did, not the status that the client got."""

from functools import cache
from typing import NamedTuple

import msgspec

from gatemeter.llm.call import Outcome, TokensEvidence
from gatemeter.llm.rule_files import read_rules

_LOWEST_STATUS = 100
_FIRST_FAILING_STATUS = 400
_STOPPED_WAITING = (499, 504)
"""Statuses that nginx sends where the client left, or where it waited too long itself."""
_COUNTED = (TokensEvidence.REPORTED, TokensEvidence.PROVIDER, TokensEvidence.CONTEXT_UNKNOWN)


class Statuses(NamedTuple):
    """HTTP statuses of a call, None where the event does not tell.

    `was_asked` says whether the gateway sent anything to the provider.
    """

    client: int | None
    provider: int | None = None
    was_asked: bool | None = None


class _StatusRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    statuses: frozenset[int]
    source: str
    providers: tuple[str, ...] = ()


class _StatusRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    never_billed: _StatusRule
    may_be_billed: tuple[_StatusRule, ...]


def is_error(status: int | None) -> bool:
    """Whether `status` is one of HTTP's errors: 400 and above."""
    return status is not None and status >= _FIRST_FAILING_STATUS


def outcome_of(
    statuses: Statuses, cache_status: str = "", *, provider: str = "", has_answer: bool | None = None
) -> Outcome:
    """Who answered. `cache_status` and `provider` are in lower case.

    `has_answer` says whether the event shows something that only an answer of the provider can have given, such as
    tokens of a completion; False where it shows that the call was blocked before, None where it shows neither.
    A status below 100 is not one of HTTP: neither a success nor a failure.
    """
    client, is_hit = statuses.client, cache_status == "hit"
    if is_error(client):
        return Outcome.FAILED if is_hit else _outcome_of_error(statuses, provider, has_answer)
    if is_hit:
        return Outcome.CACHE_HIT
    return Outcome.UNKNOWN if client is None or client < _LOWEST_STATUS else Outcome.PROVIDER


def _outcome_of_error(statuses: Statuses, provider: str, has_answer: bool | None) -> Outcome:
    if has_answer or (has_answer is None and _is_success(statuses.provider)):
        return Outcome.BLOCKED
    if has_answer is False or statuses.was_asked is False:
        return Outcome.FAILED
    if statuses.provider is None:
        is_free = statuses.client in _status_rules().never_billed.statuses
    else:
        is_free = not _may_be_billed(statuses.provider, provider)
    return Outcome.FAILED if is_free else Outcome.UNKNOWN


def _is_success(status: int | None) -> bool:
    return status is not None and _LOWEST_STATUS <= status < _FIRST_FAILING_STATUS


def _may_be_billed(status: int, provider: str) -> bool:
    rules = _status_rules().may_be_billed
    return any(status in rule.statuses and (not rule.providers or provider in rule.providers) for rule in rules)


def evidence_of_answer(
    evidence: TokensEvidence, outcome: Outcome, statuses: Statuses, *, has_completion: bool
) -> TokensEvidence:
    """How far the counts of an answer can be relied on that the client did not get.

    The gateway counts what it hands out. Where it shows no tokens of an answer that was given, its counts are not all;
    where the client left or the gateway gave up, it may have stopped to count before the provider did.
    """
    if outcome is not Outcome.BLOCKED:
        return evidence
    if not has_completion:
        return TokensEvidence.MISSING
    is_cut_short = statuses.client in _STOPPED_WAITING and evidence in _COUNTED
    return TokensEvidence.ESTIMATED if is_cut_short else evidence


@cache
def _status_rules() -> _StatusRules:
    return read_rules("billed_statuses.toml", _StatusRules)
