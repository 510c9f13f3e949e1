"""Usage objects: the gateway's own and those in providers' answers, in each provider's spelling.

| form | prompt, completion, total | classes |
| --- | --- | --- |
| OpenAI chat, and Kong | `prompt_tokens`, `completion_tokens`, `total_tokens` | in `*_tokens_details` |
| Kong 3.7 | `prompt_token`, `completion_token`, `total_tokens` | none |
| OpenAI responses, images, realtime | `input_tokens`, `output_tokens` | in `*_tokens_details`, `*_token_details` |
| Anthropic | `input_tokens`, `output_tokens` | `cache_read_input_tokens`, `cache_creation...` |
| Bedrock Converse | `inputTokens`, `outputTokens`, `totalTokens` | `cacheReadInputTokens`, `cacheDetails[]` |
| Gemini | `promptTokenCount`, `candidatesTokenCount`, `totalTokenCount` | `cachedContentTokenCount`... |
| Cohere | `billed_units.input_tokens`, `.output_tokens` | none: what is billed |
| DeepSeek | as OpenAI chat | `prompt_cache_hit_tokens` |
"""

from dataclasses import replace

from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import rounded_count
from gatemeter.llm.token_classes import TokenCounts

_PROMPT = ("prompt_tokens", "prompt_token", "input_tokens", "inputTokens", "inputTokenCount")
_COMPLETION = ("completion_tokens", "completion_token", "output_tokens", "outputTokens", "outputTokenCount")
_TOTAL = ("total_tokens", "total_token", "totalTokens")
_PLAIN = frozenset(
    {"prompt_tokens", "completion_tokens", "total_tokens", "cost", "time_per_token", "time_to_first_token"}
)
"""The names in a usage object that has no classes of tokens."""
_INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "input_token_details")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details", "output_token_details")
_CACHED_DETAILS = "cached_tokens_details"
_CACHED = (
    "cached_tokens",
    "cache_read_input_tokens",
    "cacheReadInputTokens",
    "cache_read_tokens",
    "prompt_cache_hit_tokens",
    "prompt_cache_tokens",
    "num_cached_tokens",
)
_CACHE_WRITE = (
    "cache_creation_input_tokens",
    "cacheWriteInputTokens",
    "cache_write_input_tokens",
    "cache_write_tokens",
    "cache_creation_tokens",
)
_CACHE_WRITE_1H = ("cache_write_1h_tokens", "ephemeral_1h_input_tokens")
_AUDIO = ("audio_tokens", "audio_tokens_count")
_OTHER_MODALITIES = (("image_tokens", "image_tokens_count"), ("video_tokens",))


class _CountReader:
    """Reads counts, and remembers whether one of them had a fraction."""

    def __init__(self) -> None:
        self.has_fractions = False

    def count(self, fields: Fields, *names: str) -> int | None:
        number = fields.token_number(*names)
        if number is None:
            return None
        count = rounded_count(number)
        self.has_fractions |= count != number
        return count


def read_usage(usage: Fields) -> TokenCounts:
    """The counts of a usage object of any form."""
    ignored_before = len(usage.ignored_fields)
    counts = _read_form(usage)
    return counts if len(usage.ignored_fields) == ignored_before else replace(counts, has_unusable=True)


def _read_form(usage: Fields) -> TokenCounts:
    names = usage.values.keys()
    if names <= _PLAIN:
        return _read_plain(usage)
    if names & {"promptTokenCount", "candidatesTokenCount", "totalTokenCount"}:
        return _read_gemini(usage)
    if names & {"billed_units", "response_tokens"} or isinstance(usage.values.get("tokens"), dict):
        return _read_cohere(usage)
    return _read_common(usage)


def _read_plain(usage: Fields) -> TokenCounts:
    """As `_read_common` for an object without classes of tokens, in a tenth of the time: most objects are such."""
    reading = _CountReader()
    return TokenCounts(
        prompt=reading.count(usage, "prompt_tokens"),
        completion=reading.count(usage, "completion_tokens"),
        total=reading.count(usage, "total_tokens"),
        has_fractions=reading.has_fractions,
        is_chat_form="prompt_tokens" in usage.values,
    )


def _read_common(usage: Fields) -> TokenCounts:
    reading = _CountReader()
    count = reading.count
    inputs, outputs = _details(usage, _INPUT_DETAILS), _details(usage, _OUTPUT_DETAILS)
    cached_audio = count(inputs.object(_CACHED_DETAILS), *_AUDIO)
    write, write_1h = _cache_writes(reading, usage, inputs)
    return TokenCounts(
        prompt=count(usage, *_PROMPT),
        completion=count(usage, *_COMPLETION),
        total=count(usage, *_TOTAL),
        cached=_first_known(count(inputs, *_CACHED), count(usage, *_CACHED)),
        cache_write=write,
        cache_write_1h=write_1h,
        reasoning=_first_known(count(outputs, "reasoning_tokens"), count(usage, "reasoning_tokens")),
        audio_input=_without(count(inputs, *_AUDIO), cached_audio),
        audio_output=count(outputs, *_AUDIO),
        other_modality=_other_modality(reading, inputs, outputs),
        has_fractions=reading.has_fractions,
        has_details=_has_numbers(inputs) or _has_numbers(outputs),
        cache_beside_prompt=_is_cache_beside_prompt(usage, inputs),
        is_chat_form=bool(usage.values.keys() & {"prompt_tokens", "prompt_token"}),
    )


def _cache_writes(reading: _CountReader, usage: Fields, inputs: Fields) -> tuple[int | None, int | None]:
    """All tokens written to the cache, and the part of them that is kept for an hour."""
    creation = usage.object("cache_creation")
    kept_1h = _first_known(reading.count(usage, *_CACHE_WRITE_1H), reading.count(creation, *_CACHE_WRITE_1H))
    kept_5m = reading.count(creation, "ephemeral_5m_input_tokens")
    for entry in usage.objects("cacheDetails"):
        if entry.text("ttl").lower() == "1h":
            kept_1h = _sum(kept_1h, reading.count(entry, "inputTokens"))
        else:
            kept_5m = _sum(kept_5m, reading.count(entry, "inputTokens"))
    written = _first_known(reading.count(usage, *_CACHE_WRITE), reading.count(inputs, *_CACHE_WRITE))
    return _first_known(written, _sum(kept_5m, kept_1h)), kept_1h


def _is_cache_beside_prompt(usage: Fields, inputs: Fields) -> bool:
    """Whether it is Anthropic's or Bedrock's form; beside `prompt_tokens` others use the same names of cache counts."""
    names = usage.values.keys()
    native_cache = {"cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"}
    native_cache |= {"cacheReadInputTokens", "cacheWriteInputTokens"}
    return bool(names & native_cache) and not names & {"prompt_tokens", "prompt_token"} and not _has_numbers(inputs)


def _read_gemini(usage: Fields) -> TokenCounts:
    """`toolUsePromptTokenCount` (results of tools that Google ran) is input beside the prompt count.

    Images and video in the prompt cost what text costs; in the answer they do not.
    """
    reading = _CountReader()
    answer = _by_modality(reading, usage, "candidatesTokensDetails")
    audio = _by_modality(reading, usage, "promptTokensDetails").get("AUDIO")
    cached_audio = _by_modality(reading, usage, "cacheTokensDetails").get("AUDIO")
    thoughts = reading.count(usage, "thoughtsTokenCount")
    return TokenCounts(
        prompt=_sum(reading.count(usage, "promptTokenCount"), reading.count(usage, "toolUsePromptTokenCount")),
        completion=reading.count(usage, "candidatesTokenCount") or 0,
        total=reading.count(usage, "totalTokenCount"),
        cached=reading.count(usage, "cachedContentTokenCount"),
        reasoning=thoughts,
        audio_input=_without(audio, cached_audio),
        audio_output=answer.get("AUDIO"),
        other_modality=_sum(answer.get("IMAGE"), answer.get("VIDEO")),
        has_fractions=reading.has_fractions,
        has_details=True,
    )


def _by_modality(reading: _CountReader, usage: Fields, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in usage.objects(name):
        modality = entry.text("modality").upper()
        counts[modality] = _sum(counts.get(modality), reading.count(entry, "tokenCount")) or 0
    return counts


def _read_cohere(usage: Fields) -> TokenCounts:
    """The billed units; `tokens` (what the model read) and the old `token_count` object only where there are none."""
    reading = _CountReader()
    billed, read = usage.object("billed_units"), usage.object("tokens")
    return TokenCounts(
        prompt=_first_known(
            reading.count(billed, "input_tokens"), reading.count(read, "input_tokens"), reading.count(usage, *_PROMPT)
        ),
        completion=_first_known(
            reading.count(billed, "output_tokens"),
            reading.count(read, "output_tokens"),
            reading.count(usage, "response_tokens", *_COMPLETION),
        ),
        has_fractions=reading.has_fractions,
        has_details=True,
    )


def _other_modality(reading: _CountReader, inputs: Fields, outputs: Fields) -> int | None:
    return _sum(*(reading.count(side, *names) for side in (inputs, outputs) for names in _OTHER_MODALITIES))


def _details(usage: Fields, names: tuple[str, ...]) -> Fields:
    """The first object under `names` that has a field."""
    found = [usage.object(name) for name in names]
    return next((fields for fields in found if fields.values), found[0])


def _has_numbers(fields: Fields) -> bool:
    unrecorded = Fields(fields.values, fields.path, [])
    return any(unrecorded.token_number(name) is not None for name in fields.values)


def _first_known(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


def _sum(*counts: int | None) -> int | None:
    """The sum of the known counts; None if none is known."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _without(count: int | None, part: int | None) -> int | None:
    return None if count is None else max(count - (part or 0), 0)
