data=$(cd ../data && pwd)
cd "$(mktemp -d)"
wick run $data/scale.pt 'torch.arange(6.).view(2, 3)' -o y.npy
wick convert y.npy t.pt
wick run $data/scale.pt @t.pt
wick convert t.pt z.npz
wick convert z.npz s.safetensors
wick convert s.safetensors back.npz
cmp z.npz back.npz
wick run $data/values.pt -m point 2. -o p.pt
wick convert p.pt p.safetensors
wick convert p.pt p.npy
wick convert p.pt p.txt
wick convert none.pt p.npz
wick convert p.pt
printf '\020\0\0\0\0\0\0\0{"a": 1}' > short.safetensors
wick convert short.safetensors a.pt
printf '\010\0\0\0\0\0\0\0{"a": 1}' > wrong.safetensors
wick convert wrong.safetensors a.pt
wick convert $data/scale.pt state.pt
wick convert state.pt state.safetensors
ls
rm -r "$PWD"
