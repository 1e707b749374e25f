// SPDX-License-Identifier: BSD-3-Clause
// Weak definitions of the parts of the build stage that a program may be linked without: they report that they are
// missing.  Whoever links the parts gets the parts.
#include "frontend/build/types.h"

#define MISSING __attribute__((weak))
static Status missing(Build *b, const char *what)
{
	return fail(b->x.err, STATUS_UNSUPPORTED, "%s is not part of this program", what);
}

MISSING Status trace_value(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return missing(b, "trace_value");
}
