# SPDX-License-Identifier: BSD-3-Clause
# Functions of the larger language, which PyTorch refuses; the line above each t_* is what Python returns for it.
import math
import torch
from typing import List, Dict, Optional, Tuple



# = 22
def t_1() -> int:
    x = 5
    def g(a: int) -> int:
        b = a + x
        if b > 7:
            return b * 2
        return b
    return g(1) + g(3)

# = 40
def t_2() -> int:
    f = lambda a, b=2: a * b
    g = lambda c: f(c) + 1
    return f(5) + f(5, 3) + g(7)

# = tensor([0.5000, 0.5000])
def t_3() -> torch.Tensor:
    x = torch.ones(2)
    act = lambda t: torch.relu(t - 0.5) if t.dim() == 1 else t
    return act(x)

# = [1, 5, 4, 2, 3]
def t_4() -> List[int]:
    xs = [1, 2, 3, 4, 5]
    a, *m, b = xs
    *h, t = m
    return [a, b, t] + h

# = 1405
def t_5() -> int:
    n = 0
    total = 0
    while (k := n * n) < 30:
        n += 1
        if k == 16:
            break
        total += k
    else:
        total = -1
    return total * 100 + n

# = 36
def t_6() -> int:
    n = 0
    while (k := n * n) < 30:
        n += 1
    return k

def find(xs: List[int], y: int) -> int:
    for i, x in enumerate(xs):
        if x == y:
            r = i
            break
    else:
        return -1
    return 5

# = [5, -1]
def t_7() -> List[int]:
    return [find([1, 2, 3], 2), find([1, 2], 9)]

def g(x: Optional[torch.Tensor], k: int) -> int:
    if x is not None and (n := x.size(0)) > k:
        return n
    else:
        k += 100
    return k

# = [101, 5, 103]
def t_8() -> List[int]:
    return [g(None, 1), g(torch.ones(5), 1), g(torch.ones(1), 3)]

# = [(1, 'a'), (1, 'b')]
def t_9() -> List[Tuple[int, str]]:
    return [(i, c) for i in range(3) for c in "ab" if (i + len(c)) % 2 == 0]

# = [2, 4]
def t_10() -> List[int]:
    xs: List[Optional[int]] = [1, None, 3]
    return [x + 1 for x in xs if x is not None]

# = {'a': [0, 2], 'b': [0, 2, 4]}
def t_11() -> Dict[str, List[int]]:
    return {k: [i for i in range(n) if i % 2 == 0] for k, n in [("a", 3), ("b", 6)] if k != "c"}

# = [1, 2]
def t_12() -> List[int]:
    out: List[int] = []
    for i in range(4):
        for j in range(4):
            if i * j == 2:
                break
        else:
            continue
        out.append(i)
    return out

# = 3
def t_13() -> int:
    x = 17
    x //= 5
    return x

def mutable(x: List[int] = []) -> int:
    return len(x) + sum(x)

# = [0, 11]
def t_14() -> List[int]:
    return [mutable(), mutable([4, 5])]

# = True
def t_15() -> bool:
    x = 4
    return 1 < x <= 4 != 5

def either(x: int | None) -> int:
    return -1 if x is None else x

# = [-1, 3]
def t_16() -> List[int]:
    return [either(None), either(3)]

# = [1, 2, 3, 1, 2, 7, 8]
def t_17() -> List[int]:
    xs = [1, 2]
    return [*xs, 3, *xs, *(7, 8)]

# = True
def t_18() -> bool:
    xs = [3, 4]
    return any(x > 3 for x in xs) and all(x < 5 for x in xs) and sum(x for x in xs if x > 3) == 4

# = ['3.142|   42|0x2a|"it\'s"| 3.14e+00|n=42|**it\'s**', '  42|1,234,567']
def t_19() -> List[str]:
    x = 3.14159
    n = 42
    s = "it's"
    w = 9
    return [f"{x:.3f}|{n:>5d}|{n:#x}|{s!r}|{x:{w}.2e}|{n=}|{s:*^8}", "{:>4}|".format(n) + "{0:,}".format(1234567)]

# = '009'
def t_20() -> str:
    n = 3
    while n > 0:
        n -= 1
    else:
        n = 9
    return f"{n:03d}"

def try_0(x: int) -> int:
    try:
        if x > 2:
            raise ValueError("big")
        y = x
    except ValueError:
        y = -1
    return y

# = [1, -1]
def t_try_1() -> List[int]:
    return [try_0(1), try_0(5)]

def try_1(d: Dict[str, int], k: str) -> int:
    try:
        return d[k] + 1
    except KeyError:
        return 0

# = [5, 0]
def t_try_2() -> List[int]:
    return [try_1({"a": 4}, "a"), try_1({"a": 4}, "b")]

def try_2(d: Dict[str, int], k: str) -> str:
    out = "["
    try:
        v = d[k]
        out += "v"
    except KeyError as e:
        v = 7
        out += "missing " + str(e)
    else:
        out += "else"
    finally:
        out += "]"
    return out + str(v)

# = ['[velse]4', "[missing 'b']7"]
def t_try_3() -> List[str]:
    return [try_2({"a": 4}, "a"), try_2({"a": 4}, "b")]

def try_3(xs: List[int], i: int) -> int:
    for j in range(3):
        try:
            assert j < 2, "too far"
            if xs[i + j] == 0:
                raise RuntimeError("zero")
        except (IndexError, AssertionError):
            return -j
        finally:
            i += 1
    return i

# = [-1, -2]
def t_try_4() -> List[int]:
    return [try_3([1, 2, 3], 2), try_3([1, 1, 1, 1, 1, 1], 0)]

def try_4(xs: List[int]) -> int:
    n = 0
    for x in xs:
        try:
            if x == 2:
                raise ValueError("two")
            n += x
        except ValueError:
            continue
        n += 100
    return n

# = 204
def t_try_7() -> int:
    return try_4([1, 2, 3])

def try_5(d: Dict[str, List[int]], k: str, i: int) -> int:
    try:
        if d[k][i] > 2:
            r = 1
        else:
            r = d["z"][0]
    except LookupError:
        r = -5
    return r

# = [1, -5, -5, -5]
def t_try_9() -> List[int]:
    d = {"a": [1, 5]}
    return [try_5(d, "a", 1), try_5(d, "a", 0), try_5(d, "q", 0), try_5(d, "a", 9)]

# = [True, False]
def t_set() -> List[bool]:
    x = 3
    return [x in {1, 2, 3}, x not in {3}]
