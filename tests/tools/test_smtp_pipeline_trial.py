"""Servers that offer PIPELINING and do not read on behind the final dot (Haraka 3.3, chasquid 1.11, Courier 1.0)."""

from unittest.mock import patch

from ...tools.smtp import stream_timeouts
from ...tools.smtp.session import Session
from ..servers.scripted import ScriptedServer, Step
from .common import PureCase
from .pipelines import Caller, job, jobs, send_all

ACCEPTED = [("accepted", "content", 250)]
REFUSED = b"503 Bad sequence of commands - pipelined after end of DATA"
SWALLOWED = Step(b"")
CUT = Step(drop=True)
ANSWERED = ("MAIL", "RCPT", "DATA")  # a mail that is begun when all before it was answered
BEHIND_THE_DOT = ("RSET", *ANSWERED)


class TestTrial(PureCase):
    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(stream_timeouts, "TRIAL_TIMEOUT", 0.2))

    def run_one(self, script, count=4, reads_on=None):
        """Send over one connection; return the pipeline, what the mails ended with, the server and its verbs."""
        with ScriptedServer(script) as server:
            session = Session(server.connect())
            caller = Caller(jobs(count))
            pipeline = caller.run(session, "pipeline", reads_on)
            self.usable = session.usable
            session.close()
        return pipeline, [caller.ends.get(number) for number in range(count)], server.verbs()[1:]

    def assertAllOnce(self, server, results):
        self.assertEqual(
            [result.recipients[0].outcome.value for _tag, result in sorted(results.items())], ["accepted"] * 6
        )
        self.assertEqual(
            sorted(mail.sender for mail in server.messages), [f"s{number}@odoo.test" for number in range(6)]
        )

    def test_it_reads_on(self):
        pipeline, ends, verbs = self.run_one({})
        self.assertEqual((pipeline.reads_on, ends), (True, [ACCEPTED] * 4))
        # The trial is the RSET of the second mail.
        self.assertEqual(verbs, [*ANSWERED, *BEHIND_THE_DOT * 3, "QUIT"])

    def test_one_mail_needs_no_trial(self):
        pipeline, ends, verbs = self.run_one({}, 1)
        self.assertEqual((pipeline.reads_on, ends), (None, [ACCEPTED]))
        self.assertEqual(verbs, [*ANSWERED, "QUIT"])

    def test_it_refuses(self):
        for reply in (REFUSED, b"451 4.5.0 Not now"):
            with self.subTest(reply=reply):
                pipeline, ends, verbs = self.run_one({"RSET": reply})
                self.assertEqual((pipeline.reads_on, ends, self.usable), (False, [ACCEPTED] * 4, True))
                self.assertEqual(verbs, [*ANSWERED, "RSET", *ANSWERED * 3, "QUIT"])

    def test_known_from_before(self):
        _pipeline, ends, verbs = self.run_one({}, reads_on=True)
        self.assertEqual((ends, verbs), ([ACCEPTED] * 4, [*ANSWERED, *BEHIND_THE_DOT * 3, "QUIT"]))
        _pipeline, ends, verbs = self.run_one({}, reads_on=False)
        self.assertEqual((ends, verbs), ([ACCEPTED] * 4, [*ANSWERED * 4, "QUIT"]))

    def test_it_throws_away(self):
        with ScriptedServer({"RSET": SWALLOWED}) as server:
            results, callers = send_all(server, jobs(6), "pipeline")
        self.assertAllOnce(server, results)
        self.assertEqual(len(callers), 2, "the second connection knows")
        self.assertEqual(callers[0].ends, {0: ACCEPTED, 1: None})
        self.assertEqual(server.verbs().count("RSET"), 1)

    def test_it_hangs_up(self):
        for step in (CUT, Step(b"421 4.7.0 Too fast", drop=True), b"354 What?", b"What?"):
            with self.subTest(step=step), ScriptedServer({"RSET": step}) as server:
                results, callers = send_all(server, jobs(6), "pipeline")
                self.assertAllOnce(server, results)
                self.assertEqual(len(callers), 2)
                self.assertEqual(server.verbs().count("RSET"), 1)

    def test_the_content_comes_first(self):
        # What is in doubt is the mail; of the trial nothing is said.
        for step, end in ((CUT, "unknown"), (b"550 5.7.1 Spam", "refused"), (b"451 4.3.0 Later", "deferred")):
            with self.subTest(end=end), ScriptedServer({".": [step], "RSET": [REFUSED]}) as server:
                results, _callers = send_all(server, jobs(3), "pipeline")
                outcomes = [result.recipients[0].outcome.value for _tag, result in sorted(results.items())]
                self.assertEqual(outcomes, [end, "accepted", "accepted"])
                self.assertEqual(len(server.messages), 2)

    def test_it_stops_reading_on(self):
        # The trial found nothing behind the dot: the server was too fast for it.
        all_behind = {verb: [None, None, SWALLOWED] for verb in ANSWERED}
        for script in ({"RSET": [None, REFUSED]}, {"RSET": [None, SWALLOWED], **all_behind}, {"RSET": [None, CUT]}):
            with self.subTest(script=script), ScriptedServer(script) as server:
                results, callers = send_all(server, jobs(6), "pipeline", timeout=0.5)
                self.assertAllOnce(server, results)
                self.assertEqual(len(callers), 2)
                self.assertEqual(server.verbs().count("RSET"), 2)

    def test_the_caller_fails_meanwhile(self):
        class Failing(Caller):
            def done(self, results):
                super().done(results)
                raise KeyError("our side")

        with ScriptedServer({"RSET": SWALLOWED}) as server:
            session = Session(server.connect())
            caller = Failing([job(0), job(1)])
            with self.assertRaises(KeyError):
                caller.run(session, "pipeline")
            self.assertFalse(session.usable)
            self.assertEqual(caller.ends, {0: ACCEPTED})
