"""The command line."""

import argparse

from cache import MODULE, say
from odoo_install import Odoo
from postgres import postgres
from programs import BROWSER, PRINT, provide, provide_mail_servers

from .results import Result, keep, known, table
from .runs import Runs
from .suites import SUITES, Suite

NOTHING = Result(0, 0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="SUITE", help=f"default: {' '.join(SUITES)}")
    parser.add_argument("--stock", action="store_true", help="run them without the module, too: writes stock.json")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="leave out what drives a browser")


def compat(names: list[str], stock: bool = False, browser: bool = True) -> int:
    """Odoo's own tests and those of other add-ons, without the module and with it: what fails with it only?"""
    if unknown := sorted(set(names) - set(SUITES)):
        raise SystemExit(f"dev: no such suite: {', '.join(unknown)}. There are {', '.join(SUITES)}")
    provide(BROWSER | PRINT if browser else PRINT, required=False)
    provide_mail_servers()  # for tests of ours
    rows, texts = [], []
    with postgres():
        runs = Runs(Odoo(), browser)
        for suite in [SUITES[name] for name in names or SUITES]:
            without, ours, unsteady = _suite(runs, suite, stock)
            rows.append((suite.name, without, ours))
            texts += _texts(suite, without, ours, unsteady)
    print("\n".join([table(rows), "", *texts]), flush=True)
    return int(any(ours.bad - (without.bad if without else frozenset()) for _name, without, ours in rows))


def _suite(runs: Runs, suite: Suite, stock: bool) -> tuple[Result | None, Result, frozenset[str]]:
    """What is known without the module, what there is with it, and which tests passed only when run by themselves."""
    with runs.database(suite) as database:
        results = known(runs.odoo.version)
        if stock and not suite.is_ours:
            results[suite.name] = runs.test(database, suite.tags(runs.odoo), f"{suite.name}-stock")
            keep(runs.odoo.version, results)
        without = NOTHING if suite.is_ours else results.get(suite.name)
        runs.install(database, MODULE)
        ours = runs.test(database, suite.tags(runs.odoo, with_module=True), suite.name)
        new = ours.bad - (without.bad if without else frozenset())
        if not new:
            return without, ours, new
        # A browser on a busy machine fails now and then.
        say(f"{suite.name}: once more the {len(new)} that fail with the module only")
        again = runs.test(database, ",".join(sorted(map(_tag, new))), f"{suite.name}-again")
        return without, ours.passed_after_all(new - again.bad), new - again.bad


def _tag(name: str) -> str:
    """
    >>> _tag("sale.tests.test_x:TestX.test_y"), _tag("sale.tests.test_x:TestX.setUpClass")
    ('/sale:TestX.test_y', '/sale:TestX')
    """
    file, _colon, test = name.partition(":")
    return f"/{file.partition('.')[0]}:{test.removesuffix('.setUpClass')}"


def _texts(suite: Suite, without: Result | None, ours: Result, unsteady: frozenset[str]) -> list[str]:
    if without is None:
        return [f"{suite.name}: not known without the module (--stock)", *(f"  {name}" for name in sorted(ours.bad))]
    found = [f"{suite.name}: fails with the module only: {name}" for name in sorted(ours.bad - without.bad)]
    found += [f"{suite.name}: fails without it only: {name}" for name in sorted(without.bad - ours.bad)]
    return found + [f"{suite.name}: failed, and passed by itself: {name}" for name in sorted(unsteady)]
