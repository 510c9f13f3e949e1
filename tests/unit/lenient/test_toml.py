"""TOML whose nesting or size would end the process is refused."""

from time import process_time

import pytest

from gatemeter.lenient.toml import DEEPEST, parse_toml


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("a = " + "[" * 100_000, id="lists"),
        pytest.param("a = " + "[\n" * 100_000, id="lists_on_lines"),
        pytest.param("a = {b = " * 100_000, id="tables"),
        pytest.param("a." * 100_000 + "b = 1", id="dotted_key"),
        pytest.param('"a" . ' * 100_000 + "b = 1", id="dotted_key_in_quotes"),
        pytest.param('a = ["""x"""", ' + "[" * 100_000, id="after_a_text_that_ends_with_a_quote"),
        pytest.param("a = ['''x'''', " + "[" * 100_000, id="after_a_literal_that_ends_with_a_quote"),
        pytest.param(f"a = '{'x' * 17_000_000}'", id="long"),
    ],
)
def test_what_is_too_deep_or_long_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested deeper than 32 levels|longer than"):
        parse_toml(text)


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''", '"\\', '"""\\', '"\n', "#["])
def test_quotes_without_an_end_are_refused_in_time(quote: str) -> None:
    started_s = process_time()
    with pytest.raises(ValueError, match="line 1"):
        parse_toml("= " + quote * 50_001)
    assert process_time() - started_s < 2


def test_brackets_and_dots_in_texts_and_remarks_are_no_nesting() -> None:
    deep = "[" * 100
    text = f"""a = "{deep}"\nb = '{deep}' # {deep}\nc = '''\n{deep}''''\nd = "{"x." * 100}\\""\n"""
    assert parse_toml(text) == {"a": deep, "b": deep, "c": f"{deep}'", "d": "x." * 100 + '"'}


def test_the_deepest_allowed_is_read() -> None:
    text = f"a = {'[' * DEEPEST}{']' * DEEPEST}"
    assert parse_toml(text)["a"] != 1
