// SPDX-License-Identifier: BSD-3-Clause
// raise, try and with.
//
// A failure that reaches a handler becomes an instance; the frames that its traceback had are kept beside it, so that
// raising it again continues the traceback.  `finally` runs on every way out; what it does itself (return, break, a new
// exception) wins, as in Python.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

// The frames of src before those that dst has already.
static void frames_restore(Error *dst, const Error *src)
{
	if (src && src->before && !dst->before)
		dst->before = xstrdup(src->before);
	if (!src || !src->nframes)
		return;
	Error own = *dst;
	dst->frames = NULL;
	dst->nframes = dst->cap_frames = 0;
	for (int i = 0; i < src->nframes; i++)
		error_push_frame(dst, src->frames[i].range, src->frames[i].function);
	for (int i = 0; i < own.nframes; i++) {
		error_push_frame(dst, own.frames[i].range, own.frames[i].function);
		source_unref(&own.frames[i].range.src);
		free(own.frames[i].function);
	}
	free(own.frames);
}

// This frame's own entry, when the exception goes on in it: it is added again when the frame is left.
static void frame_forget_last(Error *err)
{
	if (!err->nframes)
		return;
	ErrorFrame *last = &err->frames[--err->nframes];
	source_unref(&last->range.src);
	free(last->function);
}

static Status raise_again(Build *b, IValue exc, const Error *trace)
{
	Status st = py_raise_value(b, exc);
	frames_restore(b->x.err, trace);
	return st;
}

// Takes what is in flight: its instance, and the frames it had, into trace.
static IValue take_flying(Frame *f, Status st, Error *trace)
{
	Error *err = f->b->x.err;
	*trace = ERROR_INIT;
	trace->frames = err->frames;
	trace->nframes = err->nframes;
	trace->cap_frames = err->cap_frames;
	trace->before = err->before;
	err->before = NULL;
	err->frames = NULL;
	err->nframes = err->cap_frames = 0;
	if (f->failing) // the place in this frame, should the exception go on from here
		error_push_frame(trace, f->at, f->name);
	f->failing = false;
	return py_catch(f->b, st);
}

Status syntax_raise(Build *b, Status st, Error *why)
{
	if (st != STATUS_SYNTAX) {
		error_clear(b->x.err);
		error_move(b->x.err, why);
		return st;
	}
	st = py_raise(b, "SyntaxError", "%s", why->message ? why->message : "invalid syntax");
	frames_restore(b->x.err, why);
	error_clear(why);
	return st;
}

enum { CHAIN_MAX = 1 << 14 }; // bytes of reports that are carried along

// What is in flight was raised from, or during the handling of, now->exc: its report goes before.
static void chain(Frame *f, const Handling *now, bool cause)
{
	Error *err = f->b->x.err;
	if (err->before || (now->trace->before && strlen(now->trace->before) > CHAIN_MAX))
		return;
	Error kept = ERROR_INIT;
	IValue kept_exc = f->b->exc;
	error_move(&kept, err);
	f->b->exc = iv_none();
	(void)raise_again(f->b, now->exc, now->trace);
	err->is_python = true;
	char *report = error_report(err);
	py_discard(f->b);
	error_move(err, &kept);
	ivalue_set(&f->b->exc, kept_exc);
	Text t = {0};
	text_addf(&t, "%s\n%s:\n\n", report, cause ? "The above exception was the direct cause of the following exception" :
		"During handling of the above exception, another exception occurred");
	free(report);
	err->before = text_take(&t);
}

// A handler or a finally block failed while it dealt with now->exc: that is the new exception's context.
static void context_set(Frame *f, const Handling *now)
{
	Build *b = f->b;
	if (!py_catchable(f->status))
		return;
	IValue exc = ivalue_ref(b->exc);
	if (!py_is(exc, PY_INSTANCE)) { // it needs to be an object to have one
		Error trace;
		Range at = f->at;
		ivalue_unref(&exc);
		exc = take_flying(f, f->status, &trace);
		f->status = raise_again(b, exc, &trace);
		frame_forget_last(b->x.err);
		error_clear(&trace);
		f->failing = true;
		f->at = at;
	}
	if (exc.host != now->exc.host) {
		PyInstance *i = PY_AS(PyInstance, exc);
		IValue *context = py_instance_slot(i, TYPES_NAME(b, context)), *quiet = py_instance_slot(i, TYPES_NAME(b, suppress_context));
		if (!context || context->tag == TAG_NONE) {
			if (!i->attrs)
				i->attrs = dict_new(&type_any, &type_any);
			(void)dict_set_take(i->attrs, ivalue_ref(str_value(TYPES_NAME(b, context))), ivalue_ref(now->exc), NULL);
		}
		if (!quiet || quiet->tag != TAG_BOOL || !quiet->b)
			chain(f, now, false);
	}
	ivalue_unref(&exc);
}

static Status exec_raise_value(Frame *f, const Stmt *s, IValue exc)
{
	Build *b = f->b;
	IValue made;
	if (py_is(exc, PY_CLASS)) {
		TRY(py_call(b, exc, NULL, 0, &made));
	} else {
		made = ivalue_ref(exc);
	}
	if (!py_is(made, PY_INSTANCE) || !PY_AS(PyInstance, made)->cls->is_exception) {
		ivalue_unref(&made);
		return py_raise(b, "TypeError", "exceptions must derive from BaseException");
	}
	Status st = STATUS_OK;
	const void *from = NULL;
	if (s->cond) {
		IValue cause;
		st = eval(f, s->cond, &cause);
		if (st == STATUS_OK) {
			if (py_is(cause, PY_CLASS)) {
				IValue instance;
				st = py_call(b, cause, NULL, 0, &instance);
				ivalue_unref(&cause);
				cause = st == STATUS_OK ? instance : iv_none();
			}
			if (st == STATUS_OK)
				st = py_setattr(b, made, TYPES_NAME(b, cause), cause);
			if (st == STATUS_OK)
				st = py_setattr(b, made, TYPES_NAME(b, suppress_context), iv_bool(true));
			from = cause.host;
			ivalue_unref(&cause);
		}
	}
	if (st == STATUS_OK) {
		const Handling *again = f->handling;
		while (again && again->exc.host != made.host)
			again = again->outer;
		st = raise_again(b, made, again ? again->trace : NULL);
		for (const Handling *k = f->handling; k && from; k = k->outer)
			if (k->exc.host == from) {
				chain(f, k, true);
				break;
			}
	}
	ivalue_unref(&made);
	return st;
}

Status exec_raise(Frame *f, const Stmt *s)
{
	if (!s->value) {
		const Frame *k = f;
		while (k && !k->handling)
			k = k->back;
		if (!k)
			return py_raise(f->b, "RuntimeError", "No active exception to reraise");
		Status st = raise_again(f->b, k->handling->exc, k->handling->trace);
		if (k == f && f->b->x.err->nframes) { // its own entry comes with the frame's end; the first place stays
			Error *err = f->b->x.err;
			ErrorFrame *last = &err->frames[err->nframes - 1];
			f->failing = true;
			f->at = (Range){last->range.src, last->range.begin, last->range.end};
			frame_forget_last(err);
		}
		return st;
	}
	IValue exc;
	TRY(eval(f, s->value, &exc));
	if (py_is(exc, PY_MODULE) && PY_AS(PyModule, exc)->is_absent) {
		Status st = absent_used(f->b, PY_AS(PyModule, exc));
		ivalue_unref(&exc);
		return st;
	}
	Status st = exec_raise_value(f, s, exc);
	ivalue_unref(&exc);
	return st;
}

// ---- try

static Status handler_matches(Frame *f, const Handler *h, IValue exc, bool *matches)
{
	*matches = true;
	if (!h->type)
		return STATUS_OK;
	IValue classes;
	TRY(eval(f, h->type, &classes));
	Status st = STATUS_OK;
	*matches = false;
	int64_t n = classes.tag == TAG_TUPLE ? classes.tuple->n : 1;
	const IValue *items = classes.tag == TAG_TUPLE ? classes.tuple->items : &classes;
	for (int64_t i = 0; i < n && !*matches && st == STATUS_OK; i++) {
		if (py_is(items[i], PY_CLASS) && PY_AS(PyClass, items[i])->is_exception)
			*matches = py_subclass(PY_AS(PyInstance, exc)->cls, PY_AS(PyClass, items[i]));
		else if (items[i].tag == TAG_TUPLE)
			st = py_isinstance(f->b, exc, items[i], matches);
		else if (!py_is(items[i], PY_MODULE) || !PY_AS(PyModule, items[i])->is_absent)
			st = py_raise(f->b, "TypeError", "catching classes that do not inherit from BaseException is not allowed");
	}
	ivalue_unref(&classes);
	return st;
}

// Whether an import that fails inside is expected to be caught here.
static bool handles_import(const Stmt *s)
{
	for (int i = 0; i < s->nhandlers; i++) {
		const Expr *t = s->handlers[i].type;
		if (!t)
			return true;
		for (int k = 0; k < (t->kind == EX_TUPLE ? t->list.n : 1); k++) {
			const Expr *one = t->kind == EX_TUPLE ? t->list.items[k] : t;
			if (one->kind == EX_NAME && (!strcmp(one->name, "ImportError") || !strcmp(one->name, "Exception") ||
				!strcmp(one->name, "ModuleNotFoundError") || !strcmp(one->name, "BaseException")))
				return true;
		}
	}
	return false;
}

static Flow run_handlers(Frame *f, const Stmt *s, Flow flow)
{
	Build *b = f->b;
	if (!py_catchable(f->status) || !s->nhandlers)
		return flow;
	Error trace;
	Range at = f->at;
	IValue exc = take_flying(f, f->status, &trace);
	Status st = STATUS_OK;
	const Handler *h = NULL;
	Handling now = {f->handling, exc, &trace};
	for (int i = 0; i < s->nhandlers && !h && st == STATUS_OK; i++) {
		bool matches;
		st = handler_matches(f, &s->handlers[i], exc, &matches);
		if (st == STATUS_OK && matches)
			h = &s->handlers[i];
	}
	if (st != STATUS_OK) {
		flow = exec_fail(f, s->at, st);
	} else if (!h) { // goes on as if it had not been looked at: this frame's entry is added when it is left
		st = raise_again(b, exc, &trace);
		frame_forget_last(b->x.err);
		f->failing = true;
		f->at = at;
		f->status = st;
		flow = FLOW_FAIL;
	} else {
		f->handling = &now;
		if (h->name)
			st = place_store_take(f, (NamePlace *)&h->place, ivalue_ref(exc));
		flow = st == STATUS_OK ? exec_block(f, &h->body) : exec_fail(f, h->at, st);
		f->handling = now.outer;
		if (flow == FLOW_FAIL)
			context_set(f, &now);
		if (h->name) { // the name ends with the handler
			Error kept = ERROR_INIT;
			IValue kept_exc = b->exc;
			error_move(&kept, b->x.err);
			b->exc = iv_none();
			if (place_delete(f, (NamePlace *)&h->place) != STATUS_OK)
				py_discard(b);
			error_move(b->x.err, &kept);
			ivalue_set(&b->exc, kept_exc);
		}
	}
	ivalue_unref(&exc);
	error_clear(&trace);
	return flow;
}

// What a frame is about to do, put aside while a finally block or an __exit__ runs.
typedef struct Pending {
	Flow flow;
	Status status;
	Error err;
	IValue exc, result;
	bool failing;
	Range at;
} Pending;

static Pending pending_take(Frame *f, Flow flow)
{
	Pending p = {.flow = flow, .status = f->status, .exc = f->b->exc, .result = f->result, .failing = f->failing, .at = f->at};
	if (flow == FLOW_FAIL)
		error_move(&p.err, f->b->x.err);
	f->b->exc = iv_none();
	f->result = iv_none();
	f->failing = false;
	return p;
}

static Flow pending_restore(Frame *f, Pending *p)
{
	if (p->flow == FLOW_FAIL)
		error_move(f->b->x.err, &p->err);
	ivalue_set(&f->b->exc, p->exc);
	ivalue_set(&f->result, p->result);
	f->status = p->status;
	f->failing = p->failing;
	f->at = p->at;
	return p->flow;
}

static void pending_drop(Pending *p)
{
	error_clear(&p->err);
	ivalue_unref(&p->exc);
	ivalue_unref(&p->result);
}

Flow exec_try(Frame *f, const Stmt *s)
{
	bool guard = handles_import(s);
	f->import_guard += guard;
	Flow flow = exec_block(f, &s->body);
	f->import_guard -= guard;
	if (flow == FLOW_FAIL)
		flow = run_handlers(f, s, flow);
	else if (flow == FLOW_NEXT && s->orelse.n)
		flow = exec_block(f, &s->orelse);
	if (!s->finally_.n || !build_may_clean_up(f->b))
		return flow;
	Pending p = pending_take(f, flow);
	flow = exec_block(f, &s->finally_);
	if (flow == FLOW_NEXT)
		return pending_restore(f, &p);
	if (flow == FLOW_FAIL && p.flow == FLOW_FAIL && py_catchable(p.status)) { // its context is what was on its way
		Error now_err = ERROR_INIT, trace;
		IValue now_exc = f->b->exc, exc;
		bool failing = f->failing;
		Range at = f->at;
		Status st = f->status;
		error_move(&now_err, f->b->x.err);
		f->b->exc = iv_none();
		pending_restore(f, &p);
		exc = take_flying(f, f->status, &trace);
		error_move(f->b->x.err, &now_err);
		ivalue_set(&f->b->exc, now_exc);
		f->failing = failing;
		f->at = at;
		f->status = st;
		Handling now = {f->handling, exc, &trace};
		context_set(f, &now);
		ivalue_unref(&exc);
		error_clear(&trace);
		return flow;
	}
	pending_drop(&p);
	return flow;
}

// ---- with

static Status special(Frame *f, IValue v, const char *name, IValue *out)
{
	Build *b = f->b;
	bool found;
	if (py_is(v, PY_MODULE) && PY_AS(PyModule, v)->is_absent)
		return absent_used(b, PY_AS(PyModule, v));
	TRY(py_getattr_opt(b, v, py_intern(b, name), out, &found));
	if (!found)
		return py_raise(b, "TypeError", "'%s' object does not support the context manager protocol", py_type_name(b, v));
	return STATUS_OK;
}

// Calls __exit__; *suppress when it said so.
static Status call_exit(Frame *f, IValue exit, IValue exc, bool *suppress)
{
	Build *b = f->b;
	IValue args[3] = {iv_none(), iv_none(), iv_none()}, out;
	if (exc.tag != TAG_NONE) {
		args[0] = py_value(py_type(b, exc));
		args[1] = exc;
	}
	TRY(py_call(b, exit, args, 3, &out));
	Status st = py_truth(b, out, suppress);
	ivalue_unref(&out);
	return st;
}

static Flow with_item(Frame *f, const Stmt *s, int k)
{
	if (k == s->nitems)
		return exec_block(f, &s->body);
	Build *b = f->b;
	const WithItem *item = &s->items[k];
	IValue manager, exit, enter, value = iv_none();
	Status st = eval(f, item->value, &manager);
	if (st != STATUS_OK)
		return exec_fail(f, item->value->at, st);
	st = special(f, manager, "__enter__", &enter);
	if (st == STATUS_OK) {
		st = special(f, manager, "__exit__", &exit);
		if (st == STATUS_OK) {
			st = py_call(b, enter, NULL, 0, &value);
			if (st != STATUS_OK)
				ivalue_unref(&exit);
		}
		ivalue_unref(&enter);
	}
	ivalue_unref(&manager);
	if (st != STATUS_OK)
		return exec_fail(f, item->value->at, st);
	Flow flow = FLOW_NEXT;
	if (item->target)
		st = assign_take(f, item->target, value);
	else
		ivalue_unref(&value);
	flow = st == STATUS_OK ? with_item(f, s, k + 1) : exec_fail(f, item->value->at, st);
	bool suppress = false;
	if (flow == FLOW_FAIL && py_catchable(f->status)) {
		Error trace;
		Range at = f->at;
		IValue exc = take_flying(f, f->status, &trace);
		Handling now = {f->handling, exc, &trace};
		f->handling = &now;
		st = call_exit(f, exit, exc, &suppress);
		f->handling = now.outer;
		if (st != STATUS_OK) {
			flow = exec_fail(f, item->value->at, st);
		} else if (suppress) {
			flow = FLOW_NEXT;
		} else {
			f->status = raise_again(b, exc, &trace);
			frame_forget_last(b->x.err);
			f->failing = true;
			f->at = at;
		}
		ivalue_unref(&exc);
		error_clear(&trace);
	} else if (build_may_clean_up(b)) {
		Pending p = pending_take(f, flow);
		st = call_exit(f, exit, iv_none(), &suppress);
		if (st != STATUS_OK) {
			pending_drop(&p);
			flow = exec_fail(f, item->value->at, st);
		} else {
			flow = pending_restore(f, &p);
		}
	}
	ivalue_unref(&exit);
	return flow;
}

Flow exec_with(Frame *f, const Stmt *s)
{
	return with_item(f, s, 0);
}
