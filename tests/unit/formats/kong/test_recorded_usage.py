"""Usage objects of every provider and kind of call, composed after the public source that each names."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatemeter.formats.kong.gateway import Gateway
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.llm.counting_rules import parse_version
from gatemeter.llm.outcome import Statuses

RECORDED = sorted((Path(__file__).parents[3] / "fixtures" / "usage").glob("*.json"))
TOLD_ONLY_WHERE_EXPECTED = ("unknown_units", "modifiers", "service_tier")


def recorded(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_it_is_counted_as_the_fixture_expects(path: Path) -> None:
    document = recorded(path)
    version = parse_version(document["kong"]) if "kong" in document else ()
    ignored_fields: list[str] = []
    (call,) = read_llm_calls({"proxy": document["call"]}, Statuses(200), ignored_fields, Gateway(version))
    expected = dict.fromkeys(TOLD_ONLY_WHERE_EXPECTED, "") | document["expected"]
    assert {name: getattr(call, name) for name in expected} == expected, document["fact"]
    assert ignored_fields == []


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_it_names_its_source(path: Path) -> None:
    assert recorded(path)["source"]
