"""TLS without certificates: anonymous ciphers need none, so these tests need no openssl program."""

import smtplib
import socket
import ssl

from ...tools.smtp.envelope import Envelope
from ...tools.smtp.network import network_problem, require_tls, send_at_once, tls_facts
from ...tools.smtp.session import Session
from ...tools.smtp.trouble import from_exception
from ..servers.scripted import ScriptedServer, Step
from .common import PureCase, recipients_with

try:
    from urllib3.contrib.pyopenssl import PyOpenSSLContext
except ImportError:
    PyOpenSSLContext = None

CIPHER = "AECDH-AES256-SHA"
ENVELOPE = Envelope("s@odoo.test", ("a@dest.test",))
BIG = (b"x" * 76 + b"\r\n") * 100_000


def anonymous(protocol):
    context = ssl.SSLContext(protocol)
    if protocol == ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{CIPHER}:@SECLEVEL=0")
    return context


def standard():
    return anonymous(ssl.PROTOCOL_TLS_CLIENT)


def pyopenssl():
    context = PyOpenSSLContext(ssl.PROTOCOL_TLSv1_2)
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(f"{CIPHER}:@SECLEVEL=0")
    return context


CLIENTS = (standard, pyopenssl) if PyOpenSSLContext else (standard,)


class TestTls(PureCase):
    def sessions(self, script=None):
        """Yield a server and a session for each kind of TLS client."""
        for client in CLIENTS:
            with (
                self.subTest(client=client.__name__),
                ScriptedServer(script, context=anonymous(ssl.PROTOCOL_TLS_SERVER)) as server,
            ):
                connection = server.connect(timeout=2)
                connection.starttls(context=client())
                connection.ehlo()
                one = Session(connection)
                yield server, one
                one.close()

    def test_facts(self):
        for server, one in self.sessions():
            self.assertEqual((one.tls_version, one.cipher), ("TLSv1.2", CIPHER))
            result = one.transact(ENVELOPE, BIG)
            self.assertEqual(len(recipients_with(result, "accepted")), 1)
            self.assertEqual(server.messages[0].data, BIG)
            self.assertTrue(result.transcript.startswith(f"-- 127.0.0.1 TLSv1.2 {CIPHER}\n"))

    def test_implicit_tls(self):
        with ScriptedServer(context=anonymous(ssl.PROTOCOL_TLS_SERVER), implicit_tls=True) as server:
            connection = smtplib.SMTP_SSL("127.0.0.1", server.port, "client.test", context=standard(), timeout=2)
            connection.ehlo()
            one = Session(connection)
            self.assertEqual(one.tls_version, "TLSv1.2")
            self.assertFalse(one.extensions.has("starttls"))
            one.close()

    def test_lost_and_timed_out(self):
        for script, message, expected in (
            ({"RCPT": Step(drop=True)}, b"x", ("deferred", "connection lost")),
            ({"CONTENT": Step(drop=True)}, BIG, ("deferred", "connection lost")),
            ({".": Step(drop=True)}, b"x", ("unknown", "connection lost")),
            ({".": Step(delay=0.4)}, b"x", ("unknown", "timed out")),
        ):
            for _server, one in self.sessions(script):
                one.content_timeout = 0.2
                [end] = one.transact(ENVELOPE, message).recipients
                self.assertEqual((end.outcome.value, end.problem), expected)
                self.assertFalse(one.usable)

    def test_plain_text_inside_tls(self):
        # Exim, when it hangs up: "554 Too many nonmail commands"
        script = {"MAIL": Step(b"554 Too many nonmail commands", drop=True, plain=True)}
        for _server, one in self.sessions(script):
            [end] = one.transact(ENVELOPE, b"x").recipients
            self.assertEqual((end.outcome.value, end.problem), ("deferred", "connection lost"))
            self.assertFalse(one.usable)

    def test_handshake_fails(self):
        for client, script, problem in (
            (standard, {}, "no TLS version or cipher in common"),
            (standard, {"STARTTLS": Step(b"220 Go", drop=True)}, "connection lost in the TLS handshake"),
            (pyopenssl, {}, "no TLS version or cipher in common"),
            (pyopenssl, {"STARTTLS": Step(b"220 Go", drop=True)}, "connection lost in the TLS handshake"),
        ):
            if client not in CLIENTS:
                continue
            with self.subTest(client=client.__name__, problem=problem):
                server_side = anonymous(ssl.PROTOCOL_TLS_SERVER)
                context = client()
                if not script:
                    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
                with ScriptedServer(script, context=server_side) as server, server.connect(timeout=2) as connection:
                    with self.assertRaises(Exception) as caught:
                        connection.starttls(context=context)
                    connection.close()
                failure = from_exception(caught.exception)
                self.assertEqual((failure.problem, failure.phase.value), (problem, "tls"), caught.exception)

    def test_the_least_version_that_is_asked_for(self):
        """Also of the context that Odoo makes for a client's certificate. The server knows no newer one than 1.2."""
        contexts = [standard(), *([PyOpenSSLContext(ssl.PROTOCOL_TLS)] if PyOpenSSLContext else [])]
        for context in contexts:
            context.set_ciphers(f"ALL:{CIPHER}:@SECLEVEL=0")
            for least, is_agreed in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, False)):
                with (
                    self.subTest(kind=type(context), least=least),
                    ScriptedServer(context=anonymous(ssl.PROTOCOL_TLS_SERVER)) as server,
                    server.connect(timeout=2) as connection,
                ):
                    problem = ""
                    try:
                        connection.starttls(context=require_tls(context, least))
                    except Exception as error:  # pyOpenSSL's errors have no base in common with the library's own
                        problem = from_exception(error).problem
                        connection.close()
                    self.assertEqual(problem, "" if is_agreed else "no TLS version or cipher in common")

    def test_tls_on_a_plain_port(self):
        with ScriptedServer() as server, self.assertRaises(ssl.SSLError) as caught:
            smtplib.SMTP_SSL("127.0.0.1", server.port, "client.test", context=standard(), timeout=2)
        self.assertEqual(from_exception(caught.exception).problem, "server does not speak TLS on this port")

    def test_what_comes_before_the_handshake_is_not_believed(self):
        for server, one in self.sessions({"STARTTLS": b"220 Go\r\n250 2.0.0 Ok: queued as FORGED"}):
            self.assertEqual(one.transact(ENVELOPE, b"x").receipt, f"{0x4A00000001:010X}")
            self.assertEqual(len(server.messages), 1)


class FakeOpenSSLError(Exception):
    """As pyOpenSSL's errors: no OSError, and known by the module only."""


FakeOpenSSLError.__module__ = "OpenSSL.SSL"


class FakeWrappedSocket:
    """What Session uses of urllib3's WrappedSocket, for where pyOpenSSL is not installed."""

    def __init__(self, version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384"):
        self.connection = self
        self.get_protocol_version_name = lambda: version
        self.get_cipher_name = lambda: cipher

    def sendall(self, _data):
        raise FakeOpenSSLError([("SSL routines", "", "protocol is shutdown")])

    def makefile(self, _mode):
        raise FakeOpenSSLError([])

    def close(self):
        raise FakeOpenSSLError([])


class TestPyOpenSSL(PureCase):
    def test_its_facts(self):
        self.assertEqual(tls_facts(FakeWrappedSocket()), ("TLSv1.3", "TLS_AES_256_GCM_SHA384"))
        self.assertEqual(tls_facts(FakeWrappedSocket(None, None)), ("", ""))
        self.assertEqual(tls_facts(object()), ("", ""))

    def test_facts_of_a_dead_tls_socket(self):
        with socket.socket() as plain, standard().wrap_socket(plain) as dead:
            self.assertEqual(tls_facts(dead), ("", ""))

    def test_its_errors_are_the_networks(self):
        self.assertEqual(network_problem(FakeOpenSSLError()), "connection lost")
        connection = smtplib.SMTP(local_hostname="client.test")
        connection.sock = FakeWrappedSocket()
        one = Session(connection)
        [end] = one.transact(ENVELOPE, b"x").recipients
        self.assertEqual((end.outcome.value, end.phase.value, end.problem), ("deferred", "mail", "connection lost"))
        self.assertFalse(one.usable)

    def test_a_socket_without_options(self):
        send_at_once(None)
        send_at_once(FakeWrappedSocket())
