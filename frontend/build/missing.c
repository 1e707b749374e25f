// SPDX-License-Identifier: BSD-3-Clause
// Weak definitions of the parts of the build stage that a program may be linked without: they report that they are
// missing.  Whoever links the parts gets the parts.
#include "frontend/build/types.h"

#define MISSING __attribute__((weak))
static Status missing(Build *b, const char *what)
{
	return fail(b->x.err, STATUS_UNSUPPORTED, "%s is not part of this program", what);
}

MISSING Status script_getattr(Build *b, IValue object, StrObj *name, IValue *out, bool *found)
{
	(void)object, (void)name, (void)out, (void)found;
	return missing(b, "script_getattr");
}

MISSING Status script_call(Build *b, IValue f, const PyArgs *a, IValue *out)
{
	(void)f, (void)a, (void)out;
	return missing(b, "script_call");
}

MISSING Status script_value(Build *b, IValue v, IValue *out, Unit **unit)
{
	(void)v, (void)out, (void)unit;
	return missing(b, "script_value");
}

MISSING Status trace_value(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return missing(b, "trace_value");
}
