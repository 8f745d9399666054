"""Odoo's own tests and those of other add-ons, without the module and with it: `python3 dev/dev.py compat`.

    compat [SUITE ...]      the suites of suites.py with the module, compared with stock.json
    compat --stock          without the module, too: writes stock.json anew, for a commit

A test that fails with the module is run again by itself: a browser on a busy machine fails now and then.
"""

from .command import add_arguments, compat
