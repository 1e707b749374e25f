// SPDX-License-Identifier: BSD-3-Clause
// Calls: arguments as written, binding them to parameters, and the kinds of things that can be called.
//
// The common call (positional arguments, plain parameters) puts its arguments straight into the slots of a frame on the
// C stack.  Argument arrays keep one free entry in front, so that a receiver can be added without copying.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 1000, SLOTS_ON_STACK = 128 };

// ---- binding

static const char *qualname_of(const PyFunction *fn)
{
	return fn->qualname.tag == TAG_STR ? fn->qualname.str->s : fn->name.tag == TAG_STR ? fn->name.str->s : "function";
}

static int given_limit(const PyFunction *fn, const ParamList *ps, int npos, bool *defaults)
{
	int required = 0;
	*defaults = false;
	for (int i = 0; i < npos; i++) {
		if (fn->defaults && fn->defaults[i].tag != TAG_UNINIT)
			*defaults = true;
		else
			required++;
	}
	(void)ps;
	return required;
}

static Status too_many(Build *b, const PyFunction *fn, int given, const IValue *slots)
{
	const ParamList *ps = fn->params;
	int npos = fn->scope->npos, kwonly = 0;
	bool defaults;
	int required = given_limit(fn, ps, npos, &defaults);
	for (int i = 0; i < ps->n; i++)
		if (ps->items[i].kind == PARAM_KWONLY && slots[i].tag != TAG_UNINIT)
			kwonly++;
	Text takes = {0}, gave = {0};
	if (defaults)
		text_addf(&takes, "from %d to %d positional arguments", required, npos);
	else
		text_addf(&takes, "%d positional argument%s", npos, npos == 1 ? "" : "s");
	if (kwonly)
		text_addf(&gave, "%d positional argument%s (and %d keyword-only argument%s) were given", given,
			given == 1 ? "" : "s", kwonly, kwonly == 1 ? "" : "s");
	else
		text_addf(&gave, "%d %s given", given, given == 1 ? "was" : "were");
	Status st = py_raise(b, "TypeError", "%s() takes %s but %s", qualname_of(fn), text_str(&takes), text_str(&gave));
	text_free(&takes);
	text_free(&gave);
	return st;
}

static Status missing(Build *b, const PyFunction *fn, const IValue *slots, ParamKind kind)
{
	const ParamList *ps = fn->params;
	const char *names[64];
	int n = 0;
	for (int i = 0; i < ps->n && n < 64; i++) {
		bool positional = ps->items[i].kind == PARAM_PLAIN || ps->items[i].kind == PARAM_POSONLY;
		if (slots[i].tag == TAG_UNINIT && (kind == PARAM_KWONLY ? ps->items[i].kind == PARAM_KWONLY : positional))
			names[n++] = ps->items[i].name;
	}
	Text t = {0};
	for (int i = 0; i < n; i++) {
		if (i > 0)
			text_add(&t, n == 2 ? " and " : i == n - 1 ? ", and " : ", ");
		text_addf(&t, "'%s'", names[i]);
	}
	Status st = py_raise(b, "TypeError", "%s() missing %d required %s argument%s: %s", qualname_of(fn), n,
		kind == PARAM_KWONLY ? "keyword-only" : "positional", n == 1 ? "" : "s", text_str(&t));
	text_free(&t);
	return st;
}

static Status posonly_as_keyword(Build *b, const PyFunction *fn, const IValue *kwnames, int nkw)
{
	Text t = {0};
	for (int i = 0; i < fn->params->n; i++)
		for (int k = 0; k < nkw; k++)
			if (fn->params->items[i].kind == PARAM_POSONLY && fn->params->items[i].place.sym == kwnames[k].str)
				text_addf(&t, "%s%s", t.size ? ", " : "", kwnames[k].str->s);
	Status st = py_raise(b, "TypeError", "%s() got some positional-only arguments passed as keyword arguments: '%s'",
		qualname_of(fn), text_str(&t));
	text_free(&t);
	return st;
}

static bool name_equal(const StrObj *a, const StrObj *c)
{
	return a == c || (a->n == c->n && !memcmp(a->s, c->s, (size_t)a->n));
}

static Status bind_keywords(Build *b, const PyFunction *fn, IValue *slots, const IValue *kwnames, const IValue *kw, int nkw)
{
	const ParamList *ps = fn->params;
	DictObj *rest = fn->scope->kwargs >= 0 ? slots[fn->scope->kwargs].dict : NULL;
	for (int k = 0; k < nkw; k++) {
		int at = -1;
		bool posonly = false;
		for (int i = 0; i < ps->n; i++) {
			const Param *p = &ps->items[i];
			if (!name_equal(p->place.sym, kwnames[k].str))
				continue;
			if (p->kind == PARAM_PLAIN || p->kind == PARAM_KWONLY)
				at = i;
			posonly = p->kind == PARAM_POSONLY;
			break;
		}
		if (at < 0 && rest) {
			if (dict_find(rest, kwnames[k]))
				return py_raise(b, "TypeError", "%s() got multiple values for keyword argument '%s'", qualname_of(fn),
					kwnames[k].str->s);
			TRY(dict_set_take(rest, ivalue_ref(kwnames[k]), ivalue_ref(kw[k]), b->x.err));
			continue;
		}
		if (at < 0 && posonly)
			return posonly_as_keyword(b, fn, kwnames, nkw);
		if (at < 0)
			return py_raise(b, "TypeError", "%s() got an unexpected keyword argument '%s'", qualname_of(fn), kwnames[k].str->s);
		if (slots[at].tag != TAG_UNINIT)
			return py_raise(b, "TypeError", "%s() got multiple values for argument '%s'", qualname_of(fn), kwnames[k].str->s);
		slots[at] = ivalue_ref(kw[k]);
	}
	return STATUS_OK;
}

// Fills the parameters' slots, which are TAG_UNINIT before.
static Status bind_arguments(Build *b, const PyFunction *fn, IValue *slots, const IValue *args, int n,
	const IValue *kwnames, const IValue *kw, int nkw)
{
	const PyScope *s = fn->scope;
	const ParamList *ps = fn->params;
	int npos = s->npos, taken = n < npos ? n : npos;
	for (int i = 0; i < taken; i++)
		slots[i] = ivalue_ref(args[i]);
	if (s->varargs >= 0)
		slots[s->varargs] = py_tuple_of(b, n > npos ? args + npos : NULL, n > npos ? n - npos : 0);
	if (s->kwargs >= 0)
		slots[s->kwargs] = py_dict(b);
	if (nkw)
		TRY(bind_keywords(b, fn, slots, kwnames, kw, nkw));
	if (n > npos && s->varargs < 0)
		return too_many(b, fn, n, slots);
	bool lacks = false, lacks_keyword = false;
	for (int i = 0; i < ps->n; i++) {
		if (slots[i].tag != TAG_UNINIT)
			continue;
		if (fn->defaults && fn->defaults[i].tag != TAG_UNINIT)
			slots[i] = ivalue_ref(fn->defaults[i]);
		else if (ps->items[i].kind == PARAM_KWONLY)
			lacks_keyword = true;
		else
			lacks = true;
	}
	if (lacks || lacks_keyword)
		return missing(b, fn, slots, lacks ? PARAM_PLAIN : PARAM_KWONLY);
	return STATUS_OK;
}

// ---- running a function

static void values_drop(IValue *v, int n)
{
	for (int i = 0; i < n; i++)
		ivalue_unref(&v[i]);
}

// Cells of a call: its own, which parameters may move into, then those the function brought.  References in own.
static void cells_make(Build *b, const PyFunction *fn, IValue *slots, PyCell **cells)
{
	const PyScope *s = fn->scope;
	for (int i = 0; i < s->ncells; i++) {
		cells[i] = py_new(b, PY_CELL, sizeof(PyCell));
		cells[i]->value = iv_uninit();
	}
	for (int i = 0; i < fn->ncells; i++)
		cells[s->ncells + i] = PY_AS(PyCell, fn->cells[i]);
	if (s->param_cells)
		for (int i = 0; i < fn->params->n; i++)
			if (s->param_cells[i] >= 0) {
				cells[s->param_cells[i]]->value = slots[i];
				slots[i] = iv_uninit();
			}
}

static void cells_drop(PyCell **cells, int n)
{
	for (int i = 0; i < n; i++) {
		IValue v = py_value(cells[i]);
		ivalue_unref(&v);
	}
}

static Status generator_start(Build *b, PyFunction *fn, IValue *slots, IValue *out)
{
	const PyScope *s = fn->scope;
	Frame f = {.b = b, .scope = s, .fn = fn, .name = fn->name.str->s, .module = fn->globals, .globals = fn->globals->ns,
		.result = iv_none()};
	f.slots = xcalloc((size_t)s->nslots + 1, sizeof *f.slots);
	memcpy(f.slots, slots, (size_t)s->nslots * sizeof *slots);
	f.cells = xcalloc((size_t)(s->ncells + s->nfree) + 1, sizeof *f.cells);
	cells_make(b, fn, f.slots, f.cells);
	return generator_make(b, fn, &f, out);
}

static Status body_run(Frame *f, IValue *out)
{
	const PyFunction *fn = f->fn;
	if (fn->lambda)
		return eval(f, fn->lambda->a, out);
	Flow flow = exec_block(f, &fn->def->body);
	if (flow == FLOW_FAIL)
		return f->status;
	if (flow == FLOW_BREAK || flow == FLOW_CONTINUE)
		return py_raise(f->b, "SyntaxError", flow == FLOW_BREAK ? "'break' outside loop" : "'continue' not properly in loop");
	*out = f->result;
	f->result = iv_none();
	return STATUS_OK;
}

static Status function_body(Build *b, PyFunction *fn, IValue *slots, IValue *out)
{
	const PyScope *s = fn->scope;
	PyCell *few[16], **cells = few;
	int ncells = s->ncells + s->nfree;
	if (ncells > 16)
		cells = xcalloc((size_t)ncells, sizeof *cells);
	if (ncells)
		cells_make(b, fn, slots, cells);
	Frame f = {.b = b, .scope = s, .fn = fn, .name = fn->name.str->s, .module = fn->globals, .globals = fn->globals->ns,
		.slots = slots, .cells = cells, .result = iv_none()};
	f.back = b->frame;
	b->frame = &f;
	b->depth++;
	Status st = build_tick_due(b) ? build_tick(b) : STATUS_OK;
	if (st == STATUS_OK)
		st = body_run(&f, out);
	b->depth--;
	frame_leave(&f, st);
	ivalue_unref(&f.result);
	cells_drop(cells, s->ncells);
	if (cells != few)
		free(cells);
	return st;
}

Status function_call(Build *b, PyFunction *fn, const IValue *args, int n, const IValue *kwnames, const IValue *kw,
	int nkw, IValue *out)
{
	const PyScope *s = fn->scope;
	if (b->depth >= DEPTH_MAX)
		return py_raise(b, "RecursionError", "maximum recursion depth exceeded");
	TRY(build_stack_check(b));
	if (!fn->globals || !fn->globals->ns)
		return fail(b->x.err, STATUS_CANCELLED, "the program has ended");
	int nslots = s->nslots;
	IValue on_stack[nslots <= SLOTS_ON_STACK ? nslots + 1 : 1], *slots = on_stack;
	if (nslots > SLOTS_ON_STACK)
		slots = xcalloc((size_t)nslots, sizeof *slots);
	Status st = STATUS_OK;
	IValue held = ivalue_ref(py_value(fn)); // the name it was called by may go while it runs
	if (s->simple && n == s->npos && nkw == 0) {
		for (int i = 0; i < n; i++)
			slots[i] = ivalue_ref(args[i]);
		for (int i = n; i < nslots; i++)
			slots[i] = iv_uninit();
	} else {
		for (int i = 0; i < nslots; i++)
			slots[i] = iv_uninit();
		st = bind_arguments(b, fn, slots, args, n, kwnames, kw, nkw);
	}
	if (st == STATUS_OK && s->is_generator) {
		st = generator_start(b, fn, slots, out); // takes the slots
	} else {
		if (st == STATUS_OK)
			st = function_body(b, fn, slots, out);
		values_drop(slots, nslots);
	}
	if (slots != on_stack)
		free(slots);
	ivalue_unref(&held);
	return st;
}

// ---- calling any value

static Status native_call(Build *b, PyNative *fn, const IValue *args, int n, const IValue *kwnames, const IValue *kw,
	int nkw, IValue *out)
{
	PyArgs a = {.callee = fn, .self = fn->self, .pos = args, .npos = n, .kwnames = kwnames, .kw = kw, .nkw = nkw};
	if (fn->self.tag == TAG_UNINIT) {
		a.self = iv_none();
		if (fn->is_method) {
			if (n == 0)
				return py_raise(b, "TypeError", "unbound method %s() needs an argument",
					strncmp(fn->path, "builtins.", 9) ? fn->path : fn->path + 9);
			a.self = args[0];
			a.pos = args + 1;
			a.npos = n - 1;
			if (fn->receiver && !py_subclass(py_type(b, args[0]), fn->receiver)) {
				const char *name = strrchr(fn->path, '.');
				return py_raise(b, "TypeError", "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
					name ? name + 1 : fn->path, fn->receiver->name.str->s, py_type_name(b, args[0]));
			}
		}
	}
	*out = iv_none();
	Status st = fn->fn(b, &a, out);
	if (st != STATUS_OK)
		*out = iv_none();
	return st;
}

static Status not_callable(Build *b, IValue fn)
{
	return py_raise(b, "TypeError", "'%s' object is not callable", py_type_name(b, fn));
}

Status call_values(Build *b, IValue fn, IValue *args, int n, const IValue *kwnames, const IValue *kw, int nkw, IValue *out)
{
	if (fn.tag != TAG_HOST) {
		if (fn.tag == TAG_OBJECT) {
			PyArgs a = {.self = iv_none(), .pos = args, .npos = n, .kwnames = kwnames, .kw = kw, .nkw = nkw};
			return script_call(b, fn, &a, out);
		}
		return not_callable(b, fn);
	}
	switch (py_obj(fn)->kind) {
	case PY_FUNCTION: {
		PyFunction *f = PY_AS(PyFunction, fn);
		if (f->scripted) {
			PyArgs a = {.self = iv_none(), .pos = args, .npos = n, .kwnames = kwnames, .kw = kw, .nkw = nkw};
			return script_call(b, fn, &a, out);
		}
		return function_call(b, f, args, n, kwnames, kw, nkw, out);
	}
	case PY_NATIVE:
		return native_call(b, PY_AS(PyNative, fn), args, n, kwnames, kw, nkw, out);
	case PY_METHOD: {
		PyMethod *m = PY_AS(PyMethod, fn);
		IValue keep = args[-1], inner = m->fn;
		args[-1] = m->self;
		TRY(build_stack_check(b));
		Status st;
		if (py_is(inner, PY_FUNCTION) || py_is(inner, PY_NATIVE)) {
			st = call_values(b, inner, args - 1, n + 1, kwnames, kw, nkw, out); // these need no entry in front
		} else {
			IValue *all = xcalloc((size_t)n + 2, sizeof *all);
			memcpy(all + 1, args - 1, ((size_t)n + 1) * sizeof *all);
			st = call_values(b, inner, all + 1, n + 1, kwnames, kw, nkw, out);
			free(all);
		}
		args[-1] = keep;
		return st;
	}
	case PY_CLASS:
		return class_call(b, PY_AS(PyClass, fn), args, n, kwnames, kw, nkw, out);
	case PY_STATICMETHOD:
		return call_values(b, PY_AS(PyWrapped, fn)->fn, args, n, kwnames, kw, nkw, out);
	case PY_INSTANCE: {
		IValue *call = class_find(b, PY_AS(PyInstance, fn)->cls, TYPES_NAME(b, call));
		if (!call)
			return not_callable(b, fn);
		TRY(build_stack_check(b));
		if (py_is(*call, PY_FUNCTION) || (py_is(*call, PY_NATIVE) && PY_AS(PyNative, *call)->is_method)) {
			IValue keep = args[-1], inner = ivalue_ref(*call);
			args[-1] = fn;
			Status st = call_values(b, inner, args - 1, n + 1, kwnames, kw, nkw, out);
			args[-1] = keep;
			ivalue_unref(&inner);
			return st;
		}
		IValue bound;
		TRY(descriptor_bind(b, *call, fn, PY_AS(PyInstance, fn)->cls, &bound));
		Status st = call_values(b, bound, args, n, kwnames, kw, nkw, out);
		ivalue_unref(&bound);
		return st;
	}
	case PY_MODULE:
		if (PY_AS(PyModule, fn)->is_absent)
			return absent_used(b, PY_AS(PyModule, fn));
		return not_callable(b, fn);
	case PY_TYPEFORM: { // typing.List[int](): the class behind it
		IValue origin;
		bool found;
		TRY(py_getattr_opt(b, fn, TYPES_NAME(b, origin), &origin, &found));
		if (!found || !py_is(origin, PY_CLASS)) {
			if (found)
				ivalue_unref(&origin);
			return not_callable(b, fn);
		}
		Status st = call_values(b, origin, args, n, kwnames, kw, nkw, out);
		ivalue_unref(&origin);
		return st;
	}
	default:
		return not_callable(b, fn);
	}
}

Status py_call_full(Build *b, IValue f, const PyArgs *a, IValue *out)
{
	IValue few[17], *args = few + 1;
	*out = iv_none();
	if (a->npos > 16)
		args = (IValue *)xcalloc((size_t)a->npos + 1, sizeof *args) + 1;
	if (a->npos)
		memcpy(args, a->pos, (size_t)a->npos * sizeof *args);
	ivalue_ref(f);
	Status st = call_values(b, f, args, a->npos, a->kwnames, a->kw, a->nkw, out);
	ivalue_unref(&f);
	if (args != few + 1)
		free(args - 1);
	return st;
}

Status py_call(Build *b, IValue f, const IValue *args, int n, IValue *out)
{
	return py_call_full(b, f, &(PyArgs){.self = iv_none(), .pos = args, .npos = n}, out);
}

Status py_call_method(Build *b, IValue v, const char *name, const IValue *args, int n, IValue *out)
{
	IValue fn;
	*out = iv_none();
	TRY(py_getattr(b, v, py_intern(b, name), &fn));
	Status st = py_call(b, fn, args, n, out);
	ivalue_unref(&fn);
	return st;
}

// ---- arguments as written

static void args_reserve(CallArgs *a, int n)
{
	if (n <= a->cap)
		return;
	int cap = n > 2 * a->cap ? n : 2 * a->cap;
	IValue *grown = xcalloc((size_t)cap + 1, sizeof *grown);
	memcpy(grown + 1, a->pos, (size_t)a->npos * sizeof *grown);
	if (a->pos != a->small + 1)
		free(a->pos - 1);
	a->pos = grown + 1;
	a->cap = cap;
}

static void keyword_add(CallArgs *a, IValue name, IValue take)
{
	if (a->nkw == a->cap_kw) {
		int cap = 2 * a->cap_kw;
		IValue *names = xcalloc((size_t)cap, sizeof *names), *values = xcalloc((size_t)cap, sizeof *values);
		memcpy(names, a->kwnames, (size_t)a->nkw * sizeof *names);
		memcpy(values, a->kw, (size_t)a->nkw * sizeof *values);
		if (a->kwnames != a->small_names) {
			free(a->kwnames);
			free(a->kw);
		}
		a->kwnames = names;
		a->kw = values;
		a->cap_kw = cap;
	}
	a->kwnames[a->nkw] = name;
	a->kw[a->nkw++] = take;
}

static Status append_positional(Build *b, IValue item, void *args)
{
	CallArgs *a = args;
	(void)b;
	args_reserve(a, a->npos + 1);
	a->pos[a->npos++] = ivalue_ref(item);
	return STATUS_OK;
}

static Status spread_mapping(Frame *f, IValue v, const char *fname, CallArgs *a)
{
	Build *b = f->b;
	IValue plain = py_unwrap(v), made = iv_none();
	if (plain.tag != TAG_DICT) {
		bool found;
		IValue keys;
		TRY(py_getattr_opt(b, v, py_intern(b, "keys"), &keys, &found));
		if (!found)
			return py_raise(b, "TypeError", "%s() argument after ** must be a mapping, not %s", fname, py_type_name(b, v));
		ivalue_unref(&keys);
		made = plain = py_dict(b);
		Status st = dict_update(b, made.dict, v);
		if (st != STATUS_OK) {
			ivalue_unref(&made);
			return st;
		}
	}
	int64_t pos = 0;
	DictEntry *e;
	Status st = STATUS_OK;
	while (st == STATUS_OK && (e = dict_next(plain.dict, &pos))) {
		if (e->key.tag != TAG_STR) {
			st = py_raise(b, "TypeError", "keywords must be strings");
			break;
		}
		for (int i = 0; i < a->nkw && st == STATUS_OK; i++)
			if (name_equal(a->kwnames[i].str, e->key.str))
				st = py_raise(b, "TypeError", "%s() got multiple values for keyword argument '%s'", fname, e->key.str->s);
		if (st == STATUS_OK)
			keyword_add(a, str_value(py_intern_n(b, e->key.str->s, (size_t)e->key.str->n)), ivalue_ref(e->value));
	}
	ivalue_unref(&made);
	return st;
}

static const char *callee_name(Build *b, IValue fn)
{
	if (py_is(fn, PY_METHOD))
		fn = PY_AS(PyMethod, fn)->fn;
	if (py_is(fn, PY_FUNCTION)) {
		const PyFunction *f = PY_AS(PyFunction, fn);
		char name[512];
		snprintf(name, sizeof name, "%s.%s", f->globals->name.str->s, qualname_of(f));
		return py_intern(b, name)->s;
	}
	if (py_is(fn, PY_NATIVE))
		return strncmp(PY_AS(PyNative, fn)->path, "builtins.", 9) ? PY_AS(PyNative, fn)->path : PY_AS(PyNative, fn)->path + 9;
	if (py_is(fn, PY_CLASS)) {
		const PyClass *c = PY_AS(PyClass, fn);
		char name[512];
		if (c->module.tag != TAG_STR || !strcmp(c->module.str->s, "builtins"))
			return c->qualname.str->s;
		snprintf(name, sizeof name, "%s.%s", c->module.str->s, c->qualname.str->s);
		return py_intern(b, name)->s;
	}
	return py_type_name(b, fn);
}

Status call_args_eval(Frame *f, const ExprList *list, const Keyword *kw, int nkw, IValue fn, CallArgs *a)
{
	a->pos = a->small + 1;
	a->cap = 8;
	a->npos = a->nkw = 0;
	a->kwnames = a->small_names;
	a->kw = a->small_kw;
	a->cap_kw = 4;
	if (list->n > 8)
		args_reserve(a, list->n);
	for (int i = 0; i < list->n; i++) {
		const Expr *e = list->items[i];
		IValue v;
		if (e->kind != EX_STAR) {
			args_reserve(a, a->npos + 1);
			TRY(eval(f, e, &a->pos[a->npos]));
			a->npos++;
			continue;
		}
		TRY(eval(f, e->a, &v));
		Status st = py_each(f->b, v, append_positional, a);
		if (st != STATUS_OK && py_exception_matches(f->b, st, "TypeError") && strstr(f->b->x.err->message, "not iterable")) {
			py_discard(f->b);
			st = py_raise(f->b, "TypeError", "%s() argument after * must be an iterable, not %s", callee_name(f->b, fn),
				py_type_name(f->b, v));
		}
		ivalue_unref(&v);
		TRY(st);
	}
	for (int i = 0; i < nkw; i++) {
		IValue v;
		TRY(eval(f, kw[i].value, &v));
		if (!kw[i].name) {
			Status st = spread_mapping(f, v, callee_name(f->b, fn), a);
			ivalue_unref(&v);
			TRY(st);
			continue;
		}
		for (int k = 0; k < a->nkw; k++)
			if (a->kwnames[k].str == kw[i].sym) {
				ivalue_unref(&v);
				return py_raise(f->b, "TypeError", "%s() got multiple values for keyword argument '%s'",
					callee_name(f->b, fn), kw[i].name);
			}
		keyword_add(a, str_value(kw[i].sym), v);
	}
	return STATUS_OK;
}

void call_args_free(CallArgs *a)
{
	values_drop(a->pos, a->npos);
	values_drop(a->kw, a->nkw);
	if (a->pos != a->small + 1)
		free(a->pos - 1);
	if (a->kwnames != a->small_names) {
		free(a->kwnames);
		free(a->kw);
	}
}

Status eval_call(Frame *f, const Expr *e, IValue *out)
{
	Build *b = f->b;
	IValue fn, self = iv_none();
	bool bound = false;
	if (e->a->kind == EX_ATTR) {
		TRY(eval(f, e->a->a, &self));
		Status st = method_load(b, self, e->a->place.sym, &fn, &bound);
		if (st != STATUS_OK) {
			ivalue_unref(&self);
			if (!f->failing) {
				f->failing = true;
				f->at = e->a->at;
			}
			return st;
		}
		if (!bound)
			ivalue_unref(&self);
	} else {
		TRY(eval(f, e->a, &fn));
	}
	CallArgs a;
	Status st = call_args_eval(f, &e->list, e->kw, e->nkw, fn, &a);
	if (st == STATUS_OK) {
		if (bound) {
			a.pos[-1] = self;
			IValue *args = a.pos - 1;
			if (py_is(fn, PY_FUNCTION) || py_is(fn, PY_NATIVE)) {
				st = call_values(b, fn, args, a.npos + 1, a.kwnames, a.kw, a.nkw, out);
			} else {
				PyArgs all = {.self = iv_none(), .pos = args, .npos = a.npos + 1, .kwnames = a.kwnames, .kw = a.kw,
					.nkw = a.nkw};
				st = py_call_full(b, fn, &all, out);
			}
		} else {
			st = call_values(b, fn, a.pos, a.npos, a.kwnames, a.kw, a.nkw, out);
		}
	}
	call_args_free(&a);
	ivalue_unref(&self);
	ivalue_unref(&fn);
	return st;
}
