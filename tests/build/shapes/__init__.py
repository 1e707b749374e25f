# A package for imports.py: names from below, a list of what `*` gives.
from .square import Square, side as edge
from . import constants
from .round import Circle

__all__ = ["Square", "Circle", "constants", "lines"]
version = "1.0"
_private = 1
