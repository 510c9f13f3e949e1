"""Which model a meter of a bill is of, and which class of tokens: "USE1-Claude4.6Sonnet-cache-read-input-token-count".

Amazon Bedrock names its usage types so
(https://docs.aws.amazon.com/bedrock/latest/userguide/cost-mgmt-understanding-cur-data.html): region, model, class, and
for some the tier. Models of the marketplace have usage types without a model ("USE1-MP:USE1_InputTokenCount-Units"),
and are named by their product.
"""

import re

from gatemeter.reconciliation.stated import Kind

_REGION = re.compile(r"[A-Z]{2,4}\d{1,2}-")
_CLASS = re.compile(
    r"[\s,;:_/-]*(?:mantle[-_ ])?(?:cached?|cache[-_ ]?(?:read|write)|input|output|prompt|completion)(?![a-z]{3}).*",
    re.IGNORECASE | re.DOTALL,
)
_MARKETPLACE = "MP:"
_EDITION = re.compile(r"\s*\(Amazon Bedrock Edition\).*", re.DOTALL)
_KINDS = (
    (("cachewrite1h",), Kind.CACHE_WRITE_1H),
    (("cachewrite",), Kind.CACHE_WRITE),
    (("cacheread", "cachedinput", "cached"), Kind.CACHED),
    (("output", "completion"), Kind.OUTPUT),
    (("input", "prompt"), Kind.INPUT),
)


def kind_of_meter(name: str) -> Kind | None:
    """The class of tokens; None where the name says none."""
    compact = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((kind for words, kind in _KINDS if any(word in compact for word in words)), None)


def model_of_meter(name: str) -> str:
    """What stands before the class of tokens, without the region; '' where nothing does."""
    rest = _REGION.sub("", name.strip(), count=1)
    return "" if rest.startswith(_MARKETPLACE) else _CLASS.sub("", rest).strip()


def model_of_product(name: str) -> str:
    """`Claude Sonnet 4.6` of `Claude Sonnet 4.6 (Amazon Bedrock Edition)`; '' for other products."""
    return _EDITION.sub("", name) if _EDITION.search(name) else ""


def tokens_per_unit(unit: str) -> int | None:
    """How many tokens one of `1K tokens`, `1M tokens`, `tokens` is; None for other units."""
    compact = re.sub(r"[^a-z0-9]", "", unit.lower())
    return {
        "token": 1,
        "tokens": 1,
        "inputtokens": 1,
        "outputtokens": 1,
        "1ktokens": 1_000,
        "1000tokens": 1_000,
        "ktokens": 1_000,
        "1mtokens": 1_000_000,
        "1mtoken": 1_000_000,
        "1000000tokens": 1_000_000,
    }.get(compact)
