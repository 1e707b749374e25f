// SPDX-License-Identifier: BSD-3-Clause
// Accounting of a run's memory and time.
#include "core/budget.h"
#include "core/arena.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static _Thread_local Budget *current;

Budget *budget_new(size_t max_bytes, double max_seconds)
{
	Budget *b = xcalloc(1, sizeof *b);
	b->refs = 1;
	b->max_bytes = max_bytes;
	b->deadline = max_seconds > 0 ? monotonic_seconds() + max_seconds : 0;
	return b;
}

Budget *budget_ref(Budget *b)
{
	if (b)
		b->refs++;
	return b;
}

void budget_unref(Budget **b)
{
	Budget *p = *b;
	*b = NULL;
	if (p && --p->refs == 0)
		free(p);
}

Budget *budget_current(void)
{
	return current;
}

Budget *budget_enter(Budget *b)
{
	Budget *previous = current;
	current = b;
	return previous;
}

void budget_leave(Budget *previous)
{
	current = previous;
}

Status budget_charge(Budget *b, size_t bytes, Error *err)
{
	if (!b)
		return STATUS_OK;
	size_t used = __atomic_add_fetch((size_t *)&b->used, bytes, __ATOMIC_RELAXED);
	if (b->max_bytes && used > b->max_bytes) {
		b->used -= bytes;
		return fail(err, STATUS_MEMORY, "memory limit of %zu bytes reached: %zu bytes in use, %zu more asked for",
			b->max_bytes, used - bytes, bytes);
	}
	size_t peak = b->peak;
	while (used > peak && !__atomic_compare_exchange_n((size_t *)&b->peak, &peak, used, true, __ATOMIC_RELAXED,
				      __ATOMIC_RELAXED))
		;
	return STATUS_OK;
}

void budget_credit(Budget *b, size_t bytes)
{
	if (b)
		b->used -= bytes;
}

Status budget_check_time(Budget *b, Error *err)
{
	if (!b)
		return STATUS_OK;
	if (b->cancelled)
		return fail(err, STATUS_CANCELLED, "the run was cancelled");
	if (b->deadline > 0 && monotonic_seconds() > b->deadline)
		return fail(err, STATUS_TIME, "the time limit was reached");
	return STATUS_OK;
}

double monotonic_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

size_t budget_default_cap(void)
{
	static size_t cap;
	if (!cap) {
		long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
		cap = pages > 0 && size > 0 ? (size_t)pages * (size_t)size : (size_t)1 << 32;
	}
	return cap;
}
