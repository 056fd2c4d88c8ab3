"""Every error shiftbot raises on purpose.

ShiftbotError
├── DefinitionError        a mistake in pharmacy.yaml, checklists/ or sensors/ (carries every place at once)
├── SettingsError          an environment variable is missing or wrong
├── Refused                a person may not do this, or said something that cannot be stored; says why and what to do
│   ├── AlreadyDone        somebody was first; says who and when
│   ├── PatientInformation looks like what must not be kept; says of which class, never the text
│   └── Unreadable         the words could not be understood; says the nearest thing that could
├── StorageUnavailable     the database is locked or away: nothing was stored, try again
└── DeliveryError          a message did not go out
    ├── DeliveryPostponed  the other side asked to wait, or was not reached: nothing was sent, try later
    ├── DeliveryUnknown    no answer came: it may or may not have been sent
    └── DeliveryFailed     it will never go out this way (archived channel, unknown user, revoked token)
"""

from datetime import timedelta


class ShiftbotError(Exception):
    """The root: anything shiftbot raises on purpose, with a message for people."""


class DefinitionError(ShiftbotError):
    """One or more mistakes in what a pharmacy edits; each is `file:line:column: what is wrong; what to write`."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class SettingsError(ShiftbotError):
    """An environment variable is missing or wrong; the message names it."""


class Refused(ShiftbotError):
    """A person may not do this, or this cannot be stored. The message is shown to that person as it is."""


class AlreadyDone(Refused):
    """Somebody was first; the message says who and when."""


class PatientInformation(Refused):
    """Words that look like patient information, so nothing is stored. `what` names the class, never the words."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(why)
        self.what = what


class Unreadable(Refused):
    """The words could not be understood; the message names the nearest thing that could."""


class StorageUnavailable(ShiftbotError):
    """The database is locked or away; nothing was stored."""


class DeliveryError(ShiftbotError):
    """A message did not go out; the subclass says whether it ever may."""


class DeliveryPostponed(DeliveryError):
    """Nothing was sent; it may be tried again after `wait`."""

    def __init__(self, message: str, *, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


class DeliveryUnknown(DeliveryError):
    """No answer came back: the message may or may not have been sent."""


class DeliveryFailed(DeliveryError):
    """It will never go out this way; the next means must be used. `everywhere`: nothing would, whoever it is for."""

    def __init__(self, message: str, *, everywhere: bool = False) -> None:
        super().__init__(message)
        self.everywhere = everywhere
