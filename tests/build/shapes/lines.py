# Part of the package for imports.py: imported only when named.
print("lines runs")
length = 3
