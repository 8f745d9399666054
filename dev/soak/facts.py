"""What the database says, and what the mailboxes hold."""

import email
import email.policy
import json
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser, HeaderParser
from pathlib import Path

from postgres import sql

from .account import ROLLED_BACK, Copy, Row
from .returns import RETURN_ADDRESS

CUSTOMERS = ("alice@dest.test", "bob@dest.test", "alice@odoo.test")
# For each address of each mail: what a person sees who asks what became of it. Mails that were never tried have no
# recipients yet. Of a mail that left before the request that made it was killed, the attempt alone is left.
ROWS = """
select coalesce(json_agg(json_build_array(id, message_id, email, mail_state, state, reason)), '[]') from (
    select r.mail_mail_id as id, r.message_id, r.email, m.state as mail_state, r.state,
           coalesce(nullif(r.smtp_reply, ''), r.problem, {why}) as reason
      from mail_recipient r
      left join mail_mail m on m.id = r.mail_mail_id
     where r.state != 'imported'
    union all
    select m.id, s.message_id, coalesce(a.email[1], ''), m.state, null, coalesce(m.failure_reason, {why})
      from mail_mail m join mail_message s on s.id = m.mail_message_id
      left join lateral regexp_matches(concat_ws(',', m.email_to, m.email_cc, (
               select string_agg(p.email, ',')
                 from mail_mail_res_partner_rel x join res_partner p on p.id = x.res_partner_id
                where x.mail_mail_id = m.id)), '[^][\\s<>,"'']+@[^][\\s<>,"'']+', 'g') a(email) on true
     where not exists (select from mail_recipient r where r.mail_mail_id = m.id)
    union all
    select t.mail_mail_id, t.message_id, one ->> 'email', '{rolled_back}', one ->> 'outcome', t.smtp_reply
      from mail_transaction t, jsonb_array_elements(t.recipient_replies) one
     where one ->> 'outcome' in ('accepted', 'unknown')
       and not exists (select from mail_mail m where m.id = t.mail_mail_id)
       and not exists (select from mail_recipient r where r.mail_mail_id = t.mail_mail_id)
) fates"""
WHY = """case when m.is_held then 'held' when m.scheduled_date > now() at time zone 'UTC' then 'planned'
              when m.retry_date is not null then 'put off' when m.waits_for_server_id is not null then 'server' end"""
TRANSACTIONS = """select coalesce(json_object_agg(outcome, number), '{}') from
                    (select outcome, count(*) as number from mail_transaction group by outcome) counted"""


def rows(database: str) -> list[Row]:
    return [Row(*row) for row in json.loads(sql(ROWS.format(why=WHY, rolled_back=ROLLED_BACK), database))]


def transactions(database: str) -> dict[str, int]:
    """How many there are of each outcome."""
    return json.loads(sql(TRANSACTIONS, database))


class Mailboxes:
    """What Dovecot has."""

    def __init__(self, dovecot) -> None:
        self._dovecot = dovecot

    def files(self, user: str) -> list[Path]:
        return self._dovecot._files(user, "INBOX")

    def customers_files(self) -> list[Path]:
        return [path for user in CUSTOMERS for path in self.files(user)]

    def copies(self) -> list[Copy]:
        """All that the mail server took, each copy: it is in a mailbox, or came back from there."""
        return [*self._delivered(), *self._returned()]

    def _delivered(self) -> Iterator[Copy]:
        for path in (path for user in self._dovecot.accounts if user != RETURN_ADDRESS for path in self.files(user)):
            with path.open("rb") as file:
                head = BytesHeaderParser(policy=email.policy.compat32).parse(file)
            yield Copy(head["Message-ID"].strip(), head["Delivered-To"].strip())

    def _returned(self) -> Iterator[Copy]:
        for path in self.files(RETURN_ADDRESS):
            returned = email.message_from_bytes(path.read_bytes())
            message_id = _returned_message_id(returned)
            for address in _failed(returned):
                yield Copy(message_id, address)


def _failed(returned: Message) -> Iterator[str]:
    """The addresses that a report (RFC 3464) says have failed."""
    for part in returned.walk():
        if part.get_content_type() == "message/delivery-status":
            for fields in part.get_payload()[1:]:
                if fields["Action"] == "failed":
                    yield fields["Final-Recipient"].partition(";")[2].strip()


def _returned_message_id(returned: Message) -> str:
    for part in returned.walk():
        if part.get_content_type() == "message/rfc822":
            return part.get_payload(0)["Message-ID"].strip()
        if part.get_content_type() == "text/rfc822-headers":
            return HeaderParser().parsestr(part.get_payload())["Message-ID"].strip()
    return ""
