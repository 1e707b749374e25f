# f-strings and what they are made of.
x, y, s, f = 42, -7, "text", 3.14159
print(f"{x} {y:+d} {x:05d} {x:x} {x:#b} {x:,} {f:.2f} {f:10.3e}| {s:>8}| {s:<8}| {s:^8}| {s!r:>10}")
print(f"{x=} {f=:.1f} {s=} { x = } {x + 1=}")
w = 10
print(f"{s:{w}}| {f:{w}.{2}}| {s:*^{w}}|")
print(f"{'nested ' + f'{x}'} {{literal}} {[i for i in range(3)]} {dict(a=1)['a']}")
print(f"{(lambda v: v * 2)(4)} {x if x > 0 else y} {1_000_000:_}")
print("a" "b" f"{x}" "c", f"" f"{s}")
print(f"{None} {True:d} {1e100} {1e-7} {0.1 + 0.2} {float('inf')} {-0.0}")
print(f'{x!s:>5}{x!a}', "%d %s %.2f %5s|%-5s|" % (1, "a", 2.5, "r", "l"), "{} {0}".replace("{0}", "{}").format(1, 2))
print("{0} {name} {0!r:>5} {1[0]} {2.real}".format("p", [9], 5, name="n"))
class F:
    def __format__(self, spec): return f"<{spec}>"
    def __str__(self): return "str"
    def __repr__(self): return "repr"
v = F()
print(f"{v} {v!s} {v!r} {v:abc} {v=}", format(v, "q"), str(v), repr(v), [v])
print(f"""multi
{x}
line""")
print(rf"\d{x}", b"bytes"[0], 'q"q', "it's", "\t|", r"\n")
try:
    print(f"{s:d}")
except ValueError as e:
    print(e)
