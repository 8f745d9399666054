import contextlib
import socket
import ssl
import tempfile
import time

from ...tools.smtp import (
    duplex_socket,
    pipeline,
    pipelined_transaction,
    reset_budget,
    settlement,
    stream,
    stream_timeouts,
    trial,
)
from ...tools.smtp.envelope import Envelope
from ...tools.smtp.pipeline import Job
from ...tools.smtp.session import Session
from ..servers.scripted import EXTENSIONS, ScriptedServer, Step
from ..servers.tls import Authority
from .common import DoctestCase, PureCase, recipients_with
from .pipelines import CHUNKING, MODES, Caller, ends, job, jobs, send_all

ACCEPTED = [("accepted", "content", 250)]


def tls_contexts(folder):
    """(server, client) with a certificate of its own, for TLS 1.3."""
    authority = Authority(folder)
    good = authority.good()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(good.certificate, good.key)
    return server, ssl.create_default_context(cafile=str(authority.ca))


@contextlib.contextmanager
def tls_session(script=None):
    """(server, session) over TLS."""
    with tempfile.TemporaryDirectory() as folder:
        server_side, client_side = tls_contexts(folder)
        with ScriptedServer(script, extensions=CHUNKING, context=server_side) as server:
            connection = server.connect()
            connection.starttls(context=client_side)
            connection.ehlo()
            yield server, Session(connection)


class TestModes(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(
            duplex_socket, pipeline, pipelined_transaction, reset_budget, settlement, stream, stream_timeouts, trial
        )

    def test_the_server_decides(self):
        for extensions, mode in (
            (CHUNKING, "bdat"),
            (EXTENSIONS, "pipeline"),
            (("CHUNKING",), "step_by_step"),
            ((), "step_by_step"),
            (None, "step_by_step"),
        ):
            with self.subTest(extensions=extensions), ScriptedServer(extensions=extensions) as server:
                session = Session(server.connect())
                caller = Caller(jobs(3))
                self.assertEqual(caller.run(session).mode, mode)
                self.assertEqual(caller.ends, {0: ACCEPTED, 1: ACCEPTED, 2: ACCEPTED})
                self.assertTrue(session.usable)
                session.close()
                self.assertEqual(server.verbs()[-1], "QUIT")

    def test_unknown_sockets_go_step_by_step(self):
        class Wrapped:
            """As urllib3's wrapper around pyOpenSSL: it has what smtplib needs and is no socket."""

            def __init__(self, sock):
                self.sendall, self.makefile, self.settimeout = sock.sendall, sock.makefile, sock.settimeout
                self.close = sock.close

        with ScriptedServer(extensions=CHUNKING) as server:
            connection = server.connect()
            connection.sock = Wrapped(connection.sock)
            session = Session(connection)
            caller = Caller(jobs(2))
            self.assertEqual(caller.run(session).mode, "step_by_step")
            self.assertEqual(caller.ends, {0: ACCEPTED, 1: ACCEPTED})
            session.close()

    def test_commands_and_transcripts(self):
        for mode, verbs in (
            ("bdat", "MAIL RCPT BDAT RSET MAIL RCPT BDAT"),
            ("pipeline", "MAIL RCPT DATA RSET MAIL RCPT DATA"),
            ("step_by_step", "MAIL RCPT DATA MAIL RCPT DATA"),
        ):
            with self.subTest(mode=mode), ScriptedServer(extensions=CHUNKING) as server:
                caller = Caller([job(0, envelope_id="T0", notify=frozenset({"FAILURE"})), job(1)])
                session = Session(server.connect())
                caller.run(session, mode)
                self.assertEqual(server.verbs()[1:], verbs.split())
                self.assertEqual([mail.data for mail in server.messages], [job(0).message, job(1).message])
                result = dict(caller.results)[0]
                self.assertEqual((result.receipt, result.usable, result.size), ("4A00000001", True, 27))
                content = (
                    ["C: BDAT 27 LAST"] if mode == "bdat" else ["C: DATA", "S: 354 End data with <CR><LF>.<CR><LF>"]
                )
                self.assertEqual(
                    result.transcript.split("\n"),
                    [
                        "-- 127.0.0.1",
                        "C: MAIL FROM:<s0@odoo.test> SIZE=27 RET=HDRS ENVID=T0",
                        "S: 250 2.1.0 Ok",
                        "C: RCPT TO:<a0@dest.test> NOTIFY=FAILURE ORCPT=rfc822;a0@dest.test",
                        "S: 250 2.1.5 Ok",
                        *content,
                        "-- <27 bytes of message>",
                        "S: 250 2.0.0 Ok: queued as 4A00000001",
                    ],
                )
                self.assertEqual(ends(session.transact(job(2).envelope, b"x")), ACCEPTED)
                session.close()

    def test_same_content_in_every_mode(self):
        for message in (b"", b".", b"no end", b"end\r\n", b"\r\n.\r\n..\r\n", "ż\r\n".encode() * 3):
            for mode in MODES:
                with self.subTest(message=message, mode=mode), ScriptedServer(extensions=CHUNKING) as server:
                    results, _callers = send_all(server, [Job(job(0).envelope, message, 0), job(1)], mode)
                    self.assertEqual([ends(result) for result in results.values()], [ACCEPTED] * 2)
                    expected = message if message.endswith(b"\r\n") else message + b"\r\n"
                    self.assertEqual(server.messages[0].data, expected)

    def test_addresses_outside_ascii(self):
        refused = [("refused", "local", "server does not offer SMTPUTF8")]
        waiting = [
            Job(Envelope("s@odoo.test", ("józef@dest.test",)), b"0", 0),
            Job(Envelope("s@odoo.test", ("józef@dest.test", "a@dest.test")), b"1", 1),
        ]
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer(extensions=("CHUNKING", "PIPELINING")) as server:
                caller = Caller(waiting)
                session = Session(server.connect())
                caller.run(session, mode)
                session.close()
                self.assertEqual(caller.ends, {0: refused, 1: refused + ACCEPTED})
                self.assertEqual(caller.marked, [1], "nothing is going to be sent")
                self.assertEqual([mail.recipients for mail in server.messages], [("a@dest.test",)])


class TestCaller(PureCase):
    """What the caller may rely on."""

    def test_groups_and_order(self):
        for mode, group in (("bdat", 8), ("pipeline", 2), ("step_by_step", 1)):
            with self.subTest(mode=mode), ScriptedServer(extensions=CHUNKING) as server:
                caller = Caller(jobs(40))
                session = Session(server.connect())
                caller.run(session, mode)
                session.close()
                self.assertEqual([tag for tag, _result in caller.results], list(range(40)))
                self.assertEqual(caller.marked, list(range(40)))
                self.assertLessEqual(caller.most_open, 8)
                marks = [entry[1] for entry in caller.log if entry[0] == "mark"]
                self.assertEqual(len(marks[0]), group)
                if mode != "step_by_step":
                    self.assertLessEqual(len(marks), 20, "a mark costs a database statement")
                self.assertEqual(caller.log[0], ("take", group, True, group))
                self.assertEqual(caller.log[-1][0], "take")
                self.assertEqual(caller.log[-1][2:], (True, 0))

    def test_the_window_is_kept(self):
        for window in (1, 2, 3):
            for mode in MODES:
                with self.subTest(mode=mode, window=window), ScriptedServer(extensions=CHUNKING) as server:
                    caller = Caller(jobs(10), window)
                    session = Session(server.connect())
                    caller.run(session, mode)
                    session.close()
                    self.assertEqual(set(caller.ends), set(range(10)))
                    self.assertLessEqual(caller.most_open, window)

    def test_a_near_server_gets_fewer_at_once(self):
        """Of what is in flight when this process dies nobody knows what became of it."""
        for seconds, most in ((0.0002, 3), (0.01, 3), (0.02, 4), (0.3, 5)):
            for mode in ("bdat", "pipeline"):
                with self.subTest(mode=mode, seconds=seconds), ScriptedServer(extensions=CHUNKING) as server:
                    caller = Caller(jobs(20), window=5)
                    session = Session(server.connect())
                    session.round_trip = seconds
                    caller.run(session, mode)
                    session.close()
                    self.assertEqual(set(caller.ends), set(range(20)))
                    if mode == "bdat":
                        self.assertEqual(caller.most_open, most)
                    self.assertLessEqual(caller.most_open, 5)

    def test_it_may_wait_only_while_nothing_is_on_its_way(self):
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer({".": Step(delay=0.02)}, extensions=CHUNKING) as server:
                caller = Caller(jobs(12))
                take = caller.take

                def checked(count, wait, caller=caller, take=take):
                    self.assertEqual(wait, not caller.open)
                    return take(count, wait)

                caller.take = checked
                session = Session(server.connect())
                caller.run(session, mode)
                session.close()
                self.assertEqual(len(caller.ends), 12)

    def test_jobs_that_come_late_are_not_left_lying(self):
        for mode in ("bdat", "pipeline"):
            with self.subTest(mode=mode), ScriptedServer({".": [Step(delay=1.0)]}, extensions=CHUNKING) as server:
                caller = Caller(jobs(1))
                take, started = caller.take, time.monotonic()

                def late(count, wait, caller=caller, take=take, started=started):
                    if not caller.waiting and len(caller.marked) == 1 and time.monotonic() > started + 0.2:
                        caller.waiting = [job(1)]
                    return take(count, wait)

                caller.take = late
                session = Session(server.connect())
                caller.run(session, mode)
                session.close()
                self.assertEqual(
                    [entry for entry in caller.log if entry[0] != "take"][:2], [("mark", [0]), ("mark", [1])]
                )
                self.assertEqual(caller.ends, {0: ACCEPTED, 1: ACCEPTED})

    def test_no_work(self):
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer(extensions=CHUNKING) as server:
                session = Session(server.connect())
                caller = Caller([])
                caller.run(session, mode)
                self.assertEqual((len(caller.log), caller.results, session.usable), (1, [], True))
                session.close()

    def test_a_session_of_no_use(self):
        session = Session(ScriptedServer().__enter__().connect())
        session.close()
        for mode in (*MODES, None):
            caller = Caller(jobs(1))
            caller.run(session, mode)
            self.assertEqual(caller.log, [])

    def test_before_data_fails(self):
        for mode in MODES:
            for error in (ZeroDivisionError("no database"), KeyboardInterrupt()):
                with self.subTest(mode=mode, error=error), ScriptedServer(extensions=CHUNKING) as server:
                    caller = Caller(jobs(12))

                    def before_data(group, caller=caller, error=error):
                        if group[-1].tag > 8:
                            raise error
                        Caller.before_data(caller, group)

                    caller.before_data = before_data
                    session = Session(server.connect())
                    with self.assertRaises(type(error)):
                        caller.run(session, mode)
                    self.assertFalse(session.usable)
                    self.assertEqual(sorted(tag for tag, _result in caller.results), caller.marked)
                    if isinstance(error, Exception):
                        self.assertEqual(
                            [ends(result) for _tag, result in caller.results], [ACCEPTED] * len(caller.marked)
                        )
                    sent = {mail.data for mail in server.messages}
                    self.assertFalse(sent & {job(number).message for number in range(len(caller.marked), 12)})

    def test_take_or_done_fails(self):
        for mode in MODES:
            for name in ("take", "done"):
                with self.subTest(mode=mode, name=name), ScriptedServer(extensions=CHUNKING) as server:
                    caller = Caller(jobs(12))
                    usual = getattr(caller, name)

                    def fail(*arguments, caller=caller, usual=usual):
                        if caller.marked:
                            raise ZeroDivisionError
                        return usual(*arguments)

                    setattr(caller, name, fail)
                    session = Session(server.connect())
                    with self.assertRaises(ZeroDivisionError):
                        caller.run(session, mode)
                    self.assertFalse(session.usable)
                    if name == "take":
                        self.assertEqual(sorted(caller.ends), caller.marked)


class TestFlow(PureCase):
    """Large mails, slow servers, small buffers: neither side may wait for the other for good."""

    def test_large_mails_small_buffers(self):
        body = b"".join(b".%d\r\n" % number for number in range(100_000))
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer(extensions=CHUNKING) as server:
                server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                waiting = jobs(6, body=body)
                connection = server.connect()
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
                session = Session(connection)
                caller = Caller(waiting)
                caller.run(session, mode)
                session.close()
                self.assertEqual(caller.ends, dict.fromkeys(range(6), ACCEPTED))
                self.assertEqual([mail.data for mail in server.messages], [one.message for one in waiting])

    def test_replies_are_read_while_writing(self):
        # A server that is busy telling does not listen: with sendall() this would end in two timeouts.
        script = {"RCPT": b"\r\n".join([b"250-2.1.5 " + b"x" * 1000] * 400 + [b"250 2.1.5 Ok"])}
        body = b"x" * 78 + b"\r\n"
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer(script, extensions=CHUNKING) as server:
                for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                    server._listener.setsockopt(socket.SOL_SOCKET, option, 65536)
                connection = server.connect()
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                session = Session(connection)
                caller = Caller(jobs(10, 3, body * 5000))
                caller.run(session, mode)
                session.close()
                self.assertEqual(caller.ends, dict.fromkeys(range(10), ACCEPTED * 3))

    def test_slow_server(self):
        script = {"MAIL": Step(delay=0.05), "RCPT": Step(delay=0.01), ".": Step(delay=0.1)}
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer(script, extensions=CHUNKING) as server:
                results, callers = send_all(server, jobs(6), mode, timeout=0.4)
                self.assertEqual([ends(result) for result in results.values()], [ACCEPTED] * 6)
                self.assertEqual(len(callers), 1)

    def test_more_patience_for_the_content(self):
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer({".": Step(delay=0.4)}, extensions=CHUNKING) as server:
                session = Session(server.connect(timeout=0.2))
                session.content_timeout = 5
                caller = Caller(jobs(2))
                caller.run(session, mode)
                self.assertEqual(caller.ends, {0: ACCEPTED, 1: ACCEPTED})
                session.content_timeout = 0.1
                caller = Caller(jobs(1))
                caller.run(session, mode)
                self.assertEqual(caller.ends, {0: [("unknown", "content", "timed out")]})
                self.assertFalse(session.usable)

    def test_tls(self):
        for mode in MODES:
            with self.subTest(mode=mode), tls_session() as (server, session):
                waiting = jobs(12, 2, b"x" * 300_000)
                caller = Caller(waiting)
                self.assertEqual(caller.run(session, None if mode == "bdat" else mode).mode, mode)
                self.assertEqual(caller.ends, dict.fromkeys(range(12), ACCEPTED * 2))
                self.assertIn("TLSv1.3", dict(caller.results)[0].transcript)
                self.assertTrue(recipients_with(session.transact(job(0).envelope, b"x"), "accepted"))
                session.close()
                expected = [one.message + b"\r\n" for one in waiting]
                self.assertEqual([mail.data for mail in server.messages[:12]], expected)

    def test_tls_cut(self):
        lost = [("unknown", "content", "connection lost")]
        with tls_session({".": [None, Step(drop=True)]}) as (_server, session):
            caller = Caller(jobs(4))
            caller.run(session)
            self.assertEqual(caller.ends, {0: ACCEPTED, 1: lost, 2: lost, 3: lost})
