"""What a call to a model can be billed by: tokens of a class, searches, seconds, pages.

A unit is a column of `LLM_USAGE` and a rate of a price book. Units share nothing: a token, a search or a second of a
call is in exactly one of them, so that nothing is priced twice.
"""

from dataclasses import dataclass
from enum import StrEnum

TOKENS_PER_RATE = 10**6
"""A rate for tokens is what this many cost."""

_MS_PER_SECOND = 1_000
_MS_PER_HOUR = 3_600_000


class UnitKind(StrEnum):
    """What is counted."""

    INPUT_TOKENS = "input tokens"
    OUTPUT_TOKENS = "output tokens"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unit:
    """`name` is the column, `rate` the field of a price book, which says what `per_rate` of the unit cost."""

    name: str
    rate: str
    kind: UnitKind
    per_rate: int = 1

    @property
    def is_token(self) -> bool:
        """Whether tokens are counted: factors of a price apply to these alone."""
        return self.kind is not UnitKind.OTHER


def _input(name: str, rate: str) -> Unit:
    return Unit(name, rate, UnitKind.INPUT_TOKENS, TOKENS_PER_RATE)


def _output(name: str, rate: str) -> Unit:
    return Unit(name, rate, UnitKind.OUTPUT_TOKENS, TOKENS_PER_RATE)


def _other(name: str, rate: str, per_rate: int = 1) -> Unit:
    return Unit(name, rate, UnitKind.OTHER, per_rate)


UNITS = (
    _input("cached_tokens", "cache_read"),
    _input("cache_write_tokens", "cache_write"),
    _input("cache_write_1h_tokens", "cache_write_1h"),
    _output("reasoning_tokens", "reasoning"),
    _input("audio_input_tokens", "audio_input"),
    _output("audio_output_tokens", "audio_output"),
    _input("fresh_input_tokens", "input"),
    _output("plain_output_tokens", "output"),
    _input("cached_audio_tokens", "audio_cache_read"),
    _input("image_input_tokens", "image_input"),
    _input("cached_image_tokens", "image_cache_read"),
    _input("video_input_tokens", "video_input"),
    _input("cached_video_tokens", "video_cache_read"),
    _output("image_output_tokens", "image_output"),
    _output("video_output_tokens", "video_output"),
    _output("citation_tokens", "citation"),
    _other("web_searches", "per_web_search"),
    _other("social_searches", "per_social_search"),
    _other("file_searches", "per_file_search"),
    _other("rerank_searches", "per_rerank_search"),
    _other("code_executions", "per_code_execution"),
    _other("code_execution_ms", "per_code_execution_hour", _MS_PER_HOUR),
    _other("images", "per_image"),
    _other("pages", "per_page"),
    _other("annotated_pages", "per_annotated_page"),
    _other("characters", "per_character"),
    _other("audio_input_ms", "per_audio_input_hour", _MS_PER_HOUR),
    _other("audio_output_ms", "per_audio_output_hour", _MS_PER_HOUR),
    _other("video_output_ms", "per_video_output_second", _MS_PER_SECOND),
)
"""All units, in the order of their columns. `fresh_input_tokens` and `plain_output_tokens` are what is left of prompt
and completion without the other classes, `cached_tokens` are text (or of an unknown modality), and
`cache_write_tokens` are without the ones written for an hour."""

UNIT_NAMES = tuple(unit.name for unit in UNITS)

TOKEN_CLASSES = tuple(unit.name for unit in UNITS if unit.is_token)
"""The units that are tokens."""
