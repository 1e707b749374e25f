# SPDX-License-Identifier: BSD-3-Clause
# re: regular expressions, matched by backtracking. A pattern becomes functions step(s, i, caps, then): each tries to
# match at i and calls then(i) with where it got to; False means that nothing further along matched either. Repeats of a
# single character count first and give back one by one, so that only nested repeats nest calls.

ASCII = A = 256
IGNORECASE = I = 2
MULTILINE = M = 8
DOTALL = S = 16
UNICODE = U = 32
VERBOSE = X = 64
NOFLAG = 0

_DIGITS = "0123456789"
_SPACES = " \t\n\r\f\v"
_FLAGS = {"i": I, "m": M, "s": S, "x": X, "a": A, "u": U}
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}


class error(Exception):
    def __init__(self, msg, pattern=None, pos=None):
        super().__init__(msg if pos is None else f"{msg} at position {pos}")
        self.msg = msg
        self.pattern = pattern
        self.pos = pos


PatternError = error


def _is_word(c):
    return c.isalnum() or c == "_"


def _class_test(c):
    """What \\d, \\W … accept."""
    kind = c.lower()
    if kind == "d":
        test = lambda ch: ch.isdigit()
    elif kind == "w":
        test = _is_word
    else:
        test = lambda ch: ch.isspace()
    return test if c == kind else lambda ch: not test(ch)


class _Parser:
    def __init__(self, pattern, flags):
        self.p = pattern
        self.i = 0
        self.flags = flags
        self.ngroups = 0
        self.names = {}

    def fail(self, msg, at=None):
        raise error(msg, self.p, self.i if at is None else at)

    def peek(self):
        return self.p[self.i] if self.i < len(self.p) else ""

    def take(self, text):
        if self.p.startswith(text, self.i):
            self.i += len(text)
            return True
        return False

    # alternatives of sequences

    def alternatives(self):
        options = [self.sequence()]
        while self.take("|"):
            options.append(self.sequence())
        return options[0] if len(options) == 1 else _either(options)

    def sequence(self):
        steps = []
        while self.i < len(self.p) and self.p[self.i] not in "|)":
            if self.flags & X and self.blank():
                continue
            step = self.atom()
            if step is not None:
                steps.append(self.repeated(step))
        return _all(steps)

    def blank(self):
        if self.peek() in _SPACES:
            self.i += 1
            return True
        if self.peek() == "#":
            while self.i < len(self.p) and self.p[self.i] != "\n":
                self.i += 1
            return True
        return False

    def repeated(self, step):
        while True:
            at = self.i
            if self.take("*"):
                low, high = 0, None
            elif self.take("+"):
                low, high = 1, None
            elif self.take("?"):
                low, high = 0, 1
            elif self.peek() == "{" and self.counts() is not None:
                low, high = self.counted
            else:
                return step
            if high is not None and high < low:
                self.fail("min repeat greater than max repeat", at + 1)
            lazy = self.take("?")
            test = getattr(step, "accepts", None)
            step = _repeat_one(test, low, high, lazy) if test else _repeat(step, low, high, lazy)
            if self.peek() and self.peek() in "*+?":
                self.fail("multiple repeat")

    def counts(self):
        end = self.p.find("}", self.i)
        inside = self.p[self.i + 1:end] if end > 0 else ""
        parts = inside.split(",")
        if not inside or len(parts) > 2 or any([part and not part.isdigit() for part in parts]) or inside == ",":
            return None
        low = int(parts[0]) if parts[0] else 0
        high = low if len(parts) == 1 else int(parts[1]) if parts[1] else None
        self.counted = (low, high)
        self.i = end + 1
        return self.counted

    # one thing

    def atom(self):
        c = self.p[self.i]
        if c == "(":
            return self.group()
        self.i += 1
        if c == "[":
            return _one(self.set())
        if c == ".":
            return _one((lambda ch: True) if self.flags & S else (lambda ch: ch != "\n"))
        if c == "^":
            return _where(_line_start if self.flags & M else lambda s, i: i == 0)
        if c == "$":
            return _where(_line_end if self.flags & M else _text_end)
        if c == "\\":
            return self.escape()
        if c in "*+?":
            self.fail("nothing to repeat", self.i - 1)
        return _one(self.literal(c))

    def literal(self, c):
        if self.flags & I:
            low, up = c.lower(), c.upper()
            return lambda ch: ch == low or ch == up
        return lambda ch: ch == c

    def escape(self):
        if self.i >= len(self.p):
            self.fail("bad escape (end of pattern)", self.i - 1)
        c = self.p[self.i]
        self.i += 1
        if c in "dDwWsS":
            return _one(_class_test(c))
        if c == "b":
            return _where(_boundary)
        if c == "B":
            return _where(lambda s, i: not _boundary(s, i))
        if c == "A":
            return _where(lambda s, i: i == 0)
        if c == "Z":
            return _where(lambda s, i: i == len(s))
        if c in "123456789":
            number = c
            while self.peek() and self.peek() in _DIGITS and len(number) < 2:
                number += self.peek()
                self.i += 1
            if int(number) > self.ngroups:
                self.fail(f"invalid group reference {number}", self.i - len(number))
            return _again(int(number), bool(self.flags & I))
        return _one(self.literal(self.character(c)))

    def character(self, c):
        if c in "xuU":
            n = {"x": 2, "u": 4, "U": 8}[c]
            digits = self.p[self.i:self.i + n]
            self.i += n
            return chr(int(digits, 16))
        if c in _PLAIN:
            return _PLAIN[c]
        if c.isalpha() and c.isascii():
            self.fail("bad escape \\" + c, self.i - 2)
        return c

    def set(self):
        start = self.i - 1
        negated = self.take("^")
        tests = []
        ranges = []
        first = True
        while True:
            if self.i >= len(self.p):
                self.fail("unterminated character set", start)
            c = self.p[self.i]
            self.i += 1
            if c == "]" and not first:
                break
            first = False
            if c == "\\":
                c = self.p[self.i]
                self.i += 1
                if c in "dDwWsS":
                    tests.append(_class_test(c))
                    continue
                c = "\b" if c == "b" else self.character(c)
            last = c
            if self.peek() == "-" and self.i + 1 < len(self.p) and self.p[self.i + 1] != "]":
                self.i += 1
                last = self.p[self.i]
                self.i += 1
                if last == "\\":
                    last = self.character(self.p[self.i])
                    self.i += 1
                if last < c:
                    self.fail(f"bad character range {c}-{last}", self.i - 3)
            ranges.append((c, last))
        fold = self.flags & I

        def accepts(ch):
            for low, high in ranges:
                if low <= ch <= high or (fold and (low <= ch.lower() <= high or low <= ch.upper() <= high)):
                    return not negated
            for test in tests:
                if test(ch):
                    return not negated
            return negated

        return accepts

    def group(self):
        start = self.i
        self.i += 1
        number = 0
        look = None
        flags = self.flags
        if self.take("?"):
            if self.take(":"):
                pass
            elif self.take("P<"):
                name = self.until(">")
                if not name.isidentifier():
                    self.fail(f"bad character in group name '{name}'", start + 4)
                if name in self.names:
                    self.fail(f"redefinition of group name '{name}'", start + 4)
                self.ngroups += 1
                number = self.names[name] = self.ngroups
            elif self.take("P="):
                name = self.until(")")
                if name not in self.names:
                    self.fail(f"unknown group name '{name}'", start + 4)
                return _again(self.names[name], bool(self.flags & I))
            elif self.take("#"):
                self.until(")")
                return None
            elif self.take("="):
                look = (True, False)
            elif self.take("!"):
                look = (False, False)
            elif self.take("<="):
                look = (True, True)
            elif self.take("<!"):
                look = (False, True)
            elif self.peek() and self.peek() in "imsxau-":
                letters = ""
                while self.peek() and self.peek() in "imsxau-":
                    letters += self.peek()
                    self.i += 1
                on, _, off = letters.partition("-")
                for letter in on:
                    flags |= _FLAGS[letter]
                for letter in off:
                    flags &= ~_FLAGS[letter]
                if self.take(")"):
                    self.flags = flags
                    return None
                if not self.take(":"):
                    self.fail("unknown extension ?" + letters)
            else:
                self.fail("unknown extension ?" + self.peek(), start + 1)
        else:
            self.ngroups += 1
            number = self.ngroups
        outer = self.flags
        self.flags = flags
        inner = self.alternatives()
        self.flags = outer
        if not self.take(")"):
            self.fail("missing ), unterminated subpattern", start)
        if look:
            return _behind(inner, look[0]) if look[1] else _ahead(inner, look[0])
        return _captured(inner, number) if number else inner

    def until(self, mark):
        end = self.p.find(mark, self.i)
        if end < 0:
            self.fail(f"missing {mark}, unterminated name")
        text = self.p[self.i:end]
        self.i = end + len(mark)
        return text


# steps

def _one(accepts):
    def step(s, i, caps, then):
        return i < len(s) and accepts(s[i]) and then(i + 1)
    step.accepts = accepts
    return step


def _where(holds):
    return lambda s, i, caps, then: holds(s, i) and then(i)


def _line_start(s, i):
    return i == 0 or s[i - 1] == "\n"


def _line_end(s, i):
    return i == len(s) or s[i] == "\n"


def _text_end(s, i):
    return i == len(s) or (i == len(s) - 1 and s[i] == "\n")


def _boundary(s, i):
    before = i > 0 and _is_word(s[i - 1])
    after = i < len(s) and _is_word(s[i])
    return before != after


def _all(steps):
    if len(steps) == 1:
        return steps[0]

    def step(s, i, caps, then):
        def go(k, at):
            if k == len(steps):
                return then(at)
            return steps[k](s, at, caps, lambda to: go(k + 1, to))
        return go(0, i)
    return step


def _either(options):
    def step(s, i, caps, then):
        for option in options:
            if option(s, i, caps, then):
                return True
        return False
    return step


def _repeat_one(accepts, low, high, lazy):
    def step(s, i, caps, then):
        limit = len(s) if high is None else min(len(s), i + high)
        end = i
        if lazy:
            while end - i < low:
                if end >= limit or not accepts(s[end]):
                    return False
                end += 1
            while not then(end):
                if end >= limit or not accepts(s[end]):
                    return False
                end += 1
            return True
        while end < limit and accepts(s[end]):
            end += 1
        while end - i >= low:
            if then(end):
                return True
            end -= 1
        return False
    return step


def _repeat(inner, low, high, lazy):
    def step(s, i, caps, then):
        def go(count, at, last):
            def more():
                if high is not None and count >= high or (at == last and count > low):
                    return False
                saved = list(caps)
                if inner(s, at, caps, lambda to: go(count + 1, to, at)):
                    return True
                caps[:] = saved
                return False
            if count < low:
                return more()
            if lazy:
                return then(at) or more()
            return more() or then(at)
        return go(0, i, -1)
    return step


def _captured(inner, number):
    def step(s, i, caps, then):
        saved = caps[number]

        def done(to):
            before = caps[number]
            caps[number] = (i, to)
            if then(to):
                return True
            caps[number] = before
            return False
        if inner(s, i, caps, done):
            return True
        caps[number] = saved
        return False
    return step


def _again(number, fold):
    def step(s, i, caps, then):
        if caps[number] is None:
            return False
        start, end = caps[number]
        text = s[start:end]
        here = s[i:i + len(text)]
        if here == text or (fold and here.lower() == text.lower()):
            return then(i + len(text))
        return False
    return step


def _ahead(inner, wanted):
    def step(s, i, caps, then):
        return inner(s, i, caps, lambda to: True) == wanted and then(i)
    return step


def _behind(inner, wanted):
    def step(s, i, caps, then):
        found = False
        for start in range(i, -1, -1):
            if inner(s, start, caps, lambda to: to == i):
                found = True
                break
        return found == wanted and then(i)
    return step


class Match:
    def __init__(self, pattern, string, caps, pos, endpos):
        self.re = pattern
        self.string = string
        self.pos = pos
        self.endpos = endpos
        self._caps = caps
        ends = [(caps[k][1], -k) for k in range(1, len(caps)) if caps[k] is not None]
        self.lastindex = -max(ends)[1] if ends else None

    def _number(self, group):
        if isinstance(group, str):
            if group not in self.re.groupindex:
                raise IndexError("no such group")
            return self.re.groupindex[group]
        if group < 0 or group >= len(self._caps):
            raise IndexError("no such group")
        return group

    def _text(self, group, default=None):
        span = self._caps[self._number(group)]
        return default if span is None else self.string[span[0]:span[1]]

    def group(self, *groups):
        if len(groups) < 2:
            return self._text(groups[0] if groups else 0)
        return tuple([self._text(group) for group in groups])

    def __getitem__(self, group):
        return self._text(group)

    def groups(self, default=None):
        return tuple([self._text(k, default) for k in range(1, len(self._caps))])

    def groupdict(self, default=None):
        return {name: self._text(k, default) for name, k in self.re.groupindex.items()}

    def span(self, group=0):
        span = self._caps[self._number(group)]
        return (-1, -1) if span is None else span

    def start(self, group=0):
        return self.span(group)[0]

    def end(self, group=0):
        return self.span(group)[1]

    @property
    def lastgroup(self):
        for name, k in self.re.groupindex.items():
            if k == self.lastindex:
                return name
        return None

    def expand(self, template):
        out = ""
        i = 0
        while i < len(template):
            c = template[i]
            i += 1
            if c != "\\" or i >= len(template):
                out += c
                continue
            c = template[i]
            i += 1
            if c == "g" and template.startswith("<", i):
                end = template.index(">", i)
                name = template[i + 1:end]
                i = end + 1
                out += self._text(int(name) if name.isdigit() else name, "")
            elif c in "123456789":
                if i < len(template) and template[i] in _DIGITS:
                    c += template[i]
                    i += 1
                if int(c) >= len(self._caps):
                    raise error(f"invalid group reference {c}", template, i - len(c))
                out += self._text(int(c), "")
            elif c in _PLAIN:
                out += _PLAIN[c]
            elif c == "\\":
                out += c
            elif c.isalpha():
                raise error("bad escape \\" + c, template, i - 2)
            else:
                out += "\\" + c
        return out

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<re.Match object; span={self.span()}, match={self.group()!r}>"


class Pattern:
    def __init__(self, pattern, flags):
        if not isinstance(pattern, str):
            raise TypeError("first argument must be string or compiled pattern")
        parser = _Parser(pattern, flags)
        step = parser.alternatives()
        if parser.i < len(pattern):
            parser.fail("unbalanced parenthesis")
        self.pattern = pattern
        self.flags = parser.flags | (0 if parser.flags & A else U)
        self.groups = parser.ngroups
        self.groupindex = parser.names
        self._step = step

    def _at(self, string, i, pos, endpos, whole=False, more_than=-1):
        caps = [None] * (self.groups + 1)
        text = string[:endpos] if endpos < len(string) else string

        def done(to):
            if (whole and to != len(text)) or to == more_than:
                return False
            caps[0] = (i, to)
            return True
        return Match(self, string, caps, pos, endpos) if self._step(text, i, caps, done) else None

    def match(self, string, pos=0, endpos=None):
        return self._at(string, pos, pos, len(string) if endpos is None else min(endpos, len(string)))

    def fullmatch(self, string, pos=0, endpos=None):
        return self._at(string, pos, pos, len(string) if endpos is None else min(endpos, len(string)), True)

    def search(self, string, pos=0, endpos=None):
        end = len(string) if endpos is None else min(endpos, len(string))
        for i in range(pos, end + 1):
            found = self._at(string, i, pos, end)
            if found:
                return found
        return None

    def finditer(self, string, pos=0, endpos=None):
        end = len(string) if endpos is None else min(endpos, len(string))
        i = pos
        empty = -1  # where an empty match was found: the next one there is longer
        while i <= end:
            found = self._at(string, i, pos, end, False, empty)
            if not found:
                i += 1
                continue
            yield found
            empty = found.end() if found.end() == i else -1
            i = found.end()

    def findall(self, string, pos=0, endpos=None):
        found = []
        for m in self.finditer(string, pos, endpos):
            found.append(m.group() if not self.groups else m.groups("")[0] if self.groups == 1 else m.groups(""))
        return found

    def split(self, string, maxsplit=0):
        parts = []
        start = 0
        count = 0
        for m in self.finditer(string):
            if maxsplit and count >= maxsplit:
                break
            parts.append(string[start:m.start()])
            parts.extend(m.groups())
            start = m.end()
            count += 1
        parts.append(string[start:])
        return parts

    def subn(self, repl, string, count=0):
        out = ""
        start = 0
        n = 0
        for m in self.finditer(string):
            if count and n >= count:
                break
            out += string[start:m.start()] + (repl(m) if callable(repl) else m.expand(repl))
            start = m.end()
            n += 1
        return out + string[start:], n

    def sub(self, repl, string, count=0):
        return self.subn(repl, string, count)[0]

    def __repr__(self):
        return f"re.compile({self.pattern!r})"


_known = {}


def compile(pattern, flags=0):
    if isinstance(pattern, Pattern):
        if flags:
            raise ValueError("cannot process flags argument with a compiled pattern")
        return pattern
    key = (pattern, flags)
    if key not in _known:
        _known[key] = Pattern(pattern, flags)
    return _known[key]


def match(pattern, string, flags=0):
    return compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    return compile(pattern, flags).fullmatch(string)


def search(pattern, string, flags=0):
    return compile(pattern, flags).search(string)


def findall(pattern, string, flags=0):
    return compile(pattern, flags).findall(string)


def finditer(pattern, string, flags=0):
    return compile(pattern, flags).finditer(string)


def split(pattern, string, maxsplit=0, flags=0):
    return compile(pattern, flags).split(string, maxsplit)


def sub(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).subn(repl, string, count)


def purge():
    _known.clear()


def escape(pattern):
    return "".join(["\\" + c if c in "()[]{}?*+-|^$\\.&~# \t\n\r\v\f" else c for c in pattern])
