# SPDX-License-Identifier: BSD-3-Clause
# torch.backends.cuda: flags without effect.


class _Matmul:
    def __init__(self):
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True


matmul = _Matmul()


def is_built() -> bool:
    return False


def flash_sdp_enabled() -> bool:
    return True


def mem_efficient_sdp_enabled() -> bool:
    return True


def math_sdp_enabled() -> bool:
    return True


def enable_flash_sdp(enabled: bool) -> None:
    """The kernel is chosen by shape alone."""


enable_mem_efficient_sdp = enable_math_sdp = enable_flash_sdp


class sdp_kernel:
    def __init__(self, enable_flash=True, enable_math=True, enable_mem_efficient=True, enable_cudnn=True):
        pass

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return None
