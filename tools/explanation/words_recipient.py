"""What servers say in words of the recipient and of themselves; as `words.py`, and after it."""

from __future__ import annotations

from typing import Final

from .cause import Cause
from .table import Row, row

_MAILBOX: Final[tuple[Row, ...]] = (
    row(
        Cause.ADDRESS_NOT_ASCII,
        words="smtputf8|non ascii address*|utf 8 address*|utf8 address*|internationali*",
    ),
    row(
        Cause.MAILBOX_MOVED,
        words="has moved|have moved|mailbox moved|has left|no longer works|no longer work here|relocated|new address"
        "|address has changed|has been replaced|changed … address|user moved|left the company|no longer employed"
        "|no forwarding address|no longer with",
    ),
    row(
        Cause.DOMAIN_TAKES_NO_MAIL,
        words="null mx|nullmx|does not accept mail|doesn t accept mail|accepts no mail|not accept any mail"
        "|does not accept any|does not receive mail|no smtp service|domain … does not accept|takes no mail"
        "|host … does not accept mail|doesn t receive mail|couldn t find a mail exchanger",
    ),
    row(Cause.SERVER_FAULT, words="delivery temporarily suspended"),
    row(Cause.GIVEN_UP, words="undeliverable for|unable to deliver … days"),
    row(
        Cause.MAILBOX_DISABLED,
        words="mailbox … disabled|account … disabled|user … disabled|address … disabled|is disabled|mailbox disabled"
        "|inactive|suspend*|deactivat*|not active|account … expired|mailbox … expired|account … locked"
        "|mailbox … locked|account … closed|account … blocked|mailbox … blocked|account … terminated"
        "|mailbox … frozen|disabled mailbox|disabled user|disabled recipient|locked out|temporarily disabled"
        "|mailbox … not accepting|not accepting mail|mailbox … archived|cancelled|discontinued|no longer accept*"
        "|not receiving mail|dormant|account … limited|konto … zablokowan*|skrzynka … zablokowan*"
        "|skrzynka … nieaktywn*|konto … nieaktywn*|gesperrt|desactiv*|now disabled|currently not accepting"
        "|mail receiving disabled|over use|not activ*|account … hold",
    ),
    row(
        Cause.RECIPIENT_SERVER_SILENT,
        words="host not found try again|host name lookup failure|name server timeout|name service error … try again"
        "|temporary lookup failure|temporary dns|dns … temporar*|no backend server"
        "|malformed or unexpected name server|dns timeout|dns server failure",
    ),
    row(Cause.USER_UNKNOWN, words="user unknown"),
    row(
        Cause.DOMAIN_UNKNOWN,
        words="host unknown|unknown host|host not found|domain not found|domain name not found|unknown domain"
        "|domain … does not exist|domain … doesn t exist|no such domain|invalid domain|domain … not exist"
        "|no such host|unrouteable mail domain|unroutable|unrouteable|nxdomain|nonexistent domain"
        "|non existent domain|non existent internet domain|unable to look up host|name or service not known"
        "|all relevant mx records|domain … unknown|host … could not be found|couldn t find any host|bad destination"
        "|illegal host|invalid host|no mx record|no mx or a|no mx for|no mail servers for"
        "|domain … could not be found|unresolvable|cannot resolve|host … not known"
        "|all host address lookups failed permanently|dns lookup failure|dns name does|no route to domain"
        "|domain … inconnu*|domena … nie|domaine … introuvable|no relevant answers|could not find a gateway",
    ),
    row(
        Cause.ADDRESS_MALFORMED,
        words="syntax error in … address|address … syntax|syntax … mailbox|illegal address|illegal character*"
        "|mailbox name not allowed|bad address|domain missing|need fully qualified|missing domain|invalid character*"
        "|mailbox syntax|must be fully qualified|malformed recipient|nieprawidlowy adres|bledny adres"
        "|ungultige adresse",
    ),
    row(
        Cause.USER_UNKNOWN,
        words="unknown user|addressee unknown|unknown recipient|recipient unknown|recipient … unknown"
        "|unknown mailbox|mailbox … unknown|unknown account|account unknown|account … unknown|unknown address"
        "|address unknown|address … unknown|unknown local|unknown alias|unknown or illegal|userunknown"
        "|user … not known|no such user|no such mailbox|no such recipient|no such address|no such person"
        "|no such account|no such local|no such email|no such alias|no such customer|no such id|no such rcpt"
        "|no such mail|invalid recipient*|invalid mailbox|invalid user*|invalid address|invalid account"
        "|invalid final|invalid local|invalid or unknown|recipient … invalid|address … invalid|mailbox … invalid"
        "|user … invalid|user … not found|recipient … not found|mailbox … not found|mailbox … not be found"
        "|account … not found|address … not found|recipnotfound|recipientnotfound|not found by|could not be found"
        "|does not exist|doesn t exist|do not exist|not exist*|dosn t exist|dose not exist|no longer exist*"
        "|no longer valid|no longer available|no longer in use|no longer on server|nonexist*|non exist*|no mailbox"
        "|no user|no account|no recipient|no valid recipient*|no one|nobody here|not a valid|not valid"
        "|not our customer|not a customer|not a known|not a local|not known|not recognized|not recognised|not listed"
        "|is not registered|not a registered|not in … directory|not in our|not present|not defined"
        "|unverified address|undeliverable address|undeliverable|unmatched|does not have … account"
        "|doesn t have … account|doesn t have … mailbox|doesn t have a|not have an account|bad recipient"
        "|unregistered|not local|user … unavailable|name not recognized|ambiguous|dd this user|badrcptto"
        "|recipient … verif*|cannot find … user|can t find … user|unable to find|cannot locate"
        "|unable to validate recipient|possibly incorrect|user path no exist|address … missing|unknown to us"
        "|not here|nie istnieje|nieznan*|nie znaleziono|nie ma takiego|brak uzytkownika|brak skrzynki|brak konta"
        "|unbekannt|existiert nicht|nicht gefunden|kein postfach|nicht vorhanden|n existe pas|inconnu*|introuvable"
        "|no existe|desconocid*|no encontrad*|non esiste|sconosciut*|inesistente|nao existe|nao encontrad*"
        "|bestaat niet|onbekend|neexistuje|neznam*|nem letezik|ismeretlen|finns inte|findes ikke|ne suschestvuet",
    ),
    row(
        Cause.MAILBOX_BUSY,
        words="mailbox busy|mailbox … busy|temporarily over|mailbox … temporar*|mailbox … in use",
    ),
    row(
        Cause.POLICY,
        words="by policy|due to policy|policy reasons|policy violation|local policy|administrative prohibition",
    ),
    row(
        Cause.MAILBOX_UNAVAILABLE,
        words="mailbox unavailable|mailbox … unavailable|mailbox … not available|user … not available"
        "|recipient address rejected|recipient rejected|destination server rejected|recipient … rejected"
        "|can t create output|cannot create|mail delivery failed|unable to deliver|recipients … rejected"
        "|command output|mailer error|procmail|maildrop|rcpt … rejected",
    ),
)

_SERVER: Final[tuple[Row, ...]] = (
    row(
        Cause.GIVEN_UP,
        words="message expired|envelope expired|retry timeout exceeded|retry time not reached|delivery time expired"
        "|too old|queue lifetime|queue too long|delivery … expired|been in the queue too long|message … expired"
        "|could not deliver for the last|delivery failed … attempts",
    ),
    row(
        Cause.RECIPIENT_SERVER_SILENT,
        words="connection timed out|connection refused|no route to host|network is unreachable|network unreachable"
        "|unreachable|not reachable|timed out|connection reset|lost connection|connection dropped|connection lost"
        "|no answer|not respond*|did not respond|couldn t connect|could not connect|establish an smtp"
        "|refused to talk|connection timeout|network is down|socket error|connect to|unable to connect"
        "|cannot connect|connection … closed|timeout",
        returned=True,
    ),
    row(
        Cause.CONNECTION_LOST,
        words="timeout … closing|timeout exceeded|idle timeout|connection expired|closing … idle",
        returned=False,
    ),
    row(
        Cause.MAIL_MALFORMED,
        words="rfc 5322|rfc 2822|rfc 822|rfc5322|rfc compliant|missing … header|malformed message"
        "|message … malformed|invalid header|header* … error|bare lf|bare line feed|line too long|multiple … from"
        "|duplicate header*|mime … error|invalid content|invalid … structure|bad header|headers are not"
        "|header … missing|message id … missing|invalid data in message|conversion|8bit|8 bit|non mime",
    ),
    row(
        Cause.SERVICE_UNAVAILABLE,
        words="service … unavailable|service not available|service shutting down|currently unavailable",
    ),
    row(
        Cause.SERVER_FAULT,
        words="local error|internal error|server error|internal server|system error|configuration error"
        "|local problem|misconfigur*|incorrectly configured|lookup failure|error in processing|temporary problem"
        "|temporary failure|temporary system|temporary error|temporarily unavailable|temporarily rejected"
        "|server busy|system … busy|resources temporarily|please try again|try again later|try later"
        "|not available now|input output error|unable to create|storage error|database|no healthy secondary"
        "|temporarily deferred",
    ),
    row(
        Cause.POLICY,
        words="policy|policies|access denied|not allowed|not authori*|prohibited|forbidden|security|restrict*"
        "|rejected by|blocked|refuse*|denied|not accepted|banned|rejected|administratively|no access|filter*"
        "|permission|unwanted|not permitted|violat*|bounced by administrator|transaction failed",
    ),
)

WORDS_OF_RECIPIENT: Final[tuple[Row, ...]] = (*_MAILBOX, *_SERVER)
