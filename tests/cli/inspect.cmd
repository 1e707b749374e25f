wick inspect ../data/mlp.pt
wick inspect ../data/mlp.pt --ops
wick inspect ../data/scale.pt --code
wick inspect ../data/check.pt --graph -m forward
wick inspect ../data/mlp.pt --records
wick inspect ../data/mlp.pt --json
