wick repl <<'END'
import torch
torch.arange(6).view(2, 3)
_ * 2
def double(x, n: int = 1):
    """Doubles x."""

    for i in range(n):
        x = x + x
    return x

double(3)
:type double
:type [torch.ones(2)]
:graph double
:code double
double(nobody)
double(2,
       n=3)
if _ == 16:
    "sixteen"
else:
    "other"
help(double)
help("aten::relu")
raise ValueError("mine")
:nothing
:graph 1
'still here'
END
printf 'import sys\nsys.argv\nexit(3)\nprint("not reached")\n' | wick repl a b
