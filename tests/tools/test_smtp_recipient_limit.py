import random

from ...tools.smtp import recipient_limit
from ...tools.smtp.recipient_limit import next_recipients
from ...tools.smtp.reply import Reply
from ...tools.smtp.transaction import Outcome, Phase, RecipientResult, TransactionResult
from .common import DoctestCase

TOO_MANY = Reply.parse([b"452 4.5.3 Too many recipients"])
LATER = Reply.parse([b"451 4.7.1 Greylisted"])
REFUSED = Reply.parse([b"550 5.1.1 No such user"])


def result(*ends):
    return TransactionResult(tuple(RecipientResult(*end) for end in ends), None, "", "", True, 0)


def over(address, phase=Phase.RCPT):
    return (address, Outcome.DEFERRED, phase, TOO_MANY)


def accepted(address):
    return (address, Outcome.ACCEPTED, Phase.CONTENT, None)


class TestRecipientLimit(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(recipient_limit)

    def test_nothing_is_left(self):
        self.assertIsNone(next_recipients(result(accepted("a"), ("b", Outcome.REFUSED, Phase.RCPT, REFUSED))))

    def test_the_limit_is_learned(self):
        found = next_recipients(result(accepted("a"), accepted("b"), over("c"), over("d"), over("e")), ("f",))
        self.assertEqual(found, (("c", "d"), ("e", "f")))
        self.assertEqual(next_recipients(result(accepted("c"), accepted("d")), ("e", "f")), (("e", "f"), ()))

    def test_nobody_was_served(self):
        """Exim with recipients_max_reject refuses all of them at DATA; others hang up with 421."""
        self.assertEqual(
            next_recipients(result(over("a", Phase.DATA), over("b", Phase.DATA), over("c"))), (("a", "b"), ("c",))
        )
        self.assertEqual(next_recipients(result(over("a"), over("b"), over("c"), over("d"))), (("a", "b"), ("c", "d")))
        self.assertIsNone(next_recipients(result(over("a")), ("b",)))

    def test_somebody_is_put_off_for_another_reason(self):
        later = ("a", Outcome.DEFERRED, Phase.RCPT, LATER)
        self.assertIsNone(next_recipients(result(later)), "it is tried again in some minutes")
        self.assertIsNone(next_recipients(result(later), ("b",)), "the others as well: nobody was served")
        self.assertEqual(next_recipients(result(("a", Outcome.REFUSED, Phase.RCPT, REFUSED)), ("b",)), (("b",), ()))

    def test_it_comes_to_an_end(self):
        """Whatever a server does: nobody is asked after being settled, and the transactions are few."""
        generator = random.Random(12)
        for _ in range(300):
            todo, rest, count = tuple(map(str, range(generator.randint(1, 60)))), (), 0
            settled = set()
            while True:
                count += 1
                ends = [generator.choice((accepted, over, lambda a: over(a, Phase.DATA)))(address) for address in todo]
                self.assertTrue(settled.isdisjoint(todo))
                settled |= {address for address, outcome, *_ in ends if outcome is Outcome.ACCEPTED}
                part = next_recipients(result(*ends), rest)
                if part is None:
                    break
                todo, rest = part
            self.assertLess(count, 200)
