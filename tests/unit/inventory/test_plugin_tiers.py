"""The table of plugins by tier."""

from pathlib import Path

import pytest

from gatemeter.errors import InputError
from gatemeter.inventory.plugin_tiers import PluginTier, packaged_tiers


@pytest.mark.parametrize(
    ("plugin", "tier"),
    [
        ("key-auth", PluginTier.FREE),
        ("ai-proxy", PluginTier.FREE),
        ("openid-connect", PluginTier.ENTERPRISE),
        ("ai-proxy-advanced", PluginTier.ENTERPRISE),
        ("moesif", PluginTier.CUSTOM),
        ("our-own", PluginTier.UNKNOWN),
    ],
)
def test_each_plugin_is_in_the_tier_that_is_documented(plugin: str, tier: PluginTier) -> None:
    assert packaged_tiers().tier_of(plugin) is tier


def test_a_file_of_ones_own_adds_tiers_and_wins(tmp_path: Path) -> None:
    path = tmp_path / "tiers.toml"
    path.write_text('custom = ["our-own", "moesif"]\nenterprise = ["key-auth"]\n')
    tiers = packaged_tiers().with_file(path)
    assert [tiers.tier_of(name).value for name in ("our-own", "key-auth", "acl")] == ["custom", "enterprise", "free"]


@pytest.mark.parametrize("text", ['gold = ["a"]', 'free = "a"', 'free = ["a"]\ncustom = ["a"]', "free = ["])
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tiers.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"tiers\.toml: cannot be read as a table of tiers"):
        packaged_tiers().with_file(path)
