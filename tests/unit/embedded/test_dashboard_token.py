"""The token in the dashboard's address stays as it is until it is revoked."""

from pathlib import Path

from gatemeter.embedded.dashboard_token import NAME, dashboard_secret
from gatemeter.embedded.http_servers import EmbeddedApi
from gatemeter.httpserver.tokens import Role, TokenFile


def test_the_token_stays_until_it_is_revoked(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    first = dashboard_secret(path, "")
    assert dashboard_secret(path, first) == first
    TokenFile(path).revoke(NAME)
    second = dashboard_secret(path, first)
    assert TokenFile(path).find(first) is None
    found = TokenFile(path).find(second)
    assert found is not None
    assert (found.role, found.consumers, path.stat().st_mode & 0o077) == (Role.READ, (), 0)


def test_a_lost_secret_is_replaced_and_the_old_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    first = dashboard_secret(path, "")
    assert dashboard_secret(path, "") != first
    assert TokenFile(path).find(first) is None


def test_neither_token_nor_password_is_on_the_command_line(tmp_path: Path) -> None:
    api = EmbeddedApi(20_001, tmp_path / "api.log", tmp_path / "tokens", "gm_secret")
    spec = api.prepare("http://user:hunter2@127.0.0.1:8/db", "127.0.0.1:9")
    assert api.dashboard_url == "http://127.0.0.1:20001/#token=gm_secret"
    assert not any(word in part for part in spec.command for word in ("hunter2", "gm_secret"))
    assert "hunter2" not in repr(spec)
    assert "gm_secret" not in repr(api)
