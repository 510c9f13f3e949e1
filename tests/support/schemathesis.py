"""Schemathesis asks a server whatever its OpenAPI document allows and forbids. It has an environment of its own."""

import subprocess
from pathlib import Path

from tests.support.own_environments import environment_with

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
"""Not those of bad and good data: the collector takes what cannot be counted, and says so in a header, and a body that
is too large is refused before it is looked at."""


def assert_answers_as_documented(url: str, directory: Path, *options: str) -> str:
    """Ask the server at `url` for a minute; fails with what Schemathesis has found, else gives its summary."""
    program = environment_with("schemathesis==4.32.5") / "schemathesis"
    usual = ["--checks", ",".join(_CHECKS), "--max-examples", "60", "--workers", "1", "--continue-on-failure"]
    done = subprocess.run(
        [str(program), "run", f"{url}/openapi.json", *usual, *options],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout, done.stdout
    return done.stdout
