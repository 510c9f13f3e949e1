"""Text for people: names from logs that cannot steer a terminal, and counts with their noun."""

_LONGEST_REPEATED = 80


def escaped(text: str, *, kept: str = "") -> str:
    r"""`text` with every character that is not printable, except those in `kept`, written as `\x1b` or `\u202e`.

    Names come from logs. Control characters, newlines and changes of direction in them are shown, not executed.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in kept else _escape(char) for char in text)


def shortened(text: str) -> str:
    """`text`, or of a long one its first characters and `...`: for messages that repeat what somebody gave."""
    return text if len(text) <= _LONGEST_REPEATED else f"{text[:_LONGEST_REPEATED]}..."


def count_of(number: int, noun: str) -> str:
    """`1 epoch`, `1,024 epochs`; `noun` takes an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
