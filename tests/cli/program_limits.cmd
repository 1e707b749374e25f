wick -c 'def f(n): return f(n + 1)
f(0)' 2>&1 | tail -n 1
wick --max-time 0.1 -c 'while True: pass'
wick --max-time 0.1 -c 'try:
    sum(iter(int, 1))
except BaseException:
    print("caught")' 2>&1 | tail -n 1
wick --max-time 0.2 -c 'import torch
x = torch.rand(500, 500)
while True: y = x @ x' 2>&1 | tail -n 1
wick --max-memory 8M -c 'import torch; torch.zeros(10**7)'
wick --max-memory 8M -c 's = "a"
while True: s += s'
wick --max-memory 8M -c 'x = []
while True: x = [x]' 2>&1 | sed 's/take [0-9]* bytes/take N bytes/'
wick --max-memory 8M -c '[0] * 10**9'
printf 'while True: pass\nprint("goes on")\n' | wick repl --max-time 0.1
