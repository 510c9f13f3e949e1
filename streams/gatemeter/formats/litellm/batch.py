"""A finished batch, whose counts are the sums of all its answers.

LiteLLM 1.110 tells each answer's usage beside them, in `batch_usage_by_request` [BerriAI/litellm:
litellm/batches/batch_utils.py]; earlier versions told the sums alone (#12084, #14884).
"""

from typing import Any

from msgspec import structs

from gatemeter.formats.litellm.model_call import GATEWAY
from gatemeter.lenient.fields import Fields
from gatemeter.llm.call import LlmCall, TokensEvidence, context_above
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.modifiers import BATCH
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.used_tokens import used_tokens


def of_batch(call: LlmCall, metadata: Fields) -> LlmCall:
    """`call` at the price of batches, and with the context of its longest answer.

    Where that is not told, the answers are taken for short ones: hardly any is as long as all of them together.
    """
    call = structs.replace(call, service_tier=BATCH)
    contexts = _contexts(call, metadata.object("usage_object").values.get("batch_usage_by_request"))
    longest, is_known = max(contexts, default=0), len(contexts) == 1 or not call.context_above_tokens
    evidence = call.tokens_evidence
    if evidence is TokensEvidence.REPORTED and not is_known:
        evidence = TokensEvidence.CONTEXT_UNKNOWN
    return structs.replace(call, context_above_tokens=longest, tokens_evidence=evidence)


def _contexts(call: LlmCall, answers: Any) -> set[int]:
    """The contexts of the answers (`context_above`); none if they are not all told."""
    listed = answers if isinstance(answers, list) else []
    usages = [each.get("usage") if isinstance(each, dict) else None for each in listed]
    told = [each for each in usages if isinstance(each, dict)]
    return {_context(call, each) for each in told} if len(told) == len(usages) else set()


def _context(call: LlmCall, usage: dict[str, Any]) -> int:
    counts = read_usage(Fields(usage, "", []))
    counted_by = CountedBy(GATEWAY, (), call.provider, call.request_model)
    return context_above(used_tokens(counts, None, counted_by=counted_by, is_stream=False).context_tokens)
