"""Identifiers as Slack makes them: a letter for the kind, then capitals and digits; tokens, secrets, envelope ids.

Knows nothing of what they stand for. Random, never counted: two emulators in one process must not hand out the same id.
"""

import secrets
import uuid

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def object_id(prefix: str) -> str:
    """For example `D09K2MZQ7RT`, with prefix `D`."""
    return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))


def digits(count: int) -> str:
    """A number of exactly that many digits, as text."""
    return secrets.choice("123456789") + "".join(secrets.choice("0123456789") for _ in range(count - 1))


def mixed(count: int) -> str:
    """Letters of both cases and digits, as in a block_id that Slack made up."""
    return "".join(secrets.choice(_ALPHABET + _ALPHABET.lower()) for _ in range(count))


def trigger_id() -> str:
    return f"{digits(13)}.{digits(12)}.{secrets.token_hex(16)}"


def view_hash(epoch_seconds: float) -> str:
    return f"{int(epoch_seconds)}.{mixed(8)}"


def uuid_text() -> str:
    return str(uuid.uuid4())


def bot_token() -> str:
    return f"xoxb-{digits(12)}-{digits(13)}-{mixed(24)}"


def app_token(app_id: str) -> str:
    return f"xapp-1-{app_id}-{digits(13)}-{secrets.token_hex(32)}"


def signing_secret() -> str:
    return secrets.token_hex(16)


def ticket() -> str:
    return str(uuid.uuid4())
