"""The HTTP and stream events of every gateway version, each pinning one fact of its shape."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatemeter.cli.event_record import event_record
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.explain import explain_decoding
from gatemeter.pricing.price_table import PriceTable
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE

RECORDED = sorted((Path(__file__).parents[3] / "fixtures" / "kong" / "http").glob("*.json"))
NO_PRICES = PriceTable("USD", [])


def recorded(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_it_decodes_as_the_fixture_expects(path: Path) -> None:
    document = recorded(path)
    (event,) = explain_decoding(json.dumps(document["event"]).encode(), TimeRange())
    record = event_record(event, 1, NO_PRICES)
    assert {name: record[name] for name in document["expected"]} == document["expected"], document["fact"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_it_is_metered_as_one_event(path: Path) -> None:
    document = recorded(path)
    batch = DECODERS.decode("kong-log", [json.dumps(document["event"]).encode()], ANYWHERE)
    is_request = document["expected"].get("kind", "http") == "http"
    assert (len(batch.requests.event_ids), len(batch.others.event_ids)) == ((1, 0) if is_request else (0, 1))
    assert (batch.rejections, batch.ignored_fields) == ([], len(document["expected"].get("left_out", [])))


def test_every_version_with_another_shape_is_there() -> None:
    versions = ("0_14", "1_3", "2_2", "3_3", "3_5", "3_6", "3_7", "3_8", "3_11", "3_13", "3_15")
    assert [version for version in versions if not any(version in path.stem for path in RECORDED)] == []
