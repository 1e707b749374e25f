wick
wick --version
wick nothing
wick run
wick run --nothing
wick run --help
wick ops aten::relu 2>/dev/null
wick test one
