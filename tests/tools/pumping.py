"""Texts made to be slow for a regular expression: every repeat in it is pumped, and then the match is broken.

The parse tree of `re` tells where a pattern repeats something. Before the repeat stands what leads there, behind it
what the pattern does not take, so that the engine tries every way to divide what was pumped, from every place.
"""

import re
import time

try:
    import re._constants as op
    import re._parser as parser
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

REPEATS = tuple(getattr(op, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(op, name))
ATOMIC = getattr(op, "ATOMIC_GROUP", None)
# Which character of a class is pumped: the classes of two repeats that stand side by side often share one of these.
TASTES = (" \ta0-.:;@<", "a \n0-._", "0a1\n-", "\n \ra0-", "-._=*~#@a", "<>\"'([:;,@=.a")
BREAKS = ("\x00", "\n\x00")
OTHERS = [chr(number) for number in range(1, 0x180)]
STEPS = (3, 5, 7, 9, 11, 13, 16, 19, 22, 26)  # rounds at which what grows exponentially is seen


def alternatives(pattern):
    """The pattern cut at the bars outside of all groups: they are tried one after the other, so each is attacked alone."""
    text, parts, depth, start, place = pattern.pattern, [], 0, 0, 0
    escape, opened, closed, bar, bracket, end = (
        (b"\\", b"(", b")", b"|", b"[", b"]") if isinstance(text, bytes) else ("\\", "(", ")", "|", "[", "]")
    )
    while place < len(text):
        char = text[place : place + 1]
        if char == escape:
            place += 1
        elif char == bracket:
            place += 2 if text[place + 1 : place + 2] == end[:0] + (b"^" if isinstance(text, bytes) else "^") else 1
            while text[place + 1 : place + 2] != end:
                place += 2 if text[place + 1 : place + 2] == escape else 1
        elif char in (opened, closed):
            depth += 1 if char == opened else -1
        elif char == bar and not depth:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [re.compile(part, pattern.flags & ~re.DEBUG) for part in (*parts, text[start:])]


def texts(pattern, tastes=TASTES):
    """Functions of a count that write a text of about that many units, each once."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    seen = set()
    for taste in tastes:
        for lead, unit in _pumps(list(tree), "", taste):
            for key in _shapes(lead, unit):
                if key not in seen:
                    seen.add(key)
                    yield _writer(pattern, *key)


def _shapes(lead, unit):
    for end in BREAKS:
        yield lead, unit, "", end
    yield "", lead + unit, "", "\x00"
    yield lead, unit * 8, "\n", "\x00"
    yield "", "\n" + lead + unit * 3, "", "\x00"


def _writer(pattern, lead, unit, between, end):
    def write(count):
        text = lead + (unit + between) * count + end
        return text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text

    return write


def _pumps(items, lead, taste):
    """(what leads to a repeat, one round of it) for every repeat in the tree, and the whole way as one round."""
    for code, value in items:
        if code in REPEATS:
            _low, high, body = value
            if high > 1:
                yield lead, sample(body, taste) or "a"
            yield from _pumps(list(body), lead, taste)
        elif code is op.BRANCH:
            for branch in value[1]:
                yield from _pumps(list(branch), lead, taste)
        elif code is op.SUBPATTERN:
            yield from _pumps(list(value[3]), lead, taste)
        elif code is ATOMIC:
            yield from _pumps(list(value), lead, taste)
        elif code in (op.ASSERT, op.ASSERT_NOT):
            yield from _pumps(list(value[1]), lead, taste)
        lead += sample([(code, value)], taste)
        if code is not op.LITERAL:
            yield "", lead or "a"
    yield "", lead or "a"


def sample(items, taste):
    """A short text that the items match, as far as that is easily told."""
    return "".join(_one(code, value, taste) for code, value in items)


def _one(code, value, taste):
    if code is op.LITERAL:
        return chr(value)
    if code in (op.NOT_LITERAL, op.ANY, op.IN):
        return next((char for char in (*taste, *OTHERS) if _takes(code, value, char)), "a")
    if code in REPEATS:
        return sample(value[2], taste) * max(value[0], 1 if len(taste) % 2 else 0)
    if code is op.BRANCH:
        return sample(value[1][len(taste) % len(value[1])], taste)
    if code is op.SUBPATTERN:
        return sample(value[3], taste)
    if code is ATOMIC:
        return sample(value, taste)
    return ""


def _takes(code, value, char):
    if code is op.ANY:
        return char != "\n"
    if code is op.NOT_LITERAL:
        return char != chr(value)
    negated = value[0][0] is op.NEGATE
    return any(_in_set(kind, inner, char) for kind, inner in value if kind is not op.NEGATE) != negated


def _in_set(kind, value, char):
    if kind is op.LITERAL:
        return ord(char) == value
    if kind is op.RANGE:
        return value[0] <= ord(char) <= value[1]
    classes = {
        op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s", op.CATEGORY_NOT_SPACE: r"\S",
        op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
    }  # fmt: skip
    return bool(re.match(classes[value], char))


def seconds(use, text, runs=1):
    """The shortest of some runs."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        use(text)
        best = min(best, time.process_time() - start)
    return best
