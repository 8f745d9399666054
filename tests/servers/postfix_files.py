"""The two configuration files of the private Postfix."""

from .process import HOST
from .tls import Authority, Certificate

NO_EXTENSIONS = (
    "silent-discard,dsn,smtputf8,chunking,etrn,pipelining,size,8bitmime,enhancedstatuscodes,vrfy,starttls,auth"
)
# listener -> settings that differ from main.cf
LISTENERS: dict[str, dict[str, str]] = {
    "smtp": {},  # trusts this machine; STARTTLS and AUTH are offered
    "submission": {  # as a provider's port 587: TLS and a login are required
        "smtpd_tls_security_level": "encrypt",
        "mynetworks": "",
        "smtpd_relay_restrictions": "permit_sasl_authenticated,reject",
    },
    "smtps": {"smtpd_tls_wrappermode": "yes"},
    "no_tls": {"smtpd_tls_security_level": "none", "smtpd_sasl_auth_enable": "no"},
    "no_relay": {"mynetworks": ""},  # strangers may only write to its own domains
    "no_dsn": {"smtpd_discard_ehlo_keywords": "silent-discard,dsn,smtputf8,chunking,etrn,pipelining"},
    "no_extensions": {"smtpd_discard_ehlo_keywords": NO_EXTENSIONS},
    "own_sender": {  # a login may only use its own address
        "smtpd_tls_security_level": "encrypt",
        "mynetworks": "",
        "smtpd_relay_restrictions": "permit_sasl_authenticated,reject",
        "smtpd_sender_restrictions": "reject_sender_login_mismatch",
        "smtpd_sender_login_maps": "inline:{ sales@odoo.test=sales@odoo.test bounce@odoo.test=bounce@odoo.test }",
    },
    "greylist": {"smtpd_recipient_restrictions": "check_client_access static:{450 4.7.1 Greylisted, try again later}"},
    "content_reject": {
        "smtpd_end_of_data_restrictions": "check_client_access static:{554 5.7.1 Spam message rejected}"
    },
    "content_defer": {"smtpd_end_of_data_restrictions": "check_client_access static:{450 4.7.1 Scanner is busy}"},
    "discard": {"smtpd_end_of_data_restrictions": "check_client_access static:DISCARD"},  # 250, and the mail is lost
    "size_limit": {"message_size_limit": "200000"},
    "recipient_limit": {"smtpd_recipient_limit": "3", "smtpd_recipient_overshoot_limit": "2"},
    "message_rate": {"smtpd_client_event_limit_exceptions": "", "smtpd_client_message_rate_limit": "2"},
    "connection_rate": {"smtpd_client_event_limit_exceptions": "", "smtpd_client_connection_rate_limit": "1"},
    "disk_full": {"queue_minfree": "999999999999"},
    "idle": {"smtpd_timeout": "2s"},  # 421 4.4.2 after two idle seconds
    "old_tls": {
        "smtpd_tls_protocols": "TLSv1.1,TLSv1",
        "smtpd_tls_ciphers": "high",
        "tls_high_cipherlist": "ALL:@SECLEVEL=0",
    },
    "tls10": {
        "smtpd_tls_protocols": "TLSv1",
        "smtpd_tls_ciphers": "high",
        "tls_high_cipherlist": "ALL:@SECLEVEL=0",
    },
    "tls12": {"smtpd_tls_protocols": "TLSv1.2"},
    "tls13": {"smtpd_tls_protocols": ">=TLSv1.3"},
    "expired": {},  # these three show a certificate to be refused
    "wrong_host": {},
    "self_signed": {},
}
PROCESSES = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def _certificates(authority: Authority, listener: str) -> dict[str, str]:
    special = {"expired": authority.expired, "wrong_host": authority.wrong_host, "self_signed": authority.self_signed}
    if listener not in special:
        return {}
    found: Certificate = special[listener]()
    return {"smtpd_tls_cert_file": str(found.certificate), "smtpd_tls_key_file": str(found.key)}


def master_cf(ports: dict[str, int], authority: Authority) -> str:
    lines = []
    for listener, port in ports.items():
        lines.append(f"{HOST}:{port} inet n - n - - smtpd")
        options = {"syslog_name": f"postfix/{listener}", **LISTENERS[listener], **_certificates(authority, listener)}
        # Braces: a value with spaces is one argument.
        lines += [f"  -o {{ {name} = {value} }}" for name, value in options.items()]
    return "\n".join(lines) + "\n" + PROCESSES


def main_cf(postfix, settings: dict[str, str]) -> str:
    folder = postfix.folder
    certificate = postfix.authority.good()
    users = " ".join(f"{{ {address} = - }}" for address in postfix.users)
    mailboxes = f"lmtp:inet:{HOST}:{postfix.lmtp_port}"
    values = {
        "compatibility_level": "3.6",
        "queue_directory": f"{folder}/spool",
        "data_directory": f"{folder}/data",
        "command_directory": "/usr/sbin",
        "daemon_directory": "/usr/lib/postfix/sbin",
        "mail_owner": "postfix",
        "setgid_group": "postdrop",
        # There may be no syslog: without these two even a fatal error would be silent.
        "maillog_file": str(postfix.maillog),
        "maillog_file_prefixes": str(folder),
        "inet_interfaces": HOST,
        "inet_protocols": "ipv4",
        "myhostname": "mx.odoo.test",
        "myorigin": "odoo.test",
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "alias_maps": "",
        "alias_database": "",
        "recipient_delimiter": "+",
        "virtual_mailbox_domains": "odoo.test",
        "virtual_mailbox_maps": f"inline:{{ {users} }}",
        "virtual_alias_maps": f"texthash:{folder}/etc/alias, regexp:{folder}/etc/divert",
        "virtual_alias_domains": "",  # else every domain that a pattern matches
        "virtual_transport": mailboxes,
        "relay_domains": "dest.test, refused.test",
        "relay_recipient_maps": "",  # accept first, bounce later
        "transport_maps": f"inline:{{ {{ dest.test = {mailboxes} }} {{ refused.test = smtp:[{HOST}]:9 }} }}",
        "default_transport": "error:5.4.4 no way to the outside from here",
        "smtp_host_lookup": "native",
        "lmtp_host_lookup": "native",
        "smtp_dns_support_level": "disabled",
        "mailbox_size_limit": "0",
        "virtual_mailbox_limit": "0",
        "smtpd_error_sleep_time": "0",
        "smtpd_client_connection_count_limit": "0",
        "in_flow_delay": "0",
        "smtpd_recipient_restrictions": f"check_recipient_access texthash:{folder}/etc/replies",
        "smtpd_tls_security_level": "may",
        "smtpd_tls_cert_file": str(certificate.certificate),
        "smtpd_tls_key_file": str(certificate.key),
        "smtpd_tls_loglevel": "1",
        "smtpd_tls_received_header": "yes",
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": f"inet:{HOST}:{postfix.sasl_port}",
        # A queue that gives up within seconds: tests wait for its reports.
        "queue_run_delay": "2s",
        "minimal_backoff_time": "2s",
        "maximal_backoff_time": "4s",
        "maximal_queue_lifetime": "12s",
        "bounce_queue_lifetime": "12s",
        "delay_warning_time": "5s",
        "confirm_delay_cleared": "yes",
    }
    return "".join(f"{name} = {value}\n" for name, value in {**values, **settings}.items())
