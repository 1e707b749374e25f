// SPDX-License-Identifier: BSD-3-Clause
// Which object of a model file is meant: what an expression gives, else what the file calls `model`, else its last
// module class that can be made without arguments.
#include "frontend/script/script.h"

#include <string.h>

static bool needs_no_arguments(Build *b, const PyClass *c)
{
	IValue *init = py_class_lookup(c, py_intern(b, "__init__"), NULL);
	if (!init || !py_is(*init, PY_FUNCTION))
		return true;
	const PyFunction *f = PY_AS(PyFunction, *init);
	for (int i = 1; i < f->params->n; i++) {
		const Param *p = &f->params->items[i];
		if (p->kind != PARAM_VARARGS && p->kind != PARAM_KWARGS && !p->def)
			return false;
	}
	return true;
}

static Status last_class(Build *b, PyModule *module, IValue *out, Error *err)
{
	PyClass *found = NULL;
	const PyClass *other = NULL;
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(module->ns, &pos));) {
		PyClass *c = py_is(e->value, PY_CLASS) ? PY_AS(PyClass, e->value) : NULL;
		if (!c || c->globals != module || !class_is_module(c) || c->is_interface)
			continue;
		other = c;
		if (needs_no_arguments(b, c))
			found = c;
	}
	if (found)
		return py_call(b, py_value(found), NULL, 0, out);
	return other ? fail(err, STATUS_ARGUMENT, "'%s' needs arguments: say how it is made, as in FILE.py:'%s(…)'",
			py_text(other->name), py_text(other->name))
		: fail(err, STATUS_ARGUMENT, "the file defines no module class and nothing called 'model'");
}

static Status choose(Build *b, PyModule *module, const char *expr, IValue *out, Error *err)
{
	if (expr && *expr) {
		Source *src = source_new("<expression>", expr, strlen(expr));
		Status st = build_eval(b, module, src, out, err);
		source_unref(&src);
		return st;
	}
	IValue *model = dict_get(b, module->ns, "model");
	if (model && !py_is(*model, PY_MODULE) && !py_is(*model, PY_FUNCTION)) {
		*out = ivalue_ref(*model);
		return STATUS_OK;
	}
	return last_class(b, module, out, err);
}

// The module as it runs on inputs given as an expression, "torch.rand(1, 3), 2 * torch.ones(4)".
static Status trace_choice(Build *b, PyModule *module, IValue v, const char *inputs, IValue *object, Unit **unit, Error *err)
{
	IValue examples;
	Source *src = source_new("<inputs>", inputs, strlen(inputs));
	Status st = build_eval(b, module, src, &examples, err);
	source_unref(&src);
	TRY(st);
	IValue args[2] = {v, examples};
	PyArgs a = {.pos = args, .npos = 2};
	st = trace_value(b, &a, object);
	ivalue_unref(&examples);
	if (st == STATUS_OK)
		*unit = unit_ref(script_of(b)->unit);
	return st;
}

Status script_choose(Build *b, PyModule *module, const char *expr, const char *trace, IValue *object, Unit **unit,
	Error *err)
{
	BuildEntry entry = build_enter(b, err);
	IValue v = iv_none();
	*object = iv_none();
	*unit = NULL;
	Status st = choose(b, module, expr, &v, err);
	if (st == STATUS_OK && py_is(v, PY_CLASS) && class_is_module(PY_AS(PyClass, v))) {
		IValue made;
		st = py_call(b, v, NULL, 0, &made);
		if (st == STATUS_OK)
			ivalue_set(&v, made);
	}
	if (st == STATUS_OK)
		st = trace ? trace_choice(b, module, v, trace, object, unit, err) : script_value(b, v, object, unit);
	if (st == STATUS_OK && object->tag != TAG_OBJECT) {
		st = fail(err, STATUS_ARGUMENT, "a module is wanted, not '%s'", py_type_name(b, *object));
		ivalue_unref(object);
		unit_unref(unit);
	}
	const char *ignored = st == STATUS_OK ? script_ignored_call(b->script, *object) : NULL;
	if (ignored) {
		st = fail(err, STATUS_COMPILE, "Could not export Python function call '%s'. Remove calls to Python functions "
			"before export.", ignored);
		ivalue_unref(object);
		unit_unref(unit);
	}
	ivalue_unref(&v);
	return build_leave(b, entry, st);
}
