"""Which calls a payload's `call_type` tells of [BerriAI/litellm: litellm/types/utils.py, CallTypes].

Each look at a finished batch tells the tokens of all of it (BerriAI/litellm#12084). A look at a stored answer is where
the tokens of one that was made in the background are told; of any other, versions until 2026 repeat those of the call
that made it (BerriAI/litellm#17814; litellm/litellm_core_utils/internal_call_metadata.py).
"""

import re
from enum import Enum, auto

_BOOKKEEPING = re.compile(
    r"_?a?(?:(?:get|list|retrieve|delete|cancel)_\w+|create_(?:batch|file|fine_tuning_job|thread|assistants|container)"
    r"|\w+_(?:list|retrieve|retrieve_job|delete|get_character)|(?:\w+_)?(?:file|video)_content)",
    re.ASCII,
)
_BATCH = ("aretrieve_batch", "retrieve_batch")
_STORED_ANSWER = ("aget_responses", "get_responses")


class CallKind(Enum):
    """What the tokens of a payload are of: a call to a model, a batch or an answer that is looked at, or of none."""

    MODEL = auto()
    BATCH = auto()
    STORED_ANSWER = auto()
    BOOKKEEPING = auto()


def call_kind(call_type: str) -> CallKind:
    """The kind of a `call_type`; an unknown one is a call to a model."""
    if call_type in _BATCH:
        return CallKind.BATCH
    if call_type in _STORED_ANSWER:
        return CallKind.STORED_ANSWER
    return CallKind.BOOKKEEPING if _BOOKKEEPING.fullmatch(call_type) else CallKind.MODEL
