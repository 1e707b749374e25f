# re: what model files ask of it, and its corners.
import re

print(re.split(r"(\d.*)", "se0.25"), re.split(r"(\d.*)", "noskip"), re.split(r"[,;\s]+", "a, b;c  d", maxsplit=2))
m = re.match(r"(?P<kind>[a-z]+)_(?P<size>\d+)(?:x(\d+))?$", "resnet_50")
print(m.group("kind"), m["size"], m.groups(), m.groupdict(), m.span("size"), m.lastindex, bool(m))
print(re.match(r"\d", "a"), re.search(r"\d+", "abc123d").group(), re.fullmatch(r"a+b?", "aab") is not None)
print(re.findall(r"(\w)(\d)", "a1 b2"), re.findall(r"\d+", "1 22 333"), re.findall(r"x*", "axb"))
print(re.sub(r"layer\.(\d+)\.", r"blocks[\1].", "layer.3.weight"), re.sub("a", lambda m: m.group().upper(), "banana", 2))
print(re.sub(r"(?P<x>[A-Z])", r"_\g<x>", "HelloWorld"), re.sub(r"(?<!^)(?=[A-Z])", "_", "HelloBigWorld").lower())
print(re.subn("o", "0", "foo"), re.escape("a.b*c"), re.split("x*", "axbc"))
p = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.((?:[12])\.(?:weight|bias|running_mean))$")
m = p.match("features.denseblock1.denselayer2.norm.1.weight")
print(m.group(1) + m.group(2), p.groups, p)
print(re.findall(r"(a|ab)(c|bcd)(d*)", "abcd"), re.search("(a+?)(b*)", "aaabb").groups(), re.findall("<.+?>", "<a><b>"))
print(re.search(r"(\w+) \1", "hello hello world").group(), re.findall(r"(?i)abc", "ABC abc"), re.findall("^a", "a\na", re.M))
print(re.search("a.b", "a\nb"), re.search("a.b", "a\nb", re.DOTALL), re.findall(r"\bfoo\b", "foo food foo"))
print(re.findall(r"[^\W\d_]+", "ab1_c d"), re.findall("[a-c-]+", "a-d"), re.findall(r"a{2,3}", "aaaaaa a"), re.findall("{", "{"))
print(re.match(r"(?x) a  b # tail", "ab"), re.findall(r"(?<=\$)\d+", "$5 6 $7"), re.findall(r"q(?!u)", "qu qa"))
print([m.start() for m in re.finditer("a", "banana")], re.match("((a)|(b))*", "ab").groups(), re.match("(?:)*x", "x"))
for bad in ("(", "[a", "*a", "a**", "(?P<1>a)", r"\1", "a{3,1}", ")"):
    try:
        re.compile(bad)
    except re.error as e:
        print(bad, "|", e)
