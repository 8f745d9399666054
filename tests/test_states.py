"""The sets of states in views, filters, actions, an index and a widget are those of tools/recipient_state.py."""

import json
import re
from pathlib import Path

from lxml import etree

from odoo.tests import BaseCase

from .. import const
from ..const.archive import IMPORT_STATES
from ..const.component import COMPONENT_LEVELS
from ..const.doctor import DOCTOR_OUTCOMES
from ..models.mail_document_status import _STATES
from ..models.mail_mail_search import MailMail
from ..tools.recipient_state import (
    FAILED_DOCUMENT,
    FAILURE,
    NOT_ARRIVED_DOCUMENT,
    PROBLEM,
    PROBLEM_STATUSES,
    SENDABLE_AGAIN,
    SUCCESS,
    TO_SEND,
    URGENCY,
    WAITING_DOCUMENT,
    Event,
    State,
    next_state,
    stored,
)

ROOT = Path(__file__).resolve().parent.parent
SETTLEABLE = {state for state in State if next_state(state, Event.SETTLE)}
# Where a view, a filter or an action names statuses, and which it must name.
NAMED = {
    ("mail_mail_view_list", None): {State.CANCELED},  # muted
    ("mail_mail_view_search", "delivery_accepted"): SUCCESS,
    ("mail_mail_view_search", "delivery_unknown"): {State.UNKNOWN},
    ("mail_recipient_view_list", "action_settle"): SETTLEABLE,
    ("mail_recipient_view_list", "action_correct_address"): FAILURE | TO_SEND,
    ("mail_recipient_view_list", "action_send_again"): SENDABLE_AGAIN,
    ("mail_recipient_view_kanban", "action_settle"): SETTLEABLE,
    ("mail_recipient_view_kanban", "action_correct_address"): FAILURE | TO_SEND,
    ("mail_recipient_view_kanban", "action_send_again"): SENDABLE_AGAIN,
    ("mail_recipient_view_form", "action_settle"): SETTLEABLE,
    ("mail_recipient_view_form", "action_correct_address"): FAILURE | TO_SEND,
    ("mail_recipient_view_form", "action_send_again"): SENDABLE_AGAIN,
    ("mail_recipient_view_search", "problems"): PROBLEM,
    ("account_move_view_form", "mail_failed"): NOT_ARRIVED_DOCUMENT,
    ("account_move_view_form", "mail_waiting"): WAITING_DOCUMENT,
    ("account_move_view_form", "invisible"): {*NOT_ARRIVED_DOCUMENT, *WAITING_DOCUMENT},  # core's "sent" ribbons
    ("account_move_view_form", "action_send_failed_again"): FAILED_DOCUMENT,
    ("account_move_view_form", "action_correct_mail_address"): FAILED_DOCUMENT,
    ("account_move_view_search", "mail_failed"): NOT_ARRIVED_DOCUMENT,
    ("account_move_view_search", "mail_waiting"): WAITING_DOCUMENT,
}
# A comparison in an expression or a domain: field, then one word or several.
_COMPARISON = re.compile(
    r"'?\b(?:state|current_status|delivery_status|mail_delivery_status)\b'?,? '?(?:not in|in|==|!=|=)'?,? (\([^)]*\)|'\w+')"
)
_WORDS = {word for word, _label in (*const.DELIVERY_STATUSES, *const.DOCUMENT_STATUSES)}


def comparisons():
    """What the views and actions compare a status with: ``{(XML id, name of the element): [words]}``."""
    for path in [*ROOT.glob("views/*.xml"), *ROOT.glob("wizards/*.xml")]:
        for record in etree.parse(path).iterfind(".//record"):
            for node in record.iter(etree.Element):
                for text in (*node.attrib.values(), node.text or ""):
                    for found in _COMPARISON.findall(text):
                        words = set(re.findall(r"'(\w+)'", found))
                        if words <= _WORDS:  # else it is another state: core's, a report's
                            yield (record.get("id"), node.get("name")), words


class TestStates(BaseCase):
    def test_views_filters_and_actions(self):
        found = set()
        for place, words in comparisons():
            if place[0] == "account_move_view_form" and place[1] is None:
                continue  # one of the three sentences of the banner
            with self.subTest(place):
                self.assertIn(place, NAMED)
                self.assertEqual(words, set(NAMED[place]))
                found.add(place)
        self.assertEqual(found, set(NAMED))

    def test_index_of_problems(self):
        definition = MailMail._problems.get_definition(None)
        self.assertEqual(tuple(re.findall(r"'(\w+)'", definition)), PROBLEM_STATUSES)

    def test_urgency_has_each_state_once(self):
        self.assertEqual((len(URGENCY), set(URGENCY)), (len(State), set(State)))

    def test_each_state_makes_one_status_of_a_document(self):
        self.assertEqual(sorted(sum(_STATES.values(), ())), sorted(stored(State)))
        self.assertEqual(list(_STATES), [word for word, _label in const.DOCUMENT_STATUSES])

    def test_labels(self):
        shared = dict(const.RECIPIENT_STATES)
        for word, label in const.DOCUMENT_STATUSES:
            self.assertEqual(label, shared.get(word, label), word)
        self.assertEqual({word for word, _label in const.RECIPIENT_STATES}, set(State))
        self.assertEqual(const.STATE_MEANINGS.keys(), set(State))

    def test_colours(self):
        """Every word that a badge can show has one colour; those of the states are the sets'."""
        script = (ROOT / "static/src/status_badge/status_badge.js").read_text()
        [table] = re.findall(r"const DECORATIONS = (\{.*?\n\});", script, re.DOTALL)
        table = json.loads(re.sub(r",(\s*\})", r"\1", re.sub(r"(\w+):", r'"\1":', table)))
        words = [word for colour in table.values() for word in colour]
        self.assertEqual(len(words), len(set(words)))
        shown = (const.DELIVERY_STATUSES, const.DOCUMENT_STATUSES, const.OUTCOMES, const.REPORT_STATES)
        shown += (
            const.REPORT_RESULTS,
            const.CURRENT_STATUSES,
            DOCTOR_OUTCOMES,
            COMPONENT_LEVELS,
            IMPORT_STATES,
        )
        self.assertEqual(set(words), {word for selection in shown for word, _label in selection})
        states = {colour: set(words) & set(State) for colour, words in table.items()}
        self.assertEqual(
            states,
            {
                "success": set(SUCCESS),
                "info": {State.QUEUED},
                "warning": set(PROBLEM - FAILURE),
                "danger": set(FAILURE),
                "muted": {State.CANCELED, State.IMPORTED},
            },
        )

    def test_one_badge(self):
        """The colours stand in the widget alone."""
        for path in [*ROOT.glob("views/*.xml"), *ROOT.glob("wizards/*.xml")]:
            self.assertNotIn('widget="badge"', path.read_text(), path.name)
