"""Who sends for a whole domain and has no mailbox: no address leads to them, a person chooses them."""

from __future__ import annotations

from typing import Final

from ..model import GIVEN, Encryption, Need, Provider, Server
from .source import READ

SERVICES: Final[tuple[Provider, ...]] = (
    Provider(
        key="ses",
        name="Amazon SES",
        outgoing=Server("email-smtp.{region}.amazonaws.com", 587, Encryption.STARTTLS),
        user=GIVEN,
        regions=tuple(
            "eu-central-1 eu-west-1 eu-west-2 eu-north-1 eu-south-1 us-east-1 us-east-2 us-west-2 ca-central-1"
            " sa-east-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2".split()
        ),
        needs=(Need.REGION, Need.SMTP_CREDENTIALS, Need.VERIFIED_DOMAIN, Need.PLAN_LIMIT),
        page="https://docs.aws.amazon.com/ses/latest/dg/send-email-smtp.html",
        is_service=True,
        sources=(
            "https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html",
            "https://docs.aws.amazon.com/code-library/latest/ug/ses_example_ses_Scenario_GenerateSmtpCredentials_section"
            ".html",
        ),
        read=READ,
    ),
    Provider(
        key="sendgrid",
        name="SendGrid",
        outgoing=Server("smtp.sendgrid.net", 587, Encryption.STARTTLS),
        user="apikey",
        needs=(Need.SMTP_KEY, Need.VERIFIED_DOMAIN, Need.PLAN_LIMIT),
        page="https://app.sendgrid.com/settings/api_keys",
        is_service=True,
        sources=("https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api",),
        read=READ,
    ),
    Provider(
        key="mailgun",
        name="Mailgun, USA",
        outgoing=Server("smtp.mailgun.org", 587, Encryption.STARTTLS),
        user="postmaster@%EMAILDOMAIN%",
        needs=(Need.SMTP_CREDENTIALS, Need.VERIFIED_DOMAIN, Need.PLAN_LIMIT),
        page="https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
        is_service=True,
        sources=(
            "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
            "https://documentation.mailgun.com/docs/mailgun/user-manual/smtp-protocol/smtp-relay",
        ),
        read=READ,
    ),
    Provider(
        key="mailgun_eu",
        name="Mailgun, Europe",
        outgoing=Server("smtp.eu.mailgun.org", 587, Encryption.STARTTLS),
        user="postmaster@%EMAILDOMAIN%",
        needs=(Need.SMTP_CREDENTIALS, Need.VERIFIED_DOMAIN, Need.PLAN_LIMIT),
        page="https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
        is_service=True,
        sources=(
            "https://cloud.google.com/compute/docs/tutorials/sending-mail/using-mailgun",
            "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
        ),
        read=READ,
    ),
    Provider(
        key="brevo",
        name="Brevo",
        outgoing=Server("smtp-relay.brevo.com", 465),
        user=GIVEN,
        needs=(Need.SMTP_KEY, Need.VERIFIED_DOMAIN, Need.PLAN_LIMIT),
        page="https://app.brevo.com/settings/keys/smtp",
        is_service=True,
        sources=(
            "https://developers.brevo.com/docs/smtp-integration",
            "https://dev.to/omnigenz/send-app-emails-through-the-brevo-smtp-relay-with-nodejs-nodemailer-3j2j",
        ),
        read=READ,
    ),
)
