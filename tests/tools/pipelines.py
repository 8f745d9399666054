"""What the tests of the pipeline share: jobs, a caller that behaves as the engine does, and its bookkeeping."""

from ...tools.smtp.envelope import Envelope
from ...tools.smtp.pipeline import Job, Pipeline
from ...tools.smtp.session import Session
from ..servers.scripted import EXTENSIONS

CHUNKING = (*EXTENSIONS, "CHUNKING")
MODES = ("bdat", "pipeline", "step_by_step")


def job(number, recipients=1, body=b"", **envelope):
    """Mail number n, from s<n>@odoo.test to a<n>@dest.test, b<n>@dest.test, …; its first line is its number."""
    addresses = tuple(f"{letter}{number}@dest.test" for letter in "abcdefgh"[:recipients])
    message = b"Subject: %d\r\n\r\n.dot\r\n..\r\n.\r\n%s" % (number, body)
    return Job(Envelope(f"s{number}@odoo.test", addresses, **envelope), message, number)


def jobs(count, recipients=1, body=b""):
    return [job(number, recipients, body) for number in range(count)]


def ends(result):
    """(outcome, phase, code or problem) of each recipient; None for a job that did not have its turn."""
    if result is None:
        return None
    return [
        (end.outcome.value, end.phase.value, end.reply.code if end.reply else end.problem) for end in result.recipients
    ]


class Caller:
    """Hands out jobs and writes down what is asked and told.

    `log` holds ("take", n, wait, given), ("mark", tags) and ("done", tags); `results` all (tag, result) in order.
    """

    def __init__(self, waiting, window=8):
        self.waiting = list(waiting)
        self.window = window
        self.log = []
        self.results = []
        self.marked = []
        self.open = set()  # marked and not done
        self.most_open = 0

    def take(self, count, wait):
        given, self.waiting = self.waiting[:count], self.waiting[count:]
        self.log.append(("take", count, wait, len(given)))
        return given

    def before_data(self, group):
        tags = [one.tag for one in group]
        self.log.append(("mark", tags))
        self.marked += tags
        self.open |= set(tags)
        self.most_open = max(self.most_open, len(self.open))

    def done(self, results):
        self.log.append(("done", [one.tag for one, _result in results]))
        self.results += [(one.tag, result) for one, result in results]
        self.open -= {one.tag for one, _result in results}

    def run(self, session, mode=None, reads_on=None):
        pipeline = Pipeline(session, self.window, mode, reads_on)
        pipeline.run(self.take, self.before_data, self.done)
        return pipeline

    @property
    def ends(self):
        return {tag: ends(result) for tag, result in self.results}


def send_all(server, waiting, mode, window=8, timeout=5.0, connections=100):
    """Send as the engine does: jobs that had no turn go over another connection. Return {tag: result}, the callers."""
    left, results, callers, reads_on = list(waiting), {}, [], None
    while left and len(callers) < connections:
        caller = Caller(left, window)
        callers.append(caller)
        session = Session(server.connect(timeout=timeout))
        reads_on = caller.run(session, mode, reads_on).reads_on
        session.close()
        told = [tag for tag, _result in caller.results]
        assert len(told) == len(set(told)), "a job is told twice"
        by_tag = {one.tag: one for one in left}
        results.update({tag: result for tag, result in caller.results if result})
        left = [by_tag[tag] for tag, result in caller.results if result is None] + caller.waiting
    return results, callers
