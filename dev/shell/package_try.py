"""Run in an Odoo shell: send one mail to a server and print what is known of it then, as a JSON object."""

import json
import os

from odoo.addons import mail_delivery_status

server = env["ir.mail_server"].create(
    {"name": "Try", "smtp_host": "127.0.0.1", "smtp_port": int(os.environ["SMTP_PORT"]), "smtp_encryption": "none"}
)
mail = env["mail.mail"].create(
    {
        "subject": "From the wheel",
        "body_html": "<p>Hello</p>",
        "email_from": "sales@odoo.test",
        "email_to": "a@dest.test",
        "mail_server_id": server.id,
    }
)
env.cr.commit()
mail.send()
env.cr.commit()
env.invalidate_all()
print(
    json.dumps(
        {
            "folder": os.path.dirname(mail_delivery_status.__file__),
            "version": env.ref("base.module_mail_delivery_status").installed_version,
            "state": mail.state,
            "delivery_status": mail.delivery_status,
            "receipt": mail.smtp_receipt,
            "recipients": [[row.email, row.state, row.smtp_code] for row in mail.recipient_status_ids],
        }
    )
)
