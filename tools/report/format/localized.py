"""Bounces whose sentences are in other languages: onet.pl, wp.pl, GMX and web.de, Orange and laposte.net, and more.

Contract: the phrase "could not be delivered" in the language, below it lines that begin with an address. The
replies of other servers in them stay English and are read like any other.

>>> FORMATS[0].matches("twoja wiadomość nie mogła zostać dostarczona do:")
True
"""

from __future__ import annotations

from ..text_format import TextFormat, Trust

FORMATS = (
    TextFormat(
        "localized",
        (
            # Polish
            "nie mogła zostać dostarczona",
            "nie mogła być dostarczona",
            "nie została dostarczona",
            "nie można dostarczyć",
            "nie można było dostarczyć",
            "nie udało się dostarczyć",
            "nie udało się wysłać",
            "nie udalo sie wyslac",  # qmail of Polish hosts writes without diacritics
            "nie udalo sie dostarczyc",
            "nie moze byc dostarczona",
            "niedostarczona wiadomość",
            "niedostarczonej wiadomości",
            # German
            "konnte nicht zugestellt werden",
            "konnte nicht ausgeliefert werden",
            "konnten nicht zugestellt werden",
            "nicht zugestellt werden konnte",
            "wurde nicht zugestellt",
            "zustellung fehlgeschlagen",
            "unzustellbar",
            # French
            "n'a pas pu être délivré",
            "n'a pas pu être remis",
            "n'a pas pu être distribué",
            "n'a pas été délivré",
            "n'ont pas pu être délivré",
            "impossible de délivrer",
            "impossible de remettre",
            "échec de la remise",
            # Spanish
            "no se pudo entregar",
            "no ha podido ser entregado",
            "no se ha podido entregar",
            "no pudo ser entregado",
            "no fue entregado",
            # Italian
            "non è stato possibile recapitare",
            "non è stato possibile consegnare",
            "impossibile recapitare",
            "impossibile consegnare",
            "mancata consegna",
            "non è stato consegnato",
            # Portuguese, Dutch, Russian, Japanese, Chinese
            "não pôde ser entregue",
            "não foi possível entregar",
            "kon niet worden bezorgd",
            "kon niet worden afgeleverd",
            "не может быть доставлено",
            "не было доставлено",
            "не удалось доставить",
            "送信できませんでした",
            "配信できませんでした",
            "配信に失敗",
            "无法投递",
            "退信",
        ),
        trust=Trust.NOTIFICATION,
    ),
)
