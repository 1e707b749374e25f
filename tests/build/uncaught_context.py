# A traceback of an exception that came while another one was handled.
def check(n):
    assert n > 0, "n must be positive"
    return check(n - 1)


class Odd(ValueError):
    def __str__(self): return "odd: " + str(self.args[0])


try:
    check(2)
except AssertionError as e:
    raise Odd(3)
