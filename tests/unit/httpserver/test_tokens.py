"""The token file: hashes only, private, changed while it is in use."""

from pathlib import Path

import pytest

from gatemeter.errors import InputError, SettingsError
from gatemeter.httpserver.tokens import Role, Token, TokenFile, hash_of, new_secret
from tests.support.command_in_process import invoked, run


def token(name: str, secret: str) -> Token:
    return Token(name=name, role=Role.INGEST, sha256=hash_of(secret))


def test_a_token_is_printed_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    arguments = ("tokens", "create", "--token-file", path, "--role", "read", "--name", "acme")
    secret = run(*arguments, "--consumer", "a", "--consumer", "b", "--workspace", "w").stdout.strip()
    assert secret.startswith("gm_")
    assert len(secret) > 40
    assert secret not in path.read_text()
    found = TokenFile(path).find(secret)
    assert found is not None
    assert (found.role, found.consumers, found.workspaces) == (Role.READ, ("a", "b"), ("w",))
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret not in run("tokens", "list", "--token-file", path).stdout


def test_a_revoked_token_is_unknown_to_who_has_the_file_open(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    in_use = TokenFile(path)
    secrets = [new_secret(), new_secret()]
    for number, secret in enumerate(secrets):
        TokenFile(path).add(token(f"t{number}", secret))
        assert in_use.find(secret) is not None
    run("tokens", "revoke", "t0", "--token-file", path)
    assert [in_use.find(secret) is not None for secret in secrets] == [False, True]
    assert path.stat().st_mode & 0o777 == 0o600


def test_listing_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    result = invoked("tokens", "list", "--json", "--token-file", tmp_path / "other.jsonl")
    assert isinstance(result.exception, InputError)
    assert result.stdout == ""


@pytest.mark.parametrize("arguments", [("create", "--role", "ingest", "--name", "edge"), ("revoke", "nobody")])
def test_a_name_is_given_once_and_revoked_once(arguments: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    TokenFile(path).add(token("edge", "x"))
    assert isinstance(invoked("tokens", *arguments, "--token-file", path).exception, SettingsError)


def test_a_name_with_blanks_is_refused(tmp_path: Path) -> None:
    result = invoked("tokens", "create", "--role", "ingest", "--name", "a b", "--token-file", tmp_path / "t")
    assert isinstance(result.exception, SettingsError)
    assert not (tmp_path / "t").exists()


def test_a_line_that_is_no_token_is_named_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    path.write_text('{"name": "a", "role": "ingest", "sha256": "in clear"}\n')
    with pytest.raises(InputError, match="line 1 is not a token") as error:
        TokenFile(path).find("x")
    assert "in clear" not in str(error.value)
