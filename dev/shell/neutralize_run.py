"""Run in an Odoo shell: do what all scheduled actions of mails do, switched on or not. Prints a JSON object."""

import json
import sys

from odoo.addons.mail_delivery_status.models.secret_fields import secret_values

env["mail.mail"].process_email_queue()
env["mail.report"]._cron_process()
cron = env.ref("mail.ir_cron_mail_gateway_action")
env["fetchmail.server"].with_context(cron_id=cron.id)._fetch_mails()
env.cr.commit()
env.invalidate_all()
archived = {"active_test": False}
records = [env[name].with_context(**archived).search([]) for name in ("ir.mail_server", "fetchmail.server")]
found = {
    "mails": {mail.subject: mail.state for mail in env["mail.mail"].search([])},
    "secrets": [secret for record in records for secret in secret_values(record)],
    "tokens": env["mail.transaction"].search_count([("envelope_id", "!=", False)]),
    "servers that are switched on": env["ir.mail_server"].search([]).mapped("name"),
}
sys.stdout.write(f"\n{json.dumps(found)}\n")
env.cr.rollback()
