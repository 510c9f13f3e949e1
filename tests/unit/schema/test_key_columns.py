import pytest

from gatemeter.schema import CORRECTIONS, DEAD_LETTERS, EPOCH_LEDGER, EVENT_LEDGER, MONTHLY_REQUESTS, Table


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (MONTHLY_REQUESTS, ("month", "workspace", "source", "log", "partition", "epoch_first_offset")),
        (EPOCH_LEDGER, ("log", "partition", "epoch_first_offset")),
        (DEAD_LETTERS, ("log", "partition", "offset", "line", "event_index")),
        (EVENT_LEDGER, ("id_hash", "log", "partition", "offset", "line", "event_index")),
        (CORRECTIONS, ("log", "partition", "offset", "line", "event_index")),
    ],
)
def test_the_key_is_dimensions_and_location_in_the_log(table: Table, key: tuple[str, ...]) -> None:
    assert table.key_columns == key
