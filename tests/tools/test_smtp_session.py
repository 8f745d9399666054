from time import monotonic

from ...tools.smtp import network, session
from ...tools.smtp.envelope import Envelope
from ...tools.smtp.session import Session
from ..servers.scripted import ScriptedServer, Step
from .common import DoctestCase, PureCase, recipients_with

A, B, C = "a@dest.test", "b@dest.test", "c@dest.test"
MESSAGE = b"Subject: test\r\n\r\n.dot\r\n"
BYE = Step(b"421 4.3.2 mx.dest.test Service shutting down", drop=True)


def ends(result):
    return [
        (end.outcome.value, end.phase.value, end.reply.code if end.reply else end.problem) for end in result.recipients
    ]


def all_are(*end):
    return [end] * 3


# (name, script, ends of A, B and C, code of the transaction's reply, usable, verbs from MAIL on, mails the server kept)
CASES = (
    (
        "all accepted",
        {},
        all_are("accepted", "content", 250),
        250,
        True,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    ("MAIL refused", {"MAIL": b"553 5.7.1 No"}, all_are("refused", "mail", 553), 553, True, "MAIL RSET", 0),
    ("MAIL deferred", {"MAIL": b"452 4.3.1 Full"}, all_are("deferred", "mail", 452), 452, True, "MAIL RSET", 0),
    ("421 at MAIL", {"MAIL": BYE}, all_are("deferred", "mail", 421), 421, False, "MAIL", 0),
    (
        "RSET is not understood",
        {"MAIL": b"553 5.7.1 No", "RSET": b"500 5.5.1 What?"},
        all_are("refused", "mail", 553),
        553,
        False,
        "MAIL RSET",
        0,
    ),
    (
        "connection lost at RSET",
        {"MAIL": b"553 5.7.1 No", "RSET": Step(drop=True)},
        all_are("refused", "mail", 553),
        553,
        False,
        "MAIL RSET",
        0,
    ),
    (
        "one refused, one deferred, one accepted",
        {f"RCPT {A}": b"550 5.1.1 No such user", f"RCPT {B}": b"450 4.7.1 Greylisted"},
        [("refused", "rcpt", 550), ("deferred", "rcpt", 450), ("accepted", "content", 250)],
        250,
        True,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    (
        "too many recipients",
        {"RCPT": [None, b"452 4.5.3 Error: too many recipients", b"452 4.5.3 Error: too many recipients"]},
        [("accepted", "content", 250), ("deferred", "rcpt", 452), ("deferred", "rcpt", 452)],
        250,
        True,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    (
        "all refused",
        {"RCPT": [b"550 5.1.1 No", b"551 5.1.6 No", b"450 4.2.1 Later"]},
        [("refused", "rcpt", 550), ("refused", "rcpt", 551), ("deferred", "rcpt", 450)],
        450,
        True,
        "MAIL RCPT RCPT RCPT RSET",
        0,
    ),
    (
        "forwarded elsewhere",
        {f"RCPT {A}": b"251 2.1.5 User not local; will forward"},
        all_are("accepted", "content", 250),
        250,
        True,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    (
        "421 at the third RCPT takes back the first",
        {f"RCPT {B}": b"550 5.1.1 No", f"RCPT {C}": BYE},
        [("deferred", "rcpt", 421), ("refused", "rcpt", 550), ("deferred", "rcpt", 421)],
        421,
        False,
        "MAIL RCPT RCPT RCPT",
        0,
    ),
    (
        "421 at the first RCPT: the others are not asked",
        {f"RCPT {A}": BYE},
        all_are("deferred", "rcpt", 421),
        421,
        False,
        "MAIL RCPT",
        0,
    ),
    (
        "DATA refused",
        {f"RCPT {A}": b"550 5.1.1 No", "DATA": b"554 5.5.1 No valid recipients"},
        [("refused", "rcpt", 550), ("refused", "data", 554), ("refused", "data", 554)],
        554,
        True,
        "MAIL RCPT RCPT RCPT DATA RSET",
        0,
    ),
    (
        "DATA deferred",
        {"DATA": b"451 4.3.0 Try again later"},
        all_are("deferred", "data", 451),
        451,
        True,
        "MAIL RCPT RCPT RCPT DATA RSET",
        0,
    ),
    ("421 at DATA", {"DATA": BYE}, all_are("deferred", "data", 421), 421, False, "MAIL RCPT RCPT RCPT DATA", 0),
    (
        "250 in the place of 354",
        {"DATA": b"250 2.0.0 Ok"},
        all_are("deferred", "data", "unexpected reply"),
        250,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        0,
    ),
    (
        "354 in the place of 250",
        {"RCPT": b"354 Go"},
        all_are("deferred", "rcpt", "unexpected reply"),
        354,
        False,
        "MAIL RCPT",
        0,
    ),
    (
        "content refused",
        {f"RCPT {B}": b"550 5.1.1 No", ".": b"554 5.7.1 Spam message rejected"},
        [("refused", "content", 554), ("refused", "rcpt", 550), ("refused", "content", 554)],
        554,
        True,
        "MAIL RCPT RCPT RCPT DATA RSET",
        0,
    ),
    (
        "content deferred",
        {".": b"432 4.3.2 Concurrent connections limit exceeded"},
        all_are("deferred", "content", 432),
        432,
        True,
        "MAIL RCPT RCPT RCPT DATA RSET",
        0,
    ),
    ("421 for the content", {".": BYE}, all_are("deferred", "content", 421), 421, False, "MAIL RCPT RCPT RCPT DATA", 0),
    (
        "354 after the final dot",
        {".": b"354 Go"},
        all_are("unknown", "content", "unexpected reply"),
        354,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        0,
    ),
    (
        "lost at MAIL",
        {"MAIL": Step(drop=True)},
        all_are("deferred", "mail", "connection lost"),
        None,
        False,
        "MAIL",
        0,
    ),
    (
        "lost at the second RCPT",
        {f"RCPT {A}": b"550 5.1.1 No", f"RCPT {B}": Step(drop=True)},
        [("refused", "rcpt", 550), ("deferred", "rcpt", "connection lost"), ("deferred", "rcpt", "connection lost")],
        None,
        False,
        "MAIL RCPT RCPT",
        0,
    ),
    (
        "lost at DATA",
        {"DATA": Step(drop=True)},
        all_are("deferred", "data", "connection lost"),
        None,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        0,
    ),
    (
        "lost after the final dot, the mail taken",
        {f"RCPT {B}": b"550 5.1.1 No", ".": Step(drop=True, keep=True)},
        [
            ("unknown", "content", "connection lost"),
            ("refused", "rcpt", 550),
            ("unknown", "content", "connection lost"),
        ],
        None,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    (
        "a reply cut off after the final dot",
        {".": Step(b"250-2.0.0 Ok: queued as\r\n", drop=True)},
        all_are("unknown", "content", "connection lost"),
        None,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    (
        "garbage before the content",
        {f"RCPT {B}": b"\xff\x00 what?"},
        all_are("deferred", "rcpt", "garbled reply"),
        None,
        False,
        "MAIL RCPT RCPT",
        0,
    ),
    (
        "garbage after the final dot",
        {".": b"Thank you"},
        all_are("unknown", "content", "garbled reply"),
        None,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        0,
    ),
    (
        "timed out at RCPT",
        {f"RCPT {A}": Step(delay=0.4)},
        all_are("deferred", "rcpt", "timed out"),
        None,
        False,
        "MAIL RCPT",
        0,
    ),
    (
        "timed out after the final dot",
        {".": Step(delay=0.4)},
        all_are("unknown", "content", "timed out"),
        None,
        False,
        "MAIL RCPT RCPT RCPT DATA",
        1,
    ),
    (
        "100 kB of reply",
        {".": b"550 5.7.1 " + b"x" * 100_000},
        all_are("refused", "content", 550),
        550,
        True,
        "MAIL RCPT RCPT RCPT DATA RSET",
        0,
    ),
    (
        "a reply outside ASCII",
        {".": b"550-5.7.1 Bo\xeete\r\n550 5.7.1 pleine\x00"},
        all_are("refused", "content", 550),
        550,
        True,
        "MAIL RCPT RCPT RCPT DATA RSET",
        0,
    ),
)


class TestSession(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(session, network)

    def test_every_reply_and_every_fault(self):
        for name, script, expected, code, usable, verbs, kept in CASES:
            with self.subTest(name=name), ScriptedServer(script) as server:
                one = Session(server.connect(timeout=0.2 if "timed out" in name else 5))
                result = one.transact(Envelope("s@odoo.test", (A, B, C)), MESSAGE)
                self.assertEqual(ends(result), expected)
                self.assertEqual([end.address for end in result.recipients], [A, B, C])
                self.assertEqual(result.reply and result.reply.code, code)
                self.assertEqual((result.usable, one.usable), (usable, usable))
                self.assertEqual(server.verbs()[1:], verbs.split())
                self.assertEqual(len(server.messages), kept)
                if usable:
                    server.script = {}
                    again = one.transact(Envelope("s@odoo.test", (A,)), MESSAGE)
                    self.assertEqual(ends(again), [("accepted", "content", 250)])
                one.close()

    def test_what_an_accepted_mail_tells(self):
        with ScriptedServer({".": b"250 2.0.0 Ok: queued as 8EF88268011"}) as server:
            one = Session(server.connect())
            envelope = Envelope("s@odoo.test", (A,), "T1", frozenset({"FAILURE"}))
            result = one.transact(envelope, MESSAGE)
            one.close()
        self.assertEqual(result.receipt, "8EF88268011")
        self.assertEqual(str(result.recipients[0].reply), "250 2.0.0 Ok: queued as 8EF88268011")
        self.assertEqual(result.size, len(MESSAGE))
        self.assertEqual(server.messages, [("s@odoo.test", (A,), MESSAGE)])
        self.assertEqual(
            result.transcript.split("\n"),
            [
                "-- 127.0.0.1",
                f"C: MAIL FROM:<s@odoo.test> SIZE={len(MESSAGE)} RET=HDRS ENVID=T1",
                "S: 250 2.1.0 Ok",
                f"C: RCPT TO:<{A}> NOTIFY=FAILURE ORCPT=rfc822;{A}",
                "S: 250 2.1.5 Ok",
                "C: DATA",
                "S: 354 End data with <CR><LF>.<CR><LF>",
                f"-- <{len(MESSAGE)} bytes of message>",
                "S: 250 2.0.0 Ok: queued as 8EF88268011",
            ],
        )
        self.assertEqual(server.verbs()[-1], "QUIT")

    def test_nothing_is_asked_for_that_was_not_offered(self):
        with ScriptedServer({"EHLO": b"502 No", ".": b"250 OK"}, extensions=None) as server:
            one = Session(server.connect())
            result = one.transact(Envelope("", (A,), "T1", frozenset({"FAILURE"})), MESSAGE)
            self.assertEqual(server.commands[-3:], ["MAIL FROM:<>", f"RCPT TO:<{A}>", "DATA"])
            self.assertEqual((len(recipients_with(result, "accepted")), result.receipt), (1, ""))
            one.close()

    def test_addresses_outside_ascii(self):
        utf8 = "józef@dest.test"
        for extensions, recipients, expected, verbs in (
            (["SMTPUTF8"], (utf8, A), [("accepted", "content", 250)] * 2, "MAIL RCPT RCPT DATA"),
            (
                [],
                (utf8, A),
                [("refused", "local", "server does not offer SMTPUTF8"), ("accepted", "content", 250)],
                "MAIL RCPT DATA",
            ),
            ([], (utf8,), [("refused", "local", "server does not offer SMTPUTF8")], ""),
        ):
            with self.subTest(expected=expected), ScriptedServer(extensions=extensions) as server:
                one = Session(server.connect())
                result = one.transact(Envelope("s@odoo.test", recipients), MESSAGE)
                self.assertEqual(ends(result), expected)
                self.assertEqual(server.verbs()[1:], verbs.split())
                self.assertTrue(result.usable)
                one.close()

    def test_too_large_is_for_the_server_to_say(self):
        script = {"MAIL": lambda line: b"552 5.3.4 Message size exceeds fixed limit" if "SIZE=2000" in line else None}
        with ScriptedServer(script, extensions=["SIZE 1000"]) as server:
            one = Session(server.connect())
            result = one.transact(Envelope("s@odoo.test", (A,)), b"x" * 2000)
            self.assertEqual(ends(result), [("refused", "mail", 552)])
            one.close()

    def test_large_mail_arrives_whole(self):
        message = b"".join(b".%d\r\n" % number for number in range(100_000)) + b"no line end"
        with ScriptedServer() as server:
            one = Session(server.connect())
            result = one.transact(Envelope("s@odoo.test", (A,)), message)
            self.assertEqual(len(recipients_with(result, "accepted")), 1)
            self.assertEqual(server.messages[0].data, message + b"\r\n")
            one.close()

    def test_many_mails_on_one_connection(self):
        with ScriptedServer(stop_after=3) as server:
            one = Session(server.connect())
            results = [one.transact(Envelope("s@odoo.test", (A,)), b"%d" % number) for number in range(5)]
            self.assertEqual(
                [end for result in results for end in ends(result)],
                [("accepted", "content", 250)] * 3
                + [("deferred", "mail", 421), ("deferred", "connect", "connection lost")],
            )
            self.assertEqual(len({result.receipt for result in results}), 4)
            self.assertEqual(results[-1].transcript, "-- 127.0.0.1\n-- connection lost")
            self.assertEqual([mail.data for mail in server.messages], [b"0\r\n", b"1\r\n", b"2\r\n"])


class TestContent(PureCase):
    """What happens while the content is being written."""

    BIG = b"x" * 76 + b"\r\n"

    def transact(self, script, lines=200_000, timeout=5.0, content_timeout=None):
        with ScriptedServer(script) as server:
            one = Session(server.connect(timeout=timeout))
            one.content_timeout = content_timeout
            result = one.transact(Envelope("s@odoo.test", (A,)), self.BIG * lines)
            self.assertEqual(result.usable, one.usable)
            one.close()
        return result, server

    def test_lost_before_the_final_dot(self):
        result, server = self.transact({"CONTENT": Step(drop=True)})
        self.assertEqual(ends(result), [("deferred", "data", "connection lost")])
        self.assertFalse(result.usable)
        self.assertFalse(server.messages)

    def test_a_reply_that_breaks_off(self):
        """With a clock, as the sender reads it: the end of the stream is no slow server."""
        for last in (None, b"250-2.0.0 Ok: queued as 4Qx1kz0BzXyL"):
            with self.subTest(last=last), ScriptedServer({".": Step(last, drop=True)}) as server:
                one = Session(server.connect(), monotonic)
                result = one.transact(Envelope("s@odoo.test", (A,)), b"x")
                self.assertEqual(ends(result), [("unknown", "content", "connection lost")])
                one.close()

    def test_last_reply_before_the_final_dot(self):
        for line, expected in (
            (b"552 5.3.4 Error: message file too big", ("refused", "data", 552)),
            (b"421 4.3.2 Service shutting down", ("deferred", "data", 421)),
        ):
            with self.subTest(line=line):
                result, _server = self.transact({"CONTENT": Step(line, drop=True)})
                self.assertEqual(ends(result), [expected])
                self.assertFalse(result.usable)

    def test_server_stops_reading(self):
        result, _server = self.transact({"CONTENT": Step(delay=0.5)}, timeout=0.2)
        self.assertEqual(ends(result), [("deferred", "data", "timed out")])

    def test_more_patience_after_the_final_dot(self):
        result, _server = self.transact({".": Step(delay=0.4)}, lines=1, timeout=0.2, content_timeout=5)
        self.assertEqual(ends(result), [("accepted", "content", 250)])
        result, _server = self.transact({".": Step(delay=0.4)}, lines=1, content_timeout=0.1)
        self.assertEqual(ends(result), [("unknown", "content", "timed out")])

    def test_patience_is_for_the_content_only(self):
        with ScriptedServer({"RSET": Step(delay=0.4), f"RCPT {B}": b"550 No"}) as server:
            one = Session(server.connect(timeout=0.2))
            one.content_timeout = 5
            self.assertTrue(one.transact(Envelope("s@odoo.test", (A,)), b"x").usable)
            self.assertFalse(one.transact(Envelope("s@odoo.test", (B,)), b"x").usable)

    def test_lost_while_the_final_dot_is_written(self):
        with ScriptedServer() as server:
            one = Session(server.connect())
            send = one._send
            one._send = lambda data: one._drop() or send(data) if data == b"\r\n.\r\n" else send(data)
            result = one.transact(Envelope("s@odoo.test", (A,)), b"x")
            self.assertEqual(ends(result), [("unknown", "content", "connection lost")])

    def test_before_data(self):
        seen = []
        with ScriptedServer() as server:
            one = Session(server.connect())

            def before_data():
                seen.append((server.verbs()[-1], len(server.messages)))

            one.transact(Envelope("s@odoo.test", (A,)), b"x", before_data)
            self.assertEqual(seen, [("DATA", 0)])
            server.script = {"RCPT": b"550 No"}
            one.transact(Envelope("s@odoo.test", (A,)), b"x", before_data)
            self.assertEqual(len(seen), 1, "nothing is going to be sent")
            one.close()

    def test_before_data_fails(self):
        for error in (ZeroDivisionError("no database"), OSError("no disk"), KeyboardInterrupt()):
            with self.subTest(error=error), ScriptedServer() as server:
                one = Session(server.connect())

                def before_data(error=error):
                    raise error

                with self.assertRaises(type(error)):
                    one.transact(Envelope("s@odoo.test", (A,)), b"x", before_data)
                self.assertFalse(one.usable)
                self.assertEqual(
                    ends(one.transact(Envelope("s@odoo.test", (A,)), b"x")),
                    [("deferred", "connect", "connection lost")],
                )
            self.assertFalse(server.messages)


class TestClose(PureCase):
    def test_close_never_raises(self):
        for name, script in (
            ("polite", {}),
            ("lost", {"QUIT": Step(drop=True)}),
            ("garbage", {"QUIT": b"??"}),
            ("refused", {"QUIT": b"500 Stay"}),
        ):
            with self.subTest(name=name), ScriptedServer(script) as server:
                one = Session(server.connect())
                one.close()
                self.assertFalse(one.usable)
                self.assertEqual(server.verbs(), ["EHLO", "QUIT"])
                one.close()
                self.assertEqual(server.verbs(), ["EHLO", "QUIT"])

    def test_closed_behind_our_back(self):
        with ScriptedServer() as server:
            one = Session(server.connect())
            one._connection.close()
            self.assertEqual(
                ends(one.transact(Envelope("s@odoo.test", (A,)), b"x")), [("deferred", "mail", "connection lost")]
            )
            one.close()

    def test_reads_on_where_smtplib_stopped(self):
        with ScriptedServer() as server:
            connection = server.connect()
            one = Session(connection)
            self.assertTrue(one.transact(Envelope("s@odoo.test", (A,)), b"x").usable)
            self.assertEqual(connection.noop()[0], 250)
            self.assertEqual(connection.sendmail("s@odoo.test", [A], b"y"), {})
            self.assertTrue(one.transact(Envelope("s@odoo.test", (A,)), b"z").usable)
            one.close()
        self.assertEqual(len(server.messages), 3)
