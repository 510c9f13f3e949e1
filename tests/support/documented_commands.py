"""The `gatemeter` commands in the documents, as a reader would type them."""

import re
from pathlib import Path

from tests.support.repository import ROOT

HOW_TO_PAGES = [
    *sorted((ROOT / "docs" / "gateways").glob("*.md")),
    *(ROOT / "docs" / f"{name}.md" for name in ("collector", "shipping", "relay")),
]
"""The pages that say what to type, one after the other."""


def command_lines(path: Path) -> list[str]:
    """Every `gatemeter ...` line of the shell blocks of a document, without what follows it in the shell."""
    blocks = re.findall(r"```(?:sh|console)\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [re.split(r"\s[|>#&]", line)[0] for line in lines if line.startswith("gatemeter ")]


def documented_mapping() -> str:
    """The mapping of one's own that docs/gateways/mapping.md shows, a TOML file."""
    text = (ROOT / "docs" / "gateways" / "mapping.md").read_text(encoding="utf-8")
    (found,) = (block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[model_call]" in block)
    return str(found)


def transcripts(path: Path) -> list[tuple[str, str]]:
    """Each `$ gatemeter ...` line of the console blocks of a document, with what stands below it: what it prints."""
    blocks = re.findall(r"```console\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, printed) for command, _, printed in (step.partition("\n") for step in steps)]
