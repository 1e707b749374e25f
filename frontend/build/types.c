// SPDX-License-Identifier: BSD-3-Clause
// The builtin classes: made once a Build, and the questions type() and isinstance() ask.
//
// A value of core (int, str, list …) has no pointer to its class; py_type tells it from the tag.
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

// ---- adding to native classes

void py_class_set_take(Build *b, PyClass *c, const char *name, IValue v)
{
	(void)dict_set_take(c->ns, ivalue_ref(py_name(b, name)), v, NULL);
	b->class_version++;
}

static IValue class_function(Build *b, PyClass *c, const char *name, NativeFn fn, bool is_method)
{
	Text path = {0};
	text_addf(&path, "%s.%s.%s", c->module.str->s, c->qualname.str->s, name);
	IValue v = py_native(b, py_intern(b, text_str(&path))->s, fn, NULL);
	PY_AS(PyNative, v)->is_method = is_method;
	text_free(&path);
	return v;
}

void py_class_methods(Build *b, PyClass *c, const NativeMethod *methods)
{
	static const char *const checked[] = {"builtins", "collections", "_random", "_io"};
	bool check = false;
	for (size_t i = 0; i < sizeof checked / sizeof *checked; i++)
		check = check || !strcmp(c->module.str->s, checked[i]);
	for (const NativeMethod *m = methods; m && m->name; m++) {
		IValue fn = class_function(b, c, m->name, m->fn, true);
		PY_AS(PyNative, fn)->receiver = check ? c : NULL;
		py_class_set_take(b, c, m->name, fn);
	}
}

void py_class_classmethod(Build *b, PyClass *c, const char *name, NativeFn fn)
{
	PyWrapped *w = py_new(b, PY_CLASSMETHOD, sizeof *w);
	w->fn = class_function(b, c, name, fn, true);
	py_class_set_take(b, c, name, py_value(w));
}

// ---- what Python code overrode

IValue *types_special(Build *b, IValue v, int dunder)
{
	PyClass *c = py_is(v, PY_INSTANCE) ? PY_AS(PyInstance, v)->cls : py_type(b, v);
	return c ? py_class_lookup(c, b->types->names[dunder], NULL) : NULL;
}

// The classes whose operators are C: what their namespaces hold is there to be named, not to be called by operators.
static bool is_core_class(const Types *t, const PyClass *c)
{
	return c == t->object || c == t->dict || c == t->list || c == t->tuple || c == t->str || c == t->int_ ||
		c == t->float_ || c == t->set || c == t->frozenset || c == t->bool_ || c == t->bytes || c == t->complex_;
}

IValue *types_override(Build *b, IValue v, int dunder)
{
	if (!py_is(v, PY_INSTANCE) || !PY_AS(PyInstance, v)->cls)
		return NULL;
	PyClass *where;
	IValue *slot = py_class_lookup(PY_AS(PyInstance, v)->cls, b->types->names[dunder], &where);
	return slot && !is_core_class(b->types, where) ? slot : NULL;
}

Status types_call_special(Build *b, IValue fn, IValue v, const IValue *args, int n, IValue *out)
{
	IValue all[4];
	fn = ivalue_ref(fn);
	Status st;
	if (py_is(fn, PY_FUNCTION) || (py_is(fn, PY_NATIVE) && PY_AS(PyNative, fn)->is_method)) {
		all[0] = ivalue_ref(v);
		for (int i = 0; i < n; i++)
			all[i + 1] = args[i];
		st = py_call(b, fn, all, n + 1, out);
		ivalue_unref(&all[0]);
	} else if (py_is(fn, PY_STATICMETHOD)) {
		st = py_call(b, PY_AS(PyWrapped, fn)->fn, args, n, out);
	} else if (fn.tag == TAG_NONE) {
		st = py_raise(b, "TypeError", "'%s' object does not support this operation", py_type_name(b, v));
	} else if (py_is(fn, PY_CLASSMETHOD)) {
		all[0] = py_value(py_type(b, v));
		for (int i = 0; i < n; i++)
			all[i + 1] = args[i];
		st = py_call(b, PY_AS(PyWrapped, fn)->fn, all, n + 1, out);
	} else { // any other callable does not bind
		st = py_call(b, fn, args, n, out);
	}
	ivalue_unref(&fn);
	return st;
}

Status types_enter(Build *b, const char *what)
{
	if (b->types->depth >= 400)
		return py_raise(b, "RecursionError", "maximum recursion depth exceeded %s", what);
	TRY(build_stack_check(b));
	b->types->depth++;
	return STATUS_OK;
}

PyIter *types_iter(Build *b, const char *type_name, Status (*next)(Build *, PyIter *, IValue *, bool *), IValue over)
{
	PyIter *it = py_iter_new(b, type_name, next);
	it->over = ivalue_ref(over);
	return it;
}

// ---- type(v)

static PyClass *iterator_class(Build *b, const PyIter *it)
{
	Types *t = b->types;
	const char *name = it->type_name ? it->type_name : "iterator";
	PyClass *c = map_get(&t->iterators, name);
	if (c)
		return c;
	Text path = {0};
	text_addf(&path, strchr(name, '.') ? "%s" : "builtins.%s", name);
	c = py_native_class(b, text_str(&path), t->iterator, PAYLOAD_NONE, NULL, NULL);
	text_free(&path);
	map_set(&t->iterators, name, c);
	return c;
}

static PyClass *host_type(Build *b, const PyObj *o)
{
	Types *t = b->types;
	static const char *const symbols[] = {"torch.dtype", "torch.layout", "torch.memory_format", "torch.qscheme"};
	PyClass *c;
	switch (o->kind) {
	case PY_FUNCTION: return t->function;
	case PY_NATIVE: return t->builtin;
	case PY_METHOD: return t->method;
	case PY_CLASS: return ((PyClass *)o)->meta ? ((PyClass *)o)->meta : t->type;
	case PY_INSTANCE: return ((PyInstance *)o)->cls ? ((PyInstance *)o)->cls : t->object;
	case PY_MODULE: return t->module;
	case PY_CELL: return t->cell;
	case PY_PROPERTY: return t->property;
	case PY_STATICMETHOD: return t->staticmethod;
	case PY_CLASSMETHOD: return t->classmethod;
	case PY_SUPER: return t->super;
	case PY_SET: return t->set;
	case PY_FROZENSET: return t->frozenset;
	case PY_BYTES: return t->bytes;
	case PY_RANGE: return t->range;
	case PY_SLICE: return t->slice;
	case PY_ITER: return iterator_class(b, (const PyIter *)o);
	case PY_GENERATOR: return t->generator;
	case PY_SYMBOL:
		c = torch_class(b, symbols[((PySymbol *)o)->what]);
		return c ? c : t->object;
	case PY_ELLIPSIS: return t->ellipsis;
	case PY_NOTIMPLEMENTED: return t->notimplemented;
	case PY_TYPEFORM: return t->typeform;
	case PY_VIEW: return t->dict_views[((PyView *)o)->what];
	}
	return t->object;
}

PyClass *py_type(Build *b, IValue v)
{
	Types *t = b->types;
	PyClass *c = NULL;
	switch ((Tag)v.tag) {
	case TAG_NONE: case TAG_UNINIT: return t->none;
	case TAG_BOOL: return t->bool_;
	case TAG_INT: return t->int_;
	case TAG_FLOAT: return t->float_;
	case TAG_COMPLEX: return t->complex_;
	case TAG_STR: return t->str;
	case TAG_LIST: return t->list;
	case TAG_TUPLE: return t->tuple;
	case TAG_DICT: return t->dict;
	case TAG_HOST: return host_type(b, py_obj(v));
	case TAG_TENSOR: return torch_tensor_class(b, v.tensor);
	case TAG_DEVICE: c = torch_class(b, "torch.device"); break;
	case TAG_GENERATOR: c = torch_class(b, "torch.Generator"); break;
	case TAG_OBJECT: c = torch_class(b, "torch.jit._script.RecursiveScriptModule"); break;
	case TAG_FUTURE: c = torch_class(b, "torch.jit.Future"); break;
	case TAG_ENUM: case TAG_CAPSULE: break;
	}
	return c ? c : t->object;
}

const char *py_type_name(Build *b, IValue v)
{
	PyClass *c = py_type(b, v);
	return c->name.tag == TAG_STR ? c->name.str->s : "object";
}

bool py_callable(Build *b, IValue v)
{
	if (v.tag == TAG_OBJECT) {
		IValue fn;
		bool found;
		if (script_getattr(b, v, py_intern(b, "forward"), &fn, &found) != STATUS_OK) {
			py_discard(b);
			return false;
		}
		if (found)
			ivalue_unref(&fn);
		return found;
	}
	switch (v.tag == TAG_HOST ? py_obj(v)->kind : PY_CELL) {
	case PY_FUNCTION: case PY_NATIVE: case PY_METHOD: case PY_CLASS: case PY_STATICMETHOD: case PY_TYPEFORM:
		return true;
	case PY_INSTANCE:
		return types_special(b, v, D_call) != NULL;
	default:
		return false;
	}
}

// ---- isinstance

bool py_subclass(const PyClass *c, const PyClass *of)
{
	if (c == of)
		return true;
	for (int i = 0; i < c->nmro; i++)
		if (c->mro[i] == of)
			return true;
	return false;
}

// Compiled modules have no class of a file, and are Modules nevertheless.
static bool is_compiled_module_class(const PyClass *of)
{
	const char *module = of->module.tag == TAG_STR ? of->module.str->s : "", *name = of->name.str->s;
	return (!strcmp(name, "Module") && !strcmp(module, "torch.nn.modules.module")) ||
		(!strcmp(name, "ScriptModule") && !strcmp(module, "torch.jit"));
}

static Status class_check(Build *b, IValue v, PyClass *cls, PyClass *of, bool *out)
{
	*out = py_subclass(cls, of) ||
		(v.tag == TAG_OBJECT && v.object->type->cls->is_module && is_compiled_module_class(of));
	if (*out || !of->ns)
		return STATUS_OK;
	// Abstract collections recognise what has their methods.  The test is theirs alone: a class derived from one is
	// an ordinary class.
	IValue *check = dict_find(of->ns, (IValue){.str = TYPES_NAME(b, instancecheck), .tag = TAG_STR});
	if (!check || py_is(*check, PY_FUNCTION))
		return STATUS_OK;
	IValue fn = py_is(*check, PY_STATICMETHOD) ? PY_AS(PyWrapped, *check)->fn : *check, args[2] = {v, py_value(cls)}, r;
	TRY(py_call(b, fn, args, 2, &r));
	Status st = py_truth(b, r, out);
	ivalue_unref(&r);
	return st;
}

// cls is what is asked about; v is TAG_UNINIT for issubclass.
static Status check(Build *b, IValue v, PyClass *cls, IValue classes, const char *fname, int depth, bool *out)
{
	*out = false;
	if (depth > 50)
		return py_raise(b, "RecursionError", "maximum recursion depth exceeded in %s()", fname);
	if (py_is(classes, PY_CLASS))
		return class_check(b, v, cls, PY_AS(PyClass, classes), out);
	IValue items = classes;
	if (py_is(classes, PY_TYPEFORM)) {
		PyTypeForm *f = PY_AS(PyTypeForm, classes);
		items = f->args;
		const char *ctor = f->ctor;
		if (!strcmp(ctor, "Any")) {
			*out = true;
			return STATUS_OK;
		}
		if (strcmp(ctor, "Union") && strcmp(ctor, "Optional")) {
			if (items.tag == TAG_TUPLE && items.tuple->n)
				return py_raise(b, "TypeError", "Subscripted generics cannot be used with class and instance checks");
			static const struct { const char *form, *cls; } plain[] = {{"List", "list"}, {"Dict", "dict"},
				{"Tuple", "tuple"}, {"Set", "set"}, {"FrozenSet", "frozenset"}, {"Type", "type"}};
			for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
				if (!strcmp(ctor, plain[i].form)) {
					PyClass *of = map_get(&b->types->by_path, plain[i].cls);
					*out = of && py_subclass(cls, of);
					return STATUS_OK;
				}
			if (!strcmp(ctor, "Callable")) {
				*out = v.tag != TAG_UNINIT && py_callable(b, v);
				return STATUS_OK;
			}
			return py_raise(b, "TypeError", "typing.%s cannot be used with %s()", ctor, fname);
		}
		if (!strcmp(ctor, "Optional") && py_subclass(cls, b->types->none)) {
			*out = true;
			return STATUS_OK;
		}
	}
	if (items.tag != TAG_TUPLE && !(py_is(items, PY_INSTANCE) && py_unwrap(items).tag == TAG_TUPLE)) {
		if (items.tag == TAG_NONE && py_is(classes, PY_TYPEFORM))
			return STATUS_OK;
		return py_raise(b, "TypeError", "%s() arg 2 must be a type, a tuple of types, or a union", fname);
	}
	TupleObj *t = py_unwrap(items).tuple;
	for (int64_t i = 0; i < t->n && !*out; i++) {
		if (t->items[i].tag == TAG_NONE && py_is(classes, PY_TYPEFORM))
			*out = cls == b->types->none;
		else
			TRY(check(b, v, cls, t->items[i], fname, depth + 1, out));
	}
	return STATUS_OK;
}

Status py_isinstance(Build *b, IValue v, IValue classes, bool *out)
{
	return check(b, v, py_type(b, v), classes, "isinstance", 0, out);
}

Status types_issubclass(Build *b, PyClass *c, IValue classes, bool *out)
{
	return check(b, iv_uninit(), c, classes, "issubclass", 0, out);
}

IValue py_ellipsis(Build *b) { return b->types->ellipsis_value; }
IValue py_notimplemented(Build *b) { return b->types->notimplemented_value; }

// ---- life

PyClass *types_class(Build *b, const char *name, PyClass *base, Payload payload, NativeFn make,
	const NativeMethod *methods)
{
	Text path = {0};
	text_addf(&path, "builtins.%s", name);
	PyClass *c = py_native_class(b, text_str(&path), base, payload, make, methods);
	text_free(&path);
	map_set(&b->types->by_path, name, c);
	return c;
}

Status types_new(Build *b)
{
	static const char *const names[] = {
#define X(n) "__" #n "__",
		DUNDER_NAMES(X)
#undef X
	};
	Types *t = b->types = xcalloc(1, sizeof *t);
	for (int i = 0; i < D_COUNT; i++)
		t->names[i] = py_intern(b, names[i]);
	t->empty_str = iv_str("", 0);
	for (int i = 0; i < 128; i++)
		t->one_char[i] = iv_str((char[]){(char)i}, 1);
	t->exceptions = dict_new(&type_any, &type_any);
	types_init_object(b);
	types_init_number(b);
	types_init_str(b);
	types_init_bytes(b);
	types_init_list(b);
	types_init_tuple(b);
	types_init_dict(b);
	types_init_set(b);
	types_init_range(b);
	types_init_iter(b);
	types_init_exceptions(b);
	types_init_file(b);
	t->ellipsis_value = py_value(py_new(b, PY_ELLIPSIS, sizeof(PyObj)));
	t->notimplemented_value = py_value(py_new(b, PY_NOTIMPLEMENTED, sizeof(PyObj)));
	return STATUS_OK;
}

void types_free(Build *b)
{
	Types *t = b->types;
	if (!t)
		return;
	ivalue_unref(&t->empty_str);
	for (int i = 0; i < 128; i++)
		ivalue_unref(&t->one_char[i]);
	IValue exceptions = iv_take_dict(t->exceptions);
	ivalue_unref(&exceptions);
	for (int i = 0; i < t->by_path.n; i++) {
		IValue c = py_value(t->by_path.entries[i].value);
		ivalue_unref(&c);
	}
	for (int i = 0; i < t->iterators.n; i++) {
		IValue c = py_value(t->iterators.entries[i].value);
		ivalue_unref(&c);
	}
	map_free(&t->by_path);
	map_free(&t->iterators);
	ivalue_unref(&t->ellipsis_value);
	ivalue_unref(&t->notimplemented_value);
	free(t->printing);
	free(t);
	b->types = NULL;
}
