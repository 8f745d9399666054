import logging
from collections import defaultdict

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from ..tools.context_key import NEWS

_logger = logging.getLogger(__name__)

# Where changed mails are collected until the commit.
_CHANGED = "mail_delivery_status.changed"
# Of more than so many mails at once the ids are not told: whoever looks at mails looks again.
MOST_IDS = 500
CHANNEL = "mail_delivery_status"
# What the browser is told by: ids of e-mails, and of documents by their model.
CHANGED = "mail_delivery_status/changed"


class MailMail(models.Model):
    """Tells those who look at mails that something has become of them: by ids alone, after the commit."""

    _inherit = "mail.mail"

    def _tell_changed(self):
        """Tell of these mails once they are committed.

        After the commit, by a database transaction of its own: no statement more where mails are made and sent, whose
        queries core's tests count. A drain tells by itself, now and then.
        """
        if news := NEWS.get(self.env.context):
            news.add(self._ids)
            return
        postcommit = self.env.cr.postcommit
        if _CHANGED not in postcommit.data:
            changed, registry = set(), self.env.registry
            postcommit.data[_CHANGED] = changed
            postcommit.add(lambda: _tell_committed(registry, changed))
        postcommit.data[_CHANGED].update(self._ids)

    def _tell_after_sending(self, news):
        """Tell of these mails when their sending after this commit is over, and not of their making before it.

        :param News news: where the sending, which is planned already, puts what it changes
        """
        registry, postcommit = self.env.registry, self.env.cr.postcommit
        postcommit.data.get(_CHANGED, set()).difference_update(self._ids)
        news.add(self._ids)
        postcommit.add(lambda: _tell_committed(registry, news.take()))

    @api.model
    def _forget_changed(self):
        """Tell nobody of what has changed so far: the module is removed by the same commit."""
        self.env.cr.postcommit.data.get(_CHANGED, set()).clear()

    def _send_news(self):
        """Put one message for each company on the bus: these mails, and the documents they belong to."""
        if len(self) > MOST_IDS:  # not even asked whose they are: a fast run tells of thousands every second
            companies = self.env["res.company"].search([("active", "=", True)])
            for company_id in (False, *companies.ids):
                self._tell(company_id, {"mails": [], "documents": {}, "many": True})
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT access_company_id, access_model, array_agg(id ORDER BY id), array_agg(DISTINCT access_res_id)
                     FROM mail_mail WHERE id = ANY(%s) GROUP BY access_company_id, access_model ORDER BY 1, 2""",
                list(self._ids),
            )
        )
        conversations = self._conversation_models()
        news = defaultdict(lambda: {"mails": [], "documents": {}})
        for company_id, model, mail_ids, res_ids in rows:
            news[company_id]["mails"] += mail_ids
            if model in conversations:
                news[company_id]["documents"][model] = [res_id for res_id in res_ids if res_id]
        for company_id, payload in news.items():
            self._tell(company_id, payload)

    @api.model
    def _tell(self, company_id, payload):
        self.env["bus.bus"]._sendone(self._news_channel(company_id), CHANGED, payload)

    @api.model
    def _news_channel(self, company_id):
        """Where the readers of a company's mails listen; of mails without a company: all readers."""
        if company_id:
            return (self.env["res.company"].browse(company_id), CHANNEL)
        return (self.env.ref("mail_delivery_status.group_user"), CHANNEL)

    @api.model
    def _news_channels(self):
        """The channels of this person: of the own companies; of all for administrators, who see all mails."""
        user = self.env.user
        if not user.has_group("mail_delivery_status.group_user"):
            return []
        companies = user.company_ids
        if user.has_group("base.group_system"):
            companies = companies.sudo().search([("active", "=", True)])
        return [self._news_channel(False), *(self._news_channel(company_id) for company_id in companies.ids)]


def _tell_committed(registry, ids):
    """Tell of mails whose change is committed. That nobody hears of it is no reason for whoever sends to fail."""
    if not ids:
        return
    try:
        with registry.cursor() as cr:
            cr.execute("SET LOCAL synchronous_commit TO off")  # of no use after a crash
            api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(sorted(ids))._send_news()
    except Exception:  # the database's trouble
        _logger.warning("Nobody was told what became of %s mails", len(ids), exc_info=True)
