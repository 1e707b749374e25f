wick run ../data/scale.pt 'torch.tensor([[1., 2.], [3., 4.]])'
wick run ../data/scale.pt 'torch.tensor([1, 2])' factor=0.5
wick run ../data/scale.pt 'torch.arange(3)' 2 --json
