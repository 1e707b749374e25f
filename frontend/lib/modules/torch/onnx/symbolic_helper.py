# SPDX-License-Identifier: BSD-3-Clause
# Decorators of symbolic functions, which nothing here calls.


def parse_args(*arg_descriptors):
    def decorator(fn):
        return fn

    return decorator


def quantized_args(*arg_q_descriptors, **options):
    return parse_args()
