data=$(cd ../data && pwd)
dir=$(mktemp -d)
cd "$dir"
wick save "$data/count.pt" -o a.pt
wick save "$data/count.pt" -o b.pt
wick save a.pt -o c.pt
cmp a.pt b.pt && cmp a.pt c.pt && echo 'the same bytes'
wick inspect a.pt --records
wick inspect a.pt --code
wick save "$data/mlp.pt" -o mlp.pt
wick test mlp.pt "$data/mlp_io.pt"
wick save "$data/mlp.pt" -o frozen.pt --freeze
wick test frozen.pt "$data/mlp_io.pt"
wick inspect frozen.pt --records
wick save "$data/mlp.pt"
wick save "$data/mlp.pt" -o no/such/folder.pt
wick save "$data/mlp.pt" -o d.pt --target 0.4
ls
rm -r "$dir"
