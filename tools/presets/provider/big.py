"""The big ones, of the whole world."""

from __future__ import annotations

from typing import Final

from ..model import LOCAL_PART, Encryption, Need, Provider, Server
from .source import ISPDB, READ, imap

BIG: Final[tuple[Provider, ...]] = (
    Provider(
        key="gmail",
        name="Gmail",
        outgoing=Server("smtp.gmail.com", 587, Encryption.STARTTLS),
        incoming=imap("imap.gmail.com"),
        domains=("gmail.com", "googlemail.com"),
        needs=(Need.GOOGLE_OAUTH, Need.APP_PASSWORD),
        page="https://myaccount.google.com/apppasswords",
        limit_day=500,
        sources=(
            f"{ISPDB}/googlemail.com.xml",
            "https://developer.nylas.com/docs/cookbook/email/gmail-smtp-settings/",
            "https://github.com/chatmail/provider-db/blob/master/_providers/gmail.md",
            "https://doc.invoicecrowd.com/en/how-to-set-up-gmail-smtp-via-app-passwords (Google's page, quoted)",
        ),
        read=READ,
    ),
    Provider(
        key="google_workspace",
        name="Google Workspace",
        outgoing=Server("smtp.gmail.com", 587, Encryption.STARTTLS),
        incoming=imap("imap.gmail.com"),
        mx=("google.com", "googlemail.com"),
        needs=(Need.GOOGLE_OAUTH, Need.APP_PASSWORD),
        page="https://myaccount.google.com/apppasswords",
        limit_day=2000,
        sources=(f"{ISPDB}/googlemail.com.xml", "https://support.google.com/a/answer/166852"),
        read=READ,
    ),
    Provider(
        key="outlook_com",
        name="Outlook.com",
        outgoing=Server("smtp.office365.com", 587, Encryption.STARTTLS),
        incoming=imap("outlook.office365.com"),
        domains=tuple(
            "outlook.com hotmail.com live.com msn.com windowslive.com outlook.at outlook.be outlook.cz outlook.de"
            " outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.it outlook.lv outlook.pt outlook.sk"
            " hotmail.be hotmail.ca hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.hu"
            " hotmail.it hotmail.lt hotmail.lv hotmail.nl hotmail.no hotmail.se hotmail.sk hotmail.co.uk live.at"
            " live.be live.ca live.de live.dk live.fi live.fr live.ie live.it live.nl live.no live.se"
            " live.co.uk".split()
        ),
        mx=("olc.protection.outlook.com",),
        needs=(Need.MICROSOFT_OAUTH,),
        sources=(f"{ISPDB}/hotmail.com.xml",),
        read=READ,
    ),
    Provider(
        key="microsoft_365",
        name="Microsoft 365",
        outgoing=Server("smtp.office365.com", 587, Encryption.STARTTLS),
        incoming=imap("outlook.office365.com"),
        domains=("office365.com", "onmicrosoft.com"),
        mx=("mail.protection.outlook.com",),
        needs=(Need.MICROSOFT_OAUTH,),
        limit_minute=30,
        limit_day=10000,
        sources=(
            f"{ISPDB}/office365.com.xml",
            "https://learn.microsoft.com/en-us/answers/questions/2258712 (30 a minute)",
            "https://github.com/rsmusllp/king-phisher/issues/448 (10,000 a day)",
            "https://techcommunity.microsoft.com/t5/exchange-team-blog/"
            "exchange-online-to-retire-basic-auth-for-client-submission-smtp/ba-p/4114750",
        ),
        read=READ,
    ),
    Provider(
        key="yahoo",
        name="Yahoo Mail",
        outgoing=Server("smtp.mail.yahoo.com", 465),
        incoming=imap("imap.mail.yahoo.com"),
        domains=tuple(
            "yahoo.com yahoo.de yahoo.it yahoo.fr yahoo.es yahoo.se yahoo.co.in yahoo.co.uk yahoo.co.nz yahoo.com.au"
            " yahoo.com.ar yahoo.com.br yahoo.com.mx ymail.com myyahoo.com rocketmail.com".split()
        ),
        mx=("yahoodns.net",),
        needs=(Need.APP_PASSWORD,),
        page="https://help.yahoo.com/kb/SLN15241.html",
        sources=(
            f"{ISPDB}/yahoo.com.xml",
            "https://github.com/chatmail/provider-db/blob/master/_providers/yahoo.md",
        ),
        read=READ,
    ),
    Provider(
        key="aol",
        name="AOL Mail",
        outgoing=Server("smtp.aol.com", 465),
        incoming=imap("imap.aol.com"),
        domains=("aol.com", "aim.com", "aol.de", "aol.it", "aol.fr", "aol.es", "aol.co.uk"),
        mx=("mail.gm0.yahoodns.net",),
        needs=(Need.APP_PASSWORD,),
        page="https://login.aol.com/account/security",
        sources=(f"{ISPDB}/aol.com.xml", "https://github.com/chatmail/provider-db/blob/master/_providers/aol.md"),
        read=READ,
    ),
    Provider(
        key="icloud",
        name="iCloud Mail",
        outgoing=Server("smtp.mail.me.com", 587, Encryption.STARTTLS),
        incoming=imap("imap.mail.me.com"),
        incoming_user=LOCAL_PART,
        domains=("icloud.com", "me.com", "mac.com"),
        needs=(Need.APP_PASSWORD,),
        page="https://account.apple.com",
        limit_day=1000,
        sources=(
            f"{ISPDB}/me.com.xml",
            "https://github.com/chatmail/provider-db/blob/master/_providers/icloud.md",
            "https://support.apple.com/en-ca/102198",
        ),
        read=READ,
    ),
    Provider(
        key="fastmail",
        name="Fastmail",
        outgoing=Server("smtp.fastmail.com", 465),
        incoming=imap("imap.fastmail.com"),
        domains=("fastmail.com", "fastmail.fm", "fastmail.net", "fastmail.org", "fastmail.de", "fastmail.es"),
        mx=("messagingengine.com",),
        needs=(Need.APP_PASSWORD,),
        page="https://fastmail.help/hc/en-us/articles/1500000279921",
        sources=(
            "https://www.fastmail.com/help/technical/servernamesandports.html",
            f"{ISPDB}/messagingengine.com.xml",
            "https://github.com/caronc/apprise/wiki/Notify_email-Fastmail",
        ),
        read=READ,
    ),
)
