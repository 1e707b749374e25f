# A traceback: every call's place, in functions, methods, comprehensions, generators; and the exception's cause.
class Net:
    def __init__(self, n):
        self.parts = list(self.each(n))

    def each(self, n):
        for i in range(n):
            yield self.make(i)

    def make(self, i):
        return helper(
            i,
            key="x")


def helper(i, key):
    if i == 2:
        return {}.pop(key)
    return i


def main():
    try:
        Net(5)
    except KeyError as e:
        raise RuntimeError("could not build") from e


print("start")
main()
