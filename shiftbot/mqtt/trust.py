"""Whom a TLS connection to the broker trusts, and the certificate we show it: each a PEM file, or the PEM text itself.

Everything is read before anything is started: a mistake is one plain line then, not a broker that never answers.
"""

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from shiftbot.errors import SettingsError

CA, CERTIFICATE, KEY = "SHIFTBOT_MQTT_CA", "SHIFTBOT_MQTT_CERT", "SHIFTBOT_MQTT_KEY"
"""The settings these come from: mistakes are named after them."""

PEM = "-----BEGIN "


@dataclass(frozen=True, slots=True)
class Trust:
    """What TLS is set up with; nothing named means this machine's own certificate authorities and no certificate."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        """Whether anything is named."""
        return bool(self.names())

    def names(self) -> list[str]:
        """The settings that are set."""
        given = {CA: self.ca, CERTIFICATE: self.certificate, KEY: self.key}
        return [name for name, value in given.items() if value]

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or later that checks the broker's certificate and name. Raises SettingsError."""
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cadata=self._authorities())
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._show_certificate(context)
        return context

    def _authorities(self) -> str | None:
        text = _text(CA, self.ca) if self.ca else None
        if text is not None:
            try:
                ssl.create_default_context(cadata=text)
            except ssl.SSLError:
                raise SettingsError(f"{CA} holds no certificate that can be read; it must be in PEM") from None
        return text

    def _show_certificate(self, context: ssl.SSLContext) -> None:
        if self.certificate is None and self.key is None:
            return
        if self.certificate is None or self.key is None:
            given, missing = (CERTIFICATE, KEY) if self.certificate else (KEY, CERTIFICATE)
            raise SettingsError(f"{given} is set and {missing} is not; a client certificate needs both")
        texts = _text(CERTIFICATE, self.certificate), _text(KEY, self.key)
        # Python reads these two from files alone; the folder is readable by us only, and gone at once.
        with tempfile.TemporaryDirectory(prefix="shiftbot-") as folder:
            paths = Path(folder, "certificate.pem"), Path(folder, "key.pem")
            for path, text in zip(paths, texts, strict=True):
                path.write_text(text, encoding="utf-8")
            _load(context, *paths)


class _Locked(Exception):
    """The key asks for a passphrase, and nobody is there to type one."""


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except _Locked:
        raise SettingsError(f"{KEY} is locked by a passphrase; give a key without one") from None
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise SettingsError(f"{KEY} does not belong to the certificate in {CERTIFICATE}") from None
        raise SettingsError(f"{CERTIFICATE} and {KEY} cannot be read as a certificate and its key in PEM") from None


def _no_passphrase() -> str:
    raise _Locked


def _text(name: str, value: str) -> str:
    """The PEM text of a setting: itself, or what stands in the file it names."""
    if value.lstrip().startswith(PEM):
        return value
    try:
        return Path(value).read_text(encoding="ascii")
    except OSError as error:
        raise SettingsError(f"{name} names {value}, which cannot be read: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"{name} names {value}, which is not in PEM") from None
