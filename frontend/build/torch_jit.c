// SPDX-License-Identifier: BSD-3-Clause
// torch.jit as the build stage sees it: decorators leave marks that the script stage reads; script, trace, save and load
// hand over to it and to what lies above this folder.
#include "frontend/build/torch.h"

#include <string.h>

// The function under a method's wrappers.
static PyObj *marked_object(IValue v)
{
	for (int depth = 0; depth < 8; depth++) {
		if (py_is(v, PY_STATICMETHOD) || py_is(v, PY_CLASSMETHOD))
			v = PY_AS(PyWrapped, v)->fn;
		else if (py_is(v, PY_PROPERTY))
			v = PY_AS(PyProperty, v)->get;
		else if (py_is(v, PY_METHOD))
			v = PY_AS(PyMethod, v)->fn;
		else
			break;
	}
	return py_obj(v);
}

static void mark(IValue v, ScriptModifier m)
{
	PyObj *o = marked_object(v);
	if (o && o->kind == PY_FUNCTION)
		((PyFunction *)o)->modifier = m;
	else if (o && o->kind == PY_CLASS)
		((PyClass *)o)->modifier = m;
}

static Status mark_argument(Build *b, const PyArgs *a, ScriptModifier m, IValue *out)
{
	if (a->npos != 1)
		return py_raise(b, "TypeError", "expected 1 argument, got %d", a->npos);
	mark(a->pos[0], m);
	*out = ivalue_ref(a->pos[0]);
	return STATUS_OK;
}

static Status jit_export(Build *b, const PyArgs *a, IValue *out) { return mark_argument(b, a, SCRIPT_EXPORT, out); }
static Status jit_unused(Build *b, const PyArgs *a, IValue *out) { return mark_argument(b, a, SCRIPT_UNUSED, out); }
static Status mark_ignore(Build *b, const PyArgs *a, IValue *out) { return mark_argument(b, a, SCRIPT_IGNORE, out); }
static Status jit_script_method(Build *b, const PyArgs *a, IValue *out) { return mark_argument(b, a, SCRIPT_METHOD, out); }

// @ignore, @ignore(), @ignore(drop=True): dropped ones are not even callable, as with unused.
static Status jit_ignore(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos == 1 && !a->nkw && py_callable(b, a->pos[0]))
		return mark_ignore(b, a, out);
	IValue drop = a->npos ? a->pos[0] : iv_bool(false);
	for (int i = 0; i < a->nkw; i++)
		if (!strncmp(a->kwnames[i].str->s, "drop", 4))
			drop = a->kw[i];
	bool dropped;
	TRY(py_truth(b, drop, &dropped));
	*out = dropped ? py_native(b, "torch.jit.unused", jit_unused, NULL) : py_native(b, "torch.jit.ignore", mark_ignore, NULL);
	return STATUS_OK;
}

static Status jit_interface(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || !py_is(a->pos[0], PY_CLASS))
		return py_raise(b, "RuntimeError", "interface must be applied to a class");
	PY_AS(PyClass, a->pos[0])->is_interface = true;
	*out = ivalue_ref(a->pos[0]);
	return STATUS_OK;
}

static Status jit_script(Build *b, const PyArgs *a, IValue *out)
{
	if (!a->npos && !a->nkw)
		return py_raise(b, "TypeError", "script() missing 1 required positional argument: 'obj'");
	return script_value(b, a->npos ? a->pos[0] : a->kw[0], out, NULL);
}

static Status jit_trace(Build *b, const PyArgs *a, IValue *out) { return trace_value(b, a, out); }
static Status jit_trace_module(Build *b, const PyArgs *a, IValue *out) { return trace_module_value(b, a, out); }

// What is true only inside a compiled function.
static Status jit_is_scripting(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_bool(false);
	return STATUS_OK;
}

static Status jit_is_tracing(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = iv_bool(b->tracer != NULL);
	return STATUS_OK;
}

static Status jit_annotate(Build *b, const PyArgs *a, IValue *out)
{
	IValue type, value;
	TRY(args_parse(b, a, "annotate", "the_type:o the_value:o", &type, &value));
	*out = ivalue_ref(value);
	return STATUS_OK;
}

static Status jit_first(Build *b, const PyArgs *a, IValue *out) // functions that give back what they are given
{
	if (!a->npos && !a->nkw)
		return py_raise(b, "TypeError", "%s() missing 1 required positional argument",
			a->callee && a->callee->path ? a->callee->path : "function");
	*out = ivalue_ref(a->npos ? a->pos[0] : a->kw[0]);
	return STATUS_OK;
}

static Status jit_fork(Build *b, const PyArgs *a, IValue *out) // runs at once
{
	if (!a->npos)
		return py_raise(b, "TypeError", "fork() missing 1 required positional argument: 'func'");
	PyArgs rest = *a;
	rest.callee = NULL;
	rest.self = iv_none();
	rest.pos++;
	rest.npos--;
	IValue r;
	TRY(py_call_full(b, a->pos[0], &rest, &r));
	*out = iv_take_future(r);
	return STATUS_OK;
}

static Status jit_wait(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || a->pos[0].tag != TAG_FUTURE)
		return py_raise(b, "TypeError", "wait() expected a Future, got %s", a->npos ? py_type_name(b, a->pos[0]) : "nothing");
	*out = ivalue_ref(a->pos[0].future->value);
	return STATUS_OK;
}

static Status future_wait(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = ivalue_ref(torch_self(a).future->value);
	return STATUS_OK;
}

// jit.isinstance(x, List[int]): as isinstance, with what containers hold.
static Status fits_form(Build *b, IValue v, IValue form, bool *out);

static Status fits_all(Build *b, const IValue *items, int64_t n, IValue form, bool *out)
{
	*out = true;
	for (int64_t i = 0; i < n && *out; i++)
		TRY(fits_form(b, items[i], form, out));
	return STATUS_OK;
}

static Status fits_form(Build *b, IValue v, IValue form, bool *out)
{
	if (form.tag == TAG_TUPLE) {
		*out = false;
		for (int64_t i = 0; i < form.tuple->n && !*out; i++)
			TRY(fits_form(b, v, form.tuple->items[i], out));
		return STATUS_OK;
	}
	if (form.tag == TAG_NONE) {
		*out = v.tag == TAG_NONE;
		return STATUS_OK;
	}
	if (!py_is(form, PY_TYPEFORM))
		return py_isinstance(b, v, form, out);
	const PyTypeForm *f = PY_AS(PyTypeForm, form);
	const IValue *arg = f->args.tag == TAG_TUPLE ? f->args.tuple->items : NULL;
	int64_t nargs = arg ? f->args.tuple->n : 0;
	const char *dot = strrchr(f->ctor, '.'), *ctor = dot ? dot + 1 : f->ctor;
	*out = false;
	if ((!strcmp(ctor, "List") || !strcmp(ctor, "list")) && nargs == 1)
		return v.tag == TAG_LIST ? fits_all(b, v.list->items, v.list->n, arg[0], out) : STATUS_OK;
	if (!strcmp(ctor, "Optional") && v.tag == TAG_NONE) {
		*out = true;
		return STATUS_OK;
	}
	if (!strcmp(ctor, "Optional") || !strcmp(ctor, "Union")) {
		for (int64_t i = 0; i < nargs && !*out; i++)
			TRY(fits_form(b, v, arg[i], out));
		return STATUS_OK;
	}
	if ((!strcmp(ctor, "Tuple") || !strcmp(ctor, "tuple")) && v.tag == TAG_TUPLE) {
		*out = v.tuple->n == nargs;
		for (int64_t i = 0; i < nargs && *out; i++)
			TRY(fits_form(b, v.tuple->items[i], arg[i], out));
		return STATUS_OK;
	}
	if ((!strcmp(ctor, "Dict") || !strcmp(ctor, "dict")) && v.tag == TAG_DICT && nargs == 2) {
		*out = true;
		int64_t pos = 0;
		for (DictEntry *e; *out && (e = dict_next(v.dict, &pos));) {
			TRY(fits_form(b, e->key, arg[0], out));
			if (*out)
				TRY(fits_form(b, e->value, arg[1], out));
		}
	}
	return STATUS_OK;
}

static Status jit_isinstance(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, form;
	TRY(args_parse(b, a, "isinstance", "obj:o target_type:o", &v, &form));
	bool fits;
	TRY(fits_form(b, v, form, &fits));
	*out = iv_bool(fits);
	return STATUS_OK;
}

static Status path_argument(Build *b, IValue v, IValue *out)
{
	if (v.tag == TAG_STR) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	bool found;
	IValue name;
	TRY(py_getattr_opt(b, v, py_intern(b, "__fspath__"), &name, &found));
	if (!found)
		return py_raise(b, "TypeError", "expected a path, got %s", py_type_name(b, v));
	Status s = py_call(b, name, NULL, 0, out);
	ivalue_unref(&name);
	return s;
}

static Status jit_save(Build *b, const PyArgs *a, IValue *out)
{
	IValue m, f, extra, path;
	TRY(args_parse(b, a, "save", "m:o f:o _extra_files:o=None", &m, &f, &extra));
	TRY(path_argument(b, f, &path));
	IValue object = iv_none();
	Status s = files_may_write(b, path.str->s);
	if (s == STATUS_OK)
		s = script_as_module(b, m, &object);
	if (s == STATUS_OK)
		s = b->files.jit_save ? b->files.jit_save(b->files.ctx, object, path.str->s, b->x.err)
			: fail(b->x.err, STATUS_UNSUPPORTED, "torch.jit.save is not available here");
	ivalue_unref(&object);
	ivalue_unref(&path);
	*out = iv_none();
	return s;
}

static Status jit_load(Build *b, const PyArgs *a, IValue *out)
{
	IValue f, map, extra, path;
	bool restore;
	TRY(args_parse(b, a, "load", "f:o map_location:o=None _extra_files:o=None _restore_shapes:b=False", &f, &map, &extra,
		&restore));
	TRY(path_argument(b, f, &path));
	Unit *unit = NULL;
	Status s = files_may_read(b, path.str->s);
	if (s == STATUS_OK)
		s = b->files.jit_load ? b->files.jit_load(b->files.ctx, path.str->s, out, &unit, b->x.err)
			: fail(b->x.err, STATUS_UNSUPPORTED, "torch.jit.load is not available here");
	ivalue_unref(&path);
	if (s == STATUS_OK && unit) { // the object's code lives as long as the Build
		Torch *t = torch_state(b);
		VEC_PUSH(t->units, t->nunits, t->cap_units, unit);
	}
	return s;
}

Status torch_save(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, f, module, rest, path;
	TRY(args_parse(b, a, "save", "obj:o f:o pickle_module:o=None *rest **kw", &v, &f, &module, &rest, &path));
	ivalue_unref(&rest);
	ivalue_unref(&path);
	TRY(path_argument(b, f, &path));
	Status s = files_may_write(b, path.str->s);
	if (s == STATUS_OK)
		s = b->files.save ? b->files.save(b->files.ctx, v, path.str->s, b->x.err)
			: fail(b->x.err, STATUS_UNSUPPORTED, "torch.save is not available here");
	ivalue_unref(&path);
	*out = iv_none();
	return s;
}

Status torch_load(Build *b, const PyArgs *a, IValue *out)
{
	IValue f, map, module, kw, path;
	TRY(args_parse(b, a, "load", "f:o map_location:o=None pickle_module:o=None **kw", &f, &map, &module, &kw));
	ivalue_unref(&kw);
	TRY(path_argument(b, f, &path));
	Status s = files_may_read(b, path.str->s);
	if (s == STATUS_OK)
		s = b->files.load ? b->files.load(b->files.ctx, path.str->s, out, b->x.err)
			: fail(b->x.err, STATUS_UNSUPPORTED, "torch.load is not available here");
	ivalue_unref(&path);
	return s;
}

static Status script_class_make(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return py_raise(b, "TypeError", "a RecursiveScriptModule is made by torch.jit.script or torch.jit.load");
}

void torch_jit_classes(Build *b)
{
	static const NativeMethod future[] = {{"wait", future_wait}, {"value", future_wait}, {NULL, NULL}};
	torch_make_class(b, "torch.jit._script.RecursiveScriptModule", NULL, PAYLOAD_NONE, script_class_make, NULL);
	torch_make_class(b, "torch.jit.ScriptFunction", NULL, PAYLOAD_NONE, script_class_make, NULL);
	torch_make_class(b, "torch.jit.Future", NULL, PAYLOAD_NONE, script_class_make, future);
}

Status torch_jit_init(Build *b, PyModule *m)
{
	static const NativeMethod functions[] = {
		{"script", jit_script}, {"trace", jit_trace}, {"trace_module", jit_trace_module},
		{"save", jit_save}, {"load", jit_load}, {"export", jit_export},
		{"ignore", jit_ignore}, {"unused", jit_unused}, {"interface", jit_interface}, {"script_method", jit_script_method},
		{"is_scripting", jit_is_scripting}, {"is_tracing", jit_is_tracing}, {"annotate", jit_annotate},
		{"isinstance", jit_isinstance}, {"fork", jit_fork}, {"_fork", jit_fork}, {"wait", jit_wait}, {"_wait", jit_wait},
		{"freeze", jit_first}, {"optimize_for_inference", jit_first}, {"script_if_tracing", jit_first},
		{"_script_if_tracing", jit_first}, {"_unwrap_optional", jit_first}, {"_drop", jit_unused}, {NULL, NULL},
	};
	for (int i = 0; functions[i].name; i++)
		module_native(m, functions[i].name, functions[i].fn);
	static const char *const classes[] = {"ScriptFunction", "Future"};
	for (int i = 0; i < 2; i++) {
		Text path = {0};
		text_addf(&path, "torch.jit.%s", classes[i]);
		module_set_take(m, classes[i], ivalue_ref(py_value(torch_class(b, text_str(&path)))));
		text_free(&path);
	}
	module_set_take(m, "RecursiveScriptModule", ivalue_ref(py_value(torch_class(b, "torch.jit._script.RecursiveScriptModule"))));
	return STATUS_OK;
}
