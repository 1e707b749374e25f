# Part of the package for imports.py: relative imports that go up.
from ..constants import PRECISION as places
from .. import square
from ..square import Square


class Circle(Square):
    kind = square.__name__
    def area(self): return round(3.14159 * self.side ** 2, places)
