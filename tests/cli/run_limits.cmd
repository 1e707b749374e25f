wick run ../data/count.pt -m forever --max-time 0.05 2>&1 | head -n 1
wick run ../data/count.pt -m grow --max-memory 40M
wick run ../data/count.pt 1000
wick run ../data/count.pt -m tick
