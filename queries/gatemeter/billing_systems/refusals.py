"""What keeps everything from being sent, each of it once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gatemeter.billing_systems.delivery import Delivery, Usage
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.plans.amount import plain

_MOST_NAMED = 3


@dataclass(slots=True)
class Refusals:
    """Names of accounts and charges `unmapped`, `moved` customers, and quantities that are `unfit`.

    It grows with the mapping and not with usage: of each charge one quantity is an example.
    """

    _unmapped: dict[str, None] = field(default_factory=dict)
    _moved: dict[str, None] = field(default_factory=dict)
    _unfit: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def unmapped(self, usage: Usage, *, has_customer: bool, has_name: bool) -> None:
        """The mapping file has no word for it."""
        if not has_customer:
            self._unmapped[f"account {usage.account} has no customer"] = None
        if not has_name:
            self._unmapped[f"charge {usage.charge} has no event_name"] = None

    def moved(self, was: Delivery, target: Delivery) -> None:
        """It was delivered to another customer or by another name."""
        before, after = f"{was.event_name} of {was.customer}", f"{target.event_name} of {target.customer}"
        self._moved[f"account {was.account}: {before} would become {after}"] = None

    def unfit(self, delivery: Delivery, reason: str) -> None:
        """The system does not take its quantity."""
        text = f"charge {delivery.charge}: {plain(delivery.quantity)} {delivery.event_name}: {reason}"
        self._unfit.setdefault((delivery.charge, delivery.event_name, reason), text)

    def refuse(self) -> None:
        """Raise SettingsError or ConflictError where there is any."""
        if self._unmapped:
            raise SettingsError(listed(self._unmapped), where="--mapping", do="map them, or name them as skipped")
        if self._unfit:
            raise SettingsError(listed(self._unfit.values()), where="--mapping", do="set a factor that makes it fit")
        if self._moved:
            raise ConflictError(
                listed(self._moved),
                where="--mapping",
                do="map them as before: what a customer has been told is not taken back from another one",
            )


def listed(names: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    found = list(names)
    more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + more
