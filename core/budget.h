// SPDX-License-Identifier: BSD-3-Clause
// Budget: the limits of a run (--max-memory, --max-time, cancel).  The budget of the running call is a
// thread-local, so that allocation sites need no parameter; worker threads never allocate.
#ifndef WICK_CORE_BUDGET_H
#define WICK_CORE_BUDGET_H

#include "core/error.h"

typedef struct Budget {
	_Atomic uint32_t refs;          // storages that outlive the call keep it alive
	_Atomic size_t used, peak;      // bytes of storages, lists and strings
	size_t max_bytes;               // 0 = no limit
	double deadline;                // monotonic seconds; 0 = none
	_Atomic int cancelled;
} Budget;

Budget *budget_new(size_t max_bytes, double max_seconds);
Budget *budget_ref(Budget *b);
void budget_unref(Budget **b);
Budget *budget_current(void);                // NULL when nothing is limited
Budget *budget_enter(Budget *b);             // makes b current, returns the previous one
void budget_leave(Budget *previous);
Status budget_charge(Budget *b, size_t bytes, Error *err); // b may be NULL
void budget_credit(Budget *b, size_t bytes);
Status budget_check_time(Budget *b, Error *err);           // loops call it every few thousand steps
double monotonic_seconds(void);
size_t budget_default_cap(void); // largest single allocation that is tried without a limit: physical memory

#endif
