"""Run Odoo with a clock that starts at a moment, in UTC: `python dev/picture/at.py MOMENT ARGUMENT ...`

Odoo's own tests stop the clock likewise. PostgreSQL's clock goes on as it is.
"""

import runpy
import sys

import freezegun

moment = sys.argv.pop(1)
freezegun.freeze_time(moment, tick=True).start()
sys.path.pop(0)
runpy.run_module("odoo", run_name="__main__", alter_sys=True)
