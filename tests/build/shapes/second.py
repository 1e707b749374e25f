# Part of the package for imports.py: a circle of two modules.
from . import first
name = "second"
def ask(): return first.name
try:
    from .first import name as early
except ImportError as e:
    print("early:", "partially initialized" in str(e))
