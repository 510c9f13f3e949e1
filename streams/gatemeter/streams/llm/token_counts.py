"""The token counts of one usage object, whoever wrote it."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts:
    """Counts as logged, None where there is none; `token_classes` takes the overlapping ones apart.

    `cache_write` holds `cache_write_1h`. `audio_input` is without the audio that was read from the cache, which
    `cached` holds. `has_fractions`: a count was no whole number, so the gateway estimated it. `has_details`: counts
    of classes were there, which no gateway estimates. `cache_beside_prompt`: the object is of a form (Anthropic's,
    Bedrock's) whose prompt count never holds the cached tokens. `is_chat_form`: the plain OpenAI chat form, which
    gateways write themselves. `has_unusable`: a count was there and could not be used, so the others are not all.
    """

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    other_modality: int | None = None
    has_fractions: bool = False
    has_details: bool = False
    has_unusable: bool = False
    cache_beside_prompt: bool = False
    is_chat_form: bool = False

    @property
    def has_no_tokens(self) -> bool:
        """Neither a prompt nor a completion nor a total above 0."""
        return not (self.prompt or self.completion or self.total)

    @property
    def cache(self) -> int:
        """Tokens read from and written to the provider's cache."""
        return (self.cached or 0) + (self.cache_write or 0)

    def completed_by(self, other: "TokenCounts") -> "TokenCounts":
        """With what `other` knows where this has no value; its total only if it is the total of the same counts."""
        gaps = {field.name: getattr(other, field.name) for field in fields(self) if getattr(self, field.name) is None}
        if self.prompt not in (None, other.prompt) or self.completion not in (None, other.completion):
            gaps.pop("total", None)
        return replace(self, **gaps)
