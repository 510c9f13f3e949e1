"""`gatemeter dead-letters show`: one dead letter, with the key and without."""

import pytest

from gatemeter.embedded.originals_key import KEY_VARIABLE
from gatemeter.errors import ExitCode, SettingsError
from tests.support import gatemeter_command
from tests.support.databases import Store
from tests.support.dead_letter_commands import fill, read, refusal, run

pytestmark = pytest.mark.clickhouse


@pytest.fixture(scope="module")
def data(module_store: Store) -> Store:
    """A store that holds what `VALUES` count, and their five dead letters; no test changes it."""
    fill(module_store)
    return module_store


def test_all_fields_and_the_text_made_harmless(data: Store) -> None:
    text = run("show", "id-1:0:2:1:0", *data.flags).stdout
    assert "reason          invalid_utf8\n" in text
    assert text.endswith("\n\n\\x1b[31mno\\xff\n")


def test_the_bytes_unchanged(data: Store) -> None:
    assert run("show", "id-1:0:2:1:0", *data.flags, "--raw").stdout_bytes == b"\x1b[31mno\xff"


def test_json(data: Store) -> None:
    letter = read("show", "id-1:0:2:1:0", *data.flags)
    assert (letter["offset"], letter["raw"]) == (2, "\x1b[31mno\N{REPLACEMENT CHARACTER}")


def test_without_the_key_only_the_mask_is_shown(data: Store) -> None:
    shown = run("show", "id-1:0:2:1:0", *data.flags, env={})
    assert shown.stdout.endswith("\nkept            encrypted\n\n(text, 8 bytes)\n")
    assert "the original is not shown: encrypted with the key" in shown.stderr
    other = run("show", "id-1:0:2:1:0", *data.flags, env={KEY_VARIABLE: "ab" * 64})
    assert "given: " in other.stderr


def test_the_mask_can_be_asked_for(data: Store) -> None:
    assert run("show", "id-1:0:2:1:0", *data.flags, "--raw", "--masked").stdout_bytes == b"(text, 8 bytes)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["id-1:0:0:1:0"], "id-1:0:0:1:0: no dead letter stands here (any more); copy a place"),
        (["id-1:0:2"], "PLACE: 'id-1:0:2' is not a LOG:PARTITION:OFFSET:LINE:INDEX; copy a place"),
        (["id-1:0:2:1:0", "--raw", "--json"], "--json and --raw are both given; give one of them"),
    ],
)
def test_a_wrong_place_is_one_clear_line(data: Store, arguments: list[str], message: str) -> None:
    error = refusal("show", *arguments, *data.flags)
    assert isinstance(error, SettingsError)
    assert str(error).startswith(message)


def test_the_command_as_its_users_run_it(data: Store) -> None:
    done = gatemeter_command.run("dead-letters", "show", "id-1:0:9:1:0", *data.flags, expect=ExitCode.USAGE)
    assert done.stderr.startswith("gatemeter: id-1:0:9:1:0: no dead letter stands here")
    assert len(done.stderr.splitlines()) == 1
    assert read("list", "--summary", *data.flags)[0]["letters"] == 3
