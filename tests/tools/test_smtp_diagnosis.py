import errno
import smtplib
import socket
import ssl

from ...tools.smtp import diagnosis
from ...tools.smtp.envelope import EnvelopeError
from ...tools.smtp.reply import ConnectionLost, ProtocolError, TimedOut
from ...tools.smtp.transaction import Outcome, Phase
from ...tools.smtp.trouble import Scope, from_exception
from ..servers.scripted import ScriptedServer, Step
from .common import DoctestCase

SECRET = "hasło"


def behind(error, cause):
    """The error as it is after `except cause: raise error`."""
    error.__context__ = cause
    return error


def module(name, kind, *args):
    """An exception class that another package would define."""
    return type(kind, (Exception,), {"__module__": name})(*args)


def certificate(reason):
    return ssl.SSLCertVerificationError(
        1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {reason} (_ssl.c:1002)"
    )


# (exception, phase, reply code, problem)
SERVER_FAULTS = (
    (smtplib.SMTPConnectError(421, b"4.7.0 mx Error: too many connections"), "connect", 421, ""),
    (smtplib.SMTPConnectError(554, b"5.7.1 No SMTP service here"), "connect", 554, ""),
    (smtplib.SMTPConnectError(-1, b"SSH-2.0-OpenSSH"), "connect", None, "garbled reply"),
    (smtplib.SMTPHeloError(501, b"5.5.4 Bad name"), "connect", 501, ""),
    (smtplib.SMTPAuthenticationError(535, b"5.7.8 Error: authentication failed"), "auth", 535, "login refused"),
    (
        smtplib.SMTPAuthenticationError(454, b"4.7.0 Temporary authentication failure"),
        "auth",
        454,
        "login refused",
    ),
    (
        smtplib.SMTPAuthenticationError(534, "5.7.9 Application-specific password required."),
        "auth",
        534,
        "login refused",
    ),
    (smtplib.SMTPResponseException(454, b"4.7.0 TLS not available"), "tls", 454, ""),
    (smtplib.SMTPResponseException(500, "Line too long."), "connect", None, "garbled reply"),
    (smtplib.SMTPSenderRefused(530, b"5.7.0 Authentication required", "s@x"), "mail", 530, ""),
    (smtplib.SMTPSenderRefused(421, b"4.4.2 timeout exceeded", "s@x"), "mail", 421, ""),
    (
        smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."),
        "tls",
        None,
        "server does not offer STARTTLS",
    ),
    (
        smtplib.SMTPNotSupportedError("SMTP AUTH extension not supported by server."),
        "auth",
        None,
        "server does not offer a login",
    ),
    (
        smtplib.SMTPException("No suitable authentication method found."),
        "auth",
        None,
        "no login method in common",
    ),
    (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "connect", None, "connection lost"),
    (
        behind(smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out"), TimeoutError("timed out")),
        "connect",
        None,
        "timed out",
    ),
    (
        behind(smtplib.SMTPServerDisconnected("…"), ssl.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number")),
        "tls",
        None,
        "server does not speak TLS on this port",
    ),
    (behind(smtplib.SMTPServerDisconnected("…"), ZeroDivisionError()), "connect", None, "connection lost"),
    (certificate("certificate has expired"), "tls", None, "server's certificate has expired"),
    (certificate("certificate is not yet valid"), "tls", None, "server's certificate is not valid yet"),
    (certificate("self-signed certificate"), "tls", None, "server's certificate is self-signed"),
    (
        certificate("self signed certificate in certificate chain"),
        "tls",
        None,
        "server's certificate is self-signed",
    ),
    (
        certificate("unable to get local issuer certificate"),
        "tls",
        None,
        "server's certificate was issued by an unknown authority",
    ),
    (certificate("certificate revoked"), "tls", None, "server's certificate was revoked"),
    (
        certificate("Hostname mismatch, certificate is not valid for 'localhost'."),
        "tls",
        None,
        "server's certificate is for another host",
    ),
    (
        certificate("IP address mismatch, certificate is not valid for '127.0.0.1'."),
        "tls",
        None,
        "server's certificate is for another host",
    ),
    (certificate("unspecified"), "tls", None, "server's certificate could not be verified"),
    (
        module("urllib3.util.ssl_match_hostname", "CertificateError", "hostname 'a' doesn't match 'b'"),
        "tls",
        None,
        "server's certificate is for another host",
    ),
    (
        ssl.SSLError("bad handshake: Error([('SSL routines', '', 'certificate verify failed')])"),
        "tls",
        None,
        "server's certificate could not be verified",
    ),
    (
        ssl.SSLError("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required (_ssl.c:2570)"),
        "tls",
        None,
        "server did not accept the client certificate",
    ),
    (
        module("OpenSSL.crypto", "Error", [("x509 certificate routines", "", "key values mismatch")]),
        "tls",
        None,
        "client certificate or its key is unusable",
    ),
    (
        ssl.SSLError("[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version (_ssl.c:1002)"),
        "tls",
        None,
        "no TLS version or cipher in common",
    ),
    (
        ssl.SSLError("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:1002)"),
        "tls",
        None,
        "no TLS version or cipher in common",
    ),
    (
        ssl.SSLError("[SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] (_ssl.c:1002)"),
        "tls",
        None,
        "no TLS version or cipher in common",
    ),
    (
        ssl.SSLEOFError(8, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1002)"),
        "tls",
        None,
        "connection lost in the TLS handshake",
    ),
    (
        ssl.SSLError("bad handshake: SysCallError(-1, 'Unexpected EOF')"),
        "tls",
        None,
        "connection lost in the TLS handshake",
    ),
    (ssl.SSLError("[SSL: INTERNAL_ERROR] internal error"), "tls", None, "TLS error"),
    (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "connect", None, "host name not found"),
    (
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        "connect",
        None,
        "name server does not answer",
    ),
    (ConnectionRefusedError(111, "Connection refused"), "connect", None, "connection refused"),
    (ConnectionResetError(104, "Connection reset by peer"), "connect", None, "connection lost"),
    (TimeoutError("timed out"), "connect", None, "timed out"),
    (TimeoutError("_ssl.c:989: The handshake operation timed out"), "tls", None, "timed out"),
    (OSError(errno.EHOSTUNREACH, "No route to host"), "connect", None, "host unreachable"),
    (OSError(errno.EMFILE, "Too many open files"), "connect", None, "network error"),
    (ConnectionLost(), "connect", None, "connection lost"),
    (TimedOut(), "connect", None, "timed out"),
    (ProtocolError(), "connect", None, "garbled reply"),
    (UnicodeError("label empty or too long"), "connect", None, "host name is not valid"),
    (
        UnicodeEncodeError("ascii", SECRET, 3, 4, "ordinal not in range(128)"),
        "auth",
        None,
        "user name or password has characters that the login cannot carry",
    ),
    (ZeroDivisionError(SECRET), "connect", None, "unexpected error (ZeroDivisionError)"),
    (behind(Exception("Could not connect"), ConnectionRefusedError()), "connect", None, "connection refused"),
)


class TestDiagnosis(DoctestCase):
    def check(self, error, phase, code, problem, scope=Scope.SERVER):
        with self.subTest(error=error):
            failure = from_exception(error)
            found = (failure.phase.value, failure.reply and failure.reply.code, failure.problem, failure.outcome)
            self.assertEqual(found, (phase, code, problem, Outcome.DEFERRED))
            is_account = scope is Scope.SERVER and code and (phase == "auth" or code == 530)
            self.assertIs(failure.scope, Scope.ACCOUNT if is_account else scope)
            self.assertNotIn(SECRET, failure.problem)

    def test_doctests(self):
        self.assertDoctests(diagnosis)

    def test_faults_of_the_server(self):
        for row in SERVER_FAULTS:
            self.check(*row)

    def test_faults_of_a_mail(self):
        refused = smtplib.SMTPRecipientsRefused({"a@x": (550, b"5.1.1 No"), "b@x": (450, b"4.2.1 Later")})
        for row in (
            (smtplib.SMTPSenderRefused(552, b"5.3.4 Too big", "s@x"), "mail", 552, "", Scope.MAIL),
            (smtplib.SMTPDataError(451, b"4.3.0 Later"), "data", 451, "", Scope.MAIL),
            (refused, "rcpt", 550, "", Scope.MAIL),
            (EnvelopeError("the mail has no recipient"), "local", None, "the mail has no recipient", Scope.MAIL),
            (
                smtplib.SMTPNotSupportedError("SMTPUTF8 not supported by server"),
                "local",
                None,
                "server does not offer SMTPUTF8",
                Scope.MAIL,
            ),
        ):
            self.check(*row)
        self.check(smtplib.SMTPRecipientsRefused({}), "rcpt", None, "garbled reply")

    def test_exceptions_that_point_at_each_other(self):
        first, second = ZeroDivisionError(), KeyError()
        first.__cause__, second.__cause__ = second, first
        self.check(first, "connect", None, "unexpected error (ZeroDivisionError)")

    def test_real_connections(self):
        def connect(server, timeout=2.0):
            connection = smtplib.SMTP("127.0.0.1", server.port, "client.test", timeout=timeout)
            try:
                connection.login("sales@odoo.test", SECRET if "UTF" in server.extensions else "secret")
            finally:
                connection.close()

        auth = ("AUTH PLAIN LOGIN",)
        for script, extensions, phase, code, problem in (
            ({"CONNECT": b"421 4.7.0 Too many connections"}, auth, "connect", 421, ""),
            ({"CONNECT": b"SSH-2.0-OpenSSH_9.2"}, auth, "connect", None, "garbled reply"),
            ({"CONNECT": Step(drop=True)}, auth, "connect", None, "connection lost"),
            ({"CONNECT": Step(delay=0.3)}, auth, "connect", None, "timed out"),
            ({"EHLO": b"500 No", "HELO": b"501 No"}, auth, "connect", 501, ""),
            ({"EHLO": b"250 " + b"x" * 9000}, auth, "connect", None, "garbled reply"),
            ({"AUTH": b"535 5.7.8 Error: authentication failed"}, auth, "auth", 535, "login refused"),
            ({}, (), "auth", None, "server does not offer a login"),
            ({}, ("AUTH GSSAPI",), "auth", None, "no login method in common"),
            ({}, (*auth, "UTF"), "auth", None, "user name or password has characters that the login cannot carry"),
        ):
            with self.subTest(script=script, problem=problem), ScriptedServer(script, extensions=extensions) as server:
                with self.assertRaises(Exception) as caught:
                    connect(server, timeout=0.1 if problem == "timed out" else 2)
                failure = from_exception(caught.exception)
                found = (failure.phase, failure.reply and failure.reply.code, failure.problem)
                self.assertEqual(found, (Phase(phase), code, problem))

    def test_real_names_and_ports(self):
        with ScriptedServer() as server:
            pass
        for host, port, problem in (
            ("127.0.0.1", server.port, "connection refused"),
            ("x" * 64 + ".test", 25, "host name is not valid"),
        ):
            with self.subTest(problem=problem), self.assertRaises(Exception) as caught:
                smtplib.SMTP(host, port, "client.test", timeout=2)
            self.assertEqual(from_exception(caught.exception).problem, problem)
