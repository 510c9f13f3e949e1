"""Where a log is to be read again."""

from itertools import permutations
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gatemeter.cli.options.log import LogPlace, check_fits, log_options, log_readers
from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ConflictError, InputError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.sink import StoredEpoch
from gatemeter.verification.comparison_tally import UncountedEpochs
from gatemeter.wire.topics import EPOCH_SIZE_BY_KIND, TopicKind


def place_of(*arguments: str, kafka: str | None = None) -> LogPlace:
    places: list[LogPlace] = []

    @click.command()
    @log_options
    def command(place: LogPlace) -> None:
        places.append(place)

    env = {} if kafka is None else {"GATEMETER_KAFKA": kafka}
    CliRunner().invoke(command, arguments, env=env, catch_exceptions=False)
    return places[0]


def test_a_topic_files_or_nothing() -> None:
    assert not place_of().is_given
    assert place_of("--kafka", "k:1", "--topic", "t", "--epoch-size", "7").epoch_size == 7
    assert place_of("a.log", "b.log").paths == (Path("a.log"), Path("b.log"))


def test_files_beat_a_broker_that_was_set_elsewhere_and_stand_beside_the_flag() -> None:
    assert place_of(kafka="k:1").kafka == "k:1"
    assert place_of("a.log", kafka="k:1").kafka is None
    both = place_of("a.log", "--kafka", "k:1")
    assert (both.paths, both.kafka) == ((Path("a.log"),), "k:1")


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_bytes(b"\n")
    with pytest.raises(InputError, match="no line"):
        log_readers(LogPlace(paths=(path,)), MemorySink())


def test_another_epoch_size_than_that_of_the_numbers_is_refused() -> None:
    check_fits(LogPlace(epoch_size=7), 7)
    with pytest.raises(ConflictError, match="leave --epoch-size out"):
        check_fits(LogPlace(epoch_size=7), 1024)


@pytest.mark.parametrize(
    ("is_kind_given", "size", "is_told"), [(True, 1, True), (True, 1024, False), (False, 1, False)]
)
def test_a_kind_that_does_not_fit_is_reported(
    capsys: pytest.CaptureFixture[str], *, is_kind_given: bool, size: int, is_told: bool
) -> None:
    check_fits(LogPlace(is_kind_given=is_kind_given), size)
    assert ("--kind frames is not used" in capsys.readouterr().err) is is_told


@pytest.mark.parametrize(("given", "stored"), [*permutations(TopicKind)])
def test_the_kind_of_another_topic_is_refused(given: TopicKind, stored: TopicKind) -> None:
    with pytest.raises(ConflictError, match=f"not of --kind {given}; say --kind {stored}, or leave --kind out"):
        check_fits(LogPlace(kind=given, is_kind_given=True), EPOCH_SIZE_BY_KIND[stored])
    check_fits(LogPlace(kind=given), EPOCH_SIZE_BY_KIND[stored])
    check_fits(LogPlace(kind=stored, is_kind_given=True), EPOCH_SIZE_BY_KIND[stored])


def test_epochs_with_one_reason_are_one_sentence() -> None:
    uncounted = UncountedEpochs("access")
    for first, reason in ((0, "gone"), (10, "gone"), (20, "busy")):
        uncounted.add(StoredEpoch(3, first, first + 10, 10, "", -1, "", EventCounts()), reason)
    assert uncounted.sentences() == [
        "access[3]: 2 epochs within offsets 0 to 19 could not be counted again: gone",
        "access[3]: 1 epoch within offsets 20 to 29 could not be counted again: busy",
    ]
