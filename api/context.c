// SPDX-License-Identifier: BSD-3-Clause
// Contexts: settings, limits and errors of a line of calls.
#include "api/handles.h"

#include "backends/cpu/cpu.h"
#include "core/arena.h"
#include "core/thread.h"
#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)WICK_ERROR_INTERNAL == (int)STATUS_INTERNAL, "wick_status mirrors Status");

const char *wick_version(void)
{
	return WICK_VERSION;
}

const char *wick_status_name(wick_status status)
{
	return status_name((Status)status);
}

const char *wick_dtype_name(wick_dtype dtype)
{
	return dtype_name((DType)dtype);
}

size_t wick_dtype_size(wick_dtype dtype)
{
	return dtype_size((DType)dtype);
}

wick_context *wick_context_new(void)
{
	wick_context *cx = xcalloc(1, sizeof *cx);
	cx->rng = generator_new(DEFAULT_SEED);
	return cx;
}

void wick_context_free(wick_context *cx)
{
	if (!cx)
		return;
	error_clear(&cx->err);
	free(cx->report);
	generator_unref(&cx->rng);
	free(cx);
}

void wick_seed(wick_context *cx, uint64_t seed)
{
	generator_seed(cx->rng, seed);
}

void wick_set_max_memory(wick_context *cx, size_t bytes)
{
	cx->max_memory = bytes;
}

void wick_set_max_time(wick_context *cx, double seconds)
{
	cx->max_time = seconds;
}

void wick_cancel(wick_context *cx)
{
	Budget *b = cx->running;
	if (b)
		b->cancelled = 1;
}

void wick_set_print(wick_context *cx, wick_output_fn *fn, void *user)
{
	cx->print = fn;
	cx->print_user = user;
}

void wick_set_warn(wick_context *cx, wick_output_fn *fn, void *user)
{
	cx->warn = fn;
	cx->warn_user = user;
}

size_t wick_peak_memory(const wick_context *cx)
{
	return cx->peak;
}

void wick_set_threads(int n)
{
	threads_set(n);
}

int wick_threads(void)
{
	return threads_get();
}

wick_status wick_error_status(const wick_context *cx)
{
	return (wick_status)cx->err.code;
}

const char *wick_error_message(const wick_context *cx)
{
	return cx->err.message ? cx->err.message : "";
}

const char *wick_error_report(wick_context *cx)
{
	free(cx->report);
	cx->report = error_report(&cx->err);
	return cx->report;
}

void wick_free(void *p)
{
	free(p);
}

static void forward_print(void *user, const char *s, size_t n)
{
	wick_context *cx = user;
	cx->print(cx->print_user, s, n);
}

static void forward_warn(void *user, const char *message)
{
	wick_context *cx = user;
	cx->warn(cx->warn_user, message, strlen(message));
}

void call_begin(Call *c, wick_context *cx)
{
	error_clear(&cx->err);
	c->cx = cx;
	c->budget = budget_new(cx->max_memory, cx->max_time);
	c->outer = budget_enter(c->budget);
	cx->running = c->budget;
	exec_init(&c->exec, &cx->err, cx->rng);
	c->exec.budget = c->budget;
	c->exec.user = cx;
	if (cx->print)
		c->exec.print = forward_print;
	if (cx->warn)
		c->exec.warn = forward_warn;
}

wick_status call_end(Call *c, Status s)
{
	wick_context *cx = c->cx;
	cx->running = NULL;
	budget_leave(c->outer);
	cx->peak = c->budget->peak;
	budget_unref(&c->budget);
	if (s == STATUS_OK)
		error_clear(&cx->err);
	else if (cx->err.code == STATUS_OK)
		fail(&cx->err, s, "%s", status_name(s));
	return (wick_status)s;
}

const char *wick_cpu_features(void)
{
	return cpu_isa_name(cpu_isa());
}
