# Part of the package for imports.py.
from .circle import Circle
