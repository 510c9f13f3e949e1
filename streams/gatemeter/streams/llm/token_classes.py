"""Token counts taken apart into disjoint classes, so that no token is priced twice.

The classes: fresh input, cache reads, cache writes and audio input; plain output, reasoning and audio output. Cache,
reasoning and audio are logged by themselves; what is left of the prompt and of the completion count follows from the
provider's inclusion rule (`token_rules`).
"""

from dataclasses import dataclass

from gatemeter.streams.llm.token_counts import TokenCounts
from gatemeter.streams.llm.token_rules import InclusionRule


@dataclass(frozen=True, slots=True)
class TokenClasses:
    """`fresh_input` is the prompt without what is included in it, `plain_output` the completion likewise.

    Both are 0 if the counts are impossible (`are_consistent` false). `all_input` counts every input token once,
    however it was served: the size of the context.
    """

    fresh_input: int
    plain_output: int
    all_input: int
    are_consistent: bool = True


def token_classes(counts: TokenCounts, rule: InclusionRule) -> TokenClasses:
    """Apply `rule` to `counts`, or what the counts themselves prove against it."""
    prompt, completion = counts.prompt or 0, counts.completion or 0
    cache_is_added = counts.cache_beside_prompt or rule.cache_is_added
    reasoning_is_added = _reasoning_is_added(counts, cache_is_added, rule)
    fresh_input = prompt - (counts.audio_input or 0) - (0 if cache_is_added else counts.cache)
    plain_output = completion - (counts.audio_output or 0) - (0 if reasoning_is_added else counts.reasoning or 0)
    all_input = prompt + (counts.cache if cache_is_added else 0)
    if fresh_input < 0 or plain_output < 0 or _is_impossible(counts):
        return TokenClasses(0, 0, all_input, are_consistent=False)
    return TokenClasses(fresh_input, plain_output, all_input)


def _reasoning_is_added(counts: TokenCounts, cache_is_added: bool, rule: InclusionRule) -> bool:
    """What the total proves, if it proves anything, else the rule."""
    completion, reasoning = counts.completion or 0, counts.reasoning or 0
    if not reasoning or counts.total is None:
        return rule.reasoning_is_added
    sums = {(counts.prompt or 0) + completion}
    if cache_is_added:
        sums |= {shared + counts.cache for shared in sums}
    fits_included = counts.total in sums and reasoning + (counts.audio_output or 0) <= completion
    fits_added = counts.total - reasoning in sums
    return rule.reasoning_is_added if fits_included == fits_added else fits_added


def _is_impossible(counts: TokenCounts) -> bool:
    """More written for an hour than written at all; a total below its parts (a total of 0 is one nobody filled in)."""
    if (counts.cache_write_1h or 0) > (counts.cache_write or 0):
        return True
    parts = (counts.prompt or 0) + (counts.completion or 0)
    return bool(counts.total) and not counts.has_fractions and (counts.total or 0) < parts
