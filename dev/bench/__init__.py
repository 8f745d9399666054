"""Benchmarks: `python3 dev/dev.py bench`. One JSON line per measurement on stdout, a table at the end.

    bench [--quick] [--shape plain pdf chatter] [--rtt 0 20 50] [--mode bdat pipeline] [--rounds 3] [--mails 1000]
                            stock Odoo and ours in turn, the same mails to the same server; with --tracking also the
                            OCA's mail_tracking, as an add-on with the same purpose
    bench --growth          1 000 and 10 000 mails that wait: time per mail and memory
    bench --crash [--kills 200] [--workers 1]
                            kill -9 at random moments: no mail is lost, none is sent twice
    bench --two-workers [--shape plain pdf chatter]
                            the same mails by stock Odoo, by one worker and by two
    bench --invoice         an invoice sent from its form, stock Odoo and ours in turn
    bench --read            lists, counts and the claim with 200 000 rows, and with 1 000 000 mails that wait
    bench --size [--mails 100000]
                            bytes a mail before and after retention, how fast content goes, installing over mails
    bench --exact [--shape plain pdf chatter] [--rounds 3] [--mails 500]
                            what it costs to keep each e-mail exactly as it was sent: bytes and time of the processor

With `--fsync off on` all of it is measured twice: first commits do not wait for the disk, then they do, as on a server.
`--write` puts the result into dev/bench/RESULTS.md, and wants a commit for it. Everything stays on 127.0.0.1.
"""

from .command import add_arguments, bench
