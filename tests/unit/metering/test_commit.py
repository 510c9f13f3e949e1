"""A commit says which log it belongs to."""

import pytest

from gatemeter.metering.commit import Commit, CommitMetadata, read_commit


@pytest.mark.parametrize(
    ("offset", "metadata", "commit"),
    [
        pytest.param(7, CommitMetadata("log-1"), Commit(7), id="ours"),
        pytest.param(7, CommitMetadata("log-1", is_beginning=True), Commit(7, is_beginning=True), id="our beginning"),
        pytest.param(
            0, CommitMetadata("log-1", is_beginning=True), Commit(0, is_beginning=True), id="a log that was empty"
        ),
        pytest.param(7, CommitMetadata("log-2"), None, id="a topic deleted since"),
        pytest.param(7, CommitMetadata("log-2", is_beginning=True), None, id="the beginning of a topic deleted since"),
        pytest.param(7, "", Commit(7), id="without metadata"),
        pytest.param(0, CommitMetadata("log-1"), None, id="zero is no commit"),
        pytest.param(-1, "", None, id="nothing committed"),
    ],
)
def test_a_commit_is_read_as_it_was_written(offset: int, metadata: CommitMetadata | str, commit: Commit | None) -> None:
    assert read_commit("log-1", offset, str(metadata)) == commit
