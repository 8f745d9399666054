"""Microsoft Exchange (5.5 to 2003 in plain text, 2007 and later, Exchange Online), also in other languages.

Contract: the section for administrators names each address on a line of its own and the reply below it. Its
headings are translated, the replies are not.

>>> [form.name for form in FORMATS]
['exchange-2007', 'exchange-2003']
"""

from __future__ import annotations

import re

from ..address import PATTERN
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import LINE, TextFormat, scan

_SERVER = re.compile(
    r"^.{0,40}(?:generating server|generierender server|generieren des servers|serveur de g[ée]n[ée]ration"
    r"|serveur (?:qui a )?g[ée]n[ée]r|serwer generuj[ąa]cy|serwer wygenerowa|servidor de generaci[óo]n"
    r"|generando (?:el )?servidor|server di generazione|generazione del server|server che genera"
    r"|genererande server|genererende server|servidor gerador|サーバーの生成|生成サーバー)[^\n]*\n",
    re.I | re.M,
)
_ADDRESS = re.compile(rf"[ \t]*<?(?P<rcpt>{PATTERN})>?[ \t]*(?:<mailto:[^<>]{0, 300}>[ \t]*)?(?P<why>[#(].*)?$")
_REACHED = re.compile(
    # An X.400 address has the Internet one in a field of its own: "c=US;a= ;p=X;dda:SMTP=A@B.C; on Mon, …".
    rf"[ \t]{{0,20}}(?:[^\n@]{{0,200}}(?:SMTP|RFC-?822)=)?(?:'|\")?(?P<rcpt>{PATTERN})(?:'|\")?;?[ \t]*"
    rf"(?P<why>(?:on|am|le|el|il|w dniu|dnia|em|op|:)\b.*|$)",
    re.I,
)


def _read(mail: Mail, returned: Returned) -> list[RawRecipient]:
    text = returned.human
    section = _SERVER.search(text)
    found = scan(text[section.end() :], _ADDRESS) if section else []
    return found or scan(text, LINE)


FORMATS = (
    TextFormat(
        "exchange-2007",
        (
            "diagnostic information for administrators",
            "generating server:",
            "delivery has failed to these recipients",
            "your message couldn't be delivered",
            "your message wasn't delivered",
            "diagnoseinformationen für administratoren",
            "fehler bei der nachrichtenzustellung an folgende empfänger",
            "fehler bei der zustellung an diese empfänger",
            "ihre nachricht konnte nicht zugestellt werden",
            "informations de diagnostic pour les administrateurs",
            "échec de la remise pour les destinataires",
            "échec de la remise à ces destinataires",
            "votre message n'a pas pu être remis",
            "informacje diagnostyczne dla administratorów",
            "nie można dostarczyć wiadomości do następujących adresatów",
            "nie można było dostarczyć wiadomości do następujących",
            "dostarczenie wiadomości do następujących adresatów lub grup nie powiodło się",
            "información de diagnóstico para administradores",
            "información de diagnóstico para los administradores",
            "no se pudo entregar el mensaje a los siguientes destinatarios",
            "no se pudo entregar a estos destinatarios",
            "informazioni di diagnostica per gli amministratori",
            "recapito non riuscito per i destinatari",
            "recapito non riuscito ai destinatari",
            "diagnostische gegevens voor beheerders",
            "informações de diagnóstico para administradores",
            "管理者向けの診断情報",
        ),
        reader=_read,
    ),
    TextFormat(
        "exchange-2003",
        (
            "did not reach the following recipient(s)",
            "did not reach some or all of the intended recipients",
            "could not be delivered to the following recipient",
            "hat folgende(n) empfänger nicht erreicht",
            "konnte die folgenden empfänger nicht erreichen",
            "hat einige oder alle empfänger nicht erreicht",
            "n'a pas été remis au(x) destinataire(s) suivant(s)",
            "n'a pas pu être remis aux destinataires suivants",
            "n'a pas pu atteindre certains destinataires",
            "nie dotarła do następujących adresatów",
            "nie dotarła do niektórych lub wszystkich",
            "no llegó a los siguientes destinatarios",
            "no se ha entregado a algunos o a todos los destinatarios",
            "non è stato recapitato ai seguenti destinatari",
            "non ha raggiunto alcuni o tutti i destinatari",
        ),
        recipient=_REACHED,
        guesses=False,
    ),
)
