"""Which statements the read-only login may run, beyond what the engine itself forbids.

The engine enforces grants and refuses writes and settings. It does not guard what its own local client does (INTO
OUTFILE, several statements at once) and the few functions that reach out without a grant: that is refused here.
"""

import re

# In the engine's own notation strings are in single quotes with backslashes, and there are no comments.
_STRING = re.compile(r"'(?:[^'\\]|\\.|'')*+'", re.DOTALL)
_READING = re.compile(r"\(*(?:SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN)\b")
_REFUSED = re.compile(
    r"\b(?:file|outfile|infile"  # the scalar function `file` reads any file without a grant
    r"|python|arrowstream|bigquery"
    r"|ai(?:[A-Z]|generate|embed|similarity|filter|classify|extract|redact|translate)\w*)\b",
    re.IGNORECASE,
)


def refusal(statement: str) -> str | None:
    """Why the read-only login may not run `statement`, one statement as the engine's formatter prints it; else None.

    A refused word counts wherever it stands outside of strings, also as the name of a column.
    """
    if not _READING.match(statement):
        return "this login only reads: SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN are allowed"
    found = _REFUSED.search(_STRING.sub("''", statement))
    return f"this login may not use {found[0]!r}" if found else None
