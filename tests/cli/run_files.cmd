d=$(mktemp -d)
wick run ../data/scale.pt 'torch.arange(6.).view(2, 3)' -o $d/y.npy
wick run ../data/scale.pt @$d/y.npy 10
wick run ../data/values.pt -m point 2. -o $d/p.npy 2>&1 | sed "s|$d|DIR|"
wick run ../data/scale.pt 'torch.ones(2)' -o $d/none/y.npy 2>&1 | sed "s|$d|DIR|"
ls $d
rm -r $d
