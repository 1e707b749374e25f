// SPDX-License-Identifier: BSD-3-Clause
// Weak definitions of the parts of the build stage that a program may be linked without: they report that they are
// missing.  Whoever links the parts gets the parts.
#include "frontend/build/types.h"

#include <stdlib.h>

#define MISSING __attribute__((weak))
static Status missing(Build *b, const char *what)
{
	return fail(b->x.err, STATUS_UNSUPPORTED, "%s is not part of this program", what);
}

MISSING Status py_raise(Build *b, const char *cls, const char *fmt, ...)
{
	(void)cls, (void)fmt;
	return missing(b, "py_raise");
}

MISSING const char *py_type_name(Build *b, IValue v)
{
	(void)v, (void)b;
	return "?";
}

MISSING void py_discard(Build *b)
{
	(void)b;
}

MISSING PyClass *py_type(Build *b, IValue v)
{
	(void)v, (void)b;
	return NULL;
}

MISSING IValue py_list(Build *b, int64_t cap)
{
	(void)cap, (void)b;
	return iv_take_list(list_new(&type_any, cap));
}

MISSING IValue py_dict(Build *b)
{
	(void)b;
	return iv_take_dict(dict_new(&type_any, &type_any));
}

MISSING bool py_exception_matches(Build *b, Status st, const char *cls)
{
	(void)st, (void)cls, (void)b;
	return false;
}

MISSING IValue py_tuple_of(Build *b, const IValue *items, int n)
{
	(void)items, (void)n, (void)b;
	return iv_none();
}

MISSING Status py_repr(Build *b, IValue v, Text *out)
{
	(void)v, (void)out;
	return missing(b, "py_repr");
}

MISSING Status py_raise_value(Build *b, IValue exception)
{
	(void)exception;
	return missing(b, "py_raise_value");
}

MISSING Status py_truth(Build *b, IValue v, bool *out)
{
	(void)v, (void)out;
	return missing(b, "py_truth");
}

MISSING bool py_subclass(const PyClass *c, const PyClass *of)
{
	(void)c, (void)of;
	return false;
}

MISSING Status py_iter(Build *b, IValue v, PyIter **out)
{
	(void)v, (void)out;
	return missing(b, "py_iter");
}

MISSING Status torch_getattr(Build *b, IValue tensor, StrObj *name, IValue *out, bool *found)
{
	(void)tensor, (void)name, (void)out, (void)found;
	return missing(b, "torch_getattr");
}

MISSING Status py_next(Build *b, PyIter *it, IValue *out, bool *done)
{
	(void)it, (void)out, (void)done;
	return missing(b, "py_next");
}

MISSING Status set_add(Build *b, IValue set, IValue item)
{
	(void)set, (void)item;
	return missing(b, "set_add");
}

MISSING Status py_str(Build *b, IValue v, Text *out)
{
	(void)v, (void)out;
	return missing(b, "py_str");
}

MISSING Status py_format(Build *b, IValue v, const char *spec, size_t n, Text *out)
{
	(void)v, (void)spec, (void)n, (void)out;
	return missing(b, "py_format");
}

MISSING Status py_each(Build *b, IValue v, Status (*fn)(Build *b, IValue item, void *arg), void *arg)
{
	(void)v, (void)fn, (void)arg;
	return missing(b, "py_each");
}

MISSING void py_class_methods(Build *b, PyClass *c, const NativeMethod *methods)
{
	(void)c, (void)methods;
	(void)b;
}

MISSING bool py_catchable(Status st)
{
	(void)st;
	return false;
}

MISSING int64_t range_length(const PyRange *r)
{
	(void)r;
	return 0;
}

MISSING Status raise_with(Build *b, const char *cls, IValue take_args)
{
	(void)cls, (void)take_args;
	return missing(b, "raise_with");
}

MISSING Status py_setitem(Build *b, IValue v, IValue key, IValue value)
{
	(void)v, (void)key, (void)value;
	return missing(b, "py_setitem");
}

MISSING IValue py_set(Build *b)
{
	(void)b;
	return iv_none();
}

MISSING Status py_hash(Build *b, IValue v, uint64_t *out)
{
	(void)v, (void)out;
	return missing(b, "py_hash");
}

MISSING Status py_getitem(Build *b, IValue v, IValue key, IValue *out)
{
	(void)v, (void)key, (void)out;
	return missing(b, "py_getitem");
}

MISSING Status py_equal(Build *b, IValue l, IValue r, bool *out)
{
	(void)l, (void)r, (void)out;
	return missing(b, "py_equal");
}

MISSING Status py_dict_set(Build *b, DictObj *d, IValue key, IValue value)
{
	(void)d, (void)key, (void)value;
	return missing(b, "py_dict_set");
}

MISSING void py_class_set_take(Build *b, PyClass *c, const char *name, IValue v)
{
	(void)c, (void)name, (void)v;
	(void)b;
}

MISSING Status dict_update(Build *b, DictObj *d, IValue from)
{
	(void)d, (void)from;
	return missing(b, "dict_update");
}

MISSING uint32_t utf8_get(const char *s, int64_t n, int *len)
{
	(void)s, (void)n, (void)len;
	return 0;
}

MISSING Status types_new(Build *b)
{
	return missing(b, "types_new");
}

MISSING void types_free(Build *b)
{
	(void)b;
}

MISSING PyClass *types_exception(Build *b, const char *name)
{
	(void)name, (void)b;
	return NULL;
}

MISSING Status torch_setattr(Build *b, IValue tensor, StrObj *name, IValue value)
{
	(void)tensor, (void)name, (void)value;
	return missing(b, "torch_setattr");
}

MISSING void torch_free(Build *b)
{
	(void)b;
}

MISSING Status torch_delattr(Build *b, IValue tensor, StrObj *name)
{
	(void)tensor, (void)name;
	return missing(b, "torch_delattr");
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

MISSING Status py_unary(Build *b, Operator op, IValue v, IValue *out)
{
	(void)op, (void)v, (void)out;
	return missing(b, "py_unary");
}

MISSING IValue py_slice(Build *b, IValue start, IValue stop, IValue step)
{
	(void)start, (void)stop, (void)step, (void)b;
	return iv_none();
}

MISSING Status py_isinstance(Build *b, IValue v, IValue classes, bool *out)
{
	(void)v, (void)classes, (void)out;
	return missing(b, "py_isinstance");
}

MISSING Status py_inplace(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	(void)op, (void)l, (void)r, (void)out;
	return missing(b, "py_inplace");
}

MISSING IValue py_ellipsis(Build *b)
{
	(void)b;
	return iv_none();
}

MISSING Status py_delitem(Build *b, IValue v, IValue key)
{
	(void)v, (void)key;
	return missing(b, "py_delitem");
}

MISSING Status py_contains(Build *b, IValue container, IValue item, bool *out)
{
	(void)container, (void)item, (void)out;
	return missing(b, "py_contains");
}

MISSING Status py_compare(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	(void)op, (void)l, (void)r, (void)out;
	return missing(b, "py_compare");
}

MISSING IValue py_catch(Build *b, Status st)
{
	(void)st, (void)b;
	return iv_none();
}

MISSING Status py_binary(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	(void)op, (void)l, (void)r, (void)out;
	return missing(b, "py_binary");
}

MISSING IValue bytes_new(Build *b, const char *s, int64_t n)
{
	(void)s, (void)n, (void)b;
	return iv_none();
}
