"""Real mail servers: `python3 dev/dev.py interop`. The engine against each, and what the server had in the end.

    interop [--server Postfix Haraka …] [--case good "too big" …] [--write]

Servers come from Debian, npm and PyPI; each runs in a box (`box.py`), which wants root. `--write` puts the table
into dev/bench/INTEROP.md. To add a server: a class in a file of its own here, and its name in `run.py`.
"""

from .command import add_arguments, interop
