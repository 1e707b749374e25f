#!/bin/sh
# Measures; prints a table.  Usage: bench/run.sh BUILD [MODEL.pt ARG …]
# Times of one machine differ from run to run: only ratios within one run mean something.
set -eu
build=$1
shift
wick=$build/wick

echo "== the machine"
"$wick" doctor

echo "== start: a process that loads a tiny archive and prints (20 runs, ms each)"
start=$(date +%s%N)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	"$wick" run tests/data/mlp.pt 'torch.ones(1, 4)' > /dev/null
done
end=$(date +%s%N)
awk "BEGIN { printf \"%.2f\n\", ($end - $start) / 20 / 1e6 }"

echo "== interpreter: 1,000,000 steps of s = s + i"
"$wick" bench tests/data/count.pt 1000000 --seconds 1
echo "== interpreter: 100,000 additions of a small tensor and a number (divide by 100,000)"
"$wick" bench -m add tests/data/count.pt 'torch.rand(4)' 100000 --seconds 1
echo "== digits, one picture"
"$wick" bench examples/digits/digits.pt 'torch.ones(1, 8, 8)' --seconds 1

for b in "$build"/bench/*; do
	[ -x "$b" ] || continue
	echo "== $(basename "$b")"
	"$b"
done

if python3 -c 'import torch' 2>/dev/null; then
	echo "== against PyTorch, one process after the other"
	python3 bench/torch_peer.py "$wick"
else
	echo "PyTorch is not installed: no comparison with it"
fi
if [ $# -gt 0 ]; then
	echo "== $1"
	"$wick" bench "$@"
fi
