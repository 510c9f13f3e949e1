"""Who types what a how-to page says, one command after the other, gets there."""

from pathlib import Path

import pytest

from tests.support.databases import Store
from tests.support.documented_commands import HOW_TO_PAGES, command_lines
from tests.support.how_to import Reader

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.long(reason="workers, relays and collectors are started and stopped"),
]


@pytest.mark.parametrize("page", HOW_TO_PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_run_as_they_are_written(
    page: Path, kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    with Reader(page, kafka_address, topic, store, tmp_path) as reader:
        for line in command_lines(page):
            printed = reader.follow(line)
            assert printed or reader.services or "meter" in line.split(), line
        if "worker" in reader.services:
            reader.wait_for_events()
        for name in list(reader.services):
            reader.end(name)
