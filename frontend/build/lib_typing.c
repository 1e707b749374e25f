// SPDX-License-Identifier: BSD-3-Clause
// The native part of typing: its forms as values, and the classes that may stand as bases.  Functions (cast, overload …)
// are frontend/lib/modules/typing.py.
#include "frontend/build/types.h"

#include <string.h>

IValue form_new(Build *b, const char *ctor, const IValue *args, int n)
{
	PyTypeForm *f = py_new(b, PY_TYPEFORM, sizeof *f);
	f->ctor = ctor;
	f->args = py_tuple_of(b, args, n);
	return py_value(f);
}

static Status subscript(Build *b, const PyArgs *a, const char *ctor, IValue *out)
{
	if (a->npos != 1)
		return raise_arity(b, "__class_getitem__", 1, a->npos);
	if (a->pos[0].tag == TAG_TUPLE)
		*out = form_new(b, ctor, a->pos[0].tuple->items, (int)a->pos[0].tuple->n);
	else
		*out = form_new(b, ctor, a->pos, 1);
	return STATUS_OK;
}

// Generic[T] as a base is Generic; Box[int] of a class derived from it is the class itself when called.
static Status generic_getitem(Build *b, const PyArgs *a, IValue *out)
{
	if (py_is(a->self, PY_CLASS) && !PY_AS(PyClass, a->self)->is_native) {
		*out = ivalue_ref(a->self);
		return STATUS_OK;
	}
	return subscript(b, a, py_is(a->self, PY_CLASS) && PY_AS(PyClass, a->self) == b->types->protocol ? "Protocol" :
		"Generic", out);
}

static Status form_variable(Build *b, const PyArgs *a, IValue *out)
{
	IValue name, rest, kw;
	TRY(args_parse(b, a, "TypeVar", "name:S *constraints **kw", &name, &rest, &kw));
	*out = form_new(b, "TypeVar", &name, 1);
	ivalue_unref(&rest);
	ivalue_unref(&kw);
	return STATUS_OK;
}

// A form by its name: for aliases that Python code of typing makes.
static Status make_form(Build *b, const PyArgs *a, IValue *out)
{
	IValue name, args;
	TRY(args_parse(b, a, "_form", "name:S args:l?", &name, &args));
	*out = form_new(b, py_intern(b, name.str->s)->s, args.tag == TAG_TUPLE ? args.tuple->items : NULL,
		args.tag == TAG_TUPLE ? (int)args.tuple->n : 0);
	return STATUS_OK;
}

// NamedTuple("Point", [("x", int)]) is a class; as a base the class statement sees to it.
static Status named_tuple_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue name, fields, names, make;
	TRY(args_parse(b, a, "NamedTuple", "typename:S fields:o?", &name, &fields));
	PyModule *collections;
	TRY(module_import(b, "collections", &collections));
	TRY(module_import_from(b, collections, py_intern(b, "namedtuple"), &make));
	names = py_list(b, 8);
	Status st = STATUS_OK;
	IValue list = iv_none(), types = py_dict(b);
	if (fields.tag != TAG_UNINIT)
		st = py_to_list(b, fields, &list);
	for (int64_t i = 0; st == STATUS_OK && list.tag == TAG_LIST && i < list.list->n; i++) {
		IValue field, type;
		st = py_getitem(b, list.list->items[i], iv_int(0), &field);
		if (st == STATUS_OK)
			st = list_append_take(names.list, ivalue_ref(field), b->x.err);
		else
			break;
		if (st == STATUS_OK)
			st = py_getitem(b, list.list->items[i], iv_int(1), &type);
		if (st == STATUS_OK)
			st = dict_set_take(types.dict, field, type, b->x.err);
		else
			ivalue_unref(&field);
	}
	IValue args[2] = {name, names};
	if (st == STATUS_OK)
		st = py_call(b, make, args, 2, out);
	if (st == STATUS_OK)
		py_class_set_take(b, PY_AS(PyClass, *out), "__annotations__", ivalue_ref(types));
	ivalue_unref(&types);
	ivalue_unref(&list);
	ivalue_unref(&names);
	ivalue_unref(&make);
	return st;
}

Status lib_typing(Build *b, PyModule *m)
{
	static const char *const forms[] = {"Any", "List", "Dict", "Tuple", "Set", "FrozenSet", "Type", "Optional", "Union",
		"Callable", "Final", "ClassVar", "Literal", "Annotated", "NoReturn", "Never", "AnyStr", "Concatenate", "Self",
		"Required", "NotRequired", "TypeAlias", "TypeGuard", "LiteralString", "Unpack"};
	Types *t = b->types;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		module_set_take(m, forms[i], form_new(b, forms[i], NULL, 0));
	t->generic = py_native_class(b, "typing.Generic", NULL, PAYLOAD_NONE, NULL, NULL);
	t->protocol = py_native_class(b, "typing.Protocol", NULL, PAYLOAD_NONE, NULL, NULL);
	t->named_tuple = py_native_class(b, "typing.NamedTuple", NULL, PAYLOAD_NONE, named_tuple_make, NULL);
	py_class_classmethod(b, t->generic, "__class_getitem__", generic_getitem);
	py_class_classmethod(b, t->protocol, "__class_getitem__", generic_getitem);
	module_set_take(m, "Generic", py_value(t->generic));
	module_set_take(m, "Protocol", py_value(t->protocol));
	module_set_take(m, "NamedTuple", py_value(t->named_tuple));
	module_native(m, "TypeVar", form_variable);
	module_native(m, "ParamSpec", form_variable);
	module_native(m, "TypeVarTuple", form_variable);
	module_native(m, "_form", make_form);
	return STATUS_OK;
}
