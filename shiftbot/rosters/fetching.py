"""One look at a calendar: bounded in time and size, and in plain words when it fails. The address is never shown."""

from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from shiftbot.boundaries import around
from shiftbot.definitions.calendar_files import BYTES_AT_MOST

WITHIN_SECONDS = 20.0


class CalendarUnavailable(Exception):
    """It could not be fetched; the message is for people, without the address, which may be a secret."""


def fetch(source: str, home: Path) -> bytes:
    """What a calendar's file or address holds, at most one byte more than is read. Raises CalendarUnavailable."""
    if "://" not in source:
        return _of_file(home / source)
    address = source.replace("webcal://", "https://", 1) if source.startswith("webcal://") else source
    request = Request(address, headers={"User-Agent": "shiftbot", "Accept": "text/calendar, */*;q=0.1"})
    try:
        with around("call to a calendar"), urlopen(request, timeout=WITHIN_SECONDS) as answer:
            content: bytes = answer.read(BYTES_AT_MOST + 1)
    except HTTPError as error:
        raise CalendarUnavailable(f"its server answered {error.code}") from error
    except URLError as error:
        raise CalendarUnavailable(f"its server was not reached: {_one_line(error.reason)}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise CalendarUnavailable(f"its server did not answer: {_one_line(error) or type(error).__name__}") from error
    return content


def _of_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(BYTES_AT_MOST + 1)
    except FileNotFoundError as error:
        raise CalendarUnavailable(f"there is no file {path.name} in the home folder") from error
    except OSError as error:
        raise CalendarUnavailable(f"the file {path.name} cannot be read: {error.strerror}") from error


def _one_line(reason: object) -> str:
    return " ".join(str(reason).split())[:120]
