wick test ../data/mlp.pt ../data/mlp_io.pt
wick test ../data/scale.pt ../data/mlp_io.pt
echo absent > ../../build/cases.list
wick test --cases ../../build/cases.list
