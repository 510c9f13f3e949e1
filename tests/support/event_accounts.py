"""How far a database is: the account of its events, as a test reads it while a worker fills it."""

from gatemeter.reports.event_accounting import EventAccount, event_account
from tests.support.databases import Store


def account_of(database: str) -> EventAccount:
    """The account of all events in the database with this URL; asked again and again, it opens no new connection."""
    with Store(database).client() as client:
        return event_account(client)


def consumed_in(database: str) -> int:
    """How many events were read so far, whatever became of them."""
    return account_of(database).consumed
