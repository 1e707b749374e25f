# SPDX-License-Identifier: BSD-3-Clause
# torch.autograd.Function: apply runs forward with a context that keeps what it is told.


class FunctionCtx:
    def __init__(self):
        self.saved_tensors = ()
        self.needs_input_grad = ()

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def save_for_forward(self, *tensors):
        pass

    def mark_dirty(self, *args):
        pass

    def mark_non_differentiable(self, *args):
        pass

    def set_materialize_grads(self, value):
        pass


class Function(FunctionCtx):
    @staticmethod
    def forward(*args, **kwargs):
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args, **kwargs):
        ctx = FunctionCtx()
        setup = getattr(cls, "setup_context", None)
        if setup is None:
            return cls.forward(ctx, *args, **kwargs)
        output = cls.forward(*args, **kwargs)
        setup(ctx, args, output)
        return output


def once_differentiable(fn):
    return fn
