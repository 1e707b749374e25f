// SPDX-License-Identifier: BSD-3-Clause
// parallel_for: every item once, the same pieces for any thread count, nesting, several callers, fork.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/thread.h"

#define N 10007
static uint8_t hits[N];

static void mark(void *arg, int64_t begin, int64_t end)
{
	uint8_t *h = arg;
	for (int64_t i = begin; i < end; i++)
		h[i]++;
}

static void covers_everything_once(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 5; threads++) {
		threads_set(threads);
		assert_int_equal(threads_get(), threads);
		for (int64_t n = 1; n < N; n = n * 3 + 1)
			for (int64_t grain = 1; grain < 2 * n; grain = grain * 5 + 2) {
				memset(hits, 0, sizeof hits);
				parallel_for(n, grain, mark, hits);
				for (int64_t i = 0; i < N; i++)
					if (hits[i] != (i < n))
						fail_msg("item %d of %d visited %d times", (int)i, (int)n, hits[i]);
			}
	}
	parallel_for(0, 1, mark, NULL);
}

static void piece_sum(void *arg, int64_t begin, int64_t end)
{
	double *partial = arg, s = 0;
	for (int64_t i = begin; i < end; i++)
		s += 1.0 / (double)(i + 1);
	partial[begin / 100] = s;
}

static void pieces_do_not_depend_on_threads(void **state)
{
	(void)state;
	double a[11] = {0}, b[11] = {0};
	threads_set(1);
	parallel_for(1050, 100, piece_sum, a);
	threads_set(4);
	parallel_for(1050, 100, piece_sum, b);
	assert_memory_equal(a, b, sizeof a);
}

static void outer(void *arg, int64_t begin, int64_t end)
{
	uint8_t *h = arg;
	for (int64_t i = begin; i < end; i++)
		parallel_for(100, 7, mark, h + i * 100);
}

static void nested_runs_inline(void **state)
{
	(void)state;
	threads_set(3);
	memset(hits, 0, sizeof hits);
	parallel_for(100, 1, outer, hits);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(hits[i], 1);
}

static void *caller(void *arg)
{
	for (int i = 0; i < 200; i++)
		parallel_for(1000, 10, mark, arg);
	return NULL;
}

static void several_host_threads(void **state)
{
	(void)state;
	threads_set(2);
	memset(hits, 0, sizeof hits);
	pthread_t t[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, caller, hits + 1000 * i), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 4000; i++)
		assert_int_equal(hits[i], 200);
}

#ifndef __SANITIZE_THREAD__
static void works_after_fork(void **state)
{
	(void)state;
	threads_set(2);
	memset(hits, 0, sizeof hits);
	parallel_for(1000, 10, mark, hits);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		parallel_for(1000, 10, mark, hits);
		for (int i = 0; i < 1000; i++)
			if (hits[i] != 2)
				_exit(1);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
#endif

// Jobs of changing size, one right after the other: a worker that comes late to one must not take a piece of the next.
typedef struct Tally {
	_Atomic int runs[64];
	int64_t n;
	_Atomic int strays;
} Tally;

static void tally_piece(void *arg, int64_t begin, int64_t end)
{
	Tally *t = arg;
	for (int64_t i = begin; i < end; i++) {
		if (i >= t->n)
			t->strays++;
		else
			t->runs[i]++;
	}
}

static void jobs_in_close_succession(void **state)
{
	(void)state;
	int before = threads_get(), jobs = getenv("WICK_TEST_SHORT") ? 20000 : 300000;
	threads_set(4);
	uint32_t seed = 1;
	static Tally tallies[2];
	for (int k = 0; k < jobs; k++) {
		Tally *t = &tallies[k % 2];
		seed = seed * 1664525u + 1013904223u;
		t->n = 2 + (seed >> 16) % 60;
		for (int i = 0; i < t->n; i++)
			t->runs[i] = 0;
		parallel_for(t->n, 1, tally_piece, t);
		for (int i = 0; i < t->n; i++)
			assert_int_equal(t->runs[i], 1);
		assert_int_equal(t->strays, 0);
	}
	threads_set(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covers_everything_once),
		cmocka_unit_test(pieces_do_not_depend_on_threads),
		cmocka_unit_test(nested_runs_inline),
		cmocka_unit_test(several_host_threads),
#ifndef __SANITIZE_THREAD__ // which cannot start threads in a forked child
		cmocka_unit_test(jobs_in_close_succession),
		cmocka_unit_test(works_after_fork),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
