// SPDX-License-Identifier: BSD-3-Clause
// What torch.jit.trace records while a Build runs.
#include "frontend/build/tracer.h"

Status tracer_record(Build *b, const Op *op, const IValue *args, int nargs, const IValue *rets)
{
	(void)b, (void)op, (void)args, (void)nargs, (void)rets;
	return STATUS_OK;
}

Status tracer_note(Build *b, TracerEvent what, const Tensor *t)
{
	(void)b, (void)what, (void)t;
	return STATUS_OK;
}
