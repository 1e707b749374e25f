# Modules of files: packages, relative names, circles, failures.
import shapes
print(shapes.__name__, shapes.Square(3).area(), shapes.Circle(1).area(), shapes.edge(shapes.Square(2)))
import shapes.constants as c, shapes.square
print(c.PRECISION, shapes.constants is c, shapes.square.Square is shapes.Square)
from shapes import Circle as Ring, version
print(Ring.kind, version, Ring.__module__, hasattr(shapes, "lines"))
from shapes import lines
print(lines.length, shapes.lines is lines)
from shapes import *
print(sorted(n for n in globals() if n in ("Square", "Circle", "constants", "lines", "_private", "edge")))
from shapes import first, second
print(first.ask(), second.ask())
for attempt in range(2):
    try:
        import shapes.broken
    except ValueError as e:
        print(e)
try:
    from shapes import nothing_here
except ImportError as e:
    print(str(e).split(" (")[0])
try:
    shapes.nothing_there
except AttributeError as e:
    print(e)
try:
    import no_such_module_at_all
    have = True
except ImportError as e:
    have = False
    print(type(e).__name__, e)
print(have, __name__, __package__ in (None, ""))
try:
    from no_such_module_at_all.sub import x
except ModuleNotFoundError as e:
    print("missing")
def local_import():
    from shapes.constants import PRECISION
    import shapes as s
    return PRECISION, s is shapes
print(local_import())
if __name__ == "__main__": print("main")
TYPE_CHECKING = False
if TYPE_CHECKING:
    import never
shapes.added = 5
import shapes as again
print(again.added, type(shapes).__name__)
del shapes.added
print(hasattr(again, "added"))
