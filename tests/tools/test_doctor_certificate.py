"""What is in a certificate, read from real ones."""

import tempfile
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ...tools.doctor import certificate
from ..servers.tls import Authority
from .common import PureCase

BEGIN = datetime(2026, 1, 1)


def made(subject, issuer=()):
    """A certificate without alternative names, in DER; names are (kind, text)."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.Name([x509.NameAttribute(*one) for one in name]) for name in (subject, issuer)]
    built = x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(key.public_key())
    built = built.serial_number(7).not_valid_before(BEGIN).not_valid_after(BEGIN + timedelta(days=90))
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class TestCertificateFacts(PureCase):
    def test_alternative_names(self):
        with tempfile.TemporaryDirectory() as folder:
            issued = Authority(folder).issue("many", "DNS:a.test,DNS:b.test,IP:192.0.2.1", 30)
            found = certificate.read_pem_certificate(issued.certificate.read_bytes())
        self.assertEqual(found.names, ("a.test", "b.test", "192.0.2.1"))
        self.assertEqual(found.days_left(found.begins), 30)

    def test_common_name(self):
        organisation = (x509.NameOID.ORGANIZATION_NAME, "Trust")
        found = certificate.read_certificate(made([(x509.NameOID.COMMON_NAME, "mx.test")], [organisation]))
        self.assertEqual((found.names, found.issuer), (("mx.test",), "Trust"))
        self.assertEqual(found.begins, BEGIN.replace(tzinfo=timezone.utc))
        self.assertIn(
            "-- names: mx.test\n-- issuer: Trust\n-- valid: 2026-01-01 to 2026-04-01", certificate.in_lines(found)
        )

    def test_an_issuer_of_other_names(self):
        found = certificate.read_certificate(made([], [(x509.NameOID.COUNTRY_NAME, "PL")]))
        self.assertEqual((found.names, found.issuer), ((), "C=PL"))

    def test_dates_of_an_older_library(self):
        """Before 42 cryptography knew dates without a zone alone; Odoo takes 3.4."""
        found = certificate._utc(SimpleNamespace(not_valid_before=BEGIN), "before")
        self.assertEqual(found, BEGIN.replace(tzinfo=timezone.utc))
