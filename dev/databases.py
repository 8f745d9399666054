"""Databases: templates with the module's dependencies, made once, and the copies that tests and the demo use."""

import contextlib
import secrets
import shutil
import subprocess
from collections.abc import Iterator

from cache import CACHE, HERE, TOKEN, lock, say, sh
from odoo_install import Odoo
from postgres import sql

QUIET = ("--stop-after-init", "--no-http", "--log-level=warn")
BUILD_ASSETS = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()\n"


def exists(name: str) -> bool:
    return bool(sql(f"select 1 from pg_database where datname = '{name}'"))


def drop(odoo: Odoo, name: str) -> None:
    sql(f'drop database if exists "{name}" with (force)')
    shutil.rmtree(odoo.data / "filestore" / name, ignore_errors=True)


def drop_all() -> None:
    """Remove what this cache folder has on a server that others use too: their databases have other names."""
    ours = [path.name for path in CACHE.glob("addons/*")] + [TOKEN]
    for name in sql("select datname from pg_database").split():
        if any(f"-{owner}" in name for owner in filter(None, ours)):
            sql(f'drop database if exists "{name}" with (force)')


def rename(odoo: Odoo, old: str, new: str) -> None:
    store = odoo.data / "filestore"
    sql(f'alter database "{old}" rename to "{new}"')
    shutil.rmtree(store / new, ignore_errors=True)
    if (store / old).exists():
        (store / old).rename(store / new)


def copy(odoo: Odoo, source: str, name: str) -> None:
    drop(odoo, name)
    sql(f'create database "{name}" template "{source}"')
    store = odoo.data / "filestore"
    if (store / source).exists():
        sh("cp", "-al", store / source, store / name)  # links: files there never change


def template(odoo: Odoo, assets: bool = False, demo: bool = False) -> str:
    """A database with the dependencies only, one per Odoo and list of dependencies; `assets` for browser tests."""
    name = "-".join(filter(None, ("template", odoo.key, TOKEN, demo and "demo")))
    with lock("template"):
        if not exists(name):
            what = ", ".join(odoo.depends) + (" with demo data" if demo else "")
            say(f"installing {what} in a template database: about a minute")
            temporary = name + "-new"
            drop(odoo, temporary)
            options = ["--with-demo"] if demo else []
            odoo("server", "-d", temporary, "-i", ",".join(odoo.depends), *options, *QUIET)
            rename(odoo, temporary, name)
        done = odoo.data / "filestore" / name / "assets"
        if assets and not done.exists():
            say("building the web client in it")
            shell = ("shell", "-d", name, "--no-http", "--log-level=warn")
            odoo(*shell, input=BUILD_ASSETS, text=True, stdout=subprocess.DEVNULL)
            done.touch()
    return name


@contextlib.contextmanager
def scratch(odoo: Odoo, source: str | None) -> Iterator[str]:
    """A database for the time of the block, empty or a copy.

    A lock tells that it is in use: the number of a process says nothing in another container with the same cache.
    """
    start = f"test-{HERE}-"
    for old in sql(f"select datname from pg_database where datname like '{start}%'").split():
        with contextlib.suppress(BlockingIOError), lock(old, wait=False):  # left by a run that was killed
            drop(odoo, old)
            _unlock(old)
    name = start + secrets.token_hex(4)
    with lock(name):
        try:
            if source:
                copy(odoo, source, name)
            else:
                drop(odoo, name)
            yield name
        finally:
            drop(odoo, name)
            _unlock(name)


def _unlock(name: str) -> None:
    (CACHE / f"{name}.lock").unlink(missing_ok=True)
