"""A certificate authority for one test: certificates for a broker on this machine and for its clients."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


def new_key() -> ec.EllipticCurvePrivateKey:
    """A private key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_text(key: ec.EllipticCurvePrivateKey, passphrase: str = "") -> str:
    """A private key as PEM, locked where a passphrase is given."""
    lock = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock).decode()


@dataclass
class Authority:
    """Signs certificates into a folder."""

    folder: Path
    name: str = "Hilltop CA"
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))
        self.path.write_text(self.certificate.public_bytes(PEM).decode(), encoding="ascii")

    @property
    def path(self) -> Path:
        """Whom to trust."""
        return self.folder / "ca.pem"

    def issue(self, name: str, *, valid_for: timedelta = timedelta(days=1)) -> tuple[Path, Path]:
        """A certificate and its key, as files."""
        key = new_key()
        certificate = self._signed(name, key, x509.BasicConstraints(ca=False, path_length=None), valid_for)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_text(certificate.public_bytes(PEM).decode(), encoding="ascii")
        paths[1].write_text(key_text(key), encoding="ascii")
        return paths

    def _signed(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        constraints: x509.BasicConstraints,
        valid_for: timedelta = timedelta(days=1),
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        addresses = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
        builder = (
            x509.CertificateBuilder()
            .subject_name(_called(name))
            .issuer_name(_called(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + valid_for)
            .add_extension(constraints, critical=True)
            .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
