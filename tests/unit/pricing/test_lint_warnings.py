"""What price books say and probably do not mean."""

import pytest

from gatemeter.pricing.book_files import seed_book
from gatemeter.pricing.book_lint import lint_warnings
from tests.support.price_books import book

FINE = "{provider = 'openai', model = 'gpt-9', prices = {from = 2026-01-01, input = 2, output = 8}}"


def warnings(text: str) -> list[str]:
    """What is said about a book on top of the published prices."""
    return [
        f"{each.entry}: {each.what}"
        for each in lint_warnings([("prices.toml", seed_book()), ("own.toml", book(text))], ["own.toml"])
    ]


def entry(prices: str, model: str = "gpt-9", provider: str = "openai", more: str = "") -> str:
    return f"{{provider = '{provider}', model = '{model}', {more}prices = {{from = 2026-01-01, {prices}}}}}"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([FINE], []),
        ([entry("input = 2, output = 8", "m", "bedrock")], []),
        ([entry("input = 2", "my-embedding-3")], []),
        ([FINE, FINE], ["entry 2 (openai/gpt-9): never applies: entry 1 comes first"]),
        ([FINE, FINE.replace("prices", "consumer = 'acme', prices")], []),
        (
            [FINE, entry("input = 2, output = 8", "gpt-9-x", more="names = 'GPT-9', ")],
            ["entry 2 (openai/gpt-9-x): gpt-9 is a name of entry 1 too"],
        ),
        (
            [entry("input = 2")],
            ["entry 1 (openai/gpt-9): has no output price: calls with output tokens will be unpriced"],
        ),
        (
            [entry("input = 2, output = 8", "m", "opnai")],
            ["entry 1 (opnai/m): no other entry is of the provider opnai"],
        ),
        (
            [entry("input = 2, output = 8, cache_read = 3")],
            ["entry 1 (openai/gpt-9): cache_read 3 is above input 2"],
        ),
        (
            [entry("input = 2.5e-6, output = 8, per_web_search = 0.0001")],
            ["entry 1 (openai/gpt-9): input 0.0000025 per million tokens is hardly anything"],
        ),
        (
            [entry("input = 2, output = 8, reasoning = 4")],
            ["entry 1 (openai/gpt-9): output 8 is above reasoning 4"],
        ),
        ([entry("input = 2, output = 8, reasoning = 3", name, "perplexity") for name in ("sonar-8", "sonar-9")], []),
        (
            [entry("input = 2, output = 8, context = {above = 200000, input = 1, output = 9}")],
            ["entry 1 (openai/gpt-9): input cost less for contexts above 200000 than below"],
        ),
        (
            [entry("input = 2, output = 8, context = {above = 200000, input = 2, output = 8}")],
            ["entry 1 (openai/gpt-9): the tier above 200000 changes nothing"],
        ),
        (
            ["{provider = 'openai', model = 'gpt-9', prices = {input = 2, output = 8}}"],
            ["openai: 1 entries have a price for all time, also before it was published: gpt-9"],
        ),
        (
            ["{provider = 'openai', model = 'gpt-9', prices = {utc_hours = '1-4', input = 2, output = 8}}"],
            ["entry 1 (openai/gpt-9): has prices by the hour or day and no date"],
        ),
        ([entry("input = 2, output = 10", "gpt-4o", more="consumer = 'acme', ")], []),
    ],
)
def test_an_entry_that_is_probably_wrong_has_a_warning(entries: list[str], said: list[str]) -> None:
    assert warnings(f"entries = [{', '.join(entries)}]") == said


def test_an_entry_that_an_earlier_book_has_is_compared_with_it() -> None:
    [said] = warnings(
        f"entries = [{entry('input = 2, output = 10, cache_read = 1.25, per_web_search = 0.01', 'gpt-4o')}]"
    )
    assert said == (
        "entry 1 (openai/gpt-4o): contradicts prices.toml (openai/gpt-4o): input 2 for 2.5, no per_file_search, "
        "no batch, no fast, no priority"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[model_aliases]]\nprovider = 'openai'\nname = 'best'\ntargets = {model = 'gpt-99'}\nsource = 's'",
            ["alias openai/best: no entry has the name gpt-99: its calls are unpriced"],
        ),
        (
            (
                "model_aliases = [{provider = 'openai', name = 'a', targets = {model = 'b'}, source = 's'}, "
                "{provider = 'openai', name = 'b', targets = {model = 'gpt-4o'}, source = 's'}]"
            ),
            ["alias openai/a: b is an alias itself"],
        ),
        (
            (
                "[[modifiers]]\nprovider = 'openai'\nname = 'speed'\nvalue = 'fast'\nmodels = ['gpt-99', 'gpt-4o']\n"
                "factors = {factor = 2}"
            ),
            ["modifier openai speed=fast: no entry is for the model gpt-99"],
        ),
        (
            "[[modifiers]]\nprovider = 'opnai'\nname = 'speed'\nvalue = 'fast'\nfactors = {factor = 2}",
            ["modifier opnai speed=fast: no entry is of the provider opnai"],
        ),
    ],
)
def test_names_that_no_entry_has_are_named(text: str, said: list[str]) -> None:
    assert warnings(text) == said


def test_a_warning_says_where_and_what_to_do() -> None:
    [warning] = lint_warnings([("own.toml", book(f"entries = [{FINE}, {FINE}]"))], ["own.toml"])
    assert str(warning) == ("own.toml: entry 2 (openai/gpt-9): never applies: entry 1 comes first; remove one of them")
