"""Which calls a payload's `call_type` tells of [BerriAI/litellm: litellm/types/utils.py, CallTypes].

Reading a stored answer repeats the tokens of the call that made it (BerriAI/litellm#17814), and each look at a finished
batch those of the whole batch (BerriAI/litellm#12084).
"""

import re
from enum import Enum, auto

_BOOKKEEPING = re.compile(
    r"_?a?(?:(?:get|list|retrieve|delete|cancel)_\w+|create_(?:batch|file|fine_tuning_job|thread|assistants|container)"
    r"|\w+_(?:list|retrieve|retrieve_job|delete|get_character)|(?:\w+_)?(?:file|video)_content)",
    re.ASCII,
)
_BATCH = ("aretrieve_batch", "retrieve_batch")


class CallKind(Enum):
    """What the tokens of a payload are of: a call to a model, a whole batch of them, or calls that others tell of."""

    MODEL = auto()
    BATCH = auto()
    BOOKKEEPING = auto()


def call_kind(call_type: str) -> CallKind:
    """The kind of a `call_type`; an unknown one is a call to a model."""
    if call_type in _BATCH:
        return CallKind.BATCH
    return CallKind.BOOKKEEPING if _BOOKKEEPING.fullmatch(call_type) else CallKind.MODEL
