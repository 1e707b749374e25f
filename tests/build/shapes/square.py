# Part of the package for imports.py.
from .constants import PRECISION
print("square runs as", __name__, "in", __package__)


class Square:
    def __init__(self, side): self.side = side
    def area(self): return round(self.side ** 2, PRECISION)


def side(s): return s.side
