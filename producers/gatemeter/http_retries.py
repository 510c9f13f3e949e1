"""What HTTP clients that try again need to know of an answer or an error."""

import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from urllib3.exceptions import SSLError


def asked_pause_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long to wait by Retry-After, in seconds or as a date; None where it does not say."""
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, (parsedate_to_datetime(told) - now) / timedelta(seconds=1))
    except (ValueError, TypeError):
        return None


def is_distrust(error: Exception) -> bool:
    """Whether a certificate is not trusted; a connection that breaks off while it is encrypted is an SSLError, too."""
    return isinstance(error, SSLError) and isinstance(error.args[0], ssl.SSLCertVerificationError)
