# Part of the package for imports.py: a circle of two modules.
from . import second
name = "first"
def ask(): return second.name
