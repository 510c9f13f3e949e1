"""The documents say what is so."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gatemeter.billing_systems.mapping_file import SYSTEMS
from gatemeter.cli.main import cli
from gatemeter.cli.registry import COMMANDS
from gatemeter.embedded.originals_key import KEY_VARIABLE
from gatemeter.errors import ExitCode
from gatemeter.kafka.security import KafkaSecurity
from gatemeter.kafka.security_names import variable_of
from tests.support.documented_commands import command_lines
from tests.support.repository import ROOT, commands, documents, variables_of
from tests.support.servers import CLICKHOUSE_VARIABLE, KAFKA_VARIABLE

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECRETS = {KEY_VARIABLE, *map(variable_of, KafkaSecurity.model_fields)}
NOT_OPTIONS = {
    *(f"GATEMETER_{name.upper()}_KEY" for name in SYSTEMS),
    "GATEMETER_ADMIN_TOKEN",
    "GATEMETER_CACHE",
    KAFKA_VARIABLE,
    CLICKHOUSE_VARIABLE,
    *SECRETS,
}
"""Read by the embedded stack and by the tests, which have no command line; and secrets, which must not stand on one."""
REASON = re.compile(r'(?:RejectedEvent|_RejectAll)\("(\w+)"')


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_names_the_two_commands(command: str) -> None:
    assert command in README


def test_the_exit_codes_are_documented() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)
    assert {name: int(code) for code, name in rows} == {code.name: code.value for code in ExitCode}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert any(f"gatemeter {name}" in path.read_text(encoding="utf-8") for path in documents())


def test_every_variable_in_the_documents_is_read_by_a_command() -> None:
    known = set().union(NOT_OPTIONS, variables_of(cli), *(variables_of(command) for _, command in commands()))
    named = {name for path in documents() for name in re.findall(r"\bGATEMETER_[A-Z_]*[A-Z]", path.read_text("utf-8"))}
    assert named
    assert named <= known


def test_every_gatemeter_command_line_in_the_documents_parses_as_far_as_its_options() -> None:
    options = {name: {text for p in command.params for text in p.opts} for name, command in commands()}
    lines = [line for path in documents() for line in command_lines(path)]
    assert lines
    assert [line for line in lines if not is_accepted(line, options)] == []


def is_accepted(line: str, options: dict[str, set[str]]) -> bool:
    words = line.split()[1:]
    if words[0].startswith("-"):
        return True
    known = next((known for name, known in options.items() if words[: len(name.split())] == name.split()), None)
    return known is not None and {word.split("=")[0] for word in words if word.startswith("--")} <= known | {"--help"}


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    local = [urlsplit(target).path for target in targets if not urlsplit(target).scheme and not target.startswith("#")]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_every_decision_is_in_their_index_by_its_title() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[([^]]+)\]\(([^)]+)\) \|", index, re.MULTILINE)
    records = sorted(folder.glob("[0-9]*.md"))
    assert [(f"# {title}", name) for title, name in listed] == [
        (path.read_text(encoding="utf-8").splitlines()[0], path.name) for path in records
    ]


def test_every_make_target_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {name for path in documents() for name in re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8"))}
    assert named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_every_reason_of_a_dead_letter_is_explained() -> None:
    sources = (ROOT / "streams").rglob("*.py")
    reasons = {name for path in sources for name in REASON.findall(path.read_text(encoding="utf-8"))}
    explained = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "dead-letters.md").read_text(encoding="utf-8")))
    assert "invalid_utf8" in reasons
    assert reasons <= explained
