"""What a watcher says of itself and of others."""

from gatemeter.budgets.standby import JOINING_S, Standby, introduction


def test_a_watcher_that_waits_says_so_once_and_once_that_it_took_over() -> None:
    standby = Standby("crossings")
    looks = ((False, 0.0), (False, JOINING_S - 1), (False, JOINING_S), (False, 99.0), (True, 100.0), (True, 115.0))
    said = [standby.said(is_leading=leads, now_s=now_s) for leads, now_s in looks]
    waits, leads = said[2], said[4]
    assert said == [None, None, waits, None, leads, None]
    assert waits == "waits, for another watcher announces to topic crossings, by the budget file that it has"
    assert leads == "announces to topic crossings now, which another watcher did before"


def test_without_kafka_a_watcher_warns_of_a_second_one() -> None:
    assert "without Kafka watchers do not know of each other: run no second one" in introduction(None, ["pager"])
    found = introduction("crossings", ["pager"])
    assert found.startswith("announces to topic crossings, webhook pager; of several watchers of this topic one")
