data=$(cd ../data && pwd)
cd "$(mktemp -d)"
wick run $data/scale.pt 'torch.arange(6.).view(2, 3)' -o y.npy
wick run $data/scale.pt @y.npy 10
wick run $data/values.pt -m point 2. -o p.npy
wick run $data/values.pt -m point 2. -o p.npz
wick run $data/scale.pt 'torch.ones(2)' -o none/y.npy
wick run $data/scale.pt @p.npz 2>&1 | sed "s|$data|DATA|"
ls
rm -r "$PWD"
