"""Fields of loosely typed objects."""

from typing import Any

import pytest

from gatemeter.lenient.fields import Fields


def fields(**values: Any) -> Fields:
    return Fields(values, "ai", [])


def test_the_first_usable_of_the_names_is_taken_and_the_unusable_noted() -> None:
    read = fields(a=None, b="many", c=3, d=4)
    assert read.count("a", "b", "c", "d") == 3
    assert read.ignored_fields == ["ai.b"]


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (7, "7"), ("", ""), (r"\ud800", r"\ud800"), ("ü", "ü")])
def test_a_text_is_read_so_that_it_can_be_stored(value: Any, text: str) -> None:
    assert fields(a=value).text("a") == text


def test_texts_that_differ_stay_apart_and_can_be_stored() -> None:
    texts = [
        "\ud800",
        r"\ud800",
        r"\\ud800",
        "\ud800\ud800",
        "\ud800" + r"\ud800",
        r"\ud800" + "\ud800",
        "\udfff",
        "ü\ud800",
    ]
    stored = [fields(a=text).text("a") for text in texts]
    assert len({text.encode() for text in stored}) == len(texts)
    assert stored[0].startswith(r"\ud800~")


@pytest.mark.parametrize("value", [True, 1.5, [], {}, 10**40, -(10**40)])
def test_a_value_that_is_not_text_is_ignored(value: Any) -> None:
    read = fields(a=value)
    assert (read.text("a"), read.ignored_fields) == ("", ["ai.a"])


@pytest.mark.parametrize(
    ("value", "latency_ms", "ignored"),
    [
        (0, 0.0, []),
        ("7.5", 7.5, []),
        (-1, None, []),
        (None, None, []),
        (9_000_000_000_001, None, ["ai.a"]),
        (float("nan"), None, ["ai.a"]),
        (False, None, ["ai.a"]),
    ],
)
def test_a_latency_is_read_or_its_field_ignored(value: Any, latency_ms: float | None, ignored: list[str]) -> None:
    read = fields(a=value)
    assert (read.latency_ms("a"), read.ignored_fields) == (latency_ms, ignored)


@pytest.mark.parametrize(("value", "ignored"), [(None, []), ([], []), ({}, []), ([1], ["ai.a"]), ("x", ["ai.a"])])
def test_an_object_that_is_not_there_has_no_fields(value: Any, ignored: list[str]) -> None:
    read = fields(a=value)
    assert (read.object("a").values, read.ignored_fields) == ({}, ignored)


def test_each_entry_that_is_not_an_object_is_ignored() -> None:
    read = fields(a=[{"b": "x"}, 1, None])
    assert [entry.count("b") for entry in read.objects("a")] == [None]
    assert read.ignored_fields == ["ai.a", "ai.a", "ai.a.b"]


@pytest.mark.parametrize(("value", "ignored_fields"), [(None, []), ({}, []), ({"b": 1}, ["ai.a"]), (7, ["ai.a"])])
def test_what_is_no_list_has_no_entries(value: Any, ignored_fields: list[str]) -> None:
    read = fields(a=value)
    assert (read.objects("a"), read.ignored_fields) == ([], ignored_fields)


def test_a_path_is_storable_and_short() -> None:
    read = fields(**{"\ud800" * 300: 5})
    read.object("\ud800" * 300)
    assert read.ignored_fields == [("ai." + r"\ud800" * 33)[:200]]
