"""Who hosts domains with their mailboxes."""

from __future__ import annotations

from typing import Final

from ..model import Encryption, Provider, Server
from .source import ISPDB, READ, imap

HOSTERS: Final[tuple[Provider, ...]] = (
    Provider(
        key="ovh",
        name="OVHcloud MX Plan",
        outgoing=Server("ssl0.ovh.net", 465),
        incoming=imap("ssl0.ovh.net"),
        mx=("mail.ovh.net",),
        sources=(
            "https://github.com/ovh/docs/blob/develop/pages/web_cloud/email_and_collaborative_solutions/mx_plan/"
            "email_generalities/guide.en-gb.md",
            "https://www.quai-des-entrepreneurs.com/ovh-mail",
        ),
        read=READ,
    ),
    Provider(
        key="ionos",
        name="IONOS",
        outgoing=Server("smtp.ionos.com", 587, Encryption.STARTTLS),
        incoming=imap("imap.ionos.com"),
        mx=("ionos.com",),
        sources=("https://sendsmartly.site/ionos-smtp-settings",),
        read=READ,
    ),
    Provider(
        key="ionos_de",
        name="IONOS, 1&1 (Germany)",
        outgoing=Server("smtp.1und1.de", 465),
        incoming=imap("imap.1und1.de"),
        domains=("online.de", "onlinehome.de", "sofortstart.de", "sofort-start.de", "sofortsurf.de", "go4more.de"),
        mx=("kundenserver.de", "schlund.de"),
        sources=(f"{ISPDB}/1und1.de.xml",),
        read=READ,
    ),
    Provider(
        key="strato",
        name="Strato",
        outgoing=Server("smtp.strato.de", 465),
        incoming=imap("imap.strato.de"),
        domains=("strato.de",),
        mx=("rzone.de",),
        sources=(f"{ISPDB}/strato.de.xml",),
        read=READ,
    ),
    Provider(
        key="one_com",
        name="one.com",
        outgoing=Server("send.one.com", 465),
        incoming=imap("imap.one.com"),
        domains=("one.com",),
        mx=("one.com",),
        sources=(f"{ISPDB}/one.com.xml",),
        read=READ,
    ),
    Provider(
        key="migadu",
        name="Migadu",
        outgoing=Server("smtp.migadu.com", 465),
        incoming=imap("imap.migadu.com"),
        domains=("migadu.com",),
        mx=("aspmx1.migadu.com", "aspmx2.migadu.com"),
        sources=(f"{ISPDB}/migadu.com.xml",),
        read=READ,
    ),
)
