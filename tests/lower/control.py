# SPDX-License-Identifier: BSD-3-Clause
# Control flow; the line above each t_* is what Python returns for it.
from typing import List, Optional, Dict, Tuple, Union


def h_withret(n: int) -> int:
    with torch.no_grad():
        if n > 2:
            return n
        n += 10
    return n


def wb(n: int) -> List[int]:
    out: List[int] = []
    for i in range(n):
        with torch.no_grad():
            if i == 2:
                continue
            if i == 5:
                break
            out.append(i)
        out.append(100)
    return out


def unr(x: int) -> int:
    for a in (1, 2, 3):
        for b in (10, 20):
            if a * b == x:
                return a * 1000 + b
    return -1


def multi(n: int) -> Tuple[int, int]:
    a = 0
    b = 0
    while n > 0:
        n -= 1
        if n % 2 == 0:
            a += 1
            continue
        elif n % 3 == 0:
            b += 1
        else:
            if n == 7:
                return a, -1
            a += 10
        b += 100
    return a, b


def opt(d: Dict[str, Optional[int]], k: str) -> int:
    v = d[k]
    if v is None:
        return -1
    elif v > 3:
        return v
    w = v + 1
    return w * 2


def nest(n: int) -> str:
    s = ""
    for i in range(n):
        j = 0
        while True:
            j += 1
            if j > i:
                s += "|"
                break
            if (i + j) % 3 == 0:
                continue
            s += str(j)
            if i == 4 and j == 3:
                return s + "!"
    return s


def raise_in(n: int) -> int:
    if n == 0:
        x = 1
    elif n == 1:
        x = 2
    else:
        raise ValueError("no")
    return x


def un(x: Union[int, float, None]) -> float:
    if x is None:
        return 0.5
    if isinstance(x, int):
        y = x * 2
        return float(y)
    return x


def redefine(n: int):
    if n > 3:
        return 1
    else:
        n = 5
    n2 = 2.5
    k = n + 1
    return k


def carried_opt(l: List[int]) -> Optional[int]:
    best: Optional[int] = None
    for x in l:
        if best is None:
            best = x
        elif x > best:
            best = x
    return best


def wtrue() -> int:
    i = 0
    while True:
        i += 1
        if i > 3:
            return i


def lst(x: List[Tuple[int, str]]):
    return {a: b for a, b in x}, [a for a, _ in x]


def cond_expr(x: Optional[int]) -> int:
    return (x if x is not None else 3) + (1 if x is None or x > 2 else 0)


def notopt(x: Optional[int]) -> int:
    if not (x is not None and x > 1):
        return 0
    return x


def starred(t: Tuple[int, int, int]):
    return max(*t[:2]), (*t, 4)


def kw(*, a: int, b: int) -> int:
    return a * 10 + b


def callkw() -> int:
    return kw(b=1, a=2)


def docs() -> int:
    """doc"""
    "another"
    return 1


def strmeth(s: str):
    return s.join(["a"]), s.count("a"), s.partition("b"), s.zfill(5), s.ljust(4, "."), [c for c in s]


def bigloop(n: int) -> int:
    s = 0
    for i in range(n):
        if i % 3 == 0:
            s += 1
    return s


# = 11
def t_0():
    return h_withret(1)


# = 5
def t_1():
    return h_withret(5)


# = [0, 100, 1, 100, 3, 100, 4, 100]
def t_2():
    return wb(8)


# = 2020
def t_3():
    return unr(40)


# = 3010
def t_4():
    return unr(30)


# = -1
def t_5():
    return unr(7)


# = (23, 301)
def t_6():
    return multi(6)


# = (12, -1)
def t_7():
    return multi(12)


# = -1
def t_8():
    return opt({"a":None,"b":2,"c":9},"a")


# = 6
def t_9():
    return opt({"a":None,"b":2,"c":9},"b")


# = 9
def t_10():
    return opt({"a":None,"b":2,"c":9},"c")


# = '|1|2|12|'
def t_11():
    return nest(4)


# = '|1|2|12|13!'
def t_12():
    return nest(7)


# = 2
def t_13():
    return raise_in(1)


# = 0.5
def t_14():
    return un(None)


# = 6.0
def t_15():
    return un(3)


# = 1.5
def t_16():
    return un(1.5)


# = 6
def t_17():
    return redefine(2)


# = 1
def t_18():
    return redefine(9)


# = 5
def t_19():
    return carried_opt([1,5,3])


# = 4
def t_20():
    return wtrue()


# = ({1: 'a', 2: 'b'}, [1, 2])
def t_21():
    return lst([(1,"a"),(2,"b")])


# = 4
def t_22():
    return cond_expr(None)


# = 6
def t_23():
    return cond_expr(5)


# = 1
def t_24():
    return cond_expr(1)


# = 0
def t_25():
    return notopt(None)


# = 0
def t_26():
    return notopt(1)


# = 4
def t_27():
    return notopt(4)


# = (2, (1, 2, 3, 4))
def t_28():
    return starred((1,2,3))


# = 21
def t_29():
    return callkw()


# = 1
def t_30():
    return docs()


# = ('a', 1, ('a', 'b', 'c'), '00abc', 'abc.', ['a', 'b', 'c'])
def t_31():
    return strmeth("abc")


# = 34
def t_32():
    return bigloop(100)
