"""Names of consumers that no account has, in messages."""

import unicodedata

import pytest

from gatemeter.billing.similar_names import SimilarNames
from tests.support.plan_files import account, book

COMPOSED, TWO_LETTERS = (unicodedata.normalize(form, "k\u00f6ln") for form in ("NFC", "NFD"))
NAMES = SimilarNames.of(book(accounts=[account("cologne", consumers=[COMPOSED]), account("acme")]).accounts)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("globex", "'globex'"),
        (TWO_LETTERS, f"'{TWO_LETTERS}' (account cologne has it in another Unicode composition, NFC or NFD)"),
        ("acme ", "'acme ' (account acme has it with other spaces: 'acme')"),
        (f" {TWO_LETTERS}", f"' {TWO_LETTERS}' (account cologne has it with other spaces: '{COMPOSED}')"),
        (" ", "' '"),
        ("ACME", "'ACME'"),
    ],
)
def test_a_name_is_quoted_and_what_looks_the_same_is_told(name: str, said: str) -> None:
    assert NAMES.quoted(name) == said
