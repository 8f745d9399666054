"""Mail servers for the tests and the demo, on 127.0.0.1: real ones (Postfix, Dovecot, Exim, smtp-sink) and scripted ones.

Plain Python, nothing of Odoo: `dev/` imports this package as `servers`, the tests as `..servers`.
"""
