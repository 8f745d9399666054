"""What servers say in words, in order: the first row that fits wins (phrases as in `text.phrase`).

They count where no status code leaves no doubt. What names one thing (a login, a list, a limit) stands before what may
belong to anything ("rejected", "policy").
"""

from __future__ import annotations

from typing import Final

from .cause import Cause
from .table import Row, row

_LOGIN: Final[tuple[Row, ...]] = (
    row(
        Cause.PARAMETERS_REFUSED,
        words="dsn support|unsupported option|option too large|envid|orcpt|notify|ret|parameters not|size parameter",
        returned=False,
    ),
    row(Cause.SPAM, words="due to spam classification"),
    row(Cause.SENDER_NOT_ALLOWED, words="using the send mail as"),
    row(Cause.APP_PASSWORD_NEEDED, words="application specific password|app password|web login required"),
    row(
        Cause.LOGIN_METHOD,
        words="authentication mechanism|auth mechanism|auth method|authentication type"
        "|auth command used when not advertised|authentication method … not",
        returned=False,
    ),
    row(Cause.LOGIN_NEEDS_ENCRYPTION, words="encryption required for|encryption required … authentication"),
    row(
        Cause.ENCRYPTION_REQUIRED,
        words="must issue a starttls|starttls … first|tls required|requires tls|must use tls|encryption required"
        "|requires encryption|tls … is required",
        returned=False,
    ),
    row(
        Cause.RECIPIENT_ENCRYPTION,
        words="starttls|tls required|requires tls|must use tls|encryption required|tls … is required|tls handshake"
        "|certificate … expired|certificate verif*|certificate … not trusted|dane",
        returned=True,
    ),
    row(Cause.ENCRYPTION_FAILED, words="tls not available|tls is not available|cannot start tls|tls … temporar*"),
    row(Cause.LOGIN_NOT_NOW, words="cannot authenticate … temporar*|temporary authentication failure|too many login"),
    row(
        Cause.SENDING_LIMIT,
        words="daily … limit|daily … quota|limit … per day|limit … day|24 hour*|24h|credits exceeded|monthly … limit"
        "|per day … exceed*|limit dzienny|dobowy limit",
    ),
    row(
        Cause.SENDER_NOT_PROVED,
        words="spf|dkim|dmarc|sender policy framework|unauthenticated email|unauthenticated mail"
        "|requires all senders to authenticate|domain keys|authentication information|authentication checks",
    ),
    # Of the recipient's side: lists and mailboxes for their own people.
    row(
        Cause.MAILBOX_CLOSED_TO_OTHERS,
        words="members only|not a member|not a subscriber|non members|not subscribed|only accept* … from"
        "|authenticated senders only|delivery to this user is restricted|delivery to this address is restricted"
        "|authrequired|delivery not authorized|not authenticated for|you are not allowed to post"
        "|not authorized to send to|not permitted to send to|internal only|external mail … not"
        "|does not accept … external",
    ),
    row(
        Cause.LOGIN_REQUIRED,
        words="must issue an auth|authentication required|authentication is required|not logged in"
        "|was not authenticated|not authenticated|smtp auth required|authenticate first|please authenticate"
        "|log in first|sign in first|requires authentication|wymagana autoryzacja|wymaga autoryzacji"
        "|sprawdz poprawnosc autoryzacji",
        returned=False,
    ),
    row(Cause.LOGIN_REQUIRED, words="turn on smtp authentication"),
    # What Postfix says to a stranger at the end of its list of those who may send.
    row(Cause.LOGIN_REQUIRED, code=554, words="recipient address rejected access denied", returned=False),
    row(
        Cause.WRONG_LOGIN,
        words="authentication failed|authentication unsuccessful|incorrect authentication|invalid login|login failed"
        "|username and password not accepted|credentials invalid|invalid credentials|login or password"
        "|user name or password|username or password|bledne haslo|nieprawidlowe haslo",
        returned=False,
    ),
)

_PLACE: Final[tuple[Row, ...]] = (
    row(Cause.ADDRESS_MALFORMED, words="malformed address|address syntax|not a valid rfc 5321"),
    row(Cause.GREYLISTED, words="greylist*|graylist*|grey list*|gray list*|postgrey"),
    row(
        Cause.DOMAIN_NOT_SERVED,
        words="relay … denied|relay* … not permitted|relay* … disallowed|unable to relay|relay* … prohibited"
        "|relay* … not allowed|rcpthosts|not relay|no relay*|cannot relay|not a local domain|relay* … refused"
        "|is not a gateway|local user only|relaying|relay mail",
        returned=True,
    ),
    row(
        Cause.RELAY_DENIED,
        words="relay … denied|relaying denied|relay* … not permitted|relay* … disallowed|unable to relay"
        "|relay* … prohibited|relay* … not allowed|rcpthosts|not permitted to relay|not relay|no relay*|cannot relay"
        "|relay* … refused",
        returned=False,
    ),
    row(
        Cause.MAIL_LOOP,
        words="too many hops|hop count|mail loop*|loops back|routing loop|exceeded … hops|loop detected"
        "|mail is looping",
    ),
    row(
        Cause.SENDER_BLOCKED,
        words="doesn t want your mail|recipient … blocked you|user … has blocked|blocked by the recipient"
        "|blocked by recipient|rejected by recipient|recipient preferences|sender … blacklisted|customer block list"
        "|sender blocked|blocked sender|sender is blocked|blocked the sender|blocked senders|envelope blocked user"
        "|rejected by recipients|email preferences",
    ),
    row(
        Cause.SERVER_NAME,
        words="reverse dns|rdns|ptr|reverse lookup|reverse hostname|cannot find your hostname"
        "|cannot find your reverse|helo … reject*|helo command rejected|invalid helo|bad helo|ehlo … invalid"
        "|helo … invalid|unverifyable|domain literal|resolve your|mismatches client ip",
    ),
    row(
        Cause.BLOCKLISTED,
        words="spamhaus|spamcop|barracudacentral|sorbs|abuseat|uceprotect|blacklist*|black list*|blocklist*"
        "|block list*|denylist*|rbl|dnsbl|rblsmtpd|xbl|dul|reputation|banned sending ip|banned … ip|dynamic ip"
        "|dial up|dialup|open relay|open proxy|denyip|blackhole*|ip … blocked|ip … listed|client host … blocked"
        "|host … is blocked|your host … rejected|ip … is not allowed|listed in … org|listed at",
    ),
    row(
        Cause.CONTENT_FORBIDDEN,
        words="virus*|infected|malware|illegal attachment|attachment … not allowed|attachment … blocked"
        "|attachment … rejected|banned file|banned name|file type|potential security issue"
        "|content presents a potential|executable|trojan|mime type … blocked|blocked … attachment"
        "|zalacznik* … niedozwolon*|disallowed … attachment",
    ),
    row(
        Cause.SPAM,
        words="spam*|antispam|unsolicited|junk|phish*|bulk mail|bulk email|bulk e mail|advertis*|uce|ube"
        "|content rejected|content reject|content filter|content … denied|offensive|suspicious",
    ),
)

_AMOUNT: Final[tuple[Row, ...]] = (
    row(
        Cause.RECEIVES_TOO_MUCH,
        words="is receiving … too quickly|receiving … at a rate|receive limit|recipient thread limit"
        "|receiving mail too|recipient … rate limit*|mailbox … too many messages per",
    ),
    row(
        Cause.TOO_MANY_RECIPIENTS,
        words="too many recipients|too many rcpt*|one recipient|single recipient|separate transaction"
        "|multiple destination domains|recipients per|maximum … recipients|recipient count|recipient limit",
    ),
    row(
        Cause.NO_SPACE,
        words="insufficient system|insufficient disk|disk full|disk is full|no space left|system full|out of disk"
        "|not enough disk|queue file write error|file system full|brak miejsca na dysku",
    ),
    row(
        Cause.MAILBOX_FULL,
        words="mailbox … full|mail box … full|mailfolder … full|inbox … full|maildir … full|account … full"
        "|mailbox full|user … is full|full mailbox|over quota|overquota|overdrawn|quota exceed*|quota … exceed*"
        "|exceed* … quota|quota … full|quota violation|out of storage|storage … exceed*|exceed* … storage"
        "|insufficient storage|not enough space|not enough storage|mailbox … exceed*|exceed* … mailbox"
        "|exceed* … space|mailbox size limit|overlimit|over limit|mailbox … size|too much mail data"
        "|user mailbox exceeds|oversize mailbox|boite … pleine|postfach … voll|speicherplatz|skrzynka … pelna"
        "|skrzynka … przepelnion*|przepelnion*|brak miejsca|limit pojemnosci|buzon … lleno|casella … piena"
        "|caixa … cheia|quota depasse*|larger than the current system limit|no storage|user … over … limit",
    ),
    row(
        Cause.SENDING_LIMIT,
        words="sending limit|sending quota|message quota|submission quota|submissionquotaexceeded|limit wysylki"
        "|przekroczono limit",
    ),
    row(
        Cause.TOO_BIG,
        words="message … too big|message … too large|mail … too big|mail … too large|too big|size … exceed*"
        "|exceed* … message size|exceed* … mail size|message size … limit|message length … exceed*|message file too"
        "|exceed* … maximum … size|message … exceed* … size|size limit|max size|recipsizelimit|body … too large"
        "|wiadomosc … za duza|line too long … message",
    ),
    row(
        Cause.SENDING_TOO_FAST,
        words="rate limit*|ratelimit*|rate … exceed*|too many messages|too many mails|too many emails|too much mail"
        "|too many connections|too many concurrent|too many sessions|concurrent connection*|connection limit"
        "|connections … limit|throttl*|too fast|too quickly|too frequent*|too many smtp|per hour|hourly|slow down"
        "|frequency limited|unusual rate|too many errors|too many nonmail|too many commands|unexpected volume"
        "|per connection|per session|deferred due to|exceeded … connections|connection rate",
    ),
)

_SENDER: Final[tuple[Row, ...]] = (
    row(
        Cause.SENDER_NOT_ALLOWED,
        words="not owned by|send as this sender|send as|sendas*|not verified|verified sender identity"
        "|not authorized to send from|not allowed to send from|not permitted to send from|sender … not authorized"
        "|sender … not allowed|sender … not permitted|not allowed … as sender|from address … not|adres nadawcy … nie",
        returned=False,
    ),
    row(
        Cause.SENDER_ADDRESS_WRONG,
        words="sender address rejected … domain|sender address rejected … not found|sender … domain … not"
        "|sender domain|domain of sender|domain in from|sender … does not exist|sender … doesn t exist"
        "|unknown sender|invalid sender|sender verify|sender … verif*|sender … fully qualified|bad sender"
        "|sender address rejected … need|unroutable sender|sender … unresolv*|from domain|return path"
        "|sender address … invalid|sender … unknown|mail from … domain|mail from … does not|null sender|invalid dns"
        "|sender … invalid|does not like … sender|mailfrom … unknown|unable to verify sender|callback … fail*",
    ),
    row(
        Cause.SENDER_BLOCKED,
        words="sender address rejected|sender rejected|sender denied|sender … rejected|sender … denied|originator"
        "|sender … banned|mail from … rejected|sender … refused|access denied bad outbound sender|from … blocked",
    ),
)

WORDS: Final[tuple[Row, ...]] = (*_LOGIN, *_PLACE, *_AMOUNT, *_SENDER)
