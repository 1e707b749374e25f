# SPDX-License-Identifier: BSD-3-Clause
# Python's format specifications, for f-strings and str.format: [[fill]align][sign][#][width][,][.precision][type].
#
# Floats are written out exactly, as the whole number mantissa * 2**e or mantissa * 5**-e with a decimal point, and then
# rounded half to even where the precision cuts.

def format_repeat(s: str, n: int) -> str:
    out = ""
    for _ in range(n):
        out += s
    return out

def format_pad(sign: str, body: str, fill: str, align: str, width: int) -> str:
    room = width - len(sign) - len(body)
    if room <= 0:
        return sign + body
    if align == "=":
        return sign + format_repeat(fill, room) + body
    if align == "<":
        return sign + body + format_repeat(fill, room)
    if align == "^":
        return format_repeat(fill, room // 2) + sign + body + format_repeat(fill, room - room // 2)
    return format_repeat(fill, room) + sign + body

def format_group(digits: str, mark: str, step: int) -> str:
    if mark == "":
        return digits
    first = len(digits) % step
    out = digits[:first]
    i = first
    while i < len(digits):
        if len(out) > 0:
            out += mark
        out += digits[i:i + step]
        i += step
    return out

# Digits of a grouped number filled with zeros up to a width, marks between them too: f"{1:08,}".
def format_group_zeros(digits: str, mark: str, step: int, width: int) -> str:
    out = format_group(digits, mark, step)
    while mark != "" and len(out) < width:
        digits = "0" + digits
        out = format_group(digits, mark, step)
    return out

def format_sign(negative: bool, sign: str) -> str:
    if negative:
        return "-"
    return "" if sign == "-" else sign

def format_str(s: str, fill: str, align: str, width: int, precision: int) -> str:
    if precision >= 0:
        s = s[:precision]
    return format_pad("", s, fill, align, width)

def format_repr(s: str) -> str:
    quote = '"' if "'" in s and not ('"' in s) else "'"
    out = quote
    for c in s:
        if c == "\n":
            out += "\\n"
        elif c == "\t":
            out += "\\t"
        elif c == "\\":
            out += "\\\\"
        elif c == quote:
            out += "\\" + c
        else:
            out += c
    return out + quote

def format_int(x: int, fill: str, align: str, sign: str, alternate: bool, width: int, mark: str, kind: str) -> str:
    if kind == "c":
        return format_pad("", chr(x), fill, align, width)
    base = 10
    prefix = ""
    if kind == "x" or kind == "X":
        base = 16
        prefix = "0" + kind
    elif kind == "o":
        base = 8
        prefix = "0o"
    elif kind == "b":
        base = 2
        prefix = "0b"
    names = "0123456789ABCDEF" if kind == "X" else "0123456789abcdef"
    negative = x < 0
    digits = ""
    if negative: # the lowest digit apart: -x may not exist
        low = (base - x % base) % base
        digits = names[low]
        x = -((x + low) // base)
    while x > 0:
        digits = names[x % base] + digits
        x = x // base
    if digits == "":
        digits = "0"
    head = format_sign(negative, sign)
    if alternate:
        head += prefix
    step = 3 if base == 10 else 4
    digits = format_group_zeros(digits, mark, step, width - len(head) if fill == "0" and align == "=" else 0)
    return format_pad(head, digits, fill, align, width)

# |x| as digits and how many of them stand behind the decimal point.
def format_exact(x: float) -> Tuple[str, int]:
    m, e = math.frexp(abs(x))
    whole = int(m * 9007199254740992.0)
    e -= 53
    while e < 0 and whole % 2 == 0 and whole > 0:
        whole = whole // 2
        e += 1
    limbs: List[int] = []
    while whole > 0:
        limbs.append(whole % 1000000000)
        whole = whole // 1000000000
    points = -e if e < 0 else 0
    factor = 5 if e < 0 else 2
    for _ in range(abs(e)):
        carry = 0
        for i in range(len(limbs)):
            v = limbs[i] * factor + carry
            limbs[i] = v % 1000000000
            carry = v // 1000000000
        if carry > 0:
            limbs.append(carry)
    digits = ""
    for limb in limbs:
        part = str(limb)
        digits = format_repeat("0", 9 - len(part)) + part + digits
    start = 0
    while start < len(digits) and digits[start] == "0":
        start += 1
    return digits[start:], points

# Keeps the first n digits, rounded half to even; the result may have one digit more (999 to 1000).
def format_round(digits: str, n: int) -> str:
    if n >= len(digits):
        return digits + format_repeat("0", n - len(digits))
    if n < 0:
        return "0"
    kept = digits[:n]
    rest = digits[n:]
    half = "5" + format_repeat("0", len(rest) - 1)
    odd = n > 0 and int(kept[n - 1]) % 2 == 1
    if rest < half or (rest == half and not odd):
        return kept if n > 0 else "0"
    i = n - 1
    tail = ""
    while i >= 0 and kept[i] == "9":
        tail += "0"
        i -= 1
    if i < 0:
        return "1" + tail
    return kept[:i] + str(int(kept[i]) + 1) + tail

def format_fixed(x: float, precision: int) -> str:
    digits, points = format_exact(x)
    if points > len(digits):
        digits = format_repeat("0", points - len(digits)) + digits
    front = len(digits) - points
    out = format_round(digits, front + precision)
    if len(out) < precision + 1:
        out = format_repeat("0", precision + 1 - len(out)) + out
    cut = len(out) - precision
    return out[:cut] + ("." + out[cut:] if precision > 0 else "")

# The digits of |x| in scientific form with n behind the first, and the exponent.
def format_scientific(x: float, n: int) -> Tuple[str, int]:
    digits, points = format_exact(x)
    if digits == "":
        return format_repeat("0", n + 1), 0
    exponent = len(digits) - points - 1
    out = format_round(digits, n + 1)
    if len(out) > n + 1:
        exponent += 1
        out = out[:n + 1]
    return out, exponent

def format_exponent(exponent: int) -> str:
    e = str(abs(exponent))
    if len(e) < 2:
        e = "0" + e
    return ("e-" if exponent < 0 else "e+") + e

def format_strip(s: str) -> str:
    if not ("." in s):
        return s
    n = len(s)
    while s[n - 1] == "0":
        n -= 1
    if s[n - 1] == ".":
        n -= 1
    return s[:n]

def format_general(x: float, precision: int, alternate: bool, low: int, point: bool) -> str:
    digits, exponent = format_scientific(x, precision - 1)
    if exponent < -4 or exponent >= low:
        body = digits[:1] + ("." + digits[1:] if precision > 1 else "")
        if not alternate:
            body = format_strip(body)
        return body + format_exponent(exponent)
    body = format_fixed(x, precision - 1 - exponent if precision - 1 > exponent else 0)
    if not alternate:
        body = format_strip(body)
    if point and not ("." in body):
        body += ".0"
    return body

def format_shortest(x: float) -> str:
    n = 1
    if abs(x) > 1.797e308 or abs(x) < 2.3e-308: # a shorter text may not read back at all
        n = 1 if x == 0.0 else 17
    while n < 17 and float(format_general(x, n, False, 16, True)) != abs(x):
        n += 1
    return format_general(x, n, False, 16, True)

def format_float(x: float, fill: str, align: str, sign: str, alternate: bool, width: int, mark: str, precision: int, kind: str) -> str:
    negative = x < 0.0 or (x == 0.0 and math.copysign(1.0, x) < 0.0)
    lower = kind.lower()
    tail = ""
    if lower == "%":
        x = x * 100.0
        tail = "%"
    if math.isnan(x) or math.isinf(x):
        body = "nan" if math.isnan(x) else "inf"
        mark = ""
    elif lower == "f" or lower == "%":
        body = format_fixed(x, 6 if precision < 0 else precision)
        if alternate and not ("." in body):
            body += "."
    elif lower == "e":
        digits, exponent = format_scientific(x, 6 if precision < 0 else precision)
        body = digits[:1] + ("." + digits[1:] if len(digits) > 1 else "") + format_exponent(exponent)
    elif lower == "g" or lower == "n":
        n = 6 if precision < 0 else precision
        n = 1 if n == 0 else n
        body = format_general(x, n, alternate, n, False)
    elif precision < 0:
        body = format_shortest(x)
    else:
        n = 1 if precision == 0 else precision
        body = format_general(x, n, alternate, n - 1 if n > 1 else 1, True)
    head = format_sign(negative, sign)
    dot = body.find(".")
    if mark != "":
        end = dot if dot >= 0 else len(body)
        if dot < 0 and "e" in body:
            end = body.find("e")
        zeros = width - len(head) - len(tail) - (len(body) - end) if fill == "0" and align == "=" else 0
        body = format_group_zeros(body[:end], mark, 3, zeros) + body[end:]
    if kind == "E" or kind == "G" or kind == "F":
        body = body.upper()
    return format_pad(head, body + tail, fill, align, width)
