from odoo.tests import HttpCase, tagged

from .test_buffer_actions import DecisionMixin


@tagged("post_install", "-at_install", "browser")
class TestBufferTour(DecisionMixin, HttpCase):
    """In a real browser. What is told by bus leaves after a commit only, which no test makes."""

    def test_counter(self):
        self.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])._write_core(
            {"state": "cancel", "retry_date": False}
        )
        self.create_people()
        for _ in range(2):
            self.create_waiting()
        self.start_tour("/odoo", "mail_delivery_status_buffer_counter", login="decide_manager")
