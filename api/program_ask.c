// SPDX-License-Identifier: BSD-3-Clause
// What can be asked about the values of a program: types, help, graphs and code, how long they take, what completes a
// name.
#include "api/program.h"

#include "core/arena.h"
#include "format/script.h"
#include "frontend/build/prompt.h"
#include "ir/graph.h"

#include <stdlib.h>
#include <string.h>

// ---- graphs and code: the value goes through the script stage

typedef struct Scripted {
	Function *fn;        // borrowed from unit
	const Type *type;    // the module's class; NULL for a function
	IValue object;
	Unit *unit;
	PyFunction *unmark;  // was no script function before it was looked at, and is to be none after; borrowed from object
} Scripted;

static void scripted_drop(Scripted *s)
{
	if (s->unmark) {
		s->unmark->scripted = NULL;
		unit_unref(&s->unmark->scripted_unit);
	}
	ivalue_unref(&s->object);
	unit_unref(&s->unit);
}

static Status scripted_method(Build *b, IValue object, const char *name, Scripted *s)
{
	if (object.tag != TAG_OBJECT)
		return py_raise(b, "TypeError", "a function or a module is wanted, not '%s'", py_type_name(b, object));
	s->type = object.object->type;
	s->fn = class_find_method(s->type->cls, name);
	return s->fn ? STATUS_OK : py_raise(b, "AttributeError", "'%s' has no compiled method '%s'", py_type_name(b, object),
		name);
}

static Status script(Build *b, IValue v, Scripted *s)
{
	const char *method = "forward";
	*s = (Scripted){.object = iv_none()};
	if (py_is(v, PY_METHOD) && py_is(PY_AS(PyMethod, v)->fn, PY_FUNCTION)) {
		method = PY_AS(PyFunction, PY_AS(PyMethod, v)->fn)->name.str->s;
		v = PY_AS(PyMethod, v)->self;
	}
	if (py_is(v, PY_NATIVE) && PY_AS(PyNative, v)->self.tag == TAG_OBJECT) { // a method of a ScriptModule
		const char *path = PY_AS(PyNative, v)->path, *dot = strrchr(path, '.');
		method = dot ? dot + 1 : path;
		v = PY_AS(PyNative, v)->self;
	}
	if (v.tag == TAG_OBJECT) {
		s->object = ivalue_ref(v);
		return scripted_method(b, v, method, s);
	}
	bool fresh = py_is(v, PY_FUNCTION) && !PY_AS(PyFunction, v)->scripted;
	TRY(script_value(b, v, &s->object, &s->unit));
	if (fresh && py_is(s->object, PY_FUNCTION))
		s->unmark = PY_AS(PyFunction, s->object);
	if (!py_is(s->object, PY_FUNCTION))
		return scripted_method(b, s->object, method, s);
	s->fn = PY_AS(PyFunction, s->object)->scripted;
	return s->fn ? STATUS_OK : py_raise(b, "TypeError", "a function or a module is wanted, not '%s'", py_type_name(b, v));
}

static Status graph_text(Build *b, IValue v, Text *out)
{
	Scripted s;
	Status st = script(b, v, &s);
	if (st == STATUS_OK)
		st = function_ensure(s.fn, b->x.err);
	if (st == STATUS_OK && s.fn->graph)
		graph_print(s.fn->graph, out);
	scripted_drop(&s);
	return st;
}

static Status code_text(Build *b, IValue v, Text *out)
{
	Scripted s;
	Script c;
	Status st = script(b, v, &s);
	if (st == STATUS_OK) {
		script_init(&c, TARGET_NEWEST, b->x.err);
		if (s.type ? !script_type_name(&c, s.type) : !script_function_name(&c, s.fn))
			st = b->x.err->code;
		if (st == STATUS_OK)
			st = script_write(&c);
		for (int i = 0; i < c.nfiles && st == STATUS_OK; i++) {
			if (c.nfiles > 1)
				text_addf(out, "%s# %s\n", i ? "\n" : "", c.files[i]->qualifier);
			text_addn(out, text_str(&c.files[i]->text), c.files[i]->text.size);
		}
		script_free(&c);
	}
	scripted_drop(&s);
	return st;
}

wick_status wick_program_describe(wick_context *cx, wick_program *p, const char *expression, wick_aspect aspect,
	char **out)
{
	Call c;
	IValue v;
	call_begin(&c, cx);
	*out = NULL;
	Status s = program_eval(cx, p, expression, &v);
	if (s == STATUS_OK) {
		Build *b = p->build;
		Text t = {0};
		BuildEntry e = build_enter(b, &cx->err);
		switch (aspect) {
		case WICK_ASPECT_REPR: s = py_repr(b, v, &t); break;
		case WICK_ASPECT_TYPE: s = build_type_text(b, v, &t); break;
		case WICK_ASPECT_HELP: s = build_help_text(b, v, &t); break;
		case WICK_ASPECT_GRAPH: s = graph_text(b, v, &t); break;
		case WICK_ASPECT_CODE: s = code_text(b, v, &t); break;
		default: s = fail(&cx->err, STATUS_VALUE, "unknown aspect %d", (int)aspect); break;
		}
		ivalue_unref(&v);
		s = build_leave(b, e, s);
		text_addn(&t, "", 0);
		*out = s == STATUS_OK ? text_take(&t) : NULL;
		text_free(&t);
	}
	return call_end(&c, s);
}

// ---- time

wick_status wick_program_time(wick_context *cx, wick_program *p, const char *expression, double seconds,
	wick_timing *out)
{
	Call c;
	IValue f, v;
	Text t = {0};
	call_begin(&c, cx);
	*out = (wick_timing){0};
	text_addf(&t, "lambda: (%s\n)", expression); // compiled once
	Status s = program_eval(cx, p, text_str(&t), &f);
	text_free(&t);
	if (s == STATUS_OK) {
		BuildEntry e = build_enter(p->build, &cx->err);
		double begin = monotonic_seconds(), total = 0;
		do {
			double start = monotonic_seconds();
			s = py_call(p->build, f, NULL, 0, &v);
			double took = monotonic_seconds() - start;
			if (s != STATUS_OK)
				break;
			ivalue_unref(&v);
			total += took;
			if (out->runs++ == 0)
				out->first = out->best = took;
			else if (took < out->best)
				out->best = took;
			out->mean = total / (double)out->runs;
			s = budget_check_time(c.budget, &cx->err);
		} while (s == STATUS_OK && monotonic_seconds() - begin < seconds);
		ivalue_unref(&f);
		s = build_leave(p->build, e, s);
	}
	return call_end(&c, s);
}

// ---- completion

wick_status wick_program_complete(wick_context *cx, wick_program *p, const char *line, size_t cursor, size_t *from,
	wick_value **out)
{
	Call c;
	IValue list;
	call_begin(&c, cx);
	*out = NULL;
	*from = cursor;
	if (cursor > strlen(line))
		return call_end(&c, fail(&cx->err, STATUS_VALUE, "the cursor is behind the line"));
	BuildEntry e = build_enter(p->build, &cx->err);
	Status s = p->build->started;
	if (s == STATUS_OK) {
		s = build_complete(p->build, build_main_module(p->build), line, cursor, from, &list);
		if (s == STATUS_OK)
			*out = value_box(list);
		else
			ivalue_unref(&list);
	}
	s = build_leave(p->build, e, s);
	return call_end(&c, s);
}
