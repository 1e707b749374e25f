wick
wick --version
wick nothing
wick run
wick run --nothing
wick run --help
wick ops aten::relu
wick test one
