"""Parameters of a test of which `make test` runs some, and `make test-all` every one."""

from collections.abc import Iterable
from typing import Any

import pytest


def smoke(cases: Iterable[Any], count: int, *, reason: str) -> list[Any]:
    """The first `count` of `cases` as they are, and the others marked long; a case of several values is a tuple."""
    long = pytest.mark.long(reason=reason)
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=long if number >= count else ())
        for number, case in enumerate(cases)
    ]
