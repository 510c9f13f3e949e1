"""What a function makes of texts, where many rows repeat the same few."""

from collections.abc import Callable

_MOST_TEXTS = 4_096
_LONGEST_TEXT = 200


class Remembered(dict[str, str]):
    """`remembered[text]` is `make(text)`, made once for a text that comes again soon, in bounded memory."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> str:
        """Called for a text that is not remembered."""
        made = self._make(text)
        if len(text) <= _LONGEST_TEXT:
            if len(self) >= _MOST_TEXTS:
                self.clear()
            self[text] = made
        return made
