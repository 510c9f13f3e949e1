"""What a call used, from the gateway's counts and the provider's, and how far that can be trusted."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from gatemeter.llm.call import TokensEvidence, context_above
from gatemeter.llm.counting_rules import (
    CountedBy,
    bills_search_queries,
    counting,
    fewest_billed_cache_writes,
    streams_have_counts,
)
from gatemeter.llm.payload_usage import PayloadUsage
from gatemeter.llm.provider_usage import GROUNDING_QUERIES
from gatemeter.llm.token_classes import TokenClasses, token_classes
from gatemeter.llm.token_counts import TokenCounts, sum_of

_TOTAL = "total_tokens"
UNTOLD = "untold."
"""What the name of a part that costs more and that no count tells begins with, among the names of what is not known."""
UNTOLD_WRITES = UNTOLD + "cache_write_tokens"
UNTOLD_TIER = UNTOLD + "service_tier"
"""A tier was asked for, and no answer tells that it was served: another one is cheaper."""
UNTOLD_1H_WRITES = UNTOLD + "cache_write_1h_tokens"
_MOST_NAMES = 8
_FROM_STRONG_TO_WEAK = (
    TokensEvidence.PROVIDER,
    TokensEvidence.REPORTED,
    TokensEvidence.AMBIGUOUS,
    TokensEvidence.ESTIMATED,
    TokensEvidence.INCONSISTENT,
    TokensEvidence.MISSING,
)


class UsedTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that are believed, and the units they are made of, by the names in `schema.units`.

    `context_tokens` is the input of the answer that read most. `unknown` are names of what is counted and not known.
    """

    evidence: TokensEvidence
    prompt: int | None
    completion: int | None
    total: int | None
    units: Mapping[str, int]
    context_tokens: int
    rule: str
    unknown: tuple[str, ...] = ()


def used_tokens(
    logged: Sequence[TokenCounts], payload: PayloadUsage | None, *, counted_by: CountedBy, is_stream: bool | None
) -> UsedTokens:
    """What was used by `logged`, the gateway's usage object, and `payload`, the usage in the provider's logged answer.

    The provider's own counts are believed before the gateway's, and fill the gaps in them where they are not whole.
    Each is a sequence of answers whose counts are added up. `is_stream` is None where the event does not tell.
    """
    if payload is not None:
        believed = _used_as_the_provider_says(logged, payload, counted_by, is_stream)
        if believed is not None:
            return believed
        logged = _completed(logged, payload)
    is_estimated = logged[0].has_fractions or _may_be_stream_without_counts(logged, counted_by, is_stream)
    evidence = TokensEvidence.ESTIMATED if is_estimated else TokensEvidence.REPORTED
    return _used(logged, counted_by, evidence, is_stream=is_stream)


def _used_as_the_provider_says(
    logged: Sequence[TokenCounts], payload: PayloadUsage, counted_by: CountedBy, is_stream: bool | None
) -> UsedTokens | None:
    """What was used by the provider's own counts; None if they are not whole or cannot be true."""
    if not payload.is_whole:
        return None
    own = counted_by._replace(gateway="", version=())
    used = _used(_believed(logged, payload), own, TokensEvidence.PROVIDER, is_stream=is_stream)
    return used if used.evidence in (TokensEvidence.PROVIDER, TokensEvidence.CONTEXT_UNKNOWN) else None


def _believed(logged: Sequence[TokenCounts], payload: PayloadUsage) -> Sequence[TokenCounts]:
    """The provider's counts, with what only the gateway tells."""
    answers = payload.answers
    first, gateway = answers[0], logged[0]
    # A gateway that counts the same may tell classes that the answer leaves out.
    is_same = len(logged) == len(answers) == 1 and gateway.completion == first.completion
    if is_same and gateway.prompt in (first.prompt, (first.prompt or 0) + gateway.cache):
        return (first.completed_by(gateway),)
    return (first.with_others_of(gateway), *answers[1:])


def _completed(logged: Sequence[TokenCounts], payload: PayloadUsage) -> Sequence[TokenCounts]:
    """The gateway's counts with the answer in their gaps; in conflict where the provider began with another prompt."""
    gateway, part = logged[0], payload.answers[0]
    if len(logged) != 1 or len(payload.answers) != 1:
        return payload.answers if gateway.has_nothing else logged
    is_contradicted = payload.is_own and part.prompt and gateway.prompt not in (part.prompt, part.prompt + part.cache)
    return (gateway.completed_by(part, has_conflict=bool(is_contradicted and gateway.prompt)),)


def _used(
    answers: Sequence[TokenCounts], counted_by: CountedBy, evidence: TokensEvidence, *, is_stream: bool | None
) -> UsedTokens:
    used = [_answer(counts, counted_by, evidence, is_stream=is_stream) for counts in answers]
    return used[0] if len(used) == 1 else _together(used)


def _answer(
    counts: TokenCounts, counted_by: CountedBy, evidence: TokensEvidence, *, is_stream: bool | None
) -> UsedTokens:
    rule, media, has_completion = counting(counted_by, counts.shape, counts.has_cache_in_details)
    classes = _with_searches(token_classes(counts, rule, media), counted_by)
    # Nobody streams an empty answer, and hardly anybody gives one at all.
    is_unanswered = has_completion and bool(counts.prompt) and _has_no_completion(counts) and not _has_thoughts(counts)
    may_be_summed = is_stream is not False and has_completion and "streams" in rule.doubtful
    is_doubtful = classes.are_doubtful or is_unanswered or may_be_summed
    if is_unanswered and is_stream is not False:
        evidence = TokensEvidence.MISSING
    else:
        evidence = _evidence(counts, classes, evidence, is_doubtful=is_doubtful)
    return UsedTokens(
        evidence=evidence,
        prompt=counts.prompt,
        completion=counts.completion,
        total=sum_of((counts.prompt, counts.completion)) if counts.total is None else counts.total,
        units=classes.units,
        context_tokens=classes.all_input,
        rule=rule.name,
        unknown=(
            *counts.unknown,
            *([_TOTAL] if classes.unexplained else []),
            *([UNTOLD_WRITES] if _are_writes_untold(counts, classes, counted_by.model) else []),
        )[:_MOST_NAMES],
    )


def _are_writes_untold(counts: TokenCounts, classes: TokenClasses, model: str) -> bool:
    fewest = fewest_billed_cache_writes(model)
    if fewest is None or counts.cache_write is not None:
        return False
    return classes.all_input >= fewest and classes.units["fresh_input_tokens"] > 0


def _together(used: Sequence[UsedTokens]) -> UsedTokens:
    """Several answers as one, whose evidence is the weakest of theirs.

    A price for long contexts is for each answer by itself, and their units are one sum from here on.
    """
    units: Counter[str] = Counter()
    for each in used:
        units.update(each.units)
    evidence = max((each.evidence for each in used), key=_FROM_STRONG_TO_WEAK.index)
    is_of_one_size = len({context_above(each.context_tokens) for each in used}) == 1
    if not is_of_one_size and evidence in (TokensEvidence.PROVIDER, TokensEvidence.REPORTED):
        evidence = TokensEvidence.CONTEXT_UNKNOWN
    return UsedTokens(
        evidence=evidence,
        prompt=sum_of(each.prompt for each in used),
        completion=sum_of(each.completion for each in used),
        total=sum_of(each.total for each in used),
        units={**units},
        context_tokens=max(each.context_tokens for each in used),
        rule=used[0].rule,
        unknown=tuple(sorted({name for each in used for name in each.unknown}))[:_MOST_NAMES],
    )


def _with_searches(classes: TokenClasses, counted_by: CountedBy) -> TokenClasses:
    """The searches that Google ran, as it bills them."""
    queries = classes.units.get(GROUNDING_QUERIES)
    if queries is None:
        return classes
    units = {name: count for name, count in classes.units.items() if name != GROUNDING_QUERIES}
    units["web_searches"] = queries if bills_search_queries(counted_by.model) else min(queries, 1)
    return msgspec.structs.replace(classes, units=units)


def _may_be_stream_without_counts(logged: Sequence[TokenCounts], counted_by: CountedBy, is_stream: bool | None) -> bool:
    """Whether the gateway may have estimated the counts of a stream; an event that does not tell may be of one.

    What has no completion, such as an embedding, is not streamed.
    """
    if is_stream is False or not counting(counted_by, logged[0].shape, logged[0].has_cache_in_details).has_completion:
        return False
    return not streams_have_counts(counted_by.provider) and not logged[0].has_details


def _evidence(
    counts: TokenCounts, classes: TokenClasses, evidence: TokensEvidence, *, is_doubtful: bool
) -> TokensEvidence:
    if counts.has_nothing or _is_a_side_missing(counts, classes):
        return TokensEvidence.MISSING
    if counts.has_unusable or not classes.are_consistent:
        return TokensEvidence.INCONSISTENT
    return TokensEvidence.AMBIGUOUS if is_doubtful and evidence is not TokensEvidence.ESTIMATED else evidence


def _has_no_completion(counts: TokenCounts) -> bool:
    """Whether a completion of 0 is told, or none where nothing else is billed either, such as seconds or pages."""
    return counts.completion == 0 or (counts.completion is None and not any(counts.others.values()))


def _has_thoughts(counts: TokenCounts) -> bool:
    """Whether the total proves that thoughts are all of the answer: they used up the tokens that it may have.

    Google does not tell a candidate then [googleapis/python-genai#811].
    """
    is_told = bool(counts.reasoning) and counts.completion == 0 and not counts.has_fractions
    return is_told and counts.total == (counts.prompt or 0) + (counts.reasoning or 0)


def _is_a_side_missing(counts: TokenCounts, classes: TokenClasses) -> bool:
    """Whether a side that must have been counted was not.

    A side without a count is 0 if the total proves it (an embeddings call has no completion). Nothing is answered
    without any input. Where seconds or pages are billed, tokens need not be counted.
    """
    if counts.has_no_tokens and any(counts.others.values()):
        return False
    if counts.prompt is None and counts.completion is None:
        return True
    if counts.completion and not classes.all_input:
        return True
    if counts.prompt is not None and counts.completion is not None:
        return False
    return counts.total is None or counts.total > classes.all_input + (counts.completion or 0)
