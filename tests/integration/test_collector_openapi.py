"""Schemathesis asks the collector whatever its OpenAPI document allows and forbids: every answer is as that says.

It has an environment of its own. Without a server, tests/unit/collector/test_app.py draws requests in each run.
"""

import subprocess
from pathlib import Path

import pytest

from tests.support.collectors import collector
from tests.support.own_environments import environment_with

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.long(reason="Schemathesis is installed first, and asks for a minute"),
    pytest.mark.timeout(900),
]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
"""Not those of bad and good data: the collector takes what cannot be counted, and says so in a header."""


def test_every_answer_is_as_the_document_says(kafka_address: str, topic: str, tmp_path: Path) -> None:
    program = environment_with("schemathesis==4.32.5") / "schemathesis"
    with collector(kafka_address, topic, tmp_path) as door:
        options = ["--checks", ",".join(CHECKS), "--max-examples", "60", "--workers", "1", "--continue-on-failure"]
        done = subprocess.run(
            [str(program), "run", f"{door.url}/openapi.json", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert door.process.poll() is None
    assert "No issues found" in done.stdout, done.stdout
