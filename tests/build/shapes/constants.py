# Part of the package for imports.py.
PRECISION = 2
