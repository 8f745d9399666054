from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from types import SimpleNamespace

from ...tools.smtp import trouble, values
from ...tools.smtp.reply import Reply
from ...tools.smtp.transaction import Outcome, Phase, RecipientResult, TransactionResult
from .common import DoctestCase

NO = Reply.parse([b"550 5.1.1 no"])
PLAIN = SimpleNamespace(tls_version="", cipher="")


def result(*rows):
    recipients = tuple(RecipientResult(f"{place}@x.test", *row) for place, row in enumerate(rows))
    return TransactionResult(recipients, NO, "", "C: QUIT", True, 3)


class TestSmtpValues(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(values)

    def test_a_transaction(self):
        both = ((Outcome.REFUSED, Phase.RCPT, NO), (Outcome.DEFERRED, Phase.DATA, None, "timed out"))
        found = values.transaction_values(result(*both), PLAIN)
        self.assertEqual((found["outcome"], found["phase"], found["problem"]), ("partial", "data", "timed out"))
        self.assertEqual((found["smtp_code"], found["tls_version"], found["smtp_receipt"]), (550, None, None))
        self.assertEqual([one["phase"] for one in found["recipient_replies"]], ["rcpt", "data"])
        self.assertEqual(values.transaction_values(result(both[0]), PLAIN)["outcome"], "refused")

    def test_a_transaction_of_which_no_step_is_known(self):
        found = values.transaction_values(result((Outcome.UNKNOWN, None, None)), PLAIN)
        self.assertEqual((found["outcome"], found["phase"]), ("unknown", None))

    def test_values_lead_back(self):
        for one in result((Outcome.REFUSED, Phase.RCPT, NO), (Outcome.UNKNOWN, None, None, "lost")).recipients:
            self.assertEqual(values.recipient_of_values(values.recipient_reply(one)), one)

    def test_no_connection(self):
        found = values.failure_values(trouble.from_exception(ConnectionRefusedError(111, "Connection refused")))
        self.assertEqual(
            (found["phase"], found["problem"], found["smtp_code"]), ("connect", "connection refused", None)
        )

    def test_what_smtplib_would_have_raised(self):
        for rows, error in (
            ((), None),
            (((Outcome.REFUSED, Phase.RCPT, NO), (Outcome.ACCEPTED, Phase.CONTENT, NO)), None),
            (((Outcome.UNKNOWN, Phase.CONTENT, None, "lost"),), SMTPServerDisconnected),
            (((Outcome.REFUSED, Phase.MAIL, NO),), SMTPSenderRefused),
            (((Outcome.REFUSED, Phase.CONTENT, NO),), SMTPDataError),
            (((Outcome.REFUSED, Phase.RCPT, NO), (Outcome.DEFERRED, Phase.RCPT, None)), SMTPRecipientsRefused),
        ):
            found = values.as_exception(result(*rows).recipients)
            self.assertIs(found and type(found), error)
        self.assertEqual(found.recipients, {"0@x.test": (550, b"5.1.1 no"), "1@x.test": (550, b"")})
