"""Waiting for the end: the signals that ask a process to stop, or to read its definitions again."""

import signal
from collections.abc import Callable
from time import sleep


class Interruption:
    """Notes SIGINT and SIGTERM, for whoever waits for the end, and SIGHUP where there is something to do at it.

    A plain flag and short sleeps: an Event locks itself out when the signal comes while it is being waited for.
    """

    def __init__(self, on_hangup: Callable[[], object] | None = None) -> None:
        """From now on the signals are noted; to be made in the main thread, before anything is started.

        `on_hangup` is called by `wait`, never within the signal; without it SIGHUP does what it always did.
        """
        self._came = self._hung_up = False
        self._on_hangup = on_hangup
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if on_hangup is not None:
            signal.signal(signal.SIGHUP, self._note_hangup)

    def wait(self) -> None:
        """Return when one has come; meanwhile do what is to be done at each SIGHUP."""
        while not self._came:
            if self._hung_up and self._on_hangup is not None:
                self._hung_up = False
                self._on_hangup()
            sleep(0.1)

    def _note(self, *_: object) -> None:
        self._came = True

    def _note_hangup(self, *_: object) -> None:
        self._hung_up = True
