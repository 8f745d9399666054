"""Faults: `python3 dev/dev.py soak [--minutes 30] [--seed N]`. One JSON line on stdout, exit code 1 where it fails.

Users send, edit, cancel and read over RPC, returned mails come in, the buffer is emptied; meanwhile the network to a
real Postfix drops, delays, cuts and garbles, Odoo's workers get kill -9, and PostgreSQL crashes. Everything is its own:
a cluster, Odoo's workers, Postfix and Dovecot, all in one folder that is gone afterwards.

    traffic.py, returns.py   who does what, over RPC (rpc.py)
    faults.py, proxy.py      what breaks, and when: drawn from the seed
    facts.py, account.py     what the database says, what the mailboxes hold, and whether the two agree
    log.py                   what went wrong in Odoo's log without a reason
    watch.py                 memory, connections and open database transactions over the time
    place.py, cluster.py     the servers
"""

from .command import add_arguments, soak
