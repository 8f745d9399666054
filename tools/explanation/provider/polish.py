"""Polish providers. Of home.pl and nazwa.pl no page was found that says what their replies mean: they use the words of
their mail programs (Exim, Postfix), which `words.py` knows."""

from __future__ import annotations

from typing import Final

from ..cause import Cause
from ..table import Provider, provider, row

# One company, one help, one mail system.
WP: Final[Provider] = provider(
    "wp.pl, o2.pl",
    "blad spf|mx wp pl|smtp wp pl|poczta wp pl|poczta o2 pl|mx tlen pl|mx go2 pl",
    ("wp.pl", "o2.pl", "tlen.pl", "go2.pl"),
    "2026-11-27",
    "https://pomoc.wp.pl/dlaczego-mam-problem-z-wysylaniem",
    (
        row(
            Cause.SENDER_NOT_PROVED,
            words="blad spf|spf error",
            source="returned mail of mx.wp.pl in a public archive: 451 BLAD SPF - zobacz strone / SPF Error",
        ),
    ),
)

ONET: Final[Provider] = provider(
    "onet.pl",
    "poczta onet pl|poczta onet eu|poczta op pl",
    ("onet.pl", "onet.eu", "op.pl", "vp.pl"),
    "2026-11-27",
    "https://pomoc.poczta.onet.pl/baza-wiedzy/co-zrobic-w-przypadku-odeslanych-lub-odrzuconych-e-maili/",
    (
        row(
            Cause.SENDER_NOT_PROVED,
            status="5.7.1",
            words="spf check fail",
            source="returned mail of mx.poczta.onet.pl in a public repository: 554 5.7.1 … Spf check: fail",
        ),
    ),
)

INTERIA: Final[Provider] = provider(
    "interia.pl",
    "interia pl|recipient doesn t want your mail",
    ("interia.pl", "interia.eu", "interia.com", "poczta.fm"),
    "2026-11-27",
    "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600",
    (
        row(Cause.USER_UNKNOWN, status="5.1.1", words="account not found"),
        # Written for several things: a wrong address, a full mailbox, a suspended account.
        row(Cause.MAILBOX_UNAVAILABLE, status="5.2.1", words="mailbox not available"),
        row(Cause.SENDER_BLOCKED, status="5.7.1", words="recipient doesn t want your mail"),
        row(Cause.SENDER_NOT_PROVED, status="5.7.0", words="spf"),
    ),
)

FORPSI: Final[Provider] = provider(
    "Forpsi",
    "forpsi*",
    ("forpsi.com", "forpsi.pl", "forpsi.net"),
    "2026-11-27",
    "https://support.konto.pl/kb/a2164/blad-5_1_0.aspx",
    (
        row(Cause.SENDER_NOT_ALLOWED, status="5.1.0", words="sender rejected", returned=False),
        # Too many mails, or too many that came back, within an hour; lifted after 60 minutes.
        row(Cause.SENDING_TOO_FAST, status="5.1.0", words="policy violation"),
        row(Cause.SPAM, words="spam detected"),
        row(
            Cause.SENDER_NOT_PROVED,
            words="blocked by spf",
            source="https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-"
            "mxavas_forpsi_com.aspx",
        ),
    ),
)
