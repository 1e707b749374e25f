# SPDX-License-Identifier: BSD-3-Clause
s = "Hello, World"
print(s.upper(), s.lower(), s.swapcase(), s.title(), s.capitalize(), "hello wORLD".title(), "it's".title())
print(s.find("o"), s.find("o", 5), s.find("z"), s.rfind("o"), s.index("W"), s.rindex("l"), s.count("l"), s.count(""))
print(s.startswith("Hell"), s.startswith(("x", "He")), s.endswith("ld"), s.endswith("lo", 0, 5), s.startswith("W", 7))
print("a,b,,c".split(","), " a  b c ".split(), "a b c".split(None, 1), "a,b,c".rsplit(",", 1), "".split(), "".split(","))
print(" a b c ".split(None, 1), " a b c ".rsplit(None, 1), "abc".split("b"), "a\nb\r\nc\n".splitlines(), "a\nb".splitlines(True))
print("  x ".strip(), "xxhixx".strip("x"), "xyhiyx".lstrip("xy"), "hi..".rstrip("."), repr("\t x\n".strip()))
print("a-b-c".replace("-", "+"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "abc".replace("", "-", 2))
print("k=v=w".partition("="), "k=v=w".rpartition("="), "kv".partition("="), "kv".rpartition("="))
print("-".join(["a", "b"]), "".join("abc"), ", ".join(str(i) for i in range(3)))
print("x".ljust(3) + "|", "x".rjust(3, "*"), "x".center(4, "-"), "x".center(5, "-"), "ab".center(5), "42".zfill(5), "-42".zfill(5))
print("abc".isalpha(), "ab1".isalnum(), "12".isdigit(), " \t".isspace(), "Ab".isupper(), "AB1".isupper(), "".isalpha())
print("abc".islower(), "Hello World".istitle(), "a_1".isidentifier(), "1a".isidentifier(), "abc".isascii(), "é".isascii())
print("a\tb".expandtabs(4), "prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"))
print("hello".translate(str.maketrans("el", "ip")), "hello".translate({ord("l"): None}), str.maketrans("a", "b", "c"))
print(s[0], s[-1], s[1:4], s[::-1], s[::2], s[-3:], s[10:100], s[5:2], s[-1:-5:-1])
u = "héllo wörld ✓ 日本"
print(len(u), u[1], u[-1], u[::-1], u[7:12], u.upper(), u.find("✓"), u.encode("utf-8"), [ord(c) for c in "é✓"])
print(repr("it's"), repr('say "x"'), repr("both ' and \""), repr("\\ \n \t \r \x00 \x7f é \u200b"), ascii("é✓😀"))
print("ab" * 3, 3 * "ab", "ab" * 0, "ab" * -1, "a" + "b", "b" in "abc", "" in "abc", "x" not in "abc")
print("a" < "b", "abc" < "abd", "Z" < "a", "a" == "a", "a" != "b", "" < "a", max("hello"), min("hello"), sorted("hello"))
print("{} {}".format(1, 2), "{1} {0}".format("a", "b"), "{x!r:>5}".format(x="q"), "{0[1]} {1.real}".format([1, 2], 3), "{{}}".format())
print("{:>{w}.{p}f}".format(3.14159, w=10, p=2), "{a[k]}".format(a={"k": 5}), "{:%}".format(0.5), "{!s}|{!a}".format("é", "é"))
print("%d %i %s %r %x %X %o %e %E %f %g %G %c %c %%" % (1, 2, "s", "r", 255, 255, 8, 1.5, 1.5, 1.5, 1e10, 1e-10, "c", 65))
print("%5d|%-5d|%05d|%+d|% d|%5.1f|%-8s|%8s|%.2s" % (42, 42, 42, 42, 42, 3.14159, "ab", "ab", "abcdef"))
print("%(a)s %(b)03d" % {"a": 1, "b": 2}, "%s" % (1,), "%s %s" % ("a", [1]), "%*d" % (5, 3), "%#x %#o" % (255, 8))
for f in [lambda: "a" + 1, lambda: "abc".index("z"), lambda: "abc"[10], lambda: "abc"["x"], lambda: "".join([1]), lambda: "a".split(""),
          lambda: "%d" % "x", lambda: "%s %s" % 1, lambda: "%s" % (1, 2), lambda: "{}".format(), lambda: "{x}".format(), lambda: "{".format(),
          lambda: "}".format(), lambda: "a" * "b", lambda: "a" < 1, lambda: 1 in "abc", lambda: int("x"), lambda: float("x"), lambda: ord("ab"),
          lambda: chr(-1), lambda: "a".foo, lambda: "{:d}".format("x"), lambda: "{:s}".format(1), lambda: "%y" % 1, lambda: "{0} {}".format(1, 2)]:
    try:
        print("no error", f())
    except Exception as e:
        print(type(e).__name__, e)
print(str(1), str(None), str([1, "a"]), str(b"x", "utf-8"), str(), repr(str), type("").__name__)
print("abc".__len__(), "abc".__contains__("b"), "abc".__add__("d"), "abc".__eq__("abc"), str.upper("abc"), "a".__class__)
print([c for c in "añb"], list("日本"), tuple("ab"), set("aa"), "x,y;z".replace(",", ";").split(";"), "ß".upper(), "ǅ"[0])
print(f"{'a':>5}|{'b':<5}|{'c':^5}|{'d':*^5}|{'abcdef':.3}|{'é':>3}|{'x'!r:>5}")
print("abc".casefold(), "A" "B", "tab\tin", len("\n"), "a\\b", r"a\b")
