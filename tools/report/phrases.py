"""What servers say of an address and of a mail, by what it means (RFC 3463 §3 in the words of servers).

Contract: words alone, for a text in lower case; `cause` says in which order they are tried and what follows. Languages
stand beside each other, because a server mixes its own with English.

>>> bool(MAILBOX_FULL.search("552 5.2.2 skrzynka odbiorcy jest przepełniona"))
True
"""

from __future__ import annotations

from .wording import any_of_lower

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

TRY_AGAIN = any_of_lower(
    r"host not found, try again|(?:temporary|temporarily) (?:lookup |dns |name service )?(?:failure|error|unavailable)",
    r"host name lookup failure|name server timeout|no backend server available",
    r"malformed or unexpected name server reply",
)
MAILBOX_FULL = any_of_lower(
    r"(?:mail ?box|mail ?folder|maildir|in-?box|mail ?store|mail ?space|mail ?drop|storage|account|folder"
    r"|quota)\b.{0,40}\b(?:is |are |was )?(?:over ?|too )?full\b",
    r"full mail ?box|(?:user|recipient)(?:'?s)? (?:mail ?box |storage |is )?(?:over ?)?full\b",
    r"(?:over|exceed\w{0,5}|out of)[ -]?(?:the |its |his |her |their |allowed |allotted |disk |disc |mail ?box "
    r"|mail |storage ){0,4}(?:quota|allotment)",
    r"quota .{0,40}(?:exceed|full|violation|reached|used up)|exceed\w{0,5} .{0,50}\bquota|\bquota:? exceed",
    r"over ?limit\b",
    r"exceed\w{0,5} (?:the |its |his )?(?:local limit|(?:allowed |maximum |allotted )?(?:disk|storage|mail ?box"
    r"|maximum|space|message) (?:space|allocation|size|limit|capacity|count))",
    r"size for this (?:user|mailbox) exceeded",
    r"mailbox.{0,40}exceed\w{0,5} (?:allowed )?(?:the )?(?:local )?(?:size|limit)|user mailbox exceeds",
    r"too (?:much mail data|many (?:messages|mails) (?:in|on|stored))",
    r"(?:out of|insufficient|not enough|no|low on|lack of|not (?:have )?enough) (?:\w{1,20} ){0,2}(?:storage"
    r"|disk|disc|space)\b",
    r"space (?:\w{1,10} )?not enough|(?:disk|disc|file ?system|device) (?:is )?full|mailbox would exceed",
    r"total message size exceeded|no space left|larger than .{0,60}mailbox is full|file too large|mailbox size limit",
    r"storage (?:limit|allocation|quota)|bo[iî]te .{0,60}(?:pleine|satur)|quota (?:est )?d[ée]pass",
    r"postfach .{0,40}(?:voll|überfüllt)|speicherplatz|skrzynka .{0,60}(?:pełn|peln|przepełn|przepeln)|przepełnion",
    r"przepelnion|brak miejsca|limit pojemności|buz[oó]n .{0,40}(?:llen|satur)|cuota .{0,20}(?:exced|super)",
    r"casella .{0,40}piena|caixa .{0,40}(?:cheia|lotada)|переполнен|邮箱已满|邮箱空间|メールボックス.{0,20}(?:一杯|いっぱい|容量)",
    r"postvak .{0,30}vol\b|plná schránka|schránka .{0,30}(?:pln|přepln)|megtelt|kota .{0,20}dol",
)
TOO_BIG = any_of_lower(
    r"(?:message|mail|body|content|e-?mail)\b.{0,40}\b(?:too (?:big|large|long)|size (?:exceed|limit)|exceeds)",
    r"exceed\w{0,5} .{0,40}(?:message|mail) size|size limit exceeded|recipsizelimit|over max size",
)
MOVED = any_of_lower(
    r"(?:recipient|mailbox|user|address|account|destination mailbox)\b.{0,30}\bha(?:s|ve) (?:been )?(?:moved|changed)",
    r"has been replaced by|moved to .{0,60}@|relocated|no forwarding address|user has moved",
    r"has left the (?:company|org)",
)
NO_MAIL = any_of_lower(
    r"null ?mx|domain .{0,80}(?:accepts? no|doesn.?t accept(?: any)?|does not accept(?: any)?) (?:e-?)?mail",
    r"couldn.?t find a mail exchanger|no smtp service|does not (?:accept|receive) (?:e-?)?mail\b(?! from| in)",
    r"host/domain does not accept mail|smtp protocol returned a permanent error 5\d\d.{0,20}no smtp",
)
# Exchange Online's directory-based edge blocking (5.4.1), Mimecast ("possibly"), InterScan ("same domain"), Domino.
NO_ADDRESS = any_of_lower(
    r"5\.4\.1 .{0,80}\brecipient address rejected: access denied|possibly incorrect",
    r"other recipients in the same domain|not (?:listed|found) in .{0,40}(?:directory|address book)",
    r"not found by smtp address|recip(?:ient)?notfound|no valid recipients for this mm|several matches found in domino",
)
REFUSED = any_of_lower(
    r"(?:recipient|email) preferences|too many recipients|too many invalid|refused? to receive",
    r"refuses? (?:your |this )?mail",
    r"(?:sender|from address|mail ?from|return[ -]path|originator|reverse-?path)\b.{0,60}(?:reject|denied"
    r"|not (?:allowed|exist|found|valid|in my)|invalid|unknown|unrout|verif|block|mismatch|does ?n)",
    r"(?:unroute?able|unrouted|invalid|unknown|bad|unresolvable) (?:sender|from)|(?:local )?domain in from",
    r"your (?:ip|host|network|server|domain|address)\b.{0,40}\b(?:not|block|reject|refus|listed|ban)|unauthenticated",
    r"\bdmarc\b|\bspf\b|\bdkim\b|authenticat|black ?list|block ?list|deny ?list|\b(?:dns)?[rdsx]bl\b|spamhaus|spamcop",
    r"barracudacentral|sorbs|\bblocked\b|banned|reputation|denyip|blackhole|\bspam\b|spam(?:ming|mer|trap|assassin)",
    r"junk|unsolicited|bulk e?-?mail|content (?:reject|denied|filter)|virus|infected|malware|phish|bulk mail",
    r"reverse dns|\bptr\b|reverse (?:lookup|address)|rdns|unverifyable|resolv\w{0,5} your",
    r"(?:relay(?:ing)?|rcpthosts)(?: mail| access| operation)?\b.{0,30}(?:denied|\bnot|prohibited|through|reject"
    r"|refus)",
    r"(?:unable|refus\w{0,3}|not (?:permitted|allowed|configured)|unauthori[sz]ed|cannot|no|don'?t"
    r"|can'?t) (?:to )?relay",
    r"not relay|allowed rcpthosts|not (?:a )?local host|not a gateway|local user only|not local; please",
    r"we do not relay|command output|mailer error|procmail|couldn.t create|can'?t create|input/output error|open relay",
    r"rate limit|greylist|gray ?list|loops? back|mail loop|too many hop|hop count|\bloop(?:ing)? to",
    r"you are not (?:a )?member|not (?:a )?subscribed|members only|only accept\w{0,3} (?:mail|message)|non-?members?",
    r"(?:mime|header|invalid (?:data|content|structure|header))[^.]{0,30}(?:error|reject|in message)|helo|ehlo",
    r"try again later|forged|forgery|non-western|delivery temporarily suspended",
)
DISABLED = any_of_lower(
    r"(?:account|mail ?box|user(?:name)?|address|recipient|destinataire|konto|compte|skrzynka|cuenta|casella"
    r"|conta|mailbox)\b.{0,50}(?:disabled|suspend|inactive|locked|deactivat|expired|terminated|frozen|closed"
    r"|temporarily|limited|bloqu|gesperrt|zablokowan|nieaktywn|deaktivier|over use|discontinued|not activ"
    r"|not currently active|dormant|revoked|sospes|desactivad|d[ée]sactiv|archiv|gewichen|no longer (?:accept"
    r"|active|being)|cancel+ed|not allowed|restrict)",
    r"(?:disabled|inactive|suspended|locked|deactivated|invalid/inactive|dormant|blocked|closed|expired) (?:user"
    r"|account|mail ?box|recipient|e-?mail address|address)",
    r"delivery to this (?:user|address) is restricted|not accepting (?:any )?(?:mail|messages)|mail receiving disabled",
    r"no longer accepts? mail|currently not accepting|not (?:currently )?receiv\w{0,3} (?:mail|messages)|now disabled",
)
HOST_UNKNOWN = any_of_lower(
    r"\b(?:host|domain|hostname)s?\b[^:;\[\]\n]{0,60}\b(?:unknown|not found|does not exist|do not exist"
    r"|doesn.?t exist|must exist|non-?exist|couldn.?t be found|could not be found|isn.?t found|not resolv)",
    r"(?:unknown|unresolvable|no such|illegal|invalid|non-?existent|non-?existing|bad destination|bad) (?:host"
    r"|domain|mail domain|destination host)",
    r"couldn.?t find any host|unroute?able (?:mail )?(?:domain|address)|all relevant mx records point to non",
    r"domain name not found|illegal host/domain|remote domain doesn.?t exist|name or service not known",
    r"non-?existent internet domain|nxdomain|domain isn.?t (?!in my)|no (?:mx|a)(?: or a)? records?\b",
    r"no route to domain|all host address lookups failed permanently|dns lookup failure.{0,80}not found",
    r"dns name does ?n.?t exist|domaine? .{0,30}(?:inconnu|introuvable)|домен",
    r"dom[äa]ne .{0,30}(?:unbekannt|nicht gefunden|existiert nicht)|domena .{0,30}nie",
    r"dominio .{0,30}(?:no existe|non esiste|desconocid|sconosciut)|域名不存在",
)
USER_UNKNOWN = any_of_lower(
    _WHO + _OF_HIM + r"\b" + _NOT_THERE,
    rf"\b{_BAD} (?:or \w{{1,20}} )?(?:local |virtual |e-?mail |mail |destination |final delivery |remote "
    rf"|active |such |real )?"
    rf"(?:user|recipient|rcpt|mail[ -]?box|account|address|alias|person|local[ -]?part|customer|login|id\b)",
    r"user ?unknown|not (?:our|a) customer|unknown (?:or illegal )?alias|user not exist|not known here",
    r"name is not known|no (?:one|body) (?:at|by|with|here)",
    r"(?:does ?n.?t|does not|do not) have an? .{0,80}(?:account|mailbox|address)|dd this user",
    r"not in (?:our|my|the) (?:list|directory|user)|no user by that name|no account by|not a member of domain",
    r"not have an account|recipient (?:address )?rejected\.?[ \t]{0,4}(?:\(|\[|$)|no longer on server",
    r"(?:can'?t|cannot|could not|couldn'?t|unable to) (?:find|accept|verify|locate|resolve) (?:this |the |your "
    r"|that )?(?:user|recipient|mail ?box|account|address|alias)",
    r"sorry, no mail ?box here|mailbox not present|destination server rejected recipients|that address does ?n",
    r"(?:address|recipient)s? (?:was|is|were|are)? ?not found|not listed in public name|user path no exist",
    r"unknown to us|(?:n'existe pas|inconnue?s?\b|introuvable|non trouv|n'est pas (?:valide|connu))|unbekannt",
    r"existiert nicht|nicht gefunden|nicht (?:vorhanden|bekannt|verf[üu]gbar)|ung[üu]ltige (?:adresse|empf)",
    r"gibt es nicht|kein (?:postfach|konto|benutzer)|nie istnieje|nieznan|nie znaleziono|nie ma takiego",
    r"brak (?:takiego )?(?:u[żz]ytkownika|adres|konta|skrzynki)|b[łl][ęe]dny adres|nieprawid[łl]owy adres|no existe",
    r"desconocid|no encontrad|no se (?:ha )?enc|non esiste|sconosciut|inesistente|non valido|nessun utente|não existe",
    r"nao existe|não encontrad|inválid|bestaat niet|onbekend|niet gevonden|neexistuje|neznám|nem létezik|ismeretlen",
    r"finns inte|okänd|findes ikke|ukendt|ei löydy|mevcut değil|bilinmeyen|ディレクトリのリストにありません|存在しない|存在しません|見つかりません|宛先不明",
    r"ユーザー?が|не существует|не найден|неизвестн|нет такого|不存在|无此用户|查无此人|找不到|존재하지",
)
VAGUE = any_of_lower(
    r"access denied|policy|not authori[sz]ed|permission|no permit|prohibited|forbidden|restricted|filtered|badrcptto",
    r"service (?:currently )?unavailable|rejected|no access|not registered|transaction failed|bounced by administrator",
    r"message refused|not accepted|refused",
)
CONNECTION = any_of_lower(
    r"timed? ?out|(?:envelope|message|delivery time|queue lifetime) expired|retry time",
    r"connection (?:refused|reset|lost)|socket error|unreachable|not respond|lost connection",
)
