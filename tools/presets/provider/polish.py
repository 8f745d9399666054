"""Providers of mailboxes in Poland."""

from __future__ import annotations

from typing import Final

from ..model import LOCAL_PART, Need, Provider, Server
from .source import ISPDB, READ, imap

POLISH: Final[tuple[Provider, ...]] = (
    Provider(
        key="wp",
        name="wp.pl",
        outgoing=Server("smtp.wp.pl", 465),
        user=LOCAL_PART,
        incoming=imap("imap.wp.pl"),
        incoming_user=LOCAL_PART,
        domains=("wp.pl",),
        mx=("mx.wp.pl",),
        sources=("https://github.com/thunderbird/autoconfig/blob/master/ispdb/wp.pl",),
        read=READ,
    ),
    Provider(
        key="o2",
        name="o2.pl",
        outgoing=Server("poczta.o2.pl", 465),
        user=LOCAL_PART,
        incoming=imap("poczta.o2.pl"),
        incoming_user=LOCAL_PART,
        domains=("o2.pl", "go2.pl", "tlen.pl", "prokonto.pl"),
        needs=(Need.ACCESS,),
        page="https://pomoc.o2.pl/aktywacja-dostepu-dla-programow-pocztowych",
        sources=(f"{ISPDB}/o2.pl.xml",),
        read=READ,
    ),
    Provider(
        key="onet",
        name="Onet Poczta",
        outgoing=Server("smtp.poczta.onet.pl", 465),
        incoming=imap("imap.poczta.onet.pl"),
        domains=tuple(
            "onet.pl onet.eu poczta.onet.pl poczta.onet.eu op.pl vp.pl autograf.pl buziaczek.pl amorki.pl republika.pl"
            " adres.pl cyberia.pl onet.com.pl opoczta.pl pseudonim.pl spoko.pl vip.onet.pl".split()
        ),
        mx=("mx.poczta.onet.pl",),
        needs=(Need.ACCESS,),
        page="https://pomoc.poczta.onet.pl/",
        sources=(
            "https://github.com/thunderbird/autoconfig/blob/master/ispdb/onet.pl",
            "http://poczta.onet.pl/pomoc/76/konfiguracja-poczty-we-wlasnej-domenie.html",
            "https://github.com/PatrykPW-PCZ/PatLookPCZ/blob/main/docs/POLSCY_DOSTAWCY.md",
        ),
        read=READ,
    ),
    Provider(
        key="interia",
        name="Interia",
        outgoing=Server("poczta.interia.pl", 465),
        incoming=imap("poczta.interia.pl"),
        domains=("interia.pl", "interia.eu", "poczta.fm"),
        mx=("mx.interia.pl",),
        needs=(Need.ACCESS,),
        sources=(
            "https://github.com/PatrykPW-PCZ/PatLookPCZ/blob/main/docs/POLSCY_DOSTAWCY.md",
            "https://logowanie.email/poczta-interia/logowanie",
        ),
        read=READ,
    ),
)
