"""The counts of one usage object, as logged: which of them hold which others is for `token_classes` to say."""

from collections.abc import Iterable, Mapping

import msgspec


class TokenCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by the roles of `usage_fields.toml`; None where none is told.

    `cached` holds the cached modalities, `cache_write` holds `cache_write_1h`, and counts of a modality hold what of it
    was cached. `others` are counts of units that are not tokens, `unknown` the names of what is counted and not known.

    `shape` is the shape of the object. `has_details`: counts of classes were told, which no gateway estimates.
    `has_fractions`: a count of tokens had a fraction, so the gateway estimated it. `has_unusable`: a count could not be
    used, so the other counts are not all. `has_conflict`: two spellings of one count differ. `has_cache_in_details`:
    the counts of the cache stand among the details of the prompt.
    """

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cached: int | None = None
    cached_text: int | None = None
    cached_audio: int | None = None
    cached_image: int | None = None
    cached_video: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    citation: int | None = None
    text_input: int | None = None
    audio_input: int | None = None
    image_input: int | None = None
    video_input: int | None = None
    text_output: int | None = None
    audio_output: int | None = None
    image_output: int | None = None
    video_output: int | None = None
    others: Mapping[str, int] = {}
    unknown: tuple[str, ...] = ()
    shape: str = ""
    has_details: bool = False
    has_fractions: bool = False
    has_unusable: bool = False
    has_conflict: bool = False
    has_cache_in_details: bool = False

    @property
    def has_no_tokens(self) -> bool:
        """Whether prompt, completion and total are all 0 or not told."""
        return not (self.prompt or self.completion or self.total)

    @property
    def has_nothing(self) -> bool:
        """Whether nothing at all is counted above 0."""
        return not (self.prompt or self.completion or self.total or self.cache or any(self.others.values()))

    @property
    def cache(self) -> int:
        """Tokens read from and written to the provider's cache."""
        return (self.cached or 0) + (self.cache_write or 0)

    @property
    def has_media(self) -> bool:
        """Whether anything but text is counted above 0."""
        return bool(
            self.audio_input
            or self.audio_output
            or self.image_input
            or self.image_output
            or self.cached_audio
            or self.cached_image
            or self.video_input
            or self.video_output
            or self.cached_video
        )

    @property
    def tells_input(self) -> bool:
        """Whether the modalities of the input are told."""
        return any(each is not None for each in (self.text_input, self.audio_input, self.image_input, self.video_input))

    @property
    def tells_output(self) -> bool:
        """Whether the modalities of the answer are told."""
        counts = (self.text_output, self.audio_output, self.image_output, self.video_output)
        return any(each is not None for each in counts)

    def completed_by(self, other: "TokenCounts", *, has_conflict: bool = False) -> "TokenCounts":
        """These counts, with the counts of `other` where they have none; its total only if its counts are the same.

        With `has_conflict` the two contradict each other.
        """
        gaps = {name: getattr(other, name) for name in COUNT_NAMES if getattr(self, name) is None}
        if self.prompt not in (None, other.prompt) or self.completion not in (None, other.completion):
            gaps.pop("total", None)
        has_conflict |= self.has_conflict
        return msgspec.structs.replace(self, **gaps, has_conflict=has_conflict).with_others_of(other)

    def with_others_of(self, other: "TokenCounts") -> "TokenCounts":
        """These counts, with the other units of `other` where they have none, and what of it is not known."""
        if not other.others and not other.unknown:
            return self
        return msgspec.structs.replace(
            self,
            others={**other.others, **self.others},
            unknown=tuple(dict.fromkeys((*self.unknown, *other.unknown))),
        )


COUNT_NAMES = (
    *("prompt", "completion", "total"),
    *("cached", "cached_text", "cached_audio", "cached_image", "cached_video"),
    *("cache_write", "cache_write_1h", "reasoning", "citation"),
    *("text_input", "audio_input", "image_input", "video_input"),
    *("text_output", "audio_output", "image_output", "video_output"),
)
"""The counts of tokens among the fields of `TokenCounts`."""


def sum_of(counts: Iterable[int | None]) -> int | None:
    """The sum of the known counts; None if none is known."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
