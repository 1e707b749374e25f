// SPDX-License-Identifier: BSD-3-Clause
// Exceptions: the builtin tree, raising from C, and turning what is in flight into an instance.
//
// A failure that C code reports is only an Error (a class name and a text) until something catches it: most never
// become objects.  An exception whose value matters (KeyError's key, StopIteration's value, anything that a `raise`
// statement made) is an instance in b->exc from the start.
#include "frontend/build/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void instance_set_take(Build *b, PyInstance *i, StrObj *name, IValue v)
{
	(void)b;
	if (!i->attrs)
		i->attrs = dict_new(&type_any, &type_any);
	(void)dict_set_take(i->attrs, ivalue_ref((IValue){.str = name, .tag = TAG_STR}), v, NULL);
}

static IValue exception_args(Build *b, IValue e) // borrowed tuple, or None
{
	if (!py_is(e, PY_INSTANCE))
		return iv_none();
	IValue *args = py_instance_slot(PY_AS(PyInstance, e), py_intern(b, "args"));
	return args && args->tag == TAG_TUPLE ? *args : iv_none();
}

// The fields that some classes take from their arguments.
static void exception_fields(Build *b, PyInstance *e, const TupleObj *args)
{
	Types *t = b->types;
	IValue first = args->n ? args->items[0] : iv_none();
	if (py_subclass(e->cls, types_exception(b, "StopIteration")))
		instance_set_take(b, e, py_intern(b, "value"), ivalue_ref(first));
	else if (py_subclass(e->cls, types_exception(b, "SystemExit")))
		instance_set_take(b, e, py_intern(b, "code"), ivalue_ref(first));
	else if (py_subclass(e->cls, types_exception(b, "OSError")) && args->n >= 2) {
		instance_set_take(b, e, py_intern(b, "errno"), ivalue_ref(first));
		instance_set_take(b, e, py_intern(b, "strerror"), ivalue_ref(args->items[1]));
		instance_set_take(b, e, py_intern(b, "filename"), args->n > 2 ? ivalue_ref(args->items[2]) : iv_none());
	}
	(void)t;
}

static void exception_set_args_take(Build *b, IValue e, IValue args)
{
	PyInstance *i = PY_AS(PyInstance, e);
	instance_set_take(b, i, py_intern(b, "args"), args);
	exception_fields(b, i, args.tuple);
}

IValue exception_new(Build *b, PyClass *cls, IValue take_args)
{
	IValue e = py_instance(b, cls, iv_uninit());
	exception_set_args_take(b, e, take_args);
	return e;
}

static Status exception_make(Build *b, const PyArgs *a, IValue *out)
{
	*out = exception_new(b, PY_AS(PyClass, a->self), py_tuple_of(b, a->pos, a->npos));
	for (int i = 0; i < a->nkw; i++) // ImportError(name=…), and what a derived class's __init__ takes
		if (a->kwnames[i].tag == TAG_STR && (!strcmp(a->kwnames[i].str->s, "name") || !strcmp(a->kwnames[i].str->s, "path")))
			instance_set_take(b, PY_AS(PyInstance, *out), a->kwnames[i].str, ivalue_ref(a->kw[i]));
	return STATUS_OK;
}

static Status exception_init(Build *b, const PyArgs *a, IValue *out)
{
	if (!py_is(a->self, PY_INSTANCE))
		return py_raise(b, "TypeError", "descriptor '__init__' requires an exception");
	exception_set_args_take(b, a->self, py_tuple_of(b, a->pos, a->npos));
	*out = iv_none();
	return STATUS_OK;
}

static Status exception_text(Build *b, IValue e, Text *out)
{
	IValue args = exception_args(b, e);
	if (args.tag != TAG_TUPLE || args.tuple->n == 0)
		return STATUS_OK;
	const PyClass *cls = PY_AS(PyInstance, e)->cls;
	const TupleObj *t = args.tuple;
	if (t->n >= 2 && py_subclass(cls, types_exception(b, "OSError"))) {
		text_add(out, "[Errno ");
		TRY(py_str(b, t->items[0], out));
		text_add(out, "] ");
		TRY(py_str(b, t->items[1], out));
		if (t->n > 2 && t->items[2].tag != TAG_NONE) {
			text_add(out, ": ");
			TRY(py_repr(b, t->items[2], out));
		}
		return STATUS_OK;
	}
	if (t->n == 1)
		return (py_subclass(cls, types_exception(b, "KeyError")) ? py_repr : py_str)(b, t->items[0], out);
	return py_repr(b, args, out);
}

static Status exception_str(Build *b, const PyArgs *a, IValue *out)
{
	Text text = {0};
	Status st = exception_text(b, a->self, &text);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&text), text.size);
	text_free(&text);
	return st;
}

static Status exception_repr(Build *b, const PyArgs *a, IValue *out)
{
	Text text = {0};
	IValue args = exception_args(b, a->self);
	text_add(&text, py_type_name(b, a->self));
	Status st = STATUS_OK;
	if (args.tag == TAG_TUPLE && args.tuple->n == 1) {
		text_addc(&text, '(');
		st = py_repr(b, args.tuple->items[0], &text);
		text_addc(&text, ')');
	} else if (args.tag == TAG_TUPLE) {
		st = py_repr(b, args, &text);
	} else {
		text_add(&text, "()");
	}
	if (st == STATUS_OK)
		*out = iv_str(text_str(&text), text.size);
	text_free(&text);
	return st;
}

static Status exception_with_traceback(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = ivalue_ref(a->self);
	return STATUS_OK;
}

static Status exception_add_note(Build *b, const PyArgs *a, IValue *out)
{
	IValue note;
	TRY(args_parse(b, a, "add_note", "note:o", &note));
	IValue *notes = py_instance_slot(PY_AS(PyInstance, a->self), TYPES_NAME(b, notes));
	if (!notes) {
		instance_set_take(b, PY_AS(PyInstance, a->self), TYPES_NAME(b, notes), py_list(b, 1));
		notes = py_instance_slot(PY_AS(PyInstance, a->self), TYPES_NAME(b, notes));
	}
	*out = iv_none();
	return notes->tag == TAG_LIST ? list_append_take(notes->list, ivalue_ref(note), b->x.err) : STATUS_OK;
}

// Each class after its base.
static const struct { const char *name, *base; Status code; } tree[] = {
	{"Exception", "BaseException", STATUS_RAISED},
	{"SystemExit", "BaseException", STATUS_RAISED},
	{"KeyboardInterrupt", "BaseException", STATUS_RAISED},
	{"GeneratorExit", "BaseException", STATUS_RAISED},
	{"StopIteration", "Exception", STATUS_RAISED},
	{"StopAsyncIteration", "Exception", STATUS_RAISED},
	{"ArithmeticError", "Exception", STATUS_RAISED},
	{"FloatingPointError", "ArithmeticError", STATUS_RAISED},
	{"OverflowError", "ArithmeticError", STATUS_RAISED},
	{"ZeroDivisionError", "ArithmeticError", STATUS_RAISED},
	{"AssertionError", "Exception", STATUS_RAISED},
	{"AttributeError", "Exception", STATUS_RAISED},
	{"BufferError", "Exception", STATUS_RAISED},
	{"EOFError", "Exception", STATUS_RAISED},
	{"ImportError", "Exception", STATUS_RAISED},
	{"ModuleNotFoundError", "ImportError", STATUS_RAISED},
	{"LookupError", "Exception", STATUS_RAISED},
	{"IndexError", "LookupError", STATUS_INDEX},
	{"KeyError", "LookupError", STATUS_RAISED},
	{"MemoryError", "Exception", STATUS_RAISED},
	{"NameError", "Exception", STATUS_RAISED},
	{"UnboundLocalError", "NameError", STATUS_RAISED},
	{"OSError", "Exception", STATUS_RAISED},
	{"BlockingIOError", "OSError", STATUS_RAISED},
	{"ChildProcessError", "OSError", STATUS_RAISED},
	{"ConnectionError", "OSError", STATUS_RAISED},
	{"BrokenPipeError", "ConnectionError", STATUS_RAISED},
	{"ConnectionRefusedError", "ConnectionError", STATUS_RAISED},
	{"ConnectionResetError", "ConnectionError", STATUS_RAISED},
	{"FileExistsError", "OSError", STATUS_RAISED},
	{"FileNotFoundError", "OSError", STATUS_RAISED},
	{"InterruptedError", "OSError", STATUS_RAISED},
	{"IsADirectoryError", "OSError", STATUS_RAISED},
	{"NotADirectoryError", "OSError", STATUS_RAISED},
	{"PermissionError", "OSError", STATUS_RAISED},
	{"ProcessLookupError", "OSError", STATUS_RAISED},
	{"TimeoutError", "OSError", STATUS_RAISED},
	{"ReferenceError", "Exception", STATUS_RAISED},
	{"RuntimeError", "Exception", STATUS_RUNTIME},
	{"NotImplementedError", "RuntimeError", STATUS_RAISED},
	{"RecursionError", "RuntimeError", STATUS_RAISED},
	{"SyntaxError", "Exception", STATUS_SYNTAX},
	{"IndentationError", "SyntaxError", STATUS_RAISED},
	{"SystemError", "Exception", STATUS_RAISED},
	{"TypeError", "Exception", STATUS_TYPE},
	{"ValueError", "Exception", STATUS_VALUE},
	{"UnicodeError", "ValueError", STATUS_RAISED},
	{"UnicodeDecodeError", "UnicodeError", STATUS_RAISED},
	{"UnicodeEncodeError", "UnicodeError", STATUS_RAISED},
	{"Warning", "Exception", STATUS_RAISED},
	{"DeprecationWarning", "Warning", STATUS_RAISED},
	{"PendingDeprecationWarning", "Warning", STATUS_RAISED},
	{"RuntimeWarning", "Warning", STATUS_RAISED},
	{"SyntaxWarning", "Warning", STATUS_RAISED},
	{"UserWarning", "Warning", STATUS_RAISED},
	{"FutureWarning", "Warning", STATUS_RAISED},
	{"ImportWarning", "Warning", STATUS_RAISED},
	{"UnicodeWarning", "Warning", STATUS_RAISED},
	{"BytesWarning", "Warning", STATUS_RAISED},
	{"ResourceWarning", "Warning", STATUS_RAISED},
};

static void register_exception(Build *b, PyClass *c)
{
	(void)dict_set_take(b->types->exceptions, ivalue_ref(c->name), ivalue_ref(py_value(c)), NULL);
	map_set(&b->types->by_path, c->name.str->s, c);
}

void types_init_exceptions(Build *b)
{
	static const NativeMethod methods[] = {{"__init__", exception_init}, {"__str__", exception_str},
		{"__repr__", exception_repr}, {"with_traceback", exception_with_traceback}, {"add_note", exception_add_note},
		{0}};
	Types *t = b->types;
	t->base_exception = py_native_class(b, "builtins.BaseException", t->object, PAYLOAD_EXCEPTION, exception_make, methods);
	t->base_exception->is_exception = true;
	register_exception(b, t->base_exception);
	py_class_set_take(b, t->base_exception, "__cause__", iv_none());
	py_class_set_take(b, t->base_exception, "__context__", iv_none());
	py_class_set_take(b, t->base_exception, "__traceback__", iv_none());
	py_class_set_take(b, t->base_exception, "__suppress_context__", iv_bool(false));
	for (size_t i = 0; i < sizeof tree / sizeof *tree; i++) {
		Text path = {0};
		text_addf(&path, "builtins.%s", tree[i].name);
		PyClass *c = py_native_class(b, text_str(&path), types_exception(b, tree[i].base), PAYLOAD_EXCEPTION,
			exception_make, NULL);
		text_free(&path);
		c->is_exception = true;
		register_exception(b, c);
	}
	t->exception = types_exception(b, "Exception");
	PyClass *os = types_exception(b, "OSError");
	py_class_set_take(b, os, "errno", iv_none());
	py_class_set_take(b, os, "strerror", iv_none());
	py_class_set_take(b, os, "filename", iv_none());
	py_class_set_take(b, types_exception(b, "ImportError"), "name", iv_none());
}

PyClass *types_exception(Build *b, const char *name)
{
	if (!strncmp(name, "builtins.", 9))
		name += 9;
	IValue *c = dict_find(b->types->exceptions, (IValue){.str = py_intern(b, name), .tag = TAG_STR});
	if (!c && (!strcmp(name, "IOError") || !strcmp(name, "EnvironmentError")))
		return types_exception(b, "OSError");
	return c ? PY_AS(PyClass, *c) : b->types->exception ? b->types->exception : b->types->base_exception;
}

// ---- raising

static Status class_code(const PyClass *cls)
{
	for (int i = 0; i < cls->nmro; i++) {
		if (!cls->mro[i]->is_native)
			continue;
		for (size_t k = 0; k < sizeof tree / sizeof *tree; k++)
			if (!strcmp(tree[k].name, cls->mro[i]->name.str->s)) {
				if (tree[k].code != STATUS_RAISED || cls->mro[i] == cls)
					return tree[k].code;
				break;
			}
	}
	return STATUS_RAISED;
}

Status py_raise(Build *b, const char *cls, const char *fmt, ...)
{
	Text message = {0};
	va_list ap;
	va_start(ap, fmt);
	text_vaddf(&message, fmt, ap);
	va_end(ap);
	ivalue_unref(&b->exc);
	error_clear(b->x.err);
	Status st = fail(b->x.err, class_code(types_exception(b, cls)), "%s", text_str(&message));
	b->x.err->exception = xstrdup(cls);
	text_free(&message);
	return st;
}

static void class_full_name(const PyClass *cls, Text *out)
{
	if (cls->module.tag == TAG_STR && strcmp(cls->module.str->s, "builtins") && strcmp(cls->module.str->s, "__main__"))
		text_addf(out, "%s.", cls->module.str->s);
	text_add(out, cls->qualname.tag == TAG_STR ? cls->qualname.str->s : "Exception");
}

static Status raise_instance(Build *b, IValue e) // borrowed
{
	Text message = {0};
	PyClass *cls = PY_AS(PyInstance, e)->cls;
	ivalue_ref(e);
	ivalue_unref(&b->exc);
	error_clear(b->x.err);
	if (py_str(b, e, &message) != STATUS_OK) {
		py_discard(b);
		text_free(&message);
		text_add(&message, "<exception str() failed>");
	}
	error_clear(b->x.err);
	ivalue_set(&b->exc, e);
	Text name = {0};
	class_full_name(cls, &name);
	Status st = fail(b->x.err, class_code(cls), "%s", text_str(&message));
	b->x.err->exception = text_take(&name);
	text_free(&message);
	return st;
}

Status py_raise_value(Build *b, IValue exception)
{
	if (py_is(exception, PY_CLASS) && PY_AS(PyClass, exception)->is_exception) {
		IValue e;
		TRY(py_call(b, exception, NULL, 0, &e));
		if (!py_is(e, PY_INSTANCE) || !PY_AS(PyInstance, e)->cls->is_exception) {
			ivalue_unref(&e);
			return py_raise(b, "TypeError", "calling an exception class should have returned an instance of BaseException");
		}
		Status st = raise_instance(b, e);
		ivalue_unref(&e);
		return st;
	}
	if (!py_is(exception, PY_INSTANCE) || !PY_AS(PyInstance, exception)->cls ||
		!PY_AS(PyInstance, exception)->cls->is_exception)
		return py_raise(b, "TypeError", "exceptions must derive from BaseException");
	return raise_instance(b, exception);
}

Status raise_with(Build *b, const char *cls, IValue take_args)
{
	IValue e = exception_new(b, types_exception(b, cls), take_args);
	Status st = raise_instance(b, e);
	ivalue_unref(&e);
	return st;
}

Status raise_key(Build *b, IValue key)
{
	return raise_with(b, "KeyError", py_tuple_of(b, &key, 1));
}

Status raise_arity(Build *b, const char *fname, int want, int got)
{
	if (want == 0)
		return py_raise(b, "TypeError", "%s() takes no arguments (%d given)", fname, got);
	if (want == 1)
		return py_raise(b, "TypeError", "%s() takes exactly one argument (%d given)", fname, got);
	return py_raise(b, "TypeError", "%s expected %d arguments, got %d", fname, want, got);
}

Status raise_errno(Build *b, int code, const char *path)
{
	const char *cls = code == ENOENT ? "FileNotFoundError" : code == EACCES || code == EPERM ? "PermissionError" :
		code == EISDIR ? "IsADirectoryError" : code == ENOTDIR ? "NotADirectoryError" :
		code == EEXIST ? "FileExistsError" : "OSError";
	IValue args[3] = {iv_int(code), iv_cstr(strerror(code)), path ? iv_cstr(path) : iv_none()};
	Status st = raise_with(b, cls, py_tuple_of(b, args, path ? 3 : 2));
	ivalue_unref(&args[1]);
	ivalue_unref(&args[2]);
	return st;
}

// ---- catching

bool py_catchable(Status st)
{
	return st != STATUS_OK && st != STATUS_MEMORY && st != STATUS_TIME && st != STATUS_CANCELLED;
}

static PyClass *flying_class(Build *b, Status st)
{
	if (py_is(b->exc, PY_INSTANCE) && PY_AS(PyInstance, b->exc)->cls)
		return PY_AS(PyInstance, b->exc)->cls;
	const char *name = b->x.err->exception;
	if (name) {
		const char *plain = strncmp(name, "builtins.", 9) ? name : name + 9;
		IValue *c = dict_find(b->types->exceptions, (IValue){.str = py_intern(b, plain), .tag = TAG_STR});
		if (c)
			return PY_AS(PyClass, *c);
	}
	const char *message = b->x.err->message ? b->x.err->message : "";
	switch (st) {
	case STATUS_INDEX: name = "IndexError"; break;
	case STATUS_VALUE: name = "ValueError"; break;
	case STATUS_TYPE: name = "TypeError"; break;
	case STATUS_ARGUMENT: name = "TypeError"; break;
	case STATUS_IO: name = strstr(message, "No such file") ? "FileNotFoundError" : "OSError"; break;
	case STATUS_UNSUPPORTED: name = "NotImplementedError"; break;
	case STATUS_SYNTAX: name = "SyntaxError"; break;
	case STATUS_MEMORY: name = "MemoryError"; break;
	case STATUS_CANCELLED: name = "KeyboardInterrupt"; break;
	case STATUS_TIME: name = "TimeoutError"; break;
	default: name = "RuntimeError"; break;
	}
	return types_exception(b, name);
}

IValue py_catch(Build *b, Status st)
{
	IValue e;
	if (py_is(b->exc, PY_INSTANCE)) {
		e = b->exc;
		b->exc = iv_none();
	} else {
		PyClass *cls = flying_class(b, st);
		IValue text = iv_cstr(b->x.err->message ? b->x.err->message : "");
		bool silent = cls == types_exception(b, "StopIteration") && text.str->n == 0;
		IValue args = py_tuple_of(b, &text, silent ? 0 : 1);
		ivalue_unref(&text);
		e = exception_new(b, cls, args);
	}
	error_clear(b->x.err);
	return e;
}

bool py_exception_matches(Build *b, Status st, const char *cls)
{
	return st != STATUS_OK && py_catchable(st) && py_subclass(flying_class(b, st), types_exception(b, cls));
}

void py_discard(Build *b)
{
	ivalue_unref(&b->exc);
	error_clear(b->x.err);
}
