"""What the words of a diagnostic say about the address (RFC 3463 §3 in the words of servers).

Contract: an ordered table, the first entry that matches wins; addresses, links and underscores do not count, for
they hold any word. Linear time: each repeat is bounded. `Cause.hard` is for an address that cannot get any
mail: it does not exist, its domain does not exist or takes no mail, or it moved away. Everything else may pass
with another try, another mail or another sender, even where the code says 5xx.

>>> cause_of("550 5.1.1 <a@dest.test>... User unknown").name
'USER_UNKNOWN'
>>> cause_of("552 5.2.2 Mailbox full").hard
False
>>> cause_of("250 Ok") is None
True
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache


class Cause(Enum):
    """Value: is it hard?"""

    TRY_AGAIN = ("try again", False)
    MAILBOX_FULL = ("mailbox full", False)
    TOO_BIG = ("too big", False)
    MOVED = ("moved", True)
    NO_MAIL = ("takes no mail", True)
    NO_ADDRESS = ("no such address, whatever the code says", True)
    REFUSED = ("refused", False)
    DISABLED = ("disabled", False)
    HOST_UNKNOWN = ("host unknown", True)
    USER_UNKNOWN = ("user unknown", True)
    VAGUE = ("refused, and not said why", False)  # then the code decides
    CONNECTION = ("connection", False)

    @property
    def hard(self) -> bool:
        """True when no mail to this address can ever arrive."""
        return self.value[1]


def _any(*phrases: str) -> re.Pattern[str]:
    # For a text in lower case: without re.I the first letter of each phrase is a quick test.
    return re.compile("|".join(phrases).lower())


_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]{1,128}@[\w.-]{1,255}")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}", re.I)
# IronPort puts this before whatever the server said.
_OPENING = re.compile(r"unknown address error (?=\d{3}-)", re.I)
_LETTERS = str.maketrans({"_": " ", "’": "'", "‘": "'", "`": "'", "´": "'", "\xa0": " "})

# Who an address belongs to, in the words of servers.
_WHO = (
    r"\b(?:users?|recipients?|rcpt|mail[ -]?box(?:es)?|in-?box|accounts?|address(?:es)?|addressees?|alias(?:es)?"
    r"|customers?"
    r"|mailname|box|destination|user ?(?:name|id)|id|login|local[ -]?part|person|mail ?drop|e-?mail(?: address| id)?)\b"
)
# Up to 60 characters that do not begin to speak of somebody else: "said: 550 your host is not …".
_OF_HIM = r"(?:(?!sender|host\b|said:|\bip\b|client|server|helo|network|domain|message).){0,60}?"
_NOT_THERE = (
    r"(?:unkn?own|not (?:be )?(?:found|known|exist\w{0,3}|recogni[sz]ed|listed|located|registered|available|defined"
    r"|present"
    r"|verified|resolved|ok\b|an? (?:valid|known|registered|local|active)|valid|here\b|our\b|local|in (?:our|my|the"
    r"|this)\b)"
    r"|(?:can(?:not|'?t| not)|could ?n'?o?t) be (?:found|verified|resolved|located)|(?:does|do|did|dose"
    r"|dos) ?n[o']?'?t ?(?:seem to )?exist"
    r"|no ?n?-?exist\w{0,5}|no longer (?:exist|valid|available|in use|on server|a valid|with us|work|used)|invalid"
    r"|incorrect"
    r"|(?:is|are)n'?t (?:valid|known|listed|registered|a valid|found|here|recogni)|(?:was|were)n'?t (?:found|recogni)"
    r"|undeliverable|unava\w{0,3}able|unmatched|name not allowed|unroutable|unrouteable|missing|not unique|wrong"
    r"|lookup (?:\w{1,10} ){0,4}failed)"
)
_BAD = (
    r"(?:unkn?own|invalid|no such|illegal|non[ -]?existent|non[ -]?existing|bad|no valid|undefined|ambiguous"
    r"|incorrect|unroute?able"
    r"|undeliverable|unregistered|wrong|unrecogni[sz]ed|not a valid|not a known|not a local|unresolvable|no(?: known)?)"
)

_TABLE: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (
        Cause.TRY_AGAIN,
        _any(
            r"host not found, try again",
            r"(?:temporary|temporarily) (?:lookup |dns |name service )?(?:failure|error|unavailable)",
            r"host name lookup failure|name server timeout|no backend server available"
            r"|malformed or unexpected name server reply",
        ),
    ),
    (
        Cause.MAILBOX_FULL,
        _any(
            r"(?:mail ?box|mail ?folder|maildir|in-?box|mail ?store|mail ?space|mail ?drop|storage|account|folder"
            r"|quota)\b"
            r".{0,40}\b(?:is |are |was )?(?:over ?|too )?full\b",
            r"full mail ?box|(?:user|recipient)(?:'?s)? (?:mail ?box |storage |is )?(?:over ?)?full\b",
            r"(?:over|exceed\w{0,5}|out of)[ -]?(?:the |its |his |her |their |allowed |allotted |disk |disc "
            r"|mail ?box |mail |storage )"
            r"{0,4}(?:quota|allotment)",
            r"quota .{0,40}(?:exceed|full|violation|reached|used up)|exceed\w{0,5} .{0,50}\bquota|\bquota:? exceed"
            r"|over ?limit\b",
            r"exceed\w{0,5} (?:the |its |his )?(?:local limit|(?:allowed |maximum |allotted )?(?:disk|storage"
            r"|mail ?box|maximum"
            r"|space|message) (?:space|allocation|size|limit|capacity|count))",
            r"size for this (?:user|mailbox) exceeded"
            r"|mailbox.{0,40}exceed\w{0,5} (?:allowed )?(?:the )?(?:local )?(?:size|limit)",
            r"user mailbox exceeds|too (?:much mail data|many (?:messages|mails) (?:in|on|stored))",
            r"(?:out of|insufficient|not enough|no|low on|lack of|not (?:have )?enough) (?:\w{1,20} ){0,2}"
            r"(?:storage|disk|disc|space)\b|space (?:\w{1,10} )?not enough",
            r"(?:disk|disc|file ?system|device) (?:is )?full|mailbox would exceed|total message size exceeded"
            r"|no space left",
            r"larger than .{0,60}mailbox is full|file too large|mailbox size limit|storage (?:limit|allocation|quota)",
            r"bo[iî]te .{0,60}(?:pleine|satur)|quota (?:est )?d[ée]pass|postfach .{0,40}(?:voll|überfüllt)"
            r"|speicherplatz"
            r"|skrzynka .{0,60}(?:pełn|peln|przepełn|przepeln)|przepełnion|przepelnion|brak miejsca|limit pojemności",
            r"buz[oó]n .{0,40}(?:llen|satur)|cuota .{0,20}(?:exced|super)|casella .{0,40}piena|caixa .{0,40}(?:cheia"
            r"|lotada)"
            r"|переполнен|邮箱已满|邮箱空间|メールボックス.{0,20}(?:一杯|いっぱい|容量)|postvak .{0,30}vol\b|plná schránka"
            r"|schránka .{0,30}(?:pln|přepln)|megtelt|kota .{0,20}dol",
        ),
    ),
    (
        Cause.TOO_BIG,
        _any(
            r"(?:message|mail|body|content|e-?mail)\b.{0,40}\b(?:too (?:big|large|long)|size (?:exceed|limit)|exceeds)",
            r"exceed\w{0,5} .{0,40}(?:message|mail) size|size limit exceeded|RecipSizeLimit|over max size",
        ),
    ),
    (
        Cause.MOVED,
        _any(
            r"(?:recipient|mailbox|user|address|account|destination mailbox)\b.{0,30}\bha(?:s"
            r"|ve) (?:been )?(?:moved|changed)",
            r"has been replaced by|moved to .{0,60}@|relocated|no forwarding address|user has moved"
            r"|has left the (?:company|org)",
        ),
    ),
    (
        Cause.NO_MAIL,
        _any(
            r"null ?mx",
            r"domain .{0,80}(?:accepts? no|doesn.?t accept(?: any)?|does not accept(?: any)?) (?:e-?)?mail",
            r"couldn.?t find a mail exchanger|no smtp service|does not (?:accept|receive) (?:e-?)?mail\b(?! from| in)",
            r"host/domain does not accept mail|smtp protocol returned a permanent error 5\d\d.{0,20}no smtp",
        ),
    ),
    (
        Cause.NO_ADDRESS,
        _any(
            # Exchange Online's directory-based edge blocking answers this for addresses that do not exist.
            r"5\.4\.1 .{0,80}\brecipient address rejected: access denied",
            r"possibly incorrect",  # Mimecast
            r"other recipients in the same domain",  # InterScan
            r"not (?:listed|found) in .{0,40}(?:directory|address book)|not found by smtp address"
            r"|recip(?:ient)?notfound",
            r"no valid recipients for this MM|several matches found in domino",
        ),
    ),
    (
        Cause.REFUSED,
        _any(
            r"(?:recipient|email) preferences|too many recipients|too many invalid|refused? to receive"
            r"|refuses? (?:your |this )?mail",
            r"(?:sender|from address|mail ?from|return[ -]path|originator|reverse-?path)\b.{0,60}"
            r"(?:reject|denied|not (?:allowed|exist|found|valid|in my)|invalid|unknown|unrout|verif|block|mismatch"
            r"|does ?n)",
            r"(?:unroute?able|unrouted|invalid|unknown|bad|unresolvable) (?:sender|from)",
            r"(?:local )?domain in from|your (?:ip|host|network|server|domain|address)\b.{0,40}\b(?:not|block|reject"
            r"|refus|listed|ban)",
            r"unauthenticated|\bDMARC\b|\bSPF\b|\bDKIM\b|authenticat",
            r"black ?list|block ?list|deny ?list|\b(?:dns)?[rdsx]bl\b|spamhaus|spamcop|barracudacentral|sorbs"
            r"|\bblocked\b|banned"
            r"|reputation|denyip|blackhole",
            r"\bspam\b|spam(?:ming|mer|trap|assassin)|junk|unsolicited|bulk e?-?mail|content (?:reject|denied"
            r"|filter)|virus"
            r"|infected|malware|phish|bulk mail",
            r"reverse dns|\bPTR\b|reverse (?:lookup|address)|rDNS|unverifyable|resolv\w{0,5} your",
            r"(?:relay(?:ing)?|rcpthosts)(?: mail| access| operation)?\b.{0,30}(?:denied|\bnot|prohibited|through"
            r"|reject|refus)"
            r"|(?:unable|refus\w{0,3}|not (?:permitted|allowed|configured)|unauthori[sz]ed|cannot|no|don'?t"
            r"|can'?t) (?:to )?relay",
            r"not relay|allowed rcpthosts|not (?:a )?local host|not a gateway|local user only|not local; please"
            r"|we do not relay",
            r"command output|mailer error|procmail|couldn.t create|can'?t create|input/output error",
            r"open relay|rate limit|greylist|gray ?list|loops? back|mail loop|too many hop|hop count|\bloop(?:ing)? to",
            r"you are not (?:a )?member|not (?:a )?subscribed|members only|only accept\w{0,3} (?:mail|message)"
            r"|non-?members?"
            r"|(?:mime|header|invalid (?:data|content|structure|header))[^.]{0,30}(?:error|reject|in message)",
            r"helo|ehlo|try again later|forged|forgery|non-western|delivery temporarily suspended",
        ),
    ),
    (
        Cause.DISABLED,
        _any(
            r"(?:account|mail ?box|user(?:name)?|address|recipient|destinataire|konto|compte|skrzynka|cuenta|casella"
            r"|conta|mailbox)"
            r"\b.{0,50}"
            r"(?:disabled|suspend|inactive|locked|deactivat|expired|terminated|frozen|closed|temporarily|limited|bloqu"
            r"|gesperrt|zablokowan|nieaktywn|deaktivier|over use|discontinued|not activ|not currently active|dormant"
            r"|revoked"
            r"|sospes|desactivad|d[ée]sactiv|archiv|gewichen|no longer (?:accept|active|being)|cancel+ed|not allowed"
            r"|restrict)",
            r"(?:disabled|inactive|suspended|locked|deactivated|invalid/inactive|dormant|blocked|closed|expired) "
            r"(?:user|account|mail ?box|recipient|e-?mail address|address)",
            r"delivery to this (?:user|address) is restricted|not accepting (?:any )?(?:mail|messages)"
            r"|mail receiving disabled"
            r"|no longer accepts? mail|currently not accepting|not (?:currently )?receiv\w{0,3} (?:mail|messages)"
            r"|now disabled",
        ),
    ),
    (
        Cause.HOST_UNKNOWN,
        _any(
            r"\b(?:host|domain|hostname)s?\b[^:;\[\]\n]{0,60}\b(?:unknown|not found|does not exist|do not exist"
            r"|doesn.?t exist|must exist|non-?exist|couldn.?t be found|could not be found|isn.?t found|not resolv)",
            r"(?:unknown|unresolvable|no such|illegal|invalid|non-?existent|non-?existing|bad destination|bad) "
            r"(?:host|domain|mail domain|destination host)",
            r"couldn.?t find any host|unroute?able (?:mail )?(?:domain|address)|all relevant MX records point to non",
            r"domain name not found|illegal host/domain|remote domain doesn.?t exist|name or service not known",
            r"non-?existent internet domain|NXDOMAIN|domain isn.?t (?!in my)|no (?:mx|a)(?: or a)? records?\b"
            r"|no route to domain",
            r"all host address lookups failed permanently|dns lookup failure.{0,80}not found|dns name does ?n.?t exist",
            r"domaine? .{0,30}(?:inconnu|introuvable)|домен|dom[äa]ne .{0,30}(?:unbekannt|nicht gefunden"
            r"|existiert nicht)"
            r"|domena .{0,30}nie|dominio .{0,30}(?:no existe|non esiste|desconocid|sconosciut)|域名不存在",
        ),
    ),
    (
        Cause.USER_UNKNOWN,
        _any(
            _WHO + _OF_HIM + r"\b" + _NOT_THERE,
            rf"\b{_BAD} (?:or \w{{1,20}} )?(?:local |virtual |e-?mail |mail |destination |final delivery |remote "
            rf"|active |such |real )?"
            rf"(?:user|recipient|rcpt|mail[ -]?box|account|address|alias|person|local[ -]?part|customer|login|id\b)",
            r"user ?unknown|not (?:our|a) customer|unknown (?:or illegal )?alias|user not exist|not known here"
            r"|name is not known"
            r"|no (?:one|body) (?:at|by|with|here)",
            r"(?:does ?n.?t|does not|do not) have an? .{0,80}(?:account|mailbox|address)|dd this user|not in (?:our"
            r"|my|the) (?:list"
            r"|directory|user)|no user by that name|no account by|not a member of domain|not have an account",
            r"recipient (?:address )?rejected\.?[ \t]{0,4}(?:\(|\[|$)|no longer on server|(?:can'?t|cannot|could not"
            r"|couldn'?t|unable to)"
            r" (?:find|accept|verify|locate|resolve) (?:this |the |your |that )?(?:user|recipient|mail ?box|account"
            r"|address|alias)",
            r"sorry, no mail ?box here|mailbox not present|destination server rejected recipients|that address does ?n"
            r"|(?:address|recipient)s? (?:was|is|were|are)? ?not found|not listed in public name|user path no exist"
            r"|unknown to us",
            r"(?:n'existe pas|inconnue?s?\b|introuvable|non trouv|n'est pas (?:valide|connu))|unbekannt"
            r"|existiert nicht|nicht gefunden"
            r"|nicht (?:vorhanden|bekannt|verf[üu]gbar)|ung[üu]ltige (?:adresse|empf)|gibt es nicht|kein (?:postfach"
            r"|konto|benutzer)",
            r"nie istnieje|nieznan|nie znaleziono|nie ma takiego|brak (?:takiego )?(?:u[żz]ytkownika|adres|konta"
            r"|skrzynki)|b[łl][ęe]dny adres"
            r"|nieprawid[łl]owy adres",
            r"no existe|desconocid|no encontrad|no se (?:ha )?enc|non esiste|sconosciut|inesistente|non valido"
            r"|nessun utente|não existe"
            r"|nao existe|não encontrad|inválid",
            r"bestaat niet|onbekend|niet gevonden|neexistuje|neznám|nem létezik|ismeretlen|finns inte|okänd"
            r"|findes ikke|ukendt"
            r"|ei löydy|mevcut değil|bilinmeyen|ディレクトリのリストにありません|存在しない|存在しません|見つかりません|宛先不明|ユーザー?が"
            r"|не существует|не найден|неизвестн|нет такого|不存在|无此用户|查无此人|找不到|존재하지",
        ),
    ),
    (
        Cause.VAGUE,
        _any(
            r"access denied|policy|not authori[sz]ed|permission|no permit|prohibited|forbidden|restricted|filtered"
            r"|badrcptto",
            r"service (?:currently )?unavailable|rejected|no access|not registered|transaction failed"
            r"|bounced by administrator"
            r"|message refused|not accepted|refused",
        ),
    ),
    (
        Cause.CONNECTION,
        _any(
            r"timed? ?out|(?:envelope|message|delivery time|queue lifetime) expired|retry time|connection (?:refused"
            r"|reset|lost)|socket error|unreachable|not respond|lost connection"
        ),
    ),
)


@lru_cache(maxsize=4)  # a server says the same of many recipients
def cause_of(text: str) -> Cause | None:
    """The cause that the words tell, None if they tell none known here."""
    words = _OPENING.sub("", _ADDRESS.sub("@", text[:4000]))
    bare = _LINK.sub("", words)
    return _first(bare) or (_first(words) if bare != words else None)


def _first(words: str) -> Cause | None:
    words = words.translate(_LETTERS).lower()
    return next((cause for cause, pattern in _TABLE if pattern.search(words)), None)
