wick programs/args.py one --two=2 -3; echo "status $?"
wick programs/fails.py 2>&1 | sed 's/\(<wick>.*, line\) [0-9]*/\1 N/'
wick programs/fails.py >/dev/null 2>&1; echo "status $?"
wick programs/nothing.py; echo "status $?"
wick -c 'import sys; print(sys.argv)' a -b; echo "status $?"
echo 'print(__name__, 6 * 7)' | wick -
wick -c 'x = (1,' ; echo "status $?"
wick -c 'import sys; sys.exit("a reason")'; echo "status $?"
wick -c 'raise SystemExit'; echo "status $?"
wick -c 'raise KeyboardInterrupt'; echo "status $?"
wick --seed 0 -c 'import torch; print(torch.rand(2))'
wick --nothing -c '1'; echo "status $?"
wick -c; echo "status $?"
