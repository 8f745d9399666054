"""Run in an Odoo shell after an upgrade: read what is there as its screens do, send what waits, print a JSON object."""

import json
import traceback


def is_ours(model):
    """Whether the module has made this table, or columns of it."""
    modules = {module for field in model._fields.values() for module in field._modules}
    return not model._abstract and not model._transient and "mail_delivery_status" in modules


def fault(model):
    """Why the lists and forms of a model cannot be read; nothing if they can."""
    try:
        views = model.get_views([(False, "list"), (False, "form"), (False, "search")])
        names = views["models"][model._name]["fields"]
        for record in model.search([], limit=80):  # as forms do: core's Outlook fields cannot be read of two
            record.with_prefetch().read([name for name in names if name in model._fields])
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-2]
        return f"{model._name}: {error} ({place.filename}:{place.lineno})"


mails = env["mail.mail"].search([])
by_subject = {mail.subject: mail for mail in mails if mail.subject}
without = [
    name
    for name, mail in by_subject.items()
    if (mail.access_model or "", mail.access_res_id) != (mail.model or "", mail.res_id or 0)
]
result = {
    "causes": {name: mail.cause for name, mail in by_subject.items() if mail.cause},
    "states": {name: mail.delivery_status for name, mail in by_subject.items()},
    "unreadable": [text for name in env if is_ours(env[name]) and (text := fault(env[name]))],
    "without access columns": without,
}
by_subject["waits"].send()
env.cr.commit()
print(json.dumps(result))
