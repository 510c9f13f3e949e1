"""Words that stand where there is no name, and how a name that reads like one of them is told apart from it."""

NOBODY = "anonymous"
"""The billing subject of usage without a consumer."""

EMPTY = "Empty"
"""Shown for a dimension that events of a group do not give."""

REST = "(all others)"
"""Shown for each dimension of the group that stands for those beyond a limit."""

_NAME = " (name)"


def told_apart(name: str, *placeholders: str) -> str:
    """`name`, with `(name)` behind it where it would read as one of `placeholders`, so that no two names are one."""
    if name not in placeholders and not name.endswith(_NAME):  # nearly always: there may be many rows
        return name
    return name + _NAME if _without_marks(name) in placeholders else name


def meant_name(text: str, *placeholders: str) -> str:
    """The name that `told_apart` shows as `text`."""
    return text.removesuffix(_NAME) if _without_marks(text) in placeholders else text


def subject_of_id(consumer_id: str) -> str:
    """The billing subject of usage by its stored id, '' without a consumer."""
    return told_apart(consumer_id, NOBODY) if consumer_id else NOBODY


def _without_marks(text: str) -> str:
    while text.endswith(_NAME):
        text = text.removesuffix(_NAME)
    return text
