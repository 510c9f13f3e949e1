"""A commit says which life of the topic it is of."""

import pytest

from gatemeter.metering.commit import Commit, note_of, read_commit


@pytest.mark.parametrize(
    ("offset", "note", "commit"),
    [
        pytest.param(7, note_of("log-1"), Commit(7), id="ours"),
        pytest.param(7, note_of("log-1", is_beginning=True), Commit(7, is_beginning=True), id="our beginning"),
        pytest.param(0, note_of("log-1", is_beginning=True), Commit(0, is_beginning=True), id="a log that was empty"),
        pytest.param(7, note_of("log-2"), None, id="another life of the topic"),
        pytest.param(7, note_of("log-2", is_beginning=True), None, id="the beginning of another life"),
        pytest.param(7, "", Commit(7), id="without a note"),
        pytest.param(0, note_of("log-1"), None, id="zero is no commit"),
        pytest.param(-1, "", None, id="nothing committed"),
    ],
)
def test_a_commit_is_read_as_it_was_noted(offset: int, note: str, commit: Commit | None) -> None:
    assert read_commit("log-1", offset, note) == commit
