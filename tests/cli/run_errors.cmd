wick run ../data/scale.pt
wick run ../data/scale.pt '"text"'
wick run ../data/scale.pt 'torch.ones(1)' 1 2
wick run ../data/scale.pt 'torch.ones(1)' wrong=1
wick run ../data/check.pt 5
wick run ../data/check.pt -m index '[1, 2]' 7
wick run ../data/check.pt -m shapes 'torch.ones(2, 3)' 'torch.ones(2, 3)'
wick run ../data/check.pt -m nothing
wick run absent.pt
wick run run_errors.cmd
