"""How many real returned mails get a cause that says something; they belong to no repository (`test_report_bounces`)."""

import collections
import json
import unittest

from ...tools.explanation import Cause, Facts, explain
from ...tools.report import Kind, parse_report
from ...tools.report.model import Action
from .common import PureCase
from .test_report_bounces import BOUNCES

GOAL = 0.96
# No mail can ever arrive: what tools/report calls hard must not be explained as something that passes.
DEAD = {
    Cause.USER_UNKNOWN, Cause.USER_NOT_LOCAL, Cause.DOMAIN_UNKNOWN, Cause.DOMAIN_TAKES_NO_MAIL, Cause.ADDRESS_WRONG,
    Cause.ADDRESS_MALFORMED, Cause.MAILBOX_MOVED, Cause.MAILBOX_DISABLED,
}  # fmt: skip


@unittest.skipUnless(BOUNCES.is_dir(), "the real returned mails are not beside this checkout (../shared/bounces)")
class TestExplanationBounces(PureCase):
    def test_goal(self):
        found = collections.Counter()
        for name in json.loads((BOUNCES / "truth.json").read_text()):
            report = parse_report((BOUNCES / name).read_bytes())
            for one in report.recipients if report.kind is Kind.DSN else ():
                if one.action not in (Action.FAILED, Action.DELAYED):
                    continue
                facts = Facts.of_return(
                    str(one.status or ""), one.diagnostic, one.hard, one.remote_mta or "", one.action is Action.DELAYED
                )
                cause = explain(facts).cause
                found[cause.is_general] += 1
                with self.subTest(mail=name, said=one.diagnostic[:100]):
                    self.assertTrue(not one.hard or cause in DEAD, cause)
        self.assertGreater(found.total(), 300)
        self.assertGreaterEqual(found[False] / found.total(), GOAL)
