wick test ../data/mlp.pt ../data/mlp_io.pt
wick test ../data/scale.pt ../data/mlp_io.pt
echo absent | wick test --cases -
