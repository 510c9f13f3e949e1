"""What a price book may say and probably does not mean."""

import pytest

from gatemeter.pricing.book_files import seed_book
from gatemeter.pricing.book_lint import lint_warnings
from tests.support.price_books import book

FINE = "{provider = 'openai', model = 'gpt-4o', prices = {input = 2, output = 8}}"


@pytest.mark.parametrize(
    ("entries", "warnings"),
    [
        ([FINE], []),
        (["{provider = 'bedrock', model = 'm', prices = {input = 2, output = 8}}"], []),
        (["{provider = 'openai', model = 'text-embedding-3-small', prices = {input = 2}}"], []),
        ([FINE, FINE], ["entry 2 (openai/gpt-4o) never applies: entry 1 is for the same and comes first"]),
        ([FINE, FINE.replace("prices", "consumer = 'acme', prices")], []),
        (
            ["{provider = 'openai', model = 'm', prices = {input = 2}}"],
            ["entry 1 (openai/m) has no output price: calls with output tokens will be unpriced"],
        ),
        (
            ["{provider = 'opnai', model = 'm', prices = {input = 2, output = 8}}"],
            ["entry 1 (opnai/m): the packaged book knows no provider opnai; is it spelled as in the log?"],
        ),
    ],
)
def test_an_entry_that_is_probably_wrong_has_a_warning(entries: list[str], warnings: list[str]) -> None:
    assert list(lint_warnings(book(f"entries = [{', '.join(entries)}]"), seed_book())) == warnings
