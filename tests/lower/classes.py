# SPDX-License-Identifier: BSD-3-Clause
# Classes, and ways of writing; the line above each t_* is what Python returns (int ** int is a float here).
from typing import List, Optional, Dict, Tuple, NamedTuple
from enum import Enum
IntList = List[int]
class Color(Enum):
    RED = 1
    BLUE = 2
class P(NamedTuple):
    a: int
    b: float = 2.5
class V:
    """A vector."""
    def __init__(self, x: int, y: int = 3):
        self.x = x
        self.y = y
    @property
    def norm(self) -> int:
        return self.x * self.x
    @norm.setter
    def norm(self, v: int):
        self.x = v
    @staticmethod
    def make(k: int):
        return k + 1
    def __eq__(self, o: int) -> bool:
        return self.x == o
    def __call__(self, k: int) -> int:
        return self.x + k
    def __str__(self) -> str:
        return "V({})".format(self.x)
    def __bool__(self) -> bool:
        return self.x > 0
    def __neg__(self) -> int:
        return -self.x
    def __iadd__(self, k: int):
        self.x += k
        return self
    def chain(self):
        return self
class MyErr(Exception):
    pass


def a1():
    v = V(2)
    v.norm = 7
    return v.norm, V.make(3), v == 7, v(3), str(v), -v, v.chain().x, 1 if v else 0


def a2():
    v = V(1)
    v += 5
    return v.x


def a3(l: IntList) -> IntList:
    return l


def a4():
    return [c.value for c in Color], P(1), P(b=1.0, a=2).b


def a5(x: int) -> int:
    if x > 3:
        raise MyErr("big")
    return x


def a6():
    return any([x > 2 for x in [1, 2, 3]]), all(x > 0 for x in [1, 2]), sum(x for x in [1, 2]), max(x * 2 for x in [1, 5])


def a7():
    # type: () -> Tuple[int, str]
    return 1, "a"


def a8(x, y=None):
    # type: (int, Optional[int]) -> int
    return x if y is None else y


def a9():
    d = dict(a=1, b=2)
    e = dict([("x", 1.5)])
    l = list("abc")
    t = tuple([1, 2]) if False else (1, 2)
    return d, e, l, t, list(range(3)), list(d.keys()), [i for i in reversed_list([1, 2])]


def reversed_list(l: List[int]) -> List[int]:
    return l[::-1]


def b1():
    x = torch.zeros(2, 3)
    for i in range(x.size(0)):
        for j in range(x.shape[1]):
            x[i, j] = i * 10 + j
    return x.sum().item(), x[1].tolist() if False else 0


def b2(x: Dict[str, List[int]]) -> int:
    s = 0
    for k, v in x.items():
        for i in v:
            s += i * len(k)
    return s


def b3():
    x = [1, 2, 3, 4]
    y = x[:]
    y[1:3].append(3)
    del y[-1]
    a, b, c = y
    return a + b + c, x, y, x[-2:], x[::2], x[10:]


def b4() -> Optional[str]:
    return None


def b5(n: int):
    return torch.arange(n, dtype=torch.float32).reshape(-1, 1).squeeze().mean().item()


def b6():
    x = 3
    return -x ** 2, 2 ** -1, not x == 3, x if not x else -x, 7 // 2 * 2, 1 - 2 - 3, 2 ** 3 ** 2, ~torch.tensor(True)


# = (49, 4, True, 10, 'V(7)', -7, 7, 1)
def t_0():
    return a1()


# = 6
def t_1():
    return a2()


# = [1]
def t_2():
    return a3([1])


# = ([1, 2], P(a=1, b=2.5), 1.0)
def t_3():
    return a4()


# = 2
def t_4():
    return a5(2)


# = (True, True, 3, 10)
def t_5():
    return a6()


# = (1, 'a')
def t_6():
    return a7()


# = 1
def t_7():
    return a8(1)


# = 3
def t_8():
    return a8(1,3)


# = ({'a': 1, 'b': 2}, {'x': 1.5}, ['a', 'b', 'c'], (1, 2), [0, 1, 2], ['a', 'b'], [2, 1])
def t_9():
    return a9()


# = (36.0, 0)
def t_10():
    return b1()


# = 9
def t_11():
    return b2({"a":[1,2],"bb":[3]})


# = (6, [1, 2, 3, 4], [1, 2, 3], [3, 4], [1, 3], [])
def t_12():
    return b3()


# = None
def t_13():
    return b4()


# = 2.0
def t_14():
    return b5(5)


# = (-9.0, 0.5, False, -3, 6, -4, 512.0, tensor(False))
def t_15():
    return b6()
