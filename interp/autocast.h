// SPDX-License-Identifier: BSD-3-Clause
// torch.autocast("cpu"): which ops get other float types while it is active.
#ifndef WICK_INTERP_AUTOCAST_H
#define WICK_INTERP_AUTOCAST_H

#include "core/exec.h"

typedef enum Autocast {
	AUTOCAST_NONE,
	AUTOCAST_LOWER,   // to bfloat16
	AUTOCAST_FLOAT,   // to float32
	AUTOCAST_WIDEST,  // to the widest float type among the tensors
} Autocast;

Autocast autocast_of(const char *op_name);  // "aten::linear"
// Copies n arguments into out, with tensors and lists of tensors cast; out's entries are owned, on failure too.
Status autocast_args(Exec *x, Autocast how, const IValue *args, int n, IValue *out);

#endif
