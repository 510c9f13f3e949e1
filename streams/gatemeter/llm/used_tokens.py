"""The tokens of a call, from the gateway's counts and the provider's, and how far they can be trusted."""

from dataclasses import dataclass, replace

from gatemeter.llm.call import TokensEvidence
from gatemeter.llm.payload_usage import PayloadUsage
from gatemeter.llm.token_classes import (
    InclusionRule,
    TokenClasses,
    TokenCounts,
    inclusion_rule,
    streams_have_counts,
    token_classes,
)


@dataclass(frozen=True, slots=True)
class UsedTokens:
    """Counts as logged, and their disjoint classes."""

    counts: TokenCounts
    classes: TokenClasses
    evidence: TokensEvidence


def used_tokens(
    logged: TokenCounts, payload: PayloadUsage | None, *, provider: str, model: str, is_stream: bool
) -> UsedTokens:
    """The tokens by `logged`, the gateway's usage object, and `payload`, the usage in the provider's logged answer.

    The gateway's counts hold, and the provider's fill the gaps. The provider's counts replace counts that the gateway
    estimated, and zeros (Kong before 3.14 logged 0 for streams of OpenAI's /responses).
    """
    is_estimated = logged.has_fractions or _is_stream_without_counts(logged, provider, is_stream)
    counts = logged
    if payload is not None and _replaces(payload, logged, is_estimated):
        counts = payload.counts.completed_by(replace(logged, total=None))
        is_estimated = payload.counts.has_fractions
    elif payload is not None:
        counts = logged.completed_by(payload.counts)
    classes = token_classes(counts, _rule(counts, payload, inclusion_rule(provider, model)))
    return UsedTokens(counts, classes, _evidence(counts, classes, is_estimated))


def _is_stream_without_counts(logged: TokenCounts, provider: str, is_stream: bool) -> bool:
    return is_stream and not streams_have_counts(provider) and not logged.has_details


def _replaces(payload: PayloadUsage, logged: TokenCounts, is_estimated: bool) -> bool:
    provider = payload.counts
    if not payload.is_from_provider or provider.prompt is None or provider.completion is None:
        return False
    return is_estimated or logged.has_no_tokens


def _rule(counts: TokenCounts, payload: PayloadUsage | None, rule: InclusionRule) -> InclusionRule:
    """By the provider's own answer: a gateway's prompt count that equals the provider's excludes the cached tokens."""
    if payload is None or not payload.counts.cache_beside_prompt or payload.counts.prompt is None:
        return rule
    if counts.prompt == payload.counts.prompt:
        return replace(rule, cache_is_added=True)
    if counts.prompt == payload.counts.prompt + payload.counts.cache:
        return replace(rule, cache_is_added=False)
    return rule


def _evidence(counts: TokenCounts, classes: TokenClasses, is_estimated: bool) -> TokensEvidence:
    if _is_a_side_missing(counts, classes):
        return TokensEvidence.MISSING
    if counts.has_unusable or not classes.are_consistent:
        return TokensEvidence.INCONSISTENT
    return TokensEvidence.ESTIMATED if is_estimated else TokensEvidence.REPORTED


def _is_a_side_missing(counts: TokenCounts, classes: TokenClasses) -> bool:
    """Whether a side has no count and no total proves that it is 0 (an embeddings call has no completion)."""
    if counts.prompt is None and counts.completion is None:
        return True
    if counts.prompt is not None and counts.completion is not None:
        return False
    return counts.total is None or counts.total > classes.all_input + (counts.completion or 0)
