import contextlib
import socket

from ...tools.smtp.duplex_socket import DuplexSocket
from ...tools.smtp.pipeline import Pipeline
from ...tools.smtp.reply import ConnectionLost
from ...tools.smtp.session import Session
from ..servers.scripted import ScriptedServer, Step
from .common import PureCase, recipients_with
from .pipelines import CHUNKING, MODES, Caller, job, jobs

ACCEPTED = [("accepted", "content", 250)]


class TestIdle(PureCase):
    def test_hung_up_while_idle(self):
        for name, words in (("silent", b""), ("with a word", b"421 4.4.2 Error: timeout exceeded\r\n")):
            for mode in MODES:
                with self.subTest(name=name, mode=mode), ScriptedServer(extensions=CHUNKING) as server:
                    session = Session(server.connect())
                    caller = Caller(jobs(1))
                    caller.run(session, mode)
                    with contextlib.suppress(OSError):
                        server._sockets[0].sendall(words)
                        server._sockets[0].shutdown(socket.SHUT_RDWR)
                    again = Caller([job(1), job(2)])
                    again.run(session, mode)
                    self.assertEqual(again.marked, [])
                    self.assertEqual(set(again.ends.values()), {None})
                    self.assertFalse(session.usable)
                    self.assertEqual(len(server.messages), 1)

    def test_what_smtplib_has_read_ahead_is_not_lost(self):
        script = {"EHLO": lambda _line: b"250-mx.dest.test\r\n250-CHUNKING\r\n250 PIPELINING\r\n421 4.3.2 Bye"}
        for mode in MODES:
            with self.subTest(mode=mode), ScriptedServer(script, extensions=CHUNKING) as server:
                session = Session(server.connect())
                caller = Caller(jobs(1))
                caller.run(session, mode)
                self.assertEqual(caller.ends, {0: None})
                self.assertFalse(session.usable)

    def test_the_last_reset_fails(self):
        for step in (b"500 5.5.1 What?", Step(drop=True)):
            script = {"RCPT": b"550 No", "RSET": step}
            for mode in MODES:
                with self.subTest(mode=mode, step=step), ScriptedServer(script, extensions=CHUNKING) as server:
                    session = Session(server.connect())
                    caller = Caller(jobs(1))
                    caller.run(session, mode)
                    self.assertEqual(caller.ends, {0: [("refused", "rcpt", 550)]})
                    self.assertFalse(session.usable)

    def test_several_runs_on_one_session(self):
        for mode in MODES:
            with (
                self.subTest(mode=mode),
                ScriptedServer({"RCPT a1@dest.test": b"550 No"}, extensions=CHUNKING) as server,
            ):
                session = Session(server.connect())
                for number in range(4):
                    caller = Caller([job(number)])
                    caller.run(session, mode)
                    self.assertTrue(session.usable)
                session.close()
                self.assertEqual(len(server.messages), 3)
                self.assertNotIn("503", "".join(server.commands))

    def test_a_transaction_left_open_is_ended(self):
        for mode in MODES:
            with (
                self.subTest(mode=mode),
                ScriptedServer({"RCPT a0@dest.test": b"550 No"}, extensions=CHUNKING) as server,
            ):
                session = Session(server.connect())
                Caller([job(0)]).run(session, mode)
                self.assertEqual(server.verbs()[-1], "RSET")
                self.assertTrue(recipients_with(session.transact(job(1).envelope, b"x"), "accepted"))
                Pipeline(session, mode=mode).run(lambda count, wait: [], lambda group: None, lambda results: None)
                self.assertTrue(session.usable)
                session.close()


class TestDuplexSocket(PureCase):
    def test_reset_by_the_other_side(self):
        ours, theirs = socket.socketpair()
        with ours, DuplexSocket(ours) as duplex:
            duplex.queue(b"unread")
            duplex.exchange(1)
            self.assertTrue(duplex.is_silent())
            theirs.close()  # with something unread: a reset, no end of file
            self.assertFalse(duplex.is_silent())
            with self.assertRaises(ConnectionLost):
                duplex.exchange(1)

    def test_the_last_reply_comes_before_the_end(self):
        ours, theirs = socket.socketpair()
        with ours, DuplexSocket(ours) as duplex:
            theirs.sendall(b"250 Ok\r\n421 Bye\r\n")
            theirs.close()
            duplex.queue(b"x" * 100)
            self.assertTrue(duplex.exchange(1))
            self.assertEqual([duplex.reply().code, duplex.reply().code, duplex.reply()], [250, 421, None])
            self.assertEqual((duplex.is_broken, duplex.written), (True, 0))

    def test_the_socket_is_given_back_as_it_was(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(7)
            with DuplexSocket(ours) as duplex:
                self.assertEqual((ours.gettimeout(), duplex.timeout), (0, 7))
                self.assertFalse(duplex.exchange(0.01))
            self.assertEqual(ours.gettimeout(), 7)
