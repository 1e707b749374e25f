# SPDX-License-Identifier: BSD-3-Clause
# json: values to text and back.
from math import inf, isinf, isnan, nan


class JSONDecodeError(ValueError):
    def __init__(self, msg, doc, pos):
        lineno = doc.count("\n", 0, pos) + 1
        colno = pos - doc.rfind("\n", 0, pos)
        super().__init__(f"{msg}: line {lineno} column {colno} (char {pos})")
        self.msg, self.doc, self.pos, self.lineno, self.colno = msg, doc, pos, lineno, colno


_escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _quote(s, ensure_ascii):
    out = ['"']
    for c in s:
        if c in _escapes:
            out.append(_escapes[c])
        elif c < " " or (ensure_ascii and c > "~"):
            n = ord(c)
            if n > 0xffff:
                n -= 0x10000
                out.append(f"\\u{0xd800 + (n >> 10):04x}\\u{0xdc00 + (n & 0x3ff):04x}")
            else:
                out.append(f"\\u{n:04x}")
        else:
            out.append(c)
    out.append('"')
    return "".join(out)


class JSONEncoder:
    def __init__(self, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, sort_keys=False,
                 indent=None, separators=None, default=None):
        self.skipkeys = skipkeys
        self.ensure_ascii = ensure_ascii
        self.allow_nan = allow_nan
        self.sort_keys = sort_keys
        self.indent = " " * indent if isinstance(indent, int) else indent
        if separators is not None:
            self.item_separator, self.key_separator = separators
        else:
            self.item_separator = ", " if indent is None else ","
            self.key_separator = ": "
        if default is not None:
            self.default = default

    def default(self, o):
        raise TypeError(f"Object of type {o.__class__.__name__} is not JSON serializable")

    def _number(self, x):
        if isinstance(x, float):
            if isnan(x) or isinf(x):
                if not self.allow_nan:
                    raise ValueError("Out of range float values are not JSON compliant")
                return "NaN" if isnan(x) else "Infinity" if x > 0 else "-Infinity"
            return float.__repr__(x)
        return int.__repr__(x)

    def _key(self, k):
        if isinstance(k, str):
            return k
        if k is True or k is False or k is None:
            return {True: "true", False: "false", None: "null"}[k]
        if isinstance(k, (int, float)):
            return self._number(k)
        if self.skipkeys:
            return None
        raise TypeError(f"keys must be str, int, float, bool or None, not {k.__class__.__name__}")

    def _write(self, o, out, level, open_ids):
        if o is None:
            out.append("null")
        elif o is True:
            out.append("true")
        elif o is False:
            out.append("false")
        elif isinstance(o, str):
            out.append(_quote(o, self.ensure_ascii))
        elif isinstance(o, (int, float)):
            out.append(self._number(o))
        elif isinstance(o, (list, tuple, dict)):
            if id(o) in open_ids:
                raise ValueError("Circular reference detected")
            open_ids.add(id(o))
            inner = "" if self.indent is None else "\n" + self.indent * (level + 1)
            is_dict = isinstance(o, dict)
            if is_dict:
                items = sorted(o.items()) if self.sort_keys else list(o.items())
            else:
                items = list(o)
            first = True
            for item in items:
                if is_dict:
                    key = self._key(item[0])
                    if key is None:
                        continue
                out.append("{" if first and is_dict else "[" if first else self.item_separator)
                out.append(inner)
                first = False
                if is_dict:
                    out.append(_quote(key, self.ensure_ascii) + self.key_separator)
                    item = item[1]
                self._write(item, out, level + 1, open_ids)
            if first:
                out.append("{}" if is_dict else "[]")
            else:
                if self.indent is not None:
                    out.append("\n" + self.indent * level)
                out.append("}" if is_dict else "]")
            open_ids.remove(id(o))
        else:
            if id(o) in open_ids:
                raise ValueError("Circular reference detected")
            open_ids.add(id(o))
            self._write(self.default(o), out, level, open_ids)
            open_ids.remove(id(o))

    def encode(self, o):
        out = []
        self._write(o, out, 0, set())
        return "".join(out)

    def iterencode(self, o):
        return iter([self.encode(o)])


def dumps(obj, *, cls=None, **kw):
    return (cls or JSONEncoder)(**kw).encode(obj)


def dump(obj, fp, *, cls=None, **kw):
    fp.write(dumps(obj, cls=cls, **kw))


_unescapes = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class _Reader:
    def __init__(self, text, options):
        self.s = text
        self.i = 0
        self.n = len(text)
        self.options = options

    def skip(self):
        s, i, n = self.s, self.i, self.n
        while i < n and s[i] in " \t\n\r":
            i += 1
        self.i = i

    def fail(self, msg, pos=None):
        raise JSONDecodeError(msg, self.s, self.i if pos is None else pos)

    def hex4(self):
        text = self.s[self.i:self.i + 4]
        try:
            if len(text) != 4:
                raise ValueError
            value = int(text, 16)
        except ValueError:
            self.fail("Invalid \\uXXXX escape", self.i - 1)
        self.i += 4
        return value

    def string(self):
        begin = self.i
        self.i += 1
        parts = []
        while True:
            j = self.i
            while j < self.n and self.s[j] not in '"\\' and self.s[j] >= " ":
                j += 1
            parts.append(self.s[self.i:j])
            if j >= self.n:
                self.fail("Unterminated string starting at", begin)
            c = self.s[j]
            self.i = j + 1
            if c == '"':
                return "".join(parts)
            if c != "\\":
                self.fail("Invalid control character at", j)
            if self.i >= self.n:
                self.fail("Unterminated string starting at", begin)
            e = self.s[self.i]
            self.i += 1
            if e == "u":
                code = self.hex4()
                if 0xd800 <= code < 0xdc00 and self.s[self.i:self.i + 2] == "\\u":
                    self.i += 2
                    code = 0x10000 + ((code - 0xd800) << 10) + (self.hex4() - 0xdc00)
                parts.append(chr(code))
            elif e in _unescapes:
                parts.append(_unescapes[e])
            else:
                self.fail("Invalid \\escape", self.i - 2)

    def number(self):
        s, i = self.s, self.i
        begin = i
        if i < self.n and s[i] == "-":
            i += 1
        digits = i
        while i < self.n and s[i].isdigit():
            i += 1
        if i == digits:
            self.fail("Expecting value", begin)
        if s[digits] == "0":
            i = digits + 1
        is_float = False
        if i + 1 < self.n and s[i] == "." and s[i + 1].isdigit():
            is_float = True
            i += 1
            while i < self.n and s[i].isdigit():
                i += 1
        if i < self.n and s[i] in "eE":
            j = i + 1
            if j < self.n and s[j] in "+-":
                j += 1
            if j < self.n and s[j].isdigit():
                is_float = True
                while j < self.n and s[j].isdigit():
                    j += 1
                i = j
        self.i = i
        text = s[begin:i]
        if is_float:
            return (self.options.get("parse_float") or float)(text)
        return (self.options.get("parse_int") or int)(text)

    def value(self, depth):
        if depth > 200:
            raise RecursionError("maximum recursion depth exceeded while decoding a JSON document")
        if self.i >= self.n:
            self.fail("Expecting value")
        s, c = self.s, self.s[self.i]
        if c == '"':
            return self.string()
        if c == "{":
            return self.object(depth)
        if c == "[":
            return self.array(depth)
        for word, value in (("null", None), ("true", True), ("false", False), ("NaN", nan), ("Infinity", inf),
                            ("-Infinity", -inf)):
            if c == word[0] and s.startswith(word, self.i):
                self.i += len(word)
                return value
        return self.number()

    def array(self, depth):
        out = []
        self.i += 1
        self.skip()
        if self.i < self.n and self.s[self.i] == "]":
            self.i += 1
            return out
        while True:
            self.skip()
            out.append(self.value(depth + 1))
            self.skip()
            c = self.s[self.i] if self.i < self.n else ""
            if c == "]":
                self.i += 1
                return out
            if c != ",":
                self.fail("Expecting ',' delimiter")
            self.i += 1

    def object(self, depth):
        pairs = []
        self.i += 1
        self.skip()
        if self.i < self.n and self.s[self.i] == "}":
            self.i += 1
        else:
            while True:
                self.skip()
                if self.i >= self.n or self.s[self.i] != '"':
                    self.fail("Expecting property name enclosed in double quotes")
                key = self.string()
                self.skip()
                if self.i >= self.n or self.s[self.i] != ":":
                    self.fail("Expecting ':' delimiter")
                self.i += 1
                self.skip()
                pairs.append((key, self.value(depth + 1)))
                self.skip()
                c = self.s[self.i] if self.i < self.n else ""
                self.i += 1
                if c == "}":
                    break
                if c != ",":
                    self.fail("Expecting ',' delimiter", self.i - 1)
        hook = self.options.get("object_pairs_hook")
        if hook is not None:
            return hook(pairs)
        hook = self.options.get("object_hook")
        return dict(pairs) if hook is None else hook(dict(pairs))


def loads(s, *, cls=None, **kw):
    if isinstance(s, bytes):
        s = s.decode("utf-8")
    elif not isinstance(s, str):
        raise TypeError(f"the JSON object must be str, bytes or bytearray, not {s.__class__.__name__}")
    reader = _Reader(s, kw)
    reader.skip()
    value = reader.value(0)
    reader.skip()
    if reader.i != reader.n:
        reader.fail("Extra data")
    return value


def load(fp, **kw):
    return loads(fp.read(), **kw)
