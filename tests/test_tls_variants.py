"""Every way in which TLS, login and relaying go wrong: what the doctor says of it, and what becomes of a real mail."""

import ssl
from typing import NamedTuple
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import ir_mail_server
from .servers.raw import RawServer, say, silence
from .servers.scripted import ScriptedServer
from .servers.scripted import Step as Scripted
from .test_doctor import PostfixDoctorCase

SENDING_LOGS = ("odoo.addons.mail_delivery_status.engine.sender", "odoo.addons.mail.models.mail_mail")


class Variant(NamedTuple):
    """
    :param step: of the doctor that fails; "" if none does
    :param words: of it
    :param state: of the recipient of a mail that is sent
    :param cause: of that state
    :param values: of the server; `listener` and `encryption` are the real Postfix's
    """

    step: str
    words: str
    state: str
    cause: str | bool
    listener: str = ""
    encryption: str = "starttls_strict"
    values: dict = {}  # noqa: RUF012
    email_to: str = "alice@odoo.test"


WELL = ("", "", "accepted", False)
VARIANTS = {
    # One version only
    "1.2 only": Variant(*WELL, "tls12"),
    "1.3 only": Variant(*WELL, "tls13"),
    "1.0 only": Variant("tls", "in common", "deferred", "encryption_failed", "tls10"),
    "1.0 and 1.1": Variant("tls", "in common", "deferred", "encryption_failed", "old_tls"),
    # Certificates
    "expired": Variant("certificate", "expired", "deferred", "certificate", "expired"),
    "wrong host": Variant("certificate", "another name", "deferred", "certificate", "wrong_host"),
    "self-signed": Variant("certificate", "signed by nobody but itself", "deferred", "certificate", "self_signed"),
    "expired, not checked": Variant(*WELL, "expired", "starttls"),
    # The wrong port
    "TLS on a plain port": Variant(
        "tls", "does not speak TLS", "deferred", "encryption_not_offered", "submission", "ssl_strict"
    ),
    "plain on a TLS port": Variant("greeting", "from the start", "deferred", "no_answer", "smtps", "none"),
    "STARTTLS on a TLS port": Variant("greeting", "from the start", "deferred", "no_answer", "smtps"),
    # Login and relaying
    "wrong password": Variant(
        "login", "user name", "deferred", "wrong_login", "submission", values={"password": "not the one"}
    ),
    "relay denied": Variant(
        "recipient",
        "",
        "deferred",
        "relay_denied",
        "no_relay",
        values={"user": False, "password": False},
        email_to="somebody@example.com",
    ),
    "not one's own sender": Variant(
        "recipient", "", "refused", "sender_not_allowed", "own_sender", values={"user": "alice@odoo.test"}
    ),
    "no STARTTLS": Variant("starttls", "does not offer encryption", "deferred", "encryption_not_offered", "no_tls"),
}


@tagged("post_install", "-at_install")
class TestTlsVariants(PostfixDoctorCase):
    def send(self, server, email_to):
        """Really send a mail, without waiting longer than a second for a server that hangs.

        :return: the row of its recipient
        """
        server._resume()
        mail = self.create_mail(email_to, server)
        with patch.object(ir_mail_server, "CONNECTING_TIME", 1.5):
            mail.send()
        self.env.invalidate_all()
        self.assertEqual(len(mail.recipient_status_ids), 1)
        return mail.recipient_status_ids

    def assertVariant(self, variant, server):
        rows = self.check(server, seconds=5, email_to=variant.email_to)
        failed = [name for name, row in rows.items() if row.outcome == "failed"]
        self.assertEqual(failed[:1], [variant.step] if variant.step else [], self.doctor.report)
        row = self.send(server, variant.email_to)
        self.assertEqual((row.state, row.cause), (variant.state, variant.cause), row.answer)
        mail = row.mail_mail_id
        self.assertEqual(mail.delivery_status, variant.state)
        if variant.step:
            self.assertIn(variant.words, rows[variant.step].finding)
            # A mail waits as long as no greeting comes; what speaks there the doctor alone finds out.
            self.assertIn(variant.words if variant.step != "greeting" else "did not answer", row.answer)
        if variant.state == "deferred":
            self.assertTrue(mail.retry_date or mail.waits_for_server_id, "it is tried again by itself")
        if variant.state == "accepted":
            self.assertTrue(self.transactions(mail)[-1]["tls_version"])

    @mute_logger(*SENDING_LOGS)
    def test_postfix(self):
        for name, variant in VARIANTS.items():
            with self.subTest(name):
                server = self.server(variant.listener, variant.encryption, **variant.values)
                self.assertVariant(variant, server)

    @mute_logger(*SENDING_LOGS)
    def test_hangs(self):
        """A server that says nothing any more at some moment: the limits hold, here as there."""
        hello = b"250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
        for name, talk, variant in (
            ("at once", silence, Variant("greeting", "did not answer in time", "deferred", "no_answer")),
            (
                "TLS port",
                silence,
                Variant("tls", "did not answer in time", "deferred", "no_answer", encryption="ssl_strict"),
            ),
            ("after the greeting", say(b"220 mx\r\n"), Variant("hello", "did not answer", "deferred", "no_answer")),
            (
                "in the handshake",
                say(b"220 mx\r\n", hello, b"220 Go\r\n"),
                Variant("tls", "did not answer", "deferred", "no_answer"),
            ),
        ):

            def run(sock, talk=talk):
                talk(sock)
                silence(sock)

            with self.subTest(name), RawServer(run) as raw:
                server = self.create_mail_server(raw.port, smtp_host="localhost", smtp_encryption=variant.encryption)
                self.assertVariant(variant, server)

    @mute_logger(*SENDING_LOGS)
    def test_other_servers(self):
        for name, script, variant in (
            (
                "STARTTLS is refused",
                {"STARTTLS": b"454 4.7.0 TLS not available due to local problem"},
                Variant("starttls", "", "deferred", "encryption_failed"),
            ),
            (
                "it hangs up in the handshake",
                {"STARTTLS": Scripted(b"220 Go", drop=True)},
                Variant("tls", "hung up while", "deferred", "encryption_failed"),
            ),
            (
                "relaying is denied for good",
                {"RCPT": b"554 5.7.1 Relay access denied"},
                Variant("recipient", "", "refused", "relay_denied"),
            ),
        ):
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            good = self.site.authority.good()
            context.load_cert_chain(good.certificate, good.key)
            with self.subTest(name), ScriptedServer(script, context=context) as scripted:
                server = self.create_mail_server(
                    scripted.port, smtp_host="localhost", smtp_encryption=variant.encryption
                )
                self.assertVariant(variant, server)
