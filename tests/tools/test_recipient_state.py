from ...tools import recipient_state
from ...tools.recipient_state import _TABLE, HANDED_OVER, Event, State, next_state, summarize
from .common import DoctestCase


class TestRecipientState(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(recipient_state)

    def test_every_state_has_a_row(self):
        self.assertEqual(set(_TABLE), set(State))

    def test_no_event_but_a_person_sends_again_what_a_server_has(self):
        for state in HANDED_OVER:
            for event in set(Event) - {Event.SEND_AGAIN}:
                with self.subTest(state=state, event=event):
                    self.assertNotIn(next_state(state, event), (State.QUEUED, State.DEFERRED))

    def test_accepted_is_never_sent_again(self):
        for event in (Event.SEND_AGAIN, Event.DEFER, Event.REFUSE):
            self.assertIsNone(next_state(State.ACCEPTED, event))

    def test_late_and_contradicting_reports(self):
        for state, event, expected in (
            (State.BOUNCED, Event.REPORT_DELIVERED, None),
            (State.BOUNCED, Event.ACCEPT, None),
            (State.BOUNCED, Event.REPORT_FAILED, None),
            (State.READ, Event.REPORT_FAILED, None),
            (State.RELAYED, Event.REPORT_DELAYED, None),
            (State.DELAYED, Event.REPORT_RELAYED, State.RELAYED),
            (State.DELIVERED, Event.REPORT_FAILED, State.BOUNCED),
            (State.QUEUED, Event.REPORT_FAILED, State.BOUNCED),
            (State.UNKNOWN, Event.REPORT_DELIVERED, State.DELIVERED),
            (State.UNKNOWN, Event.SETTLE, State.ACCEPTED),
        ):
            with self.subTest(state=state, event=event):
                self.assertEqual(next_state(state, event), expected)

    def test_summary(self):
        for states, expected in (
            ([], ""),
            ([State.ACCEPTED], "accepted"),
            ([State.ACCEPTED, State.READ], "accepted"),
            ([State.DELIVERED, State.DELAYED], "delayed"),
            ([State.ACCEPTED, State.UNKNOWN], "partial"),
            ([State.DEFERRED, State.ACCEPTED], "partial"),
            ([State.QUEUED, State.DEFERRED], "partial"),
            ([State.CANCELED, State.ACCEPTED], "accepted"),
            ([State.CANCELED, State.CANCELED], "canceled"),
            ([State.REFUSED, State.BOUNCED], "partial"),
        ):
            with self.subTest(states=states):
                self.assertEqual(summarize(states), expected)
