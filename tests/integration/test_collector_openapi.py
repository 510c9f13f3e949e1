"""Schemathesis asks the collector whatever its OpenAPI document allows and forbids: every answer is as that says.

It has an environment of its own. Without a server, tests/unit/collector/test_app.py draws requests in each run.
"""

from pathlib import Path

import pytest

from tests.support.collectors import collector
from tests.support.schemathesis import assert_answers_as_documented

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.long(reason="Schemathesis is installed first, and asks for a minute"),
    pytest.mark.timeout(900),
]


def test_every_answer_is_as_the_document_says(kafka_address: str, topic: str, tmp_path: Path) -> None:
    with collector(kafka_address, topic, tmp_path) as door:
        assert_answers_as_documented(door.url, tmp_path)
        assert door.process.poll() is None
