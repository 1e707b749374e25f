"""Records calls of modules as cases (docs/cases.md): model.pt and io.pt in a folder each."""
import os

import torch


def copy(v):
    if isinstance(v, torch.Tensor):
        return v.detach().clone()
    if isinstance(v, (list, tuple)):
        return type(v)(copy(x) for x in v) if type(v) in (list, tuple) else tuple(copy(x) for x in v)
    if isinstance(v, dict):
        return {k: copy(x) for k, x in v.items()}
    return v


def record(root, name, module, calls, rtol=1e-4, atol=1e-5, seed=0, random=None):
    """module: scripted or traced; calls: list of argument tuples, or of (method, arguments)."""
    folder = os.path.join(root, name)
    os.makedirs(folder, exist_ok=True)
    torch.jit.save(module, os.path.join(folder, "model.pt"))
    loaded = torch.jit.load(os.path.join(folder, "model.pt"))
    done = []
    for c in calls:
        method, args = c if len(c) == 2 and isinstance(c[0], str) else ("forward", c)
        torch.manual_seed(seed)
        target = loaded if method == "forward" else getattr(loaded, method)
        with torch.no_grad():
            out = target(*copy(args))
        call = {"method": method, "args": args, "out": copy(out)}
        if random:
            call["random"] = random
        done.append(call)
    torch.save({"format": 1, "name": name, "suite": "oracle", "torch": torch.__version__, "seed": seed,
                "rtol": rtol, "atol": atol, "calls": done}, os.path.join(folder, "io.pt"))
    return folder
