# Loops, conditions, exceptions, with, and every way out of them.
for i in range(5):
    if i == 1: continue
    if i == 3: break
    print(i)
else:
    print("never")
for i in range(2): pass
else: print("else", i)
n = 0
while n < 3:
    n += 1
else:
    print("while else", n)
while True:
    n -= 1
    if n < 0: break

def finally_order(k):
    log = []
    try:
        log.append("try")
        if k == 0: return log
        if k == 1: raise ValueError("v")
        if k == 2: raise KeyError("k")
    except ValueError as e:
        log.append(str(e))
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log
print(finally_order(0), finally_order(1), finally_order(3))
try:
    finally_order(2)
except KeyError as e:
    print("KeyError", e, e.args)

def return_in_finally():
    try:
        raise ValueError
    finally:
        return 1
print(return_in_finally())
def break_in_finally():
    for i in range(3):
        try:
            raise ValueError
        finally:
            break
    return i
print(break_in_finally())
def continue_in_try():
    out = []
    for i in range(3):
        try:
            if i == 1: continue
            out.append(i)
        finally:
            out.append("f")
    return out
print(continue_in_try())
def value_kept():
    x = 1
    try:
        return x
    finally:
        x = 2
print(value_kept())

class E1(Exception): pass
class E2(E1):
    def __init__(self, a, b):
        super().__init__(a, b)
        self.a = a
    def __str__(self): return f"E2 of {self.a}"
for exc in (E1("x"), E2(1, 2), ValueError(), KeyError("key"), E1, IndexError("i"), StopIteration(3)):
    try:
        raise exc
    except (E2, KeyError) as e:
        print("first", type(e).__name__, e, e.args)
    except E1 as e:
        print("second", repr(e))
    except LookupError as e:
        print("lookup", e)
    except Exception as e:
        print("other", repr(e), str(e) == "")
try:
    try:
        raise ValueError("inner")
    except ValueError:
        raise
except ValueError as e:
    print("again", e)
try:
    try:
        {}["a"]
    except KeyError as e:
        raise RuntimeError("outer") from e
except RuntimeError as e:
    print(repr(e.__cause__), e)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        [][1]
except IndexError as e:
    print(repr(e.__context__), e)
try:
    raise ValueError("a") from None
except ValueError as e:
    print(e.__cause__, e.__suppress_context__)
def leaks():
    try:
        raise ValueError("x")
    except ValueError as e:
        pass
    try:
        e
    except UnboundLocalError as u:
        print(u)
leaks()
for bad in (lambda: (_ for _ in ()).throw(ValueError("t")), lambda: raise_it(5), lambda: raise_it(int), lambda: raise_it(None)):
    def raise_it(v): raise v
    try:
        bad()
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
try:
    raise
except RuntimeError as e:
    print(e)

class CM:
    def __init__(self, name, swallow=False): self.name, self.swallow = name, swallow
    def __enter__(self):
        print("enter", self.name)
        return self.name
    def __exit__(self, t, v, tb):
        print("exit", self.name, t.__name__ if t else None, v)
        return self.swallow
with CM("a") as a, CM("b") as b:
    print(a, b)
with CM("s", True):
    raise ValueError("gone")
try:
    with CM("o"), CM("i"):
        raise KeyError("k")
except KeyError:
    print("caught")
def with_return():
    with CM("r"):
        return "value"
print(with_return())
for i in range(2):
    with CM(i, True):
        if i == 0: continue
        break
try:
    with 5: pass
except (TypeError, AttributeError) as e:
    print(type(e).__name__)
with (CM("p1") as x, CM("p2") as y):
    print(x, y)

def deep(n):
    if n == 0: raise ValueError("deep")
    try:
        deep(n - 1)
    finally:
        if n == 3: print("unwinding", n)
try:
    deep(5)
except ValueError as e:
    print(e)
def endless(n): return endless(n + 1)
try:
    endless(0)
except RecursionError as e:
    print(str(e)[:32])
assert 1 + 1 == 2
try:
    assert False, ("tuple", 1)
except AssertionError as e:
    print(e.args)
try:
    assert not [1]
except AssertionError as e:
    print(repr(e))
x = 5 if n > 0 else -5
print(x, n and 1, n or 2, not n, 1 < 2 < 3 < 2, None is None, 1 is not None, 3 in [1, 2], 3 not in [1, 2])
def side(v):
    print("side", v)
    return v
print(side(1) < side(5) < side(3) < side(9))
print(side(0) and side(1), side(0) or side(2))
try:
    try:
        raise ValueError("one")
    finally:
        raise TypeError("two")
except TypeError as e:
    print(e, repr(e.__context__))
