import logging
from collections import defaultdict
from functools import partial
from queue import SimpleQueue

from odoo import api, fields, models

from ..tools.address import address_key
from ..tools.evidence import EVIDENCE_COLUMNS
from ..tools.problem import describe
from ..tools.retry import server_rest
from ..tools.smtp.diagnosis import Failure
from ..tools.smtp.plain import deferred, recipient_reply, transaction_values
from ..tools.smtp.remainder import is_too_many
from ..tools.smtp.scope import judge
from ..tools.smtp.transaction import TransactionResult
from .mail_transaction import recovered_entry
from .sender_drain import BATCH, MOST_BYTES, Batch, Drain
from .sender_route import Budget, Route
from .sender_thread import Sender, Work

_logger = logging.getLogger(__name__)


class MailSender(models.AbstractModel):
    """Hands mails to mail servers and records what they answer, recipient by recipient.

    Two ways in, one engine: ``_drain()`` empties the buffer with threads and commits as it goes; ``_send_mails()``
    sends within somebody's request over the connection it is given and leaves the commit to the caller. Both prepare
    the emails here, let ``sender_thread.Sender`` send them, and record here.
    """

    _name = "mail.sender"
    _description = "Sender of Mails"

    # === WITHIN A REQUEST === #

    def _send_mails(
        self, mails, connection, *, alias_domain, mail_server, auto_commit, raise_exception, post_send_callback
    ):
        """Send mails over one connection.

        :param mail.mail mails: those in another state than ``outgoing`` are skipped
        :param smtplib.SMTP connection: connected and logged in; closed by the caller
        :param bool auto_commit: commit after each batch
        :raise MailDeliveryException: if ``raise_exception`` and a mail was not handed over for all its recipients;
            then none of the mails behind it was sent
        """
        route = Route(mail_server, connection.smtp_from, alias_domain, connection.from_filter)
        connections = [connection]
        with self.env["mail.transaction"]._journal() as journal:
            start = 0
            while batch := mails[start : start + (1 if raise_exception else BATCH)]._first_that_fit(MOST_BYTES):
                start += len(batch)
                wanted = batch.filtered(lambda mail: mail.state == "outgoing")
                # Whoever holds the lock is sending it. A lock that cannot be had because the row has changed raises
                # now, before anything leaves.
                locked = wanted.try_lock_for_update(allow_referencing=True)
                self._notifications(locked).try_lock_for_update(allow_referencing=True)
                self._send_batch(locked, route, journal, connections)
                if raise_exception:
                    wanted._check_handed_over()
                if auto_commit:
                    if post_send_callback:
                        post_send_callback(batch.ids)
                    self.env.cr.commit()  # pylint: disable=invalid-commit
        if post_send_callback:
            post_send_callback(mails.ids)

    def _send_batch(self, mails, route, journal, connections):
        outcome = Batch()
        journal.end_abandoned(mails.ids)
        self._recover(mails, journal)
        work, results = Work(), SimpleQueue()
        with journal.counting(route.mail_server):
            parcels = self._prepare(mails, route, outcome, self._budget(route.mail_server, MOST_BYTES))
            work.put(self._open(parcels, journal))
        work.close()
        connect = partial(self._next_connection, connections, route)
        # A mail or two go step by step: then a mail is marked as leaving only when its content really leaves.
        mode = "plain" if len(parcels) <= 2 else route.mail_server._pipeline_mode()
        per_connection = route.mail_server._mails_per_connection()
        Sender(work, connect, journal, results, transaction_values, per_connection, mode).run()
        while not results.empty():
            self._note(outcome, *results.get())
        self._record(mails, outcome)
        self._tell_add_ons(parcels, outcome)
        if outcome.left:  # what is left of a mail that is too much for one go leaves from the buffer
            self._wait_if_limited(mails.browse(outcome.left), route)
            mails._wake_buffer()

    def _budget(self, mail_server, size):
        """How much may be made ready now for a server.

        :param int size: bytes that the memory has room for
        :rtype: Budget
        """
        return Budget(mail_server._room(fields.Datetime.now())[0], size)

    def _wait_if_limited(self, mails, route):
        """Let mails of which something is left wait for the server, if it is its limit that stopped them."""
        server = route.mail_server
        room, free_at = server._room(fields.Datetime.now())
        if room <= 0:
            server._reach_limit(free_at)
            mails._wait_for_server(server, free_at)

    def _next_connection(self, connections, route):
        """The caller's connection first; when that is of no use any more, a new one."""
        if connections:
            return connections.pop()
        return self.env["ir.mail_server"]._connect__(mail_server_id=route.mail_server.id, smtp_from=route.smtp_from)

    # === THE BUFFER === #

    @api.model
    def _drain(self):
        """Send what waits in the buffer, oldest first, until it is empty or the scheduled action's time is up.

        Commits: a batch is claimed, built and opened in one database transaction, recorded in another.
        """
        drain = Drain(self.env)
        try:
            drain.run()
        finally:
            drain.close()

    def _routes(self, mails):
        """Group mails by the way they go, as core would.

        :return: list of (Route, mails)
        """
        mails._fetch_inherited()
        routes = []
        for server_id, alias_domain_id, smtp_from, ids in mails._split_by_mail_configuration():
            mail_server = self.env["ir.mail_server"].browse(server_id)
            group = mails.browse(ids)
            if mail_server.sudo().owner_user_id:
                group = group._split_by_delayed_batch(mail_server)
            alias_domain = self.env["mail.alias.domain"].sudo().browse(alias_domain_id)
            filters = mail_server.sudo().from_filter if mail_server else mail_server._get_default_from_filter()
            routes.append((Route(mail_server.sudo(), smtp_from, alias_domain, filters), group))
        return routes

    def _open(self, parcels, journal):
        """Open a transaction for each parcel, committed before anything leaves.

        :return: the parcels, without those that another worker is sending
        """
        if not parcels:
            return []
        for parcel, transaction_id in zip(parcels, journal.open([parcel.row for parcel in parcels]), strict=True):
            parcel.transaction_id = transaction_id
        return [parcel for parcel in parcels if parcel.transaction_id]

    # === RECORDING === #

    def _refuse(self, mail, kinds_by_partner, error, outcome):
        """Note that an email could not be made or addressed; the server was not asked."""
        outcome.errors.setdefault(mail.id, []).append(error)
        cause = {"outcome": "refused", "phase": "local", "problem": error_text(error)}
        for partner_id, kinds in kinds_by_partner.items():
            self._note_replies(mail, partner_id, kinds, cause, outcome)

    def _refuse_mails(self, mails, error):
        """End mails that may not leave, with the words of an exception."""
        outcome = Batch()
        for mail in mails:
            kinds = {partner.id: kinds for partner, kinds in mail._recipients_by_email()}
            self._refuse(mail, kinds, error, outcome)
        self._record(mails, outcome)

    def _accept(self, mail, partner, kinds, outcome):
        """Note that an email left in a way that gives no reply."""
        outcome.attempted.add(mail.id)
        self._note_replies(mail, partner.id, kinds, {"outcome": "accepted"}, outcome)

    def _note_replies(self, mail, partner_id, kinds, reply, outcome):
        """Note the same for all addresses of an email, without a transaction.

        :param dict kinds: ``{address: "to" | "cc"}``
        :param dict reply: as in ``mail.recipient._record_replies()``, without the address
        """
        if kinds:
            replies = [{**reply, "email": address} for address in kinds]
            outcome.entries.append(
                {"mail_id": mail.id, "partner_id": partner_id, "replies": replies, "facts": {}, "kinds": kinds}
            )

    def _note(self, outcome, parcel, result):
        """Note what a sender handed back: the transactions of one email, of which nearly always there is one."""
        parts = [*parcel.earlier, (parcel, result)]
        later = set()
        for part, end in reversed(parts):
            if end is not None:  # else the open row tells it, to whoever comes next
                self._note_transaction(outcome, part, end, later)
            later.update(part.envelope.recipients)
        results = [end for _part, end in parts if isinstance(end, TransactionResult)]
        ends = {one.address: one for end in results for one in end.recipients}.values()
        if any(one.outcome.value == "accepted" for one in ends) and any(map(is_too_many, ends)):
            return  # somebody got it: that does not lengthen the delay of those that were too many
        if ends or result is not None:
            outcome.attempted.add(parcel.mail_id)

    def _note_transaction(self, outcome, parcel, result, later):
        """Note what one transaction came to, without the addresses that had another one later."""
        facts = {name: parcel.row[name] for name in ("envelope_id", "smtp_server_name")}
        if isinstance(result, Failure):
            outcome.failures[parcel.row["mail_server_id"]] = result
            replies = deferred(parcel.envelope.recipients, result)
        else:
            facts |= {"transaction_id": parcel.transaction_id, "smtp_receipt": result.receipt or None}
            replies = [self._recipient_reply(one, parcel, outcome) for one in result.recipients]
        if later:
            replies = [reply for reply in replies if reply["email"] not in later]
        outcome.entries.append(
            {
                "mail_id": parcel.mail_id,
                "partner_id": parcel.partner_id,
                "replies": replies,
                "facts": facts,
                "kinds": parcel.kinds,
                "evidence": {name: parcel.row[name] for name in EVIDENCE_COLUMNS},
            }
        )

    def _recipient_reply(self, one, parcel, outcome):
        """What a transaction came to for one address. A reply that speaks of the account lets the server rest."""
        server_id = parcel.row["mail_server_id"]
        if one.outcome.value == "accepted":
            outcome.working.add(server_id)
        elif one.reply and (verdict := judge(one.phase, one.reply, one.address)).is_of_all:
            outcome.limits[server_id] = (server_rest(str(one.reply), verdict.seconds), str(one.reply))
        return recipient_reply(one)

    def _recover(self, mails, journal):
        """Record what the journal knows and the mails do not: what a server has taken must not be sent again."""
        rows = journal.unrecorded(mails.ids)
        if not rows:
            return
        # The journal sees what is committed; this transaction may have recorded more.
        recorded = defaultdict(int)
        recipients = mails.recipient_status_ids
        partners, transactions = recipients._stored_ids("partner_id"), recipients._stored_ids("transaction_id")
        for recipient in recipients:
            key = (recipient.mail_mail_id.id, partners[recipient.id])
            recorded[key] = max(recorded[key], transactions[recipient.id] or 0)
        entries = [recovered_entry(row) for row in rows if row["id"] > recorded[row["mail_mail_id"], row["partner_id"]]]
        self.env["mail.recipient"]._record_replies(entries, mails)

    def _record(self, mails, outcome, finished=None):
        """Record what was noted of some mails, and derive the state of those that are finished (by default all)."""
        self.env["mail.recipient"]._record_replies(outcome.entries, mails)
        finished = mails if finished is None else finished
        finished._finish(outcome.errors, outcome.attempted)
        finished._tell_progress()
        mails.browse({entry["mail_id"] for entry in outcome.entries})._postprocess_replies()
        servers = self.env["ir.mail_server"]
        for server_id in outcome.working - set(outcome.limits):
            servers._server_of(server_id)._resume()
        for server_id, (seconds, reason) in outcome.limits.items():
            servers._server_of(server_id)._suspend(seconds, reason)
        for server_id, failure in outcome.failures.items():
            servers._server_of(server_id)._suspend_for(failure)

    @api.model
    def _record_connect_failure(self, mails, server_id, failure):
        """Record that no connection was to be had: nobody was sent anything, and it is tried again.

        The server is left alone for a while, so that the next person does not wait for it in vain.

        :param Failure failure: why not
        """
        outcome, known = Batch(), mails._known_recipients()
        [reply] = deferred([""], failure)
        for mail in mails:
            for partner, kinds in mail._recipients_by_email():
                served = known.served.get((mail.id, partner.id or 0), ())
                left = {address: kind for address, kind in kinds.items() if address_key(address) not in served}
                self._note_replies(mail, partner.id, left, reply, outcome)
        self.env["mail.recipient"]._record_replies(outcome.entries, mails)
        values_by_mail = {mail: mail._schedule_retry(attempted=True) for mail in mails}
        mails._write_summaries(values_by_mail)
        mails._plan_retry(values_by_mail.values())
        self.env["ir.mail_server"]._server_of(server_id)._suspend_for(failure)

    def _notifications(self, mails):
        mails = mails.filtered("is_notification")
        if not mails:
            return self.env["mail.notification"]
        return (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("notification_type", "=", "email"),
                    ("mail_mail_id", "in", mails.ids),
                    ("notification_status", "not in", ("sent", "canceled")),
                ]
            )
        )


def error_text(error):
    """What an exception means for a mail, in plain words with the technical detail behind."""
    return describe(error)
