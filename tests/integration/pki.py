"""Keys and certificates for tests, made with the cryptography package, as text in PEM."""

import datetime
import functools
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


@functools.lru_cache(maxsize=None)
def rsa_key(bits, number=0):
    """Keys are dear: the same (bits, number) is the same key."""
    return rsa.generate_private_key(65537, bits)


def ec_key(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def ed25519_key():
    return ed25519.Ed25519PrivateKey.generate()


def name(common_name):
    """A name of one attribute; a whole name is one already."""
    if isinstance(common_name, x509.Name):
        return common_name
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Authority:
    """A CA: a self-signed root, or below `parent`."""

    def __init__(self, common_name, key=None, parent=None, ca=True, days=(-1, 3650),
                 algorithm=hashes.SHA256, extensions=()):
        self.key = key or ec_key()
        self.subject = name(common_name)
        signer = parent or self
        self.cert = _build(self.subject, self.key.public_key(), signer.subject, signer.key, days,
                           ca, algorithm, extensions)
        self.pem = pem(self.cert)

    def device(self, common_name="device", key=None, days=(-1, 365), algorithm=hashes.SHA256,
               extensions=()):
        """(PEM of a device certificate, its key)."""
        key = key or ec_key()
        cert = _build(name(common_name), key.public_key(), self.subject, self.key, days, None,
                      algorithm, extensions)
        return pem(cert), key

    def verification(self, code, **arguments):
        """The proof that RegisterCACertificate asks for."""
        return self.device(code, **arguments)[0]


def _build(subject, public_key, issuer, signer, days, ca, algorithm, extensions=()):
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
               .public_key(public_key).serial_number(x509.random_serial_number())
               .not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY))
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    keyless = isinstance(signer, ed25519.Ed25519PrivateKey)
    return builder.sign(signer, None if keyless else algorithm())


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM,
                             serialization.PrivateFormat.TraditionalOpenSSL,
                             serialization.NoEncryption()).decode()


def csr(common_name="csr device", key=None):
    key = key or ec_key()
    request = x509.CertificateSigningRequestBuilder().subject_name(name(common_name)).sign(
        key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode(), key


def load(text):
    return x509.load_pem_x509_certificate(text.encode())


def id_of(text):
    """The certificate id: SHA-256 of the DER."""
    return hashlib.sha256(load(text).public_bytes(serialization.Encoding.DER)).hexdigest()


def register_ca(daemon, authority, active=True, **arguments):
    """With proof, as an operator does it: the CA certificate's id."""
    code = daemon.iot.get_registration_code()["registrationCode"]
    return daemon.iot.register_ca_certificate(
        caCertificate=authority.pem, verificationCertificate=authority.verification(code),
        setAsActive=active, **arguments)["certificateId"]
