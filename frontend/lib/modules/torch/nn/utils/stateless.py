# SPDX-License-Identifier: BSD-3-Clause
# Calling a module with other tensors in the place of its own, which come back afterwards.
__all__ = ["functional_call"]


def functional_call(
    module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights: bool = True, strict: bool = False
):
    """module(*args, **kwargs) with the tensors that parameters_and_buffers names by their paths."""
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    known = dict(module.named_parameters(remove_duplicate=False))
    known.update(module.named_buffers(remove_duplicate=False))
    wanted = dict(parameters_and_buffers)
    unexpected = [name for name in wanted if name not in known]
    missing = [name for name in known if name not in wanted]
    if strict and (unexpected or missing):
        lines = []
        if unexpected:
            lines.append(f"Unexpected key(s): {', '.join(unexpected)}.")
        if missing:
            lines.append(f"Missing key(s): {', '.join(missing)}.")
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(lines))
    if tie_weights:
        # what is given for one name of a shared tensor holds for its others
        given = {id(known[name]): value for name, value in wanted.items() if name in known}
        for name, tensor in known.items():
            if name not in wanted and id(tensor) in given:
                wanted[name] = given[id(tensor)]
    kept = []
    try:
        for name, value in wanted.items():
            path, _, last = name.rpartition(".")
            owner = module.get_submodule(path)
            for table in (owner._parameters, owner._buffers, owner.__dict__):
                if last in table:
                    kept.append((table, last, table[last]))
                    table[last] = value
                    break
            else:
                raise AttributeError(f"{owner._get_name()} has no attribute `{last}`")
        return module(*args, **(kwargs or {}))
    finally:
        for table, last, tensor in reversed(kept):
            table[last] = tensor
