"""Why a mail did not arrive, or not yet, and who has to act. The words for people are in `const/causes.py`.

>>> Cause.MAILBOX_FULL.value, Cause.MAILBOX_FULL.actor.value
('mailbox_full', 'recipient')
>>> Cause("greylisted").who_acts(final=False), Cause("greylisted").who_acts(final=True)
(<Actor.NOBODY: 'nobody'>, <Actor.SENDER: 'sender'>)
"""

from __future__ import annotations

from enum import Enum


class Actor(str, Enum):
    """Who can put it right."""

    NOBODY = "nobody"  # it passes by itself: the mail is tried again
    SENDER = "sender"  # whoever wrote the mail or keeps the address
    ADMINISTRATOR = "administrator"  # of Odoo and of one's own mail domain
    RECIPIENT = "recipient"  # or the administrator on that side


class Cause(str, Enum):
    """One cause. The value is what is stored, `actor` who acts while the mail can still be tried again."""

    actor: Actor

    def __new__(cls, value: str, actor: Actor) -> Cause:
        cause = str.__new__(cls, value)
        cause._value_ = value
        cause.actor = actor
        return cause

    # === The mail server that is set up in Odoo, and the account there === #
    ACCOUNT_MISSING = "account_missing", Actor.ADMINISTRATOR
    SETTINGS_INCOMPLETE = "settings_incomplete", Actor.ADMINISTRATOR
    SETTINGS_PROBLEM = "settings_problem", Actor.ADMINISTRATOR
    NOT_A_MAIL_SERVER = "not_a_mail_server", Actor.ADMINISTRATOR
    TURNED_AWAY = "turned_away", Actor.ADMINISTRATOR  # 5yz before the login (RFC 5321 §3.1)
    WRONG_LOGIN = "wrong_login", Actor.ADMINISTRATOR  # 535
    PASSWORD_TRANSITION = "password_transition", Actor.ADMINISTRATOR  # 432 (RFC 4954 §4.7.3)
    APP_PASSWORD_NEEDED = "app_password_needed", Actor.ADMINISTRATOR
    LOGIN_SWITCHED_OFF = "login_switched_off", Actor.ADMINISTRATOR
    LOGIN_METHOD = "login_method", Actor.ADMINISTRATOR  # 504
    LOGIN_TOO_WEAK = "login_too_weak", Actor.ADMINISTRATOR  # 534
    LOGIN_REQUIRED = "login_required", Actor.ADMINISTRATOR  # 530
    LOGIN_NEEDS_ENCRYPTION = "login_needs_encryption", Actor.ADMINISTRATOR  # 538
    LOGIN_NOT_NOW = "login_not_now", Actor.NOBODY  # 454
    ENCRYPTION_REQUIRED = "encryption_required", Actor.ADMINISTRATOR  # 523, 530 5.7.0
    ENCRYPTION_NOT_OFFERED = "encryption_not_offered", Actor.ADMINISTRATOR
    ENCRYPTION_FAILED = "encryption_failed", Actor.ADMINISTRATOR
    CERTIFICATE = "certificate", Actor.ADMINISTRATOR  # the server's
    OWN_CERTIFICATE = "own_certificate", Actor.ADMINISTRATOR  # Odoo's, to log in with
    ACCOUNT_BLOCKED = "account_blocked", Actor.ADMINISTRATOR
    RELAY_DENIED = "relay_denied", Actor.ADMINISTRATOR

    # === The way to the server === #
    NAME_UNKNOWN = "name_unknown", Actor.ADMINISTRATOR
    NAMES_NOT_LOOKED_UP = "names_not_looked_up", Actor.NOBODY  # DNS
    NO_ANSWER = "no_answer", Actor.ADMINISTRATOR
    CONNECTION_LOST = "connection_lost", Actor.NOBODY
    SERVICE_UNAVAILABLE = "service_unavailable", Actor.NOBODY  # 421
    SERVER_FAULT = "server_fault", Actor.NOBODY  # 451
    NO_SPACE = "no_space", Actor.NOBODY  # 452, 552
    OUTCOME_UNKNOWN = "outcome_unknown", Actor.SENDER  # RFC 5321 §4.5.3.2.6

    # === What is said on the wire === #
    PARAMETERS_REFUSED = "parameters_refused", Actor.ADMINISTRATOR  # 455, 501, 555
    COMMAND_REFUSED = "command_refused", Actor.ADMINISTRATOR  # 500, 502, 503, 504

    # === How much may be sent === #
    SENDING_TOO_FAST = "sending_too_fast", Actor.NOBODY
    SENDING_LIMIT = "sending_limit", Actor.ADMINISTRATOR  # a day's, or of the plan that is paid for
    TOO_MANY_RECIPIENTS = "too_many_recipients", Actor.NOBODY  # RFC 5321 §4.5.3.1.10
    RECEIVES_TOO_MUCH = "receives_too_much", Actor.NOBODY
    GREYLISTED = "greylisted", Actor.NOBODY  # RFC 6647

    # === The recipient's address, mailbox and domain === #
    USER_UNKNOWN = "user_unknown", Actor.SENDER  # 5.1.1
    USER_NOT_LOCAL = "user_not_local", Actor.SENDER  # 551
    ADDRESS_WRONG = "address_wrong", Actor.SENDER  # hard, without a word why
    ADDRESS_MALFORMED = "address_malformed", Actor.SENDER  # 5.1.3, 553
    ADDRESS_NOT_ASCII = "address_not_ascii", Actor.SENDER  # RFC 6531
    DOMAIN_UNKNOWN = "domain_unknown", Actor.SENDER  # 5.1.2, 5.4.4
    DOMAIN_TAKES_NO_MAIL = "domain_takes_no_mail", Actor.SENDER  # 521, 556, 5.1.10 (RFC 7504, RFC 7505)
    DOMAIN_NOT_SERVED = "domain_not_served", Actor.SENDER
    MAILBOX_BUSY = "mailbox_busy", Actor.NOBODY  # 450
    MAILBOX_UNAVAILABLE = "mailbox_unavailable", Actor.SENDER  # 550
    MAILBOX_DISABLED = "mailbox_disabled", Actor.SENDER  # 5.2.1
    MAILBOX_FULL = "mailbox_full", Actor.RECIPIENT  # 5.2.2
    MAILBOX_MOVED = "mailbox_moved", Actor.SENDER  # 5.1.6
    MAILBOX_CLOSED_TO_OTHERS = "mailbox_closed_to_others", Actor.RECIPIENT
    RECIPIENT_SERVER_SILENT = "recipient_server_silent", Actor.NOBODY
    RECIPIENT_ENCRYPTION = "recipient_encryption", Actor.RECIPIENT
    MAIL_LOOP = "mail_loop", Actor.RECIPIENT  # 5.4.6

    # === The sender === #
    SENDER_NOT_ALLOWED = "sender_not_allowed", Actor.ADMINISTRATOR
    SENDER_ADDRESS_WRONG = "sender_address_wrong", Actor.ADMINISTRATOR  # 5.1.7, 5.1.8
    SENDER_NOT_PROVED = "sender_not_proved", Actor.ADMINISTRATOR  # SPF, DKIM, DMARC: 5.7.20 to 5.7.26 (RFC 7372)
    SENDER_BLOCKED = "sender_blocked", Actor.RECIPIENT
    BLOCKLISTED = "blocklisted", Actor.ADMINISTRATOR
    SERVER_NAME = "server_name", Actor.ADMINISTRATOR  # reverse DNS, HELO: 5.7.25

    # === The mail === #
    TOO_BIG = "too_big", Actor.SENDER  # 5.3.4
    SPAM = "spam", Actor.SENDER
    CONTENT_FORBIDDEN = "content_forbidden", Actor.SENDER  # virus, kind of attachment
    MAIL_MALFORMED = "mail_malformed", Actor.ADMINISTRATOR  # 5.6.0, RFC 5322
    POLICY = "policy", Actor.RECIPIENT  # 5.7.1
    MAIL_NOT_BUILT = "mail_not_built", Actor.ADMINISTRATOR
    HEADER_BROKEN = "header_broken", Actor.SENDER
    CHARACTERS = "characters", Actor.SENDER
    ATTACHMENT_UNREADABLE = "attachment_unreadable", Actor.SENDER
    NO_ADDRESS = "no_address", Actor.SENDER
    NO_LONGER_RECIPIENT = "no_longer_recipient", Actor.SENDER
    MAIL_DELETED = "mail_deleted", Actor.SENDER
    ADD_ON_STOPPED = "add_on_stopped", Actor.ADMINISTRATOR
    NOT_RETRIED = "not_retried", Actor.SENDER
    GIVEN_UP = "given_up", Actor.SENDER  # 4.4.7

    # === Nothing closer is known === #
    PUT_OFF = "put_off", Actor.NOBODY
    REFUSED = "refused", Actor.SENDER
    RETURNED = "returned", Actor.SENDER
    NOT_SENT = "not_sent", Actor.ADMINISTRATOR

    @property
    def is_general(self) -> bool:
        """True if it says no more than what happened."""
        return self in (Cause.PUT_OFF, Cause.REFUSED, Cause.RETURNED, Cause.NOT_SENT)

    def who_acts(self, final: bool) -> Actor:
        """Who acts now: what is not tried again does not pass by itself either."""
        return Actor.SENDER if final and self.actor is Actor.NOBODY else self.actor
