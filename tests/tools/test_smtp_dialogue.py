from ...tools.smtp import dialogue, transaction, values
from ...tools.smtp.dialogue import Dialogue
from ...tools.smtp.envelope import Envelope
from ...tools.smtp.extension import Extensions
from ...tools.smtp.reply import Reply
from ...tools.smtp.transaction import Outcome, Phase, TransactionResult
from .common import DoctestCase, recipients_with


def new_dialogue(*recipients, extensions=None, sender="s@odoo.test", message=b"x"):
    return Dialogue(Envelope(sender, recipients or ("a@dest.test", "b@dest.test")), extensions or Extensions(), message)


def reply(line):
    return Reply.parse([line.encode()])


def ends(one):
    return [(end.outcome.value, end.phase.value, end.reply.code if end.reply else end.problem) for end in one.results]


class TestDialogue(DoctestCase):
    """The rules that need no socket; the others are tested over one in test_smtp_session."""

    def test_doctests(self):
        self.assertDoctests(dialogue, transaction, values)

    def test_replies_of_a_pipelined_group_after_a_refused_mail_change_nothing(self):
        one = new_dialogue()
        one.on_mail(reply("530 5.7.0 Authentication required"))
        one.on_rcpt(0, reply("503 5.5.1 Error: need MAIL command"))
        one.on_rcpt(1, reply("421 4.3.2 Bye"))
        one.on_data(reply("503 5.5.1 Error: need RCPT command"))
        self.assertEqual(ends(one), [("deferred", "mail", 530)] * 2, "530: the settings are at fault, not the mail")

    def test_what_is_awaited(self):
        one = new_dialogue()
        phases = [one.awaiting]
        one.on_mail(reply("250 Ok"))
        phases.append(one.awaiting)
        one.on_rcpt(0, reply("250 Ok"))
        phases.append(one.awaiting)
        one.on_rcpt(1, reply("550 No"))
        phases.append(one.awaiting)
        one.on_data(reply("354 Go"))
        phases.append(one.awaiting)
        one.on_final_dot()
        phases.append(one.awaiting)
        self.assertEqual(phases, [Phase.MAIL, Phase.RCPT, Phase.RCPT, Phase.DATA, Phase.DATA, Phase.CONTENT])

    def test_last_reply(self):
        for line, at_data, at_content in (
            ("552 5.3.4 Too big", ("refused", "data", 552), ("refused", "content", 552)),
            ("452 4.3.1 Full", ("deferred", "data", 452), ("deferred", "content", 452)),
            ("421 4.3.2 Bye", ("deferred", "data", 421), ("deferred", "content", 421)),
            ("250 2.0.0 Ok", ("deferred", "data", "connection lost"), ("accepted", "content", 250)),
            ("354 Go", ("deferred", "data", "connection lost"), ("unknown", "content", "connection lost")),
        ):
            for is_dot_sent, expected in ((False, at_data), (True, at_content)):
                with self.subTest(line=line, is_dot_sent=is_dot_sent):
                    one = new_dialogue("a@dest.test")
                    one.on_mail(reply("250 Ok"))
                    one.on_rcpt(0, reply("250 Ok"))
                    one.on_data(reply("354 Go"))
                    if is_dot_sent:
                        one.on_final_dot()
                    one.on_failure("connection lost", reply(line))
                    self.assertEqual(ends(one), [expected])
                    self.assertFalse(one.is_usable)
                    self.assertFalse(one.needs_reset)

    def test_trouble_after_the_end_changes_no_recipient(self):
        one = new_dialogue("a@dest.test")
        one.on_mail(reply("550 No"))
        one.on_failure("timed out")
        self.assertEqual(ends(one), [("refused", "mail", 550)])
        self.assertFalse(one.is_usable)

    def test_command_has_what_the_message_needs(self):
        offered = Extensions.from_esmtp({"8bitmime": "", "size": ""})
        for message, expected in ((b"ascii", b"SIZE=5"), ("ą".encode(), b"SIZE=2 BODY=8BITMIME")):
            with self.subTest(message=message):
                one = new_dialogue(extensions=offered, message=message)
                self.assertEqual(one.mail_command(), b"MAIL FROM:<s@odoo.test> " + expected + b"\r\n")

    def test_without_smtputf8(self):
        one = new_dialogue("józef@dest.test", "b@dest.test")
        self.assertEqual(one.pending, (1,))
        self.assertEqual(ends(one), [("refused", "local", "server does not offer SMTPUTF8")])
        self.assertTrue(new_dialogue("a@dest.test", "b@dest.test", sender="żaneta@odoo.test").is_over)
        self.assertEqual(
            new_dialogue("józef@dest.test", extensions=Extensions.from_esmtp({"smtputf8": ""})).pending, (0,)
        )

    def test_result_by_outcome(self):
        one = new_dialogue("a@dest.test", "b@dest.test", "c@dest.test")
        one.on_mail(reply("250 Ok"))
        one.on_rcpt(0, reply("550 No"))
        one.on_rcpt(1, reply("450 Later"))
        one.on_rcpt(2, reply("250 Ok"))
        one.on_data(reply("354 Go"))
        one.on_final_dot()
        one.on_failure("timed out")
        result = TransactionResult(one.results, one.reply, "", "", False, 1)
        found = [recipients_with(result, word) for word in ("accepted", "refused", "deferred", "unknown")]
        self.assertEqual([[end.address[0] for end in some] for some in found], [[], ["a"], ["b"], ["c"]])
        self.assertIs(recipients_with(result, "unknown")[0].outcome, Outcome.UNKNOWN)
        self.assertIsNone(one.reply)
