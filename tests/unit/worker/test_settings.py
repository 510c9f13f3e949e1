"""A worker's settings: defaults, derived values, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from gatemeter.wire.topics import EPOCH_SIZE_BY_KIND, TopicKind
from gatemeter.worker.settings import WorkerSettings


def test_every_setting_but_the_broker_has_a_default() -> None:
    settings = WorkerSettings(kafka="k:9092")
    assert (settings.topic, settings.group, settings.kind) == ("gatemeter.access-log", "gatemeter", TopicKind.FRAMES)


@pytest.mark.parametrize("kind", list(TopicKind))
def test_the_epoch_size_follows_the_kind_of_the_topic(kind: TopicKind) -> None:
    assert WorkerSettings(kafka="k:9092", kind=kind).offsets_per_epoch == EPOCH_SIZE_BY_KIND[kind]


def test_a_configured_epoch_size_overrides_the_kind() -> None:
    assert WorkerSettings(kafka="k:9092", epoch_size=7).offsets_per_epoch == 7


def test_chunks_of_frames_hold_fewer_records() -> None:
    frames = WorkerSettings(kafka="k:9092").records_per_chunk
    single = WorkerSettings(kafka="k:9092", kind=TopicKind.SINGLE_EVENTS).records_per_chunk
    assert (frames, single) == (8, 2000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epoch_size": 0},
        {"epoch_size": 2**40 + 1},
        {"flush_interval_s": 0},
        {"flush_rows": 0},
        {"commit_interval_s": -1},
        {"session_timeout_s": 0.5},
        {"seek_timeout_s": 81},
        {"stall_timeout_s": 0.5},
        {"health_port": 65_536},
        {"kind": "lines"},
        {"flush_intervall_s": 1},
    ],
)
def test_values_out_of_range_and_unknown_names_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        WorkerSettings(kafka="k:9092", **wrong)


def test_settings_without_a_broker_are_refused() -> None:
    with pytest.raises(ValidationError, match="kafka"):
        WorkerSettings.model_validate({})
