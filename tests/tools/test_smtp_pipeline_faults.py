import random
import socket

from ...tools.smtp.extension import Extensions
from ...tools.smtp.pipelined_transaction import PipelinedTransaction
from ...tools.smtp.reply import Reply
from ...tools.smtp.session import Session
from ...tools.smtp.transcript import Transcript
from ..servers.scripted import ScriptedServer, Step
from .common import PureCase, recipients_with
from .pipelines import CHUNKING, MODES, Caller, ends, job, jobs, send_all

OK = [("accepted", "content", 250)] * 2
BYE = Step(b"421 4.3.2 mx.dest.test Service shutting down", drop=True, linger=True)
CUT = Step(drop=True, linger=True)
GARBAGE = Step(b"\xff\x00 what?", drop=True, linger=True)
LOST = "connection lost"
BIG = b"x" * 76 + b"\r\n"


def both(outcome, phase, word):
    return [(outcome, phase, word)] * 2


def moments(step):
    """The script that lets the step happen to mail 1 of 0 to 3, for each moment."""
    return {
        "MAIL": {"MAIL s1@odoo.test": step},
        "first RCPT": {"RCPT a1@dest.test": step},
        "second RCPT": {"RCPT b1@dest.test": step},
        "DATA": {"DATA": [None, step]},
        "content": {".": [None, step]},
    }


def unknown(word):
    return both("unknown", "content", word)


# A silent end at a moment: what mails 1, 2 and 3 end with. With chunks all of them have left.
SILENT = {
    "bdat": {moment: lambda word: [unknown(word)] * 3 for moment in ("MAIL", "first RCPT", "second RCPT", "content")},
    "pipeline": {
        "MAIL": lambda word: [None, None, None],
        "first RCPT": lambda word: [both("deferred", "rcpt", word), None, None],
        "second RCPT": lambda word: [both("deferred", "rcpt", word), None, None],
        "DATA": lambda word: [both("deferred", "data", word), None, None],
        "content": lambda word: [unknown(word), None, None],
    },
}
SILENT["step_by_step"] = SILENT["pipeline"]
# 421 at a moment: (outcome, phase) of mail 1; 2 and 3 have no turn.
GOODBYE = {
    "MAIL": both("deferred", "mail", 421),
    "first RCPT": both("deferred", "rcpt", 421),
    "second RCPT": both("deferred", "rcpt", 421),
    "DATA": both("deferred", "data", 421),
    "content": both("deferred", "content", 421),
}
REFUSED = {
    "MAIL": both("refused", "mail", 550),
    "first RCPT": [("refused", "rcpt", 550), ("accepted", "content", 250)],
    "second RCPT": [("accepted", "content", 250), ("refused", "rcpt", 550)],
    "DATA": both("refused", "data", 550),
    "content": both("refused", "content", 550),
}


class TestEveryFaultAtEveryCommand(PureCase):
    def outcome(self, mode, script, count=4, timeout=5.0, body=b""):
        with ScriptedServer(script, extensions=CHUNKING) as server:
            # Small buffers: what is written has also been read, nearly.
            server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection = server.connect(timeout=timeout)
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            session = Session(connection)
            caller = Caller(jobs(count, 2, body))
            caller.run(session, mode)
            usable = session.usable
            session.close()
        # What `take` has not given is as good as a job without a turn.
        found = [caller.ends.get(number) for number in range(count)]
        accepted = [number for number, end in enumerate(found) if end and ("accepted", "content", 250) in end]
        self.assertEqual([mail.sender for mail in server.messages], [f"s{number}@odoo.test" for number in accepted])
        return found, usable, server

    def each(self, table, step):
        for mode in MODES:
            for moment, script in moments(step).items():
                if mode != "bdat" or moment != "DATA":
                    with self.subTest(mode=mode, moment=moment):
                        expected = table[mode][moment] if mode in table else table[moment]
                        yield mode, script, expected

    def test_silent_cut(self):
        for step, word in (
            (CUT, LOST),
            (GARBAGE, "garbled reply"),
            (Step(b"250-half", drop=True, keep=False, linger=True), LOST),
        ):
            for mode, script, expected in self.each(SILENT, step):
                found, usable, _server = self.outcome(mode, script)
                self.assertEqual(found, [OK, *expected(word)])
                self.assertFalse(usable)

    def test_time_out(self):
        for mode, script, expected in self.each(SILENT, Step(delay=0.6, keep=False)):
            if "RCPT b1@dest.test" in script or mode == "step_by_step":
                continue  # each takes its whole timeout
            found, usable, _server = self.outcome(mode, script, timeout=0.3)
            self.assertEqual(found, [OK, *expected("timed out")])
            self.assertFalse(usable)

    def test_orderly_goodbye(self):
        for mode, script, expected in self.each(GOODBYE, BYE):
            found, usable, _server = self.outcome(mode, script)
            self.assertEqual(found, [OK, expected, None, None])
            self.assertFalse(usable)

    def test_refused(self):
        for step in (b"550 5.7.1 No", b"550-5.7.1 No\r\n550 5.7.1 Really"):
            for mode, script, expected in self.each(REFUSED, step):
                found, usable, server = self.outcome(mode, script)
                self.assertEqual(found, [OK, expected, OK, OK])
                self.assertTrue(usable)
                self.assertEqual(server.connections, 1)

    def test_all_refused_again_and_again(self):
        script = {"RCPT": lambda line: None if "5@" in line else b"550 5.1.1 No"}
        for mode in MODES:
            with self.subTest(mode=mode):
                found, usable, server = self.outcome(mode, script, count=20)
                no = both("refused", "rcpt", 550)
                self.assertEqual(found, [OK if number in (5, 15) else no for number in range(20)])
                self.assertTrue(usable)

    def test_half_way_through_the_content(self):
        for mode in MODES:
            for step, expected in (
                (CUT, None),
                (Step(b"552 5.3.4 Too big", drop=True), both("refused", "data", 552)),
                (Step(b"421 4.3.2 Bye", drop=True), both("deferred", "data", 421)),
            ):
                with self.subTest(mode=mode, step=step):
                    # linger would read it all; a reset may swallow the last words
                    step = Step(step.reply, drop=True)
                    found, usable, _server = self.outcome(mode, {"CONTENT": [None, step]}, count=3, body=BIG * 20_000)
                    lost = both("deferred", "data", LOST)
                    self.assertEqual(found[0], OK)
                    self.assertIn(found[1], (lost, expected) if expected else (lost,))
                    self.assertIsNone(found[2])
                    self.assertFalse(usable)

    def test_server_stops_reading(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                script = {"CONTENT": [None, Step(delay=0.8, drop=True)]}
                found, usable, _server = self.outcome(mode, script, count=3, timeout=0.3, body=BIG * 20_000)
                self.assertEqual(found, [OK, both("deferred", "data", "timed out"), None])
                self.assertFalse(usable)


class TestOutOfStep(PureCase):
    """Replies that a polite conversation would not cause, or that no server should give."""

    def run_jobs(self, script, mode, waiting, extensions=CHUNKING, buffer=None):
        with ScriptedServer(script, extensions=extensions) as server:
            if buffer:
                server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            connection = server.connect(timeout=1)
            if buffer:
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
            session = Session(connection)
            caller = Caller(waiting)
            caller.run(session, mode)
            usable = session.usable
            session.close()
        return caller.ends, usable, server

    def test_go_ahead_for_nothing(self):
        # RFC 2920 §3.1: 354 although every recipient was refused; a lone dot, and no 250 to it means anything
        for reply in (b"554 5.5.1 No valid recipients", b"250 2.0.0 Ok: queued as NOTHING"):
            with self.subTest(reply=reply):
                script = {"RCPT a1@dest.test": b"550 No", "DATA": b"354 Go", ".": [None, reply]}
                found, usable, server = self.run_jobs(script, "pipeline", jobs(3))
                self.assertEqual(found, {0: OK[:1], 1: [("refused", "rcpt", 550)], 2: OK[:1]})
                self.assertTrue(usable)
                self.assertNotIn(job(1).message, [mail.data for mail in server.messages])

    def test_the_dot_of_nothing_is_the_last_word(self):
        script = {"RCPT a1@dest.test": b"550 No", "DATA": b"354 Go", ".": [None, BYE]}
        found, usable, _server = self.run_jobs(script, "pipeline", jobs(3))
        self.assertEqual(found, {0: OK[:1], 1: [("refused", "rcpt", 550)], 2: None})
        self.assertFalse(usable)

    def test_added_to_an_earlier_mail(self):
        # RSET does nothing and the first transaction is still open: mail 1 would go out under the name of mail 0
        script = {"MAIL s1@odoo.test": b"503 5.5.1 Nested MAIL command", "RCPT a1@dest.test": b"250 Ok"}
        found, usable, server = self.run_jobs({**script, "DATA": b"354 Go"}, "pipeline", jobs(3))
        self.assertEqual(found, {0: OK[:1], 1: [("refused", "mail", 503)], 2: None})
        self.assertEqual((len(server.messages), usable), (1, False), "not even the lone dot was sent")
        found, usable, server = self.run_jobs(script, "bdat", jobs(2))
        self.assertEqual(found, {0: OK[:1], 1: both("unknown", "content", "unexpected reply")[:1]})
        self.assertEqual(len(server.messages), 2)

    def misplaced(self, lines, is_written=True, is_lost=False):
        transaction = PipelinedTransaction(job(1, 2), Extensions(), Transcript())
        transaction.commands(reset=True)
        transaction.chunk_command()
        for line in lines:
            transaction.on_reply(Reply.parse([line]), is_written)
        if is_lost:
            transaction.on_connection_lost(LOST, is_written)
        return transaction

    def test_a_content_taken_under_a_refused_sender_is_nobodys_guess(self):
        taken = self.misplaced([b"250 Ok", b"503 No", b"250 Ok", b"550 No", b"250 Ok: queued"])
        self.assertEqual(ends(taken.result(True)), both("unknown", "content", "unexpected reply"))
        lost = self.misplaced([b"500 What?", b"503 No", b"250 Ok", b"550 No"], is_lost=True)
        self.assertEqual(ends(lost.result(False)), both("unknown", "content", "unexpected reply"))
        self.assertFalse(lost.is_unsent)
        refused = self.misplaced([b"500 What?", b"503 No", b"250 Ok", b"550 No", b"554 No"])
        self.assertTrue(refused.is_unsent)

    def test_reset_refused(self):
        for mode in MODES:
            script = {"RCPT a0@dest.test": b"550 No", "RSET": b"500 5.5.1 What?"}
            with self.subTest(mode=mode):
                found, usable, server = self.run_jobs(script, mode, jobs(3))
                self.assertEqual(found.pop(0), [("refused", "rcpt", 550)])
                self.assertFalse(usable)
                for number in (1, 2):
                    # Either the MAIL that follows finds nothing open, or it had no turn.
                    self.assertIn(found.get(number), (OK[:1], None))
                accepted = [number for number, end in found.items() if end]
                self.assertEqual([mail.sender for mail in server.messages], [f"s{one}@odoo.test" for one in accepted])

    def test_reset_refused_and_the_next_mail_with_it(self):
        script = {
            "RCPT a0@dest.test": b"550 No",
            "RSET": b"500 5.5.1 What?",
            "MAIL": [None, b"503 Nested", b"503 Nested"],
        }
        for mode in ("bdat", "pipeline"):
            with self.subTest(mode=mode):
                found, usable, _server = self.run_jobs(
                    {**script, "RCPT a1@dest.test": b"503 No", "RCPT a2@dest.test": b"503 No"}, mode, jobs(3)
                )
                self.assertEqual(found, {0: [("refused", "rcpt", 550)], 1: None, 2: None})
                self.assertFalse(usable)

    def test_goodbye_at_reset(self):
        # The mail behind it was not begun, the one before it is settled.
        script = {"RCPT a0@dest.test": b"550 No", "RSET": BYE}
        for mode in MODES:
            with self.subTest(mode=mode):
                found, usable, _server = self.run_jobs(script, mode, jobs(2))
                self.assertEqual((found.pop(0), usable), ([("refused", "rcpt", 550)], False))
                self.assertIn(found, ({}, {1: None}))

    def test_wrong_kind_of_reply(self):
        for mode in ("bdat", "pipeline"):
            for name, script, expected in (
                ("354 to MAIL", {"MAIL s1@odoo.test": b"354 Go"}, ("deferred", "mail")),
                ("354 to RCPT", {"RCPT a1@dest.test": b"354 Go"}, ("deferred", "rcpt")),
                ("354 to the content", {".": [None, b"354 Go"]}, ("unknown", "content")),
                ("250 to DATA", {"DATA": [None, b"250 Ok"]}, ("deferred", "data")),
                ("334 to DATA", {"DATA": [None, b"334 Go"]}, ("deferred", "data")),
            ):
                if mode == "bdat":
                    if "DATA" in name:
                        continue
                    expected = ("unknown", "content")
                with self.subTest(mode=mode, name=name):
                    found, usable, server = self.run_jobs(script, mode, jobs(3))
                    wrong = [(*expected, "unexpected reply")]
                    # Nothing had been said of it: as if it had had no turn.
                    self.assertEqual(found[1], None if expected[1] == "mail" else wrong)
                    self.assertEqual(found[0], OK[:1])
                    self.assertFalse(usable)

    def test_one_reply_too_many(self):
        for mode in ("bdat", "pipeline"):
            with self.subTest(mode=mode):
                script = {".": [None, b"250 2.0.0 Ok: queued as A1\r\n250 2.0.0 Ok again"]}
                found, usable, server = self.run_jobs(script, mode, jobs(2))
                self.assertEqual(found, {0: OK[:1], 1: OK[:1]})
                self.assertFalse(usable)

    def test_an_answer_before_the_question(self):
        # 250 while the content is still being written can be no answer to it.
        for mode in ("bdat", "pipeline"):
            with self.subTest(mode=mode):
                script = {"CONTENT": Step(b"250 Ok")}
                # Small buffers: else the whole mail can have left before the answer is looked for.
                found, usable, _server = self.run_jobs(script, mode, [job(0, body=BIG * 300_000), job(1)], buffer=4096)
                self.assertEqual(found, {0: [("deferred", "data", "unexpected reply")], 1: None})
                self.assertFalse(usable)

    def test_endless_reply(self):
        for mode in ("bdat", "pipeline"):
            with self.subTest(mode=mode):
                found, _usable, _server = self.run_jobs({".": b"250-x\r\n" * 200_000 + b"250 x"}, mode, jobs(1))
                self.assertEqual(found, {0: [("unknown", "content", "garbled reply")]})

    def test_the_connection_is_given_up_before_exim_does(self):
        extensions = [one for one in CHUNKING if one != "ENHANCEDSTATUSCODES"]
        script = {"RCPT": lambda line: b"550 No" if int(line.split("@")[0][10:]) % 3 else None}
        with ScriptedServer(script, extensions=extensions) as server:
            results, callers = send_all(server, jobs(60), "bdat")
        self.assertEqual([len(recipients_with(result, "accepted")) for result in results.values()].count(1), 20)
        self.assertEqual(server.verbs().count("QUIT"), len(callers))
        self.assertIn(len(callers), range(3, 6))


def random_script(rnd, count, faults):
    """Some answers of every kind; they depend on the mail alone, so that every mode meets the same."""
    refusals = (b"550 5.7.1 No", b"450 4.2.0 Later", b"452 4.5.3 Full", b"550-5.1.1 No\r\n550 5.1.1 such user")
    script, contents = {}, {}
    for number in range(count):
        if rnd.random() < 0.15:
            script[f"MAIL s{number}@odoo.test"] = rnd.choice(refusals)
        for letter in "abc":
            if rnd.random() < 0.3:
                script[f"RCPT {letter}{number}@dest.test"] = rnd.choice(refusals)
        if rnd.random() < 0.15:
            contents[f"Subject: {number}"] = rnd.choice((b"554 5.7.1 Spam", b"451 4.3.0 Later", b"250 Ok: queued as X"))
        if rnd.random() < 0.08:
            moment, step = rnd.choice(("MAIL s{}@odoo.test", "RCPT b{}@dest.test", "")), rnd.choice(faults)
            if moment:
                script[moment.format(number)] = [step]
            else:
                contents[f"Subject: {number}"] = [step]
    script["."] = lambda line: contents.pop(line)[0] if isinstance(contents.get(line), list) else contents.get(line)
    return script


class TestProperties(PureCase):
    COUNT = 30

    def outcomes(self, seed, faults):
        for mode in MODES:
            rnd = random.Random(seed)
            with ScriptedServer(random_script(rnd, self.COUNT, faults), extensions=CHUNKING) as server:
                results, _callers = send_all(server, jobs(self.COUNT, 3), mode, window=rnd.choice((1, 2, 5, 8)))
            yield mode, results, server

    def check_books(self, results, messages):
        """Nothing lost, nothing doubled: what the server kept is what is told, mail by mail."""
        self.assertEqual(set(results), set(range(self.COUNT)))
        kept = [mail.sender for mail in messages]
        self.assertEqual(len(kept), len(set(kept)))
        for number, result in results.items():
            mails = [mail for mail in messages if mail.sender == f"s{number}@odoo.test"]
            told = tuple(end.address for end in recipients_with(result, "accepted"))
            if recipients_with(result, "unknown"):
                self.assertFalse(told)
            else:
                self.assertEqual([mail.recipients for mail in mails], [told] if told else [])
            self.assertTrue(all(mail.data == job(number).message for mail in mails))

    def test_every_mode_ends_alike(self):
        for seed in range(25):
            with self.subTest(seed=seed):
                found = {}
                for mode, results, server in self.outcomes(seed, (BYE,)):
                    self.check_books(results, server.messages)
                    found[mode] = {
                        number: (ends(result), result.reply and str(result.reply)) for number, result in results.items()
                    }
                self.assertEqual(found["bdat"], found["step_by_step"])
                self.assertEqual(found["pipeline"], found["step_by_step"])

    def test_nothing_is_lost_or_doubled_when_connections_break(self):
        faults = (CUT, GARBAGE, BYE, Step(drop=True), Step(drop=True, keep=True), Step(b"250 half", drop=True))
        for seed in range(25):
            with self.subTest(seed=seed):
                for _mode, results, server in self.outcomes(seed, faults):
                    self.check_books(results, server.messages)
