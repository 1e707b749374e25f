# SPDX-License-Identifier: BSD-3-Clause
for v in [0, 1, -1, 42, 1234567, -1234567, 255]:
    for spec in ["", "d", "5d", "05d", "<8", ">8", "^8", "=+8", "+", " ", "x", "#x", "X", "#X", "b", "#b", "o", "#o", ",", "_", "_b", "010,", ",.2f", "e", "g", "%", "*^12", "n", ".1f", "#010x"]:
        print(v, spec, "|" + format(v, spec) + "|")
for v in [0.0, -0.0, 1.0, 1.5, -2.25, 3.14159265358979, 1e10, 1e16, 1.5e-7, 123456789.123, 1e100, 0.1, 1/3, 2.5, 1e22, float("inf"), float("-inf"), float("nan"), 99.995, 1e5]:
    for spec in ["", "f", ".0f", ".2f", "8.3f", "08.3f", "+.1f", "e", ".2e", "E", "g", ".3g", "G", "%", ".1%", ",", ",.2f", "_.1f", "<10", ">10", "^10", "=10", ".3", ".0", ".10", "#g", "010.2f", "n", "z.1f"]:
        print(v, spec, "|" + format(v, spec) + "|")
for v in ["", "a", "hello", "héé"]:
    for spec in ["", "s", "8", "<8", ">8", "^8", "*^9", ".2", "8.3", "08", "é>6"]:
        print(repr(v), spec, "|" + format(v, spec) + "|")
for v, spec in [(1, "q"), (1.5, "d"), ("a", "d"), ("a", "="), ("a", "+"), (1, ".2"), (1, ".2d"), (1.5, "x"), ("a", ","), (1, ",x"), (1, "10.."), ([], "5"), (None, ">5"), (1, "c" * 3), (1, "_,")]:
    try:
        print(format(v, spec))
    except Exception as e:
        print(type(e).__name__, e)
print(format(True, ""), format(True, "d"), format(True, "5"), format(65, "c"), format(None), format([1]))
print(f"{3.0}", f"{3}", f"{1e6}", f"{1e15}", f"{1e16}", f"{1e-4}", f"{1e-5}", f"{123456789012345678}", f"{0.1 + 0.2}")
x = 7
print(f"{x=}", f"{x = }", f"{x!r}", f"{x:>{3}}", f"{x + 1:03}", f"{'nested ' + str(x)}", f"{{}}", f"{x:.{2}f}")
print([round(v, n) for v in (2.675, 1.005, 0.5, 1.5, 2.5, -0.5, -1.5, 1234.567) for n in (0, 1, 2, -2)], [round(v) for v in (0.5, 1.5, 2.5, -0.5, 2.6)])
print(round(15, -1), round(25, -1), round(-15, -1), round(1234, -2), round(5), round(True), round(1e20, -19), round(5e15 + 0.5))
print(repr(1e22), repr(1e21), repr(1.0), repr(100000.0), repr(1e-7), repr(123456.789e3), repr(5e-324), repr(1.7976931348623157e308), repr(0.1), repr(2**53 + 0.0))
class F:
    def __format__(self, spec): return f"<{spec}>"
    def __str__(self): return "str"
    def __repr__(self): return "repr"
print(f"{F()}", f"{F():abc}", f"{F()!s:>5}", f"{F()!r:>6}", "{:x}".format(F()), format(F(), "q"))
print(1+2j, repr(1j), str(-1j), 1.5-2.5j, format(1+2j, ".1f"), complex("1+2j"), complex(1, 2) * 2, abs(3+4j), (1+2j).conjugate(), (1+2j) == 1+2j)
