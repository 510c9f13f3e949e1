"""Texts that speak of options of the command line, in the words of whoever asks the API."""

import re

_MEMBERS = {
    **{
        name: name for name in ("from", "to", "tz", "last", "by", "metrics", "order", "limit", "compare", "granularity")
    },
    **{name: name for name in ("period", "subject", "consumer", "topic")},
    "control-plane": "control_plane",
    "filter": "filters",
}
_OPTION = re.compile(rf"--({'|'.join(_MEMBERS)})\b")
_ELSEWHERE = {"gatemeter query --list": "GET /api/v1/metrics"}


def in_member_words(text: str) -> str:
    """`text` with the names of members of a request where it has those of options: `from` for `--from`."""
    for command, request in _ELSEWHERE.items():
        text = text.replace(command, request)
    return _OPTION.sub(lambda option: _MEMBERS[option[1]], text)
