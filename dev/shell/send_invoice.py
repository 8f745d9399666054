"""Run in an Odoo shell: a billing user sends an invoice to a good and to an unknown address. Prints a JSON object."""

import json

from odoo import Command


def billing_user():
    user = env["res.users"].search([("login", "=", "billing")])
    if user:
        return user
    groups = [env.ref("base.group_user").id, env.ref("account.group_account_invoice").id]
    values = {"name": "Bea Billing", "login": "billing", "password": "billing", "email": "billing@odoo.test"}
    company = env.ref("base.main_company")
    companies = {"company_id": company.id, "company_ids": [Command.set(company.ids)]}
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create({**values, **companies, "group_ids": [Command.set(groups)]})
    )


def partner(name, email=False, company=False):
    found = env["res.partner"].search([("name", "=", name), ("email", "=", email)], limit=1)
    values = {"name": name, "email": email, "parent_id": company and company.id, "is_company": not company}
    return found or env["res.partner"].create(values)


def sent_invoice(as_billing, customer, contacts):
    line = Command.create({"name": "Consulting", "quantity": 2, "price_unit": 100, "tax_ids": False})
    invoice = as_billing["account.move"].create(
        {"move_type": "out_invoice", "partner_id": customer.id, "invoice_line_ids": [line]}
    )
    invoice.action_post()
    wizard = as_billing["account.move.send.wizard"].with_context(active_model="account.move", active_ids=invoice.ids)
    wizard = wizard.create({"move_id": invoice.id, "sending_methods": ["email"]})
    wizard.mail_partner_ids = contacts.with_env(as_billing)
    wizard.action_send_and_print()
    env.cr.commit()  # Odoo sends after the commit
    env.invalidate_all()
    return invoice


def report(invoice):
    messages = env["mail.message"].sudo().search([("model", "=", "account.move"), ("res_id", "=", invoice.id)])
    mails = env["mail.mail"].sudo().search([("mail_message_id", "in", messages.ids)], order="id desc")
    fields = {
        "email": "email",
        "state": "state",
        "code": "smtp_code",
        "enhanced_code": "smtp_enhanced_code",
        "reply": "smtp_reply",
        "receipt": "smtp_receipt",
    }
    return {
        "invoice": invoice.name,
        "mails": len(mails),
        "state": mails[:1].state,
        "delivery_status": mails[:1].delivery_status,
        "recipients": [
            {name: recipient[field] or None for name, field in fields.items()}
            for recipient in mails.recipient_status_ids
        ],
    }


user = billing_user()
customer = partner("Gemini Demo Ltd")
# Neither is the invoice's own partner: to that one Odoo writes a mail of its own, with a link to the portal.
contacts = partner("Gina Good", "gemini@example.com", customer) + partner("Nora Nobody", "nobody@odoo.test", customer)
env.cr.commit()
invoice = sent_invoice(env(user=user.id, context={"allowed_company_ids": user.company_ids.ids}), customer, contacts)
print(json.dumps(report(invoice), indent=2))
