"""Takes credentials and client addresses out of the raw text of a dead letter before it is stored.

A dead letter may be cut short or be no JSON at all, so this works on the text: it finds the names under which
gateways log such things, whatever surrounds them. Matching too much is the safe side: nothing that is metered is
read from these fields.
"""

import re

REDACTED = b"REDACTED"

_SECRET_NAMES = (
    rb"(?:proxy-)?authorization|cookie|set-cookie|jwt|password|passwd|secret|credential"
    # Bounded, for a text that is nothing but such names would take its length squared to search.
    rb"|[\w-]{0,64}api[-_]?key[\w-]{0,64}|[\w-]{0,64}(?:token|secret|signature)|x-auth[\w-]{0,64}"
)
_ADDRESS_NAMES = (
    rb"client_ip|remote_addr|x-real-ip|x-client-ip|x-forwarded-for|x-envoy-external-address"
    rb"|cf-connecting-ip|true-client-ip|forwarded"
)
# A text to its end or to where the letter was cut, a list of texts, or a number.
_VALUE = rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|\[[^\]]*(?:\]|\Z)|-?\d[\d.eE+-]*'

_NAMED_VALUE = re.compile(
    rb'("(?:' + _SECRET_NAMES + rb"|" + _ADDRESS_NAMES + rb')"\s*:\s*)(?:' + _VALUE + rb")", re.IGNORECASE
)
_ARGUMENT = re.compile(rb"([?&;](?:" + _SECRET_NAMES + rb'|key|sig|code)=)[^&;"\s\\]+', re.IGNORECASE)
_LOGIN_IN_URL = re.compile(rb'(://)[^/\s"@]+@')
_IPV4 = re.compile(rb"\b\d{1,3}(?:\.\d{1,3}){3}\b")


def redact(raw: bytes) -> bytes:
    """`raw` without the values of credential and client-address fields, arguments, and logins in URLs.

    Of a text that is no JSON object every IPv4 address goes too: classic access logs begin with the client's.
    """
    text = _NAMED_VALUE.sub(rb'\1"' + REDACTED + rb'"', raw)
    text = _ARGUMENT.sub(rb"\1" + REDACTED, text)
    text = _LOGIN_IN_URL.sub(rb"\1" + REDACTED + rb"@", text)
    return text if text.lstrip()[:1] in (b"{", b"[") else _IPV4.sub(REDACTED, text)
