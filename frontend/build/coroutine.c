// SPDX-License-Identifier: BSD-3-Clause
// Functions with `yield`: each call runs on a stack of its own, which is left at a yield and entered again at next().
//
// The evaluator is recursive C, so a suspended body is a suspended C stack.  Stacks are mapped with a guard page below
// them, cost only the pages that were touched, and are used again.  A generator that is dropped before its end is
// resumed once more with GeneratorExit, so that its finally blocks run and all it holds is released.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define FIBER_ASAN 1
#else
#define FIBER_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define FIBER_TSAN 1
#else
#define FIBER_TSAN 0
#endif

enum {
	STACK_SIZE = 1 << 20,
	GUARD_SIZE = 1 << 14,
	STACK_MARGIN = 160 << 10, // kept free for kernels and the C library
	KEPT_STACKS = 32,
	CLOSE_TRIES = 100,
};

typedef struct CoroStacks { void *items[KEPT_STACKS]; int n; } CoroStacks;

typedef enum CoroState { CORO_NEW, CORO_SUSPENDED, CORO_RUNNING, CORO_DONE } CoroState;

typedef struct Coro {
	PyIter it;
	Frame f;
	PyFunction *fn;     // reference held
	CoroState state;
	ucontext_t own, resumer;
	void *stack;
	IValue transfer;    // yielded, or sent
	Status thrown;      // what the yield fails with when it is resumed
	Status status;      // how the body ended
	void *fake, *resumer_fake; // the sanitizers' side of it
	const void *resumer_bottom;
	size_t resumer_size;
	void *fiber, *resumer_fiber;
} Coro;

static void *stack_get(Build *b)
{
	if (!b->stacks)
		b->stacks = xcalloc(1, sizeof *b->stacks);
	if (b->stacks->n)
		return b->stacks->items[--b->stacks->n];
	void *p = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	mprotect(p, GUARD_SIZE, PROT_NONE);
	return p;
}

static void stack_put(Build *b, void *p)
{
	if (b->stacks->n < KEPT_STACKS)
		b->stacks->items[b->stacks->n++] = p;
	else
		munmap(p, STACK_SIZE);
}

void coro_stacks_free(Build *b)
{
	for (int i = 0; b->stacks && i < b->stacks->n; i++)
		munmap(b->stacks->items[i], STACK_SIZE);
	free(b->stacks);
	b->stacks = NULL;
}

// ---- switching

static void switch_in(Coro *c) // from the resumer to the generator
{
#if FIBER_ASAN
	__sanitizer_start_switch_fiber(&c->resumer_fake, c->stack, STACK_SIZE);
#endif
#if FIBER_TSAN
	c->resumer_fiber = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(c->fiber, 0);
#endif
	swapcontext(&c->resumer, &c->own);
#if FIBER_ASAN
	__sanitizer_finish_switch_fiber(c->resumer_fake, NULL, NULL);
#endif
}

static void switch_out(Coro *c, bool last)
{
#if FIBER_ASAN
	__sanitizer_start_switch_fiber(last ? NULL : &c->fake, c->resumer_bottom, c->resumer_size);
#endif
#if FIBER_TSAN
	__tsan_switch_to_fiber(c->resumer_fiber, 0);
#endif
	if (last)
		setcontext(&c->resumer);
	else
		swapcontext(&c->own, &c->resumer);
#if FIBER_ASAN
	__sanitizer_finish_switch_fiber(c->fake, &c->resumer_bottom, &c->resumer_size);
#endif
}

static void coro_main(unsigned low, unsigned high)
{
	Coro *c = (Coro *)((uintptr_t)low | (uintptr_t)high << 32);
#if FIBER_ASAN
	__sanitizer_finish_switch_fiber(NULL, &c->resumer_bottom, &c->resumer_size);
#endif
	Frame *f = &c->f;
	Flow flow = exec_block(f, &c->fn->def->body);
	c->status = flow == FLOW_FAIL ? f->status : STATUS_OK;
	c->state = CORO_DONE;
	switch_out(c, true);
}

static __attribute__((noinline)) void context_make(Coro *c)
{
	getcontext(&c->own);
	c->own.uc_stack.ss_sp = (char *)c->stack + GUARD_SIZE;
	c->own.uc_stack.ss_size = STACK_SIZE - GUARD_SIZE;
	c->own.uc_link = NULL;
	uintptr_t p = (uintptr_t)c;
	makecontext(&c->own, (void (*)(void))(uintptr_t)coro_main, 2, (unsigned)p, (unsigned)(p >> 32));
#if FIBER_TSAN
	c->fiber = __tsan_create_fiber(0);
#endif
}

static void coro_clear(Coro *c)
{
	Build *b = c->f.b;
	const PyScope *s = c->f.scope;
	if (c->stack) {
		stack_put(b, c->stack);
		c->stack = NULL;
	}
#if FIBER_TSAN
	if (c->fiber)
		__tsan_destroy_fiber(c->fiber);
	c->fiber = NULL;
#endif
	IValue *slots = c->f.slots;
	PyCell **cells = c->f.cells;
	c->f.slots = NULL;
	c->f.cells = NULL;
	for (int i = 0; slots && i < s->nslots; i++)
		ivalue_unref(&slots[i]);
	for (int i = 0; cells && i < s->ncells; i++) {
		IValue v = py_value(cells[i]);
		ivalue_unref(&v);
	}
	free(slots);
	free(cells);
}

// Runs to the next yield or the end.  With st the yield that is waited at fails; what is in flight is b's.  take is what
// the yield gives otherwise.  *end: the body is through, its result in c->f.result.
static Status resume(Build *b, Coro *c, IValue take, Status st, IValue *out, bool *end)
{
	*end = false;
	if (c->state == CORO_RUNNING) {
		ivalue_unref(&take);
		return py_raise(b, "ValueError", "generator already executing");
	}
	if (c->state == CORO_DONE || (c->state == CORO_NEW && st != STATUS_OK)) {
		ivalue_unref(&take);
		if (c->state == CORO_NEW) {
			c->state = CORO_DONE;
			coro_clear(c);
		}
		*end = true;
		return st;
	}
	if (b->depth >= 1000 || build_stack_check(b) != STATUS_OK) {
		ivalue_unref(&take);
		return py_raise(b, "RecursionError", "maximum recursion depth exceeded");
	}
	if (c->state == CORO_NEW) {
		c->stack = stack_get(b);
		if (!c->stack)
			return py_raise(b, "MemoryError", "no stack for a generator");
		context_make(c);
	}
	c->transfer = take;
	c->thrown = st;
	c->state = CORO_RUNNING;
	c->f.failing = false;
	IValue held = ivalue_ref(py_value(c));
	char *limit = b->stack_limit;
	b->stack_limit = (char *)c->stack + GUARD_SIZE + STACK_MARGIN;
	b->depth++;
	frame_enter(b, &c->f);
	switch_in(c);
	b->depth--;
	b->stack_limit = limit;
	if (c->state == CORO_SUSPENDED) {
		b->frame = c->f.back;
		*out = c->transfer;
		c->transfer = iv_none();
		ivalue_unref(&held);
		return STATUS_OK;
	}
	st = c->status;
	frame_leave(&c->f, st);
	coro_clear(c);
	*end = true;
	if (st != STATUS_OK && !b->closing && py_exception_matches(b, st, "StopIteration"))
		st = py_raise(b, "RuntimeError", "generator raised StopIteration");
	ivalue_unref(&held);
	return st;
}

static Status coro_next(Build *b, PyIter *it, IValue *out, bool *end)
{
	return resume(b, (Coro *)it, iv_none(), STATUS_OK, out, end);
}

// Ends a generator that waits at a yield.
static Status coro_close(Build *b, Coro *c)
{
	if (c->state == CORO_NEW) {
		c->state = CORO_DONE;
		coro_clear(c);
	}
	for (int i = 0; c->state == CORO_SUSPENDED && i < CLOSE_TRIES; i++) {
		IValue v = iv_none();
		bool end;
		Status st = i == 0 && !b->closing ? py_raise(b, "GeneratorExit", "%s", "") :
			fail(b->x.err, STATUS_CANCELLED, "a generator is dropped");
		char *limit = b->stack_limit;
		int depth = b->depth;
		b->depth = 0; // it has to end, wherever this happens
		st = resume(b, c, iv_none(), st, &v, &end);
		b->depth = depth;
		b->stack_limit = limit;
		ivalue_unref(&v);
		if (!end && i == 0 && st == STATUS_OK)
			continue; // it ignored GeneratorExit
		if (st != STATUS_OK && (st == STATUS_CANCELLED || py_exception_matches(b, st, "GeneratorExit") ||
			py_exception_matches(b, st, "StopIteration"))) {
			py_discard(b);
			st = STATUS_OK;
		}
		if (end)
			return st;
	}
	return STATUS_OK;
}

static void coro_release(PyIter *it)
{
	Coro *c = (Coro *)it;
	Build *b = c->f.b;
	Error kept = ERROR_INIT;
	IValue exc = b->exc;
	error_move(&kept, b->x.err);
	b->exc = iv_none();
	if (coro_close(b, c) != STATUS_OK)
		py_discard(b);
	error_move(b->x.err, &kept);
	ivalue_set(&b->exc, exc);
	if (c->state != CORO_SUSPENDED)
		coro_clear(c);
	ivalue_unref(&c->f.result);
	PyFunction *fn = c->fn;
	c->fn = NULL;
	if (fn) {
		IValue v = py_value(fn);
		ivalue_unref(&v);
	}
}

Status generator_make(Build *b, PyFunction *fn, Frame *f, IValue *out)
{
	Coro *c = py_new(b, PY_GENERATOR, sizeof *c);
	c->it.next = coro_next;
	c->it.type_name = "generator";
	c->it.over = c->it.over2 = iv_none();
	c->it.release = coro_release;
	c->f = *f;
	c->f.coro = c;
	c->fn = PY_AS(PyFunction, ivalue_ref(py_value(fn)));
	c->transfer = iv_none();
	*out = py_value(c);
	return STATUS_OK;
}

// ---- yield

static Status yield_value(Frame *f, IValue take, IValue *sent)
{
	Coro *c = f->coro;
	c->transfer = take;
	c->state = CORO_SUSPENDED;
	switch_out(c, false);
	*sent = c->transfer;
	c->transfer = iv_none();
	return c->thrown;
}

static Status yield_from(Frame *f, const Expr *e, IValue *out)
{
	Build *b = f->b;
	IValue over, sent = iv_none(), v;
	TRY(eval(f, e->a, &over));
	PyIter *it;
	Status st = py_iter(b, over, &it);
	ivalue_unref(&over);
	TRY(st);
	bool end = false;
	for (;;) {
		if (it->next == coro_next) {
			st = resume(b, (Coro *)it, sent, STATUS_OK, &v, &end);
		} else {
			ivalue_unref(&sent);
			st = py_next(b, it, &v, &end);
		}
		sent = iv_none();
		if (st != STATUS_OK || end)
			break;
		st = yield_value(f, v, &sent);
		if (st != STATUS_OK)
			break;
	}
	*out = iv_none();
	if (st == STATUS_OK && it->next == coro_next) {
		*out = ((Coro *)it)->f.result;
		((Coro *)it)->f.result = iv_none();
	}
	IValue held = py_value(it);
	ivalue_unref(&held);
	return st;
}

Status eval_yield(Frame *f, const Expr *e, IValue *out)
{
	if (!f->coro)
		return py_raise(f->b, "SyntaxError", "'yield' outside function");
	if (e->flag)
		return yield_from(f, e, out);
	IValue v = iv_none();
	if (e->a)
		TRY(eval(f, e->a, &v));
	return yield_value(f, v, out);
}

// ---- methods of generators

static Status stop(Build *b, Coro *c)
{
	IValue result = c->f.result, none = iv_none();
	c->f.result = none;
	Status st = raise_with(b, "StopIteration", py_tuple_of(b, &result, result.tag != TAG_NONE));
	ivalue_unref(&result);
	return st;
}

static Status generator_send(Build *b, const PyArgs *a, IValue *out)
{
	PyIter *it = PY_AS(PyIter, a->self);
	bool end;
	if (a->npos != 1)
		return py_raise(b, "TypeError", "generator.send() takes exactly one argument (%d given)", a->npos);
	if (it->next != coro_next) {
		TRY(it->next(b, it, out, &end));
		return end ? py_raise(b, "StopIteration", "%s", "") : STATUS_OK;
	}
	Coro *c = (Coro *)it;
	if (c->state == CORO_NEW && a->pos[0].tag != TAG_NONE)
		return py_raise(b, "TypeError", "can't send non-None value to a just-started generator");
	TRY(resume(b, c, ivalue_ref(a->pos[0]), STATUS_OK, out, &end));
	return end ? stop(b, c) : STATUS_OK;
}

static Status generator_throw(Build *b, const PyArgs *a, IValue *out)
{
	PyIter *it = PY_AS(PyIter, a->self);
	bool end;
	if (a->npos < 1)
		return py_raise(b, "TypeError", "throw expected at least 1 argument, got 0");
	Status st = py_raise_value(b, a->npos > 1 && a->pos[1].tag != TAG_NONE && py_is(a->pos[1], PY_INSTANCE) ? a->pos[1] : a->pos[0]);
	if (it->next != coro_next)
		return st;
	TRY(resume(b, (Coro *)it, iv_none(), st, out, &end));
	return end ? stop(b, (Coro *)it) : STATUS_OK;
}

static Status generator_close(Build *b, const PyArgs *a, IValue *out)
{
	PyIter *it = PY_AS(PyIter, a->self);
	*out = iv_none();
	return it->next == coro_next ? coro_close(b, (Coro *)it) : STATUS_OK;
}

void generator_methods(Build *b)
{
	static const NativeMethod methods[] = {{"send", generator_send}, {"throw", generator_throw}, {"close", generator_close},
		{0}};
	py_class_methods(b, b->types->generator, methods);
}
