"""A topic that a worker counts into a store."""

from pathlib import Path

from tests.support.databases import Store
from tests.support.event_accounts import account_of
from tests.support.forked_commands import running
from tests.support.waiting import wait_for_number


def count_topic(kafka: str, topic: str, store: Store, directory: Path, different: int) -> None:
    """Run a worker until it has read `different` events and dead letters, however often each of them comes."""

    def read_so_far() -> int:
        account = account_of(store.url)
        return account.counted + account.dead_letters

    log = directory / "worker.log"
    with running("worker", "--kafka", kafka, "--topic", topic, *store.flags, log=log):
        wait_for_number(read_so_far, different, f"all events counted; see {log}", log)
