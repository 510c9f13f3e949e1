"""Disjoint units out of the counts of a usage object, so that no token is priced twice.

What a prompt and a completion count hold follows from the rule of whoever wrote them down (`counting_rules`), unless
the counts themselves prove another one.
"""

from collections.abc import Mapping

import msgspec

from gatemeter.llm.counting_rules import CountingRule, MediaModel
from gatemeter.llm.token_counts import TokenCounts

_MODALITIES = ("audio", "image", "video")
_ALWAYS = ("fresh_input_tokens", "plain_output_tokens")


class TokenClasses(msgspec.Struct, frozen=True):
    """Counts by the names of `schema.units`: those above 0, with the fresh input and the plain output in any case. Both
    are 0 where the counts are impossible (`are_consistent` is false).

    `all_input`, the size of the context, counts every input token once, however it was served. `are_doubtful`: they
    can be read in several ways. `unexplained` are tokens of the total that no count tells.
    """

    units: Mapping[str, int]
    all_input: int
    are_consistent: bool = True
    are_doubtful: bool = False
    unexplained: int = 0


def token_classes(counts: TokenCounts, rule: CountingRule, media: MediaModel | None = None) -> TokenClasses:
    """The units of `counts` by `rule`; `media` is what is known about the modalities of the model."""
    if media is None and (classes := _classes_of_text(counts, rule)) is not None:
        return classes
    reading = _Reading(counts, rule)
    reading.take_apart()
    reading.assign_untold_answer(media)
    return reading.classes()


def _classes_of_text(counts: TokenCounts, rule: CountingRule) -> TokenClasses | None:
    """As the thorough reading below, in a tenth of the time, for most calls: text whose counts fit."""
    if counts.has_media or counts.has_conflict or counts.citation or counts.others:
        return None
    if rule.cache != "included" or rule.reasoning != "included":
        return None
    prompt, completion, total = counts.prompt or 0, counts.completion or 0, counts.total
    cached, written, reasoning = counts.cached or 0, counts.cache_write or 0, counts.reasoning or 0
    written_1h = counts.cache_write_1h or 0
    fits = (not total or total == prompt + completion) and not counts.has_fractions
    if not fits or cached + written > prompt or reasoning > completion or written_1h > written:
        return None
    units = {"fresh_input_tokens": prompt - cached - written, "plain_output_tokens": completion - reasoning}
    if cached:
        units["cached_tokens"] = cached
    if written > written_1h:
        units["cache_write_tokens"] = written - written_1h
    if written_1h:
        units["cache_write_1h_tokens"] = written_1h
    if reasoning:
        units["reasoning_tokens"] = reasoning
    return TokenClasses(units, prompt, are_doubtful=_may_hide_cache(counts, rule))


class _Reading:
    """Takes the counts of one usage object apart."""

    def __init__(self, counts: TokenCounts, rule: CountingRule) -> None:
        self._counts = counts
        self._units: dict[str, int] = {}
        self._is_doubtful = counts.has_conflict
        self._is_cache_added = self._where_is_cache(rule)
        self._is_reasoning_added = _reasoning_is_added(counts, rule, self._is_cache_added)
        self._is_reasoning_in_total = rule.reasoning != "beside_total"
        self._reasoning = counts.reasoning
        self._unexplained = self._rest_of_total()
        self._explain_by_thoughts(rule)

    def _where_is_cache(self, rule: CountingRule) -> bool:
        """Whether the cache stands beside the prompt; in doubt where the rule does not know and nothing proves it."""
        counts, is_proven = self._counts, rule.cache != "unknown"
        is_added = rule.cache != "included"
        if not is_proven and counts.cache:
            prompt, completion = counts.prompt or 0, counts.completion or 0
            is_proven = counts.cache > prompt or counts.total == prompt + completion + counts.cache
        is_told_in_doubt = bool(counts.cache) and "with_cache" in rule.doubtful and not is_proven
        self._is_doubtful |= is_told_in_doubt or _may_hide_cache(counts, rule)
        return is_added

    def _rest_of_total(self) -> int:
        """Tokens of the total that are in no count; seconds of audio are tokens there, and citations are not."""
        counts = self._counts
        if not counts.total or counts.has_fractions or counts.others.get("audio_input_ms"):
            return 0
        beside = counts.cache if self._is_cache_added else 0
        beside += (counts.reasoning or 0) if self._is_reasoning_added and self._is_reasoning_in_total else 0
        return max(counts.total - (counts.prompt or 0) - (counts.completion or 0) - beside, 0)

    def _explain_by_thoughts(self, rule: CountingRule) -> None:
        """Where thoughts stand beside the completion and none are told, the rest of the total is thoughts at best.

        Without a total nothing tells whether there were any.
        """
        are_untold = rule.reasoning == "added" and self._counts.reasoning is None
        self._is_doubtful |= are_untold and not self._counts.total and bool(self._counts.completion)
        is_complete = self._counts.prompt is not None and self._counts.completion is not None
        if self._unexplained and is_complete and rule.reasoning == "added" and not self._counts.reasoning:
            self._reasoning, self._unexplained = self._unexplained, 0
            self._is_reasoning_added = self._is_doubtful = True

    def take_apart(self) -> None:
        counts, units = self._counts, self._units
        cached = self._cached_by_modality()
        inputs = {name: getattr(counts, f"{name}_input") for name in _MODALITIES}
        outputs = {name: getattr(counts, f"{name}_output") for name in _MODALITIES}
        for name in _MODALITIES:
            _put(units, f"cached_{name}_tokens", cached[name])
            if inputs[name] is not None:
                units[f"{name}_input_tokens"] = max(inputs[name] - (cached[name] or 0), 0)
            _put(units, f"{name}_output_tokens", outputs[name])
        if counts.cached is not None:
            units["cached_tokens"] = max(counts.cached - sum(each or 0 for each in cached.values()), 0)
        if counts.cache_write is not None:
            units["cache_write_tokens"] = max(counts.cache_write - (counts.cache_write_1h or 0), 0)
        _put(units, "cache_write_1h_tokens", counts.cache_write_1h)
        _put(units, "reasoning_tokens", self._reasoning)
        _put(units, "citation_tokens", counts.citation)
        units["fresh_input_tokens"] = self._fresh_input()
        units["plain_output_tokens"] = self._plain_output()
        units.update(counts.others)

    def _cached_by_modality(self) -> dict[str, int | None]:
        """What was cached of each modality. Untold, it is at least what would not fit into the prompt otherwise."""
        counts = self._counts
        told = {name: getattr(counts, f"cached_{name}") for name in _MODALITIES}
        others = [name for name in _MODALITIES if getattr(counts, f"{name}_input")]
        is_told = counts.cached_text is not None or any(each is not None for each in told.values())
        if not counts.cached or not others or is_told:
            return told
        self._is_doubtful = True
        if not self._is_cache_added and len(others) == 1:
            count = getattr(counts, f"{others[0]}_input")
            told[others[0]] = min(max(counts.cache + count - (counts.prompt or 0), 0), counts.cached, count)
        return told

    def _fresh_input(self) -> int:
        units, counts = self._units, self._counts
        media = sum(units.get(f"{name}_input_tokens", 0) for name in _MODALITIES)
        return (counts.prompt or 0) - media - (0 if self._is_cache_added else counts.cache)

    def _plain_output(self) -> int:
        units, counts = self._units, self._counts
        media = sum(units.get(f"{name}_output_tokens", 0) for name in _MODALITIES)
        return (counts.completion or 0) - media - (0 if self._is_reasoning_added else counts.reasoning or 0)

    def assign_untold_answer(self, media: MediaModel | None) -> None:
        """Give an answer whose modality is not told to the one that the model answers in."""
        counts, units = self._counts, self._units
        is_answer_untold = bool(counts.completion) and not counts.tells_output
        if media is None:
            # Gateways write objects of this kind for images and audio.
            has_media = bool(counts.audio_input or counts.image_input or counts.video_input)
            self._is_doubtful |= is_answer_untold and has_media and counts.shape == "openai-responses"
            return
        rest = self._untold_rest_of_answer() if media.output else 0
        if rest > 0:
            units["plain_output_tokens"] -= rest
            units[media.output] = units.get(media.output, 0) + rest
            self._is_doubtful = True
        if is_answer_untold and media.output and units["plain_output_tokens"] > 0:
            units[media.output] = units.pop("plain_output_tokens")
            units.setdefault("plain_output_tokens", 0)
        is_output_in_doubt = is_answer_untold and media.doubtful and media.output != "plain_output_tokens"
        is_input_told = counts.tells_input or "audio_input_ms" in counts.others
        is_input_in_doubt = media.doubtful and bool(counts.prompt) and not is_input_told and not _is_image(media)
        self._is_doubtful |= is_output_in_doubt or is_input_in_doubt

    def _untold_rest_of_answer(self) -> int:
        """What is left of an answer besides its text; 0 where the text is not told: it is then the rest."""
        text = self._counts.text_output
        return 0 if text is None else self._units["plain_output_tokens"] - text

    def classes(self) -> TokenClasses:
        counts, units = self._counts, self._units
        all_input = (counts.prompt or 0) + (counts.cache if self._is_cache_added else 0)
        are_consistent = (
            units["fresh_input_tokens"] >= 0 and units["plain_output_tokens"] >= 0 and not self._is_impossible()
        )
        if not are_consistent:
            units.update(fresh_input_tokens=0, plain_output_tokens=0)
        told = {name: count for name, count in units.items() if count or name in _ALWAYS}
        return TokenClasses(told, all_input, are_consistent, self._is_doubtful, self._unexplained)

    def _is_impossible(self) -> bool:
        """A part that is larger than its whole; a total of 0 is one nobody filled in."""
        counts = self._counts
        if (counts.cache_write_1h or 0) > (counts.cache_write or 0):
            return True
        cached = {name: getattr(counts, f"cached_{name}") or 0 for name in _MODALITIES}
        if sum(cached.values()) > (counts.cached or 0):
            return True
        if any(cached[name] > (getattr(counts, f"{name}_input") or cached[name]) for name in _MODALITIES):
            return True
        parts = (counts.prompt or 0) + (counts.completion or 0)
        return bool(counts.total) and not counts.has_fractions and (counts.total or 0) < parts


def _may_hide_cache(counts: TokenCounts, rule: CountingRule) -> bool:
    """Whether a cache may have been used that is not told: no provider caches an embedding, or a short prompt."""
    if not rule.doubtful or counts.cache or not counts.completion or (counts.prompt or 0) < rule.cache_from_tokens:
        return False
    return "without_cache" in rule.doubtful or ("cache_untold" in rule.doubtful and counts.cached is None)


def _is_image(media: MediaModel) -> bool:
    return media.output == "image_output_tokens"


def _put(units: dict[str, int], name: str, count: int | None) -> None:
    if count is not None:
        units[name] = count


def _reasoning_is_added(counts: TokenCounts, rule: CountingRule, is_cache_added: bool) -> bool:
    """By the total, if only one of both ways adds up to it, else by the rule."""
    is_added = rule.reasoning != "included"
    completion, reasoning = counts.completion or 0, counts.reasoning or 0
    if not reasoning or counts.total is None or rule.reasoning == "beside_total":
        return is_added
    sums = {(counts.prompt or 0) + completion}
    if is_cache_added:
        sums |= {shared + counts.cache for shared in sums}
    fits_included = counts.total in sums and reasoning + (counts.audio_output or 0) <= completion
    fits_added = counts.total - reasoning in sums
    return is_added if fits_included == fits_added else fits_added
