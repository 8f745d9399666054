"""Run in an Odoo shell after an upgrade: read what is there as its screens do, send what waits, print a JSON object."""

import json

mails = env["mail.mail"].search([])
unreadable = []
names = [name for name in env if name.startswith(("mail.", "ir.mail_server")) and env[name]._module]
for name in names:
    model = env[name]
    if model._abstract or model._transient or "mail_delivery_status" not in model._original_module + str(
        [field._modules for field in model._fields.values()]
    ):
        continue
    try:
        views = model.get_views([(False, "list"), (False, "form"), (False, "search")])
        shown = [field for field in views["models"][name]["fields"] if field in model._fields]
        model.search([], limit=80).read(shown)
    except Exception as error:
        unreadable.append(f"{name}: {error}")
causes = {mail.subject: mail.cause for mail in mails if mail.cause}
wrong = [
    mail.subject
    for mail in mails
    if (mail.access_model or "", mail.access_res_id) != (mail.model or "", mail.res_id or 0)
]
states = {mail.subject: mail.delivery_status for mail in mails if mail.subject}
mails.filtered(lambda mail: mail.subject == "waits").send()
env.cr.commit()
print(json.dumps({"causes": causes, "states": states, "unreadable": unreadable, "without access columns": wrong}))
