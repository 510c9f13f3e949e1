"""Sessions of Stripe's meter event stream: tokens that last 15 minutes."""

from datetime import datetime, timedelta

from gatemeter.billing_systems.billing_system import Answer, NotTakenError, Request
from gatemeter.billing_systems.client import BillingClient
from gatemeter.billing_systems.reading import member
from gatemeter.billing_systems.systems.stripe import HEADERS
from gatemeter.billing_systems.systems.stripe_stream import SESSION_PATH, STREAM_PATH
from gatemeter.clock import Clock
from gatemeter.errors import DeliveryError

_MARGIN = timedelta(minutes=1)


class StripeSession:
    """Asks as `client` does, and streams with the token of a session, which it begins anew in time."""

    def __init__(self, client: BillingClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._token = ""
        self._ends_at: datetime | None = None

    def ask(self, request: Request) -> Answer:
        """Raises as the client does, and NotTakenError where no session is given."""
        if not request.path.endswith(STREAM_PATH):
            return self._client.ask(request)
        if self._ends_at is None or self._clock.now() > self._ends_at - _MARGIN:
            self._begin()
        return self._client.ask(request, token=self._token)

    def _begin(self) -> None:
        headers = {**HEADERS, "Content-Type": "application/json"}
        try:
            answer = self._client.ask(Request("POST", SESSION_PATH, b"{}", headers))
        except DeliveryError as error:
            raise NotTakenError(error.what, where=error.where, do=error.do) from error
        token, expires_at = (member(answer.document, name) for name in ("authentication_token", "expires_at"))
        try:
            self._token, self._ends_at = str(token), datetime.fromisoformat(str(expires_at))
        except ValueError:
            token = None
        if not answer.is_success or not token:
            raise NotTakenError(
                f"it gives no session ({answer.status})", where=SESSION_PATH, do="check that the key may send usage"
            )
