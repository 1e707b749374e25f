wick run ../data/values.pt -m random 3 --seed 0
wick run ../data/values.pt -m random 3 --seed 1234
wick run ../data/values.pt -m point 1.5
