"""What travels: an email on its way, what it came to, and what is gathered of it."""

from odoo.tests import BaseCase, tagged

from ..engine.delivery import Delivery, DeliveryResult, DeliveryResults, Email, last_words
from ..tools.smtp.envelope import Envelope
from ..tools.smtp.reply import Reply
from ..tools.smtp.transaction import Outcome, Phase, RecipientResult, TransactionResult
from ..tools.smtp.trouble import from_exception
from ..tools.smtp.values import recipient_reply

A, B, C = (f"{name}@dest.test" for name in "abc")
TOKEN = "0123456789abcdef" * 2
TOO_MANY = Reply.of(452, "4.5.3 Too many recipients")


def accepted(address):
    return RecipientResult(address, Outcome.ACCEPTED, Phase.CONTENT, Reply.of(250, "2.0.0 Ok: queued as F1"))


def deferred(address, reply=None):
    return RecipientResult(address, Outcome.DEFERRED, Phase.RCPT, reply or Reply.of(450, "4.2.1 Later"))


@tagged("post_install", "-at_install")
class TestDelivery(BaseCase):
    def setUp(self):
        super().setUp()
        self.email = Email(7, 0, dict.fromkeys((A, B, C), "to"), {"mail_mail_id": 7}, 3, "mx.test:25", 99)
        envelope = Envelope(f"bounce+{TOKEN}@odoo.test", (A, B), TOKEN)
        message = f"X-Envelope-Id: {TOKEN}\r\n\r\nMy token is {TOKEN}\r\n".encode()
        self.delivery = Delivery(self.email, envelope, message).opened(11)

    def result(self, *recipients):
        return DeliveryResult(self.email, recipients, 11, TOKEN)

    def test_what_follows_has_a_token_of_its_own(self):
        result = self.result(accepted(A), deferred(B, TOO_MANY))
        following = self.delivery.following((B,), (C,), result)
        new = following.envelope.envelope_id
        self.assertNotEqual(new, TOKEN)
        self.assertEqual(following.envelope.sender, f"bounce+{new}@odoo.test")
        self.assertEqual(following.message.count(new.encode()), 1, "the header, not what the text says")
        self.assertEqual((following.known_transaction_id, following.transaction_id), (11, None))
        self.assertEqual((following.envelope.recipients, following.rest, following.earlier), ((B,), (C,), (result,)))

    def test_the_columns_of_a_transaction(self):
        columns = self.delivery.begun_again().columns()
        self.assertEqual(columns["recipients"], (A, B))
        self.assertEqual((columns["mail_mail_id"], columns["partner_id"], columns["id"]), (7, None, 0))
        self.assertEqual(
            (columns["mail_server_id"], columns["smtp_server_name"], columns["size"]), (3, "mx.test:25", 99)
        )

    def test_the_last_word_counts(self):
        first, second = self.result(accepted(A), deferred(B, TOO_MANY)), self.result(accepted(B))
        self.assertEqual(last_words((first, second))[0].recipients, (accepted(A),))
        self.assertEqual(last_words((first, second))[1].recipients, (accepted(B),))
        [left] = last_words((first,), (B,))
        self.assertEqual(left.recipients, (accepted(A),), "of B only the row of the next transaction tells")

    def test_what_counts_as_an_attempt(self):
        for recipients, counts in (
            ((accepted(A),), True),
            ((deferred(A),), True),
            ((deferred(A, TOO_MANY),), True),
            ((accepted(A), deferred(B)), True),
            ((accepted(A), deferred(B, TOO_MANY)), False),
        ):
            with self.subTest(recipients=recipients):
                results = DeliveryResults()
                results.add(self.email, [self.result(*recipients)])
                self.assertEqual(results.attempted, {7} if counts else set())
        results = DeliveryResults()
        results.add(self.email, ())
        self.assertFalse(results.attempted, "only the open row tells what became of it")

    def test_no_connection(self):
        result = DeliveryResult.of_failure(self.delivery, from_exception(ConnectionRefusedError()))
        self.assertEqual([one.address for one in result.recipients], [A, B])
        self.assertEqual({one.outcome for one in result.recipients}, {Outcome.DEFERRED})
        self.assertEqual({one.problem for one in result.recipients}, {"connection refused"})
        self.assertEqual(result.facts(), {"envelope_id": TOKEN, "smtp_server_name": "mx.test:25"}, "no attempt to show")

    def test_decided_here(self):
        results = DeliveryResults()
        results.fail(7, [self.email], ValueError("x"))
        results.leave(Email(8, 5, {A: "cc"}, {}))
        results.accept(Email(9, 0, {}, {}))
        self.assertEqual([one.outcome for one in results.of_email()[7, 0]], [Outcome.REFUSED] * 3)
        self.assertEqual([one.outcome for one in results.of_email()[8, 5]], [Outcome.QUEUED])
        self.assertEqual((set(results.errors), results.left, results.attempted), ({7}, {8}, {9}))
        self.assertEqual(results.results[0].facts(), {})

    def test_what_the_log_says_is_what_was_answered(self):
        said = TransactionResult(
            (accepted(A), deferred(B)), Reply.of(250, "2.0.0 Ok: queued as F1"), "F1", "", True, 99
        )
        result = DeliveryResult.of_transaction(self.delivery, said)
        row = {
            "id": 11,
            "mail_mail_id": 7,
            "partner_id": None,
            "envelope_id": TOKEN,
            "smtp_receipt": "F1",
            "smtp_server_name": "mx.test:25",
            "recipient_replies": [recipient_reply(one) for one in said.recipients],
        }
        found = DeliveryResult.of_log(row)
        self.assertEqual(found.recipients, result.recipients)
        self.assertEqual((found.facts(), found.receipt), (result.facts(), result.receipt))
