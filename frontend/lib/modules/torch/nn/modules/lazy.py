# SPDX-License-Identifier: BSD-3-Clause
# Layers that learn their input's size from the first input: a hook before forward gives the parameters their shapes,
# then the object becomes the plain layer's.
import warnings

from torch.nn.parameter import is_lazy


class LazyModuleMixin:
    """First base of a lazy layer; cls_to_become is the class it turns into."""

    cls_to_become = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)
        warnings.warn(
            "Lazy modules are a new feature under heavy development "
            "so changes to the API or functionality can happen at any moment."
        )

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        for name, tensor in self._saved_tensors():
            if not (is_lazy(tensor) or keep_vars):
                tensor = tensor.detach()
            destination[prefix + name] = tensor

    def _lazy_load_hook(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        """What is loaded has its shape, so what it is loaded into gets the same."""
        for name, tensor in self._saved_tensors():
            key = prefix + name
            if key in state_dict and is_lazy(tensor) and not is_lazy(state_dict[key]):
                tensor.materialize(state_dict[key].shape)

    def initialize_parameters(self, *args, **kwargs):
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self):
        """Whether a parameter or buffer of the layer itself has no shape yet."""
        tensors = list(self._parameters.values()) + list(self._buffers.values())
        return any([is_lazy(tensor) for tensor in tensors])

    def _infer_parameters(self, module, args, kwargs=None):
        kwargs = kwargs if kwargs else {}
        module.initialize_parameters(*args, **kwargs)
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        delattr(module, "_initialize_hook")
        delattr(module, "_load_hook")
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _replicate_for_data_parallel(self):
        raise RuntimeError("Modules with uninitialized parameters can't be used with `DataParallel`.")
