"""Which URLs callers may have us call: what cannot be right is refused before anything is stored."""

from dataclasses import dataclass

from api_service.problems import FieldError
from shared.address_gate import AddressGate, UrlRefused, check_url
from shared.settings import Settings


@dataclass(frozen=True)
class Callbacks:
    """The operator's rules."""

    gate: AddressGate
    can_sign: bool  # there is a secret for callbacks

    @classmethod
    def of(cls, settings: Settings) -> "Callbacks":
        """Those of the settings."""
        return cls(settings.webhook_gate, bool(settings.webhook_secrets))

    def errors_of_url(self, url: str, pointer: str) -> list[FieldError]:
        """What is wrong with the URL of a webhook."""
        try:
            check_url(url, self.gate)
        except UrlRefused as error:
            return [FieldError(pointer, "invalid_url", str(error))]
        return []

    def errors_of_callback(self, url: str | None, pointer: str) -> list[FieldError]:
        """What is wrong with a job's `callbackUrl`."""
        if url is None:
            return []
        if not self.can_sign:
            why = "No callbacks are sent here: the operator has set no DMPS_WEBHOOK_SECRET to sign them with."
            return [FieldError(pointer, "no_secret", why)]
        return self.errors_of_url(url, pointer)


NO_CALLBACKS = Callbacks(AddressGate(), can_sign=False)
