# Part of the package for imports.py: fails while it runs.
value = 1
raise ValueError("broken module")
