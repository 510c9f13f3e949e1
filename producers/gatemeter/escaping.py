"""Text from logs, files and servers on its way to a terminal or a log: shown, never executed."""


def escaped(text: str, *, kept: str = "") -> str:
    r"""`text` with every character that is not printable, except those in `kept`, written as `\x1b` or `\u202e`.

    Control characters, newlines, changes of direction and half surrogate pairs are seen, and stay distinguishable.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in kept else _escape(char) for char in text)


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold `text`: of arguments and file names, Python keeps other bytes as surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
