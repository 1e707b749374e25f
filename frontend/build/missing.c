// SPDX-License-Identifier: BSD-3-Clause
// Weak definitions of the parts of the build stage that a program may be linked without: they report that they are
// missing.  Whoever links the parts gets the parts.
#include "frontend/build/types.h"

#define MISSING __attribute__((weak))
static Status missing(Build *b, const char *what)
{
	return fail(b->x.err, STATUS_UNSUPPORTED, "%s is not part of this program", what);
}

MISSING Status torch_getattr(Build *b, IValue tensor, StrObj *name, IValue *out, bool *found)
{
	(void)tensor, (void)name, (void)out, (void)found;
	return missing(b, "torch_getattr");
}

MISSING Status torch_setattr(Build *b, IValue tensor, StrObj *name, IValue value)
{
	(void)tensor, (void)name, (void)value;
	return missing(b, "torch_setattr");
}

MISSING Status torch_delattr(Build *b, IValue tensor, StrObj *name)
{
	(void)tensor, (void)name;
	return missing(b, "torch_delattr");
}

MISSING void torch_free(Build *b)
{
	(void)b;
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

MISSING Status torch_format(Build *b, IValue tensor, const char *spec, size_t n, Text *out)
{
	(void)tensor, (void)spec, (void)n, (void)out;
	return missing(b, "torch_format");
}

MISSING Status torch_number(Build *b, IValue tensor, Tag want, IValue *out)
{
	(void)tensor, (void)want, (void)out;
	return missing(b, "torch_number");
}

MISSING Status torch_iter(Build *b, IValue tensor, PyIter **out)
{
	(void)tensor, (void)out;
	return missing(b, "torch_iter");
}

MISSING Status torch_operator(Build *b, Operator op, IValue l, IValue r, bool inplace, IValue *out, bool *handled)
{
	(void)op, (void)l, (void)r, (void)inplace, (void)out, (void)handled;
	return missing(b, "torch_operator");
}

MISSING Status torch_len(Build *b, IValue tensor, int64_t *out)
{
	(void)tensor, (void)out;
	return missing(b, "torch_len");
}

MISSING Status torch_truth(Build *b, IValue tensor, bool *out)
{
	(void)tensor, (void)out;
	return missing(b, "torch_truth");
}

MISSING Status torch_unary(Build *b, Operator op, IValue tensor, IValue *out)
{
	(void)op, (void)tensor, (void)out;
	return missing(b, "torch_unary");
}

MISSING Status torch_repr(Build *b, IValue tensor, Text *out)
{
	(void)tensor, (void)out;
	return missing(b, "torch_repr");
}

MISSING Status torch_getitem(Build *b, IValue tensor, IValue key, IValue *out)
{
	(void)tensor, (void)key, (void)out;
	return missing(b, "torch_getitem");
}

MISSING Status torch_contains(Build *b, IValue tensor, IValue item, bool *out)
{
	(void)tensor, (void)item, (void)out;
	return missing(b, "torch_contains");
}

MISSING Status torch_setitem(Build *b, IValue tensor, IValue key, IValue value)
{
	(void)tensor, (void)key, (void)value;
	return missing(b, "torch_setitem");
}

MISSING Status torch_index(Build *b, IValue tensor, int64_t *out)
{
	(void)tensor, (void)out;
	return missing(b, "torch_index");
}

MISSING PyClass *torch_class(Build *b, const char *path)
{
	(void)path;
	(void)b;
	return NULL;
}

MISSING PyClass *torch_tensor_class(Build *b, const Tensor *t)
{
	(void)t;
	return b->types->object;
}

MISSING Status script_value(Build *b, IValue v, IValue *out, Unit **unit)
{
	(void)v, (void)out, (void)unit;
	return missing(b, "torch.jit.script");
}

MISSING Status trace_value(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return missing(b, "torch.jit.trace");
}
