import json
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import new_test_user, tagged

from ..engine.news import News
from ..engine.pool import ConnectionPools
from ..models.mail_mail_live import MOST_IDS
from ..models.mail_mail_notices import MOST_COUNTED
from .common import DeliveryCase
from .drain_common import DrainCase
from .servers.scripted import ScriptedServer
from .test_buffer_actions import DecisionMixin


@tagged("post_install", "-at_install")
class TestNews(DecisionMixin, DeliveryCase):
    """What is told by bus of mails that change, and to whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_people()

    def setUp(self):
        super().setUp()
        self.forget()

    def forget(self):
        self.env.cr.postcommit.clear()

    def changed(self):
        """The ids that are told of with the next commit."""
        found = self.env.cr.postcommit.data.get("mail_delivery_status.changed", set())
        self.forget()
        return set(found)

    def told(self, mails):
        """What would be put on the bus of these mails: ``{channel: payload}``."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        last = self.env["bus.bus"].search([], order="id desc", limit=1).id
        mails._send_news()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("id", ">", last)])
        for row in rows:
            self.assertEqual(json.loads(row.message)["type"], "mail_delivery_status/changed")
        return {tuple(json.loads(row.channel)[1:]): json.loads(row.message)["payload"] for row in rows}

    def company_channel(self, company):
        return ("res.company", company.id, "mail_delivery_status")

    def test_what_changes_is_told(self):
        with ScriptedServer() as smtp:
            server = self.create_mail_server(smtp.port)
            mail = self.create_mail("alice@dest.test", server)
            self.assertEqual(self.changed(), set(mail.ids), "made")
            mail.send()
            self.assertEqual(self.changed(), set(mail.ids), "sent")
        for change in (
            lambda mail: mail.action_hold(),
            lambda mail: mail.action_release(),
            lambda mail: mail._wait_for_server(server, False),
            lambda mail: mail._retry_later("x"),
            lambda mail: mail.action_cancel_sending(),
        ):
            mail = self.create_mail("alice@dest.test", server) if mail.state == "sent" else mail
            self.forget()
            change(mail)
            self.assertEqual(self.changed(), set(mail.ids))

    def test_reading_tells_nothing(self):
        mail = self.create_mail("alice@dest.test")
        self.env.flush_all()
        self.forget()
        mail.invalidate_recordset()
        mail.read(["state"])
        mail.search([("id", "=", mail.id)])
        mail.waiting_count()
        mail.buffer_notices()
        self.assertFalse(self.changed())

    def test_no_statement_more_until_the_commit(self):
        mail = self.create_mail("alice@dest.test")
        self.env.flush_all()
        with self.assertQueryCount(0):
            mail._tell_changed()

    def test_ids_alone_by_company(self):
        one, two = self.create_waiting(), self.create_waiting(self.company_2)
        alone = self.create_mail("alice@dest.test", record_company_id=False)
        password = self.create_mail("alice@dest.test", model="res.users", res_id=self.env.user.id)
        told = self.told(one + two + alone + password)
        group = ("res.groups", self.env.ref("mail_delivery_status.group_user").id, "mail_delivery_status")
        self.assertEqual(
            told.keys(), {self.company_channel(self.company_1), self.company_channel(self.company_2), group}
        )
        self.assertEqual(told[group], {"mails": alone.ids, "documents": {}})
        self.assertEqual(told[self.company_channel(self.company_1)]["documents"], {"account.move": [one.res_id]})
        self.assertNotIn("res.users", json.dumps(list(told.values())))
        self.assertCountEqual(told[self.company_channel(self.company_1)]["mails"], (one + password).ids)
        self.assertEqual(told[self.company_channel(self.company_2)]["documents"], {"account.move": [two.res_id]})

    def test_too_many_for_ids(self):
        mails = self.env["mail.mail"].create(
            [{"email_to": "a@dest.test", "record_company_id": self.company_1.id}] * (MOST_IDS + 1)
        )
        told = self.told(mails)
        self.assertIn(self.company_channel(self.company_1), told)
        self.assertLessEqual(len(told), self.env["res.company"].search_count([]) + 1)
        for payload in told.values():
            self.assertEqual(payload, {"mails": [], "documents": {}, "many": True})

    def test_who_listens(self):
        channels = {role: self.env["mail.mail"].with_user(user)._news_channels() for role, user in self.users.items()}
        company_1 = (self.company_1, "mail_delivery_status")
        company_2 = (self.company_2, "mail_delivery_status")
        self.assertFalse(channels["employee"])
        for role in ("user", "author", "billing", "manager"):
            self.assertIn(company_1, channels[role])
            self.assertNotIn(company_2, channels[role])
        administrator = new_test_user(self.env, "live_admin", "base.group_system,mail_delivery_status.group_user")
        self.assertIn(company_2, self.env["mail.mail"].with_user(administrator)._news_channels())
        public = self.env["mail.mail"].with_user(self.env.ref("base.public_user"))
        self.assertFalse(public._news_channels())


class TestNewsOfARun(DrainCase):
    """A run tells now and then, not after each commit; what happens within a request is told after its commit."""

    def setUp(self):
        super().setUp()
        self.last = self.messages(0)[-1:] or [(0, None)]

    def messages(self, after):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT id, message FROM bus_bus WHERE id > %s AND message LIKE %s ORDER BY id",
                [after, '%"mail_delivery_status/changed"%'],
            )
            return cr.fetchall()

    def told_ids(self):
        """Of which mails was told since the test began, message by message."""
        return [set(json.loads(message)["payload"]["mails"]) for _id, message in self.messages(self.last[0][0])]

    def test_a_commit_tells(self):
        _server, server_id = self.start()
        ids = self.create_mails(2, server_id)
        self.assertEqual(self.told_ids(), [set(ids)])

    def test_a_rollback_tells_nothing(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].create({"email_to": "a@dest.test"})
            cr.rollback()
        self.assertEqual(self.told_ids(), [])

    def test_a_run_tells_of_all(self):
        _server, server_id = self.start()
        ids = self.create_mails(60, server_id)
        before = len(self.told_ids())
        self.drain()
        told = self.told_ids()[before:]
        self.assertEqual(set.union(*told), set(ids))
        self.assertEqual(told[-1] & set(ids[-1:]), set(ids[-1:]), "the last word is told at the end")
        self.assertLessEqual(len(told), 5, "few messages, however often it commits")

    def test_being_sent_is_told(self):
        """Before the mail server was asked: whoever looks sees that the mails are being sent."""
        _server, server_id = self.start()
        ids = self.create_mails(3, server_id)
        before, told, put = len(self.told_ids()), [], ConnectionPools.put

        def put_and_look(pools, *args):
            told.extend(self.told_ids()[before:])
            return put(pools, *args)

        with patch.object(ConnectionPools, "put", put_and_look):
            self.drain()
        self.assertEqual(told[0], set(ids))

    def test_seldom(self):
        news = News()
        self.assertFalse(news.is_due())
        news.add([1])
        self.assertTrue(news.is_due(), "the first news at once")
        self.assertEqual(news.take(), [1])
        news.add([2, 3])
        self.assertFalse(news.is_due())
        self.assertEqual(news.take(), [2, 3])


@tagged("post_install", "-at_install")
class TestWaitingCount(DecisionMixin, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_people()
        cls.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])._write_core({"state": "cancel"})

    def count(self, role):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mail.mail"].with_user(self.users[role]).waiting_count()["count"]

    def test_by_role_and_company(self):
        self.create_waiting()
        self.create_waiting(author_id=False)
        self.create_waiting(self.company_2)
        self.create_mail("a@dest.test", record_company_id=False)
        counts = {role: self.count(role) for role in self.users}
        # The administrator of these has core's rights alone, and no counter.
        self.assertEqual(counts, {"employee": 0, "user": 0, "author": 1, "billing": 2, "manager": 2, "admin": 0})
        self.users["admin"].group_ids += self.env.ref("mail_delivery_status.group_user")
        self.assertEqual(self.count("admin"), 4)
        self.users["manager"].company_ids += self.company_2
        mails = self.env["mail.mail"].with_user(self.users["manager"])
        for companies, expected in ((self.company_1, 2), (self.company_2, 1), (self.company_1 + self.company_2, 3)):
            counted = mails.with_context(allowed_company_ids=companies.ids).waiting_count()["count"]
            self.assertEqual(counted, expected, "of the companies that are switched on")

    def test_counts_what_the_list_shows(self):
        self.create_waiting()
        self.create_waiting()._update_summary(state="exception", retry_date="2100-01-01 00:00:00")
        self.create_waiting()._update_summary(state="exception")
        self.create_waiting()._update_summary(state="sent")
        self.create_waiting(scheduled_date="2100-01-01 00:00:00", is_held=True)
        domain = self.env.ref("mail_delivery_status.mail_mail_action_queued")._get_action_dict()["domain"]
        shown = self.env["mail.mail"].with_user(self.users["manager"]).search_count(eval(domain))  # noqa: S307
        self.assertEqual((self.count("manager"), shown), (3, 3))

    def test_stops_counting(self):
        values = {"email_to": "a@dest.test", "record_company_id": self.company_1.id}
        self.env["mail.mail"].create([values] * (MOST_COUNTED + 5))
        self.env.flush_all()
        mails = self.env["mail.mail"].with_user(self.users["manager"])
        self.assertEqual(mails.waiting_count(), {"count": MOST_COUNTED - 1, "more": True})
        self.assertEqual(self.count("billing"), 0, "not of mails that one may not see")

    def test_few_statements(self):
        for _ in range(3):
            self.create_waiting()
        for role, most in (("manager", 8), ("billing", 12)):
            self.count(role)
            self.env.invalidate_all()
            mails = self.env["mail.mail"].with_user(self.users[role])
            with self.assertQueryCount(most):
                mails.waiting_count()
