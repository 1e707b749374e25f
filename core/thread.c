// SPDX-License-Identifier: BSD-3-Clause
// The thread pool: one job at a time, its pieces handed out by one atomic counter.
//
// The counter carries the job's generation in its upper half, so a worker that wakes late and finds the job
// gone cannot take a piece of the next one: its compare-and-swap fails.  For that the counter is closed before
// the description changes; else a worker that saw all pieces taken, and then the next job's larger number of them, would
// take one that nobody offers.  A job's description stays valid while any of its pieces is unfinished, as the
// caller waits for all of them.
// A second host thread that finds the pool busy runs its own loop inline: the answer is the same.
#include "core/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 256
#define CLOSED 0xffffffffu // more than any job has takes
#define SPIN_NS 40000      // between two ops of a running model there are rarely more than 40 µs
#define SPIN_WAIT_NS 20000 // what a caller spins for the last piece before it sleeps

static struct {
	_Atomic int wanted;       // 0 = not decided yet
	_Atomic bool busy;        // a job runs
	int started;              // workers that exist; only the holder of busy touches it
	// the job
	void (*body)(void *, int64_t, int64_t);
	void *arg;
	int64_t n, grain, step;   // step pieces are taken at once
	_Atomic int64_t tickets;  // how many takes there are
	_Atomic int limit;        // workers with a higher index leave the job alone
	_Atomic uint64_t ticket;  // generation << 32 | next take
	_Atomic int64_t done;
	// sleeping
	pthread_mutex_t mutex;
	pthread_cond_t work, finished;
	_Atomic int sleepers;
	_Atomic bool caller_sleeps;
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER};

static _Thread_local int my_index;
static _Thread_local bool inside; // this thread runs a piece: nested loops stay inline

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int processor_count(void)
{
	cpu_set_t set;
	int n = 0;
	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = CPU_COUNT(&set);
	if (n <= 0)
		n = (int)sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

void threads_set(int n)
{
	atomic_store(&pool.wanted, n <= 0 ? processor_count() : n > THREADS_MAX ? THREADS_MAX : n);
}

int threads_get(void)
{
	int n = atomic_load_explicit(&pool.wanted, memory_order_relaxed);
	if (n == 0) {
		threads_set(0);
		n = atomic_load(&pool.wanted);
	}
	return n;
}

int thread_index(void)
{
	return my_index;
}

// Takes and runs pieces of generation gen until none is left.
static void job_work(uint64_t gen)
{
	inside = true;
	for (;;) {
		uint64_t t = atomic_load(&pool.ticket);
		if (t >> 32 != gen)
			break;
		int64_t tickets = atomic_load_explicit(&pool.tickets, memory_order_acquire);
		int64_t mine = (int64_t)(t & 0xffffffffu);
		if (mine >= tickets)
			break;
		if (!atomic_compare_exchange_weak(&pool.ticket, &t, t + 1))
			continue;
		int64_t n = pool.n, grain = pool.grain;
		int64_t first = mine * pool.step, last = first + pool.step;
		for (int64_t p = first; p < last && p * grain < n; p++) {
			int64_t begin = p * grain, end = n - begin > grain ? begin + grain : n;
			pool.body(pool.arg, begin, end);
		}
		if (atomic_fetch_add(&pool.done, 1) + 1 == tickets && atomic_load(&pool.caller_sleeps)) {
			pthread_mutex_lock(&pool.mutex);
			pthread_cond_broadcast(&pool.finished);
			pthread_mutex_unlock(&pool.mutex);
		}
	}
	inside = false;
}

static uint64_t wait_for_job(uint64_t seen)
{
	uint64_t gen;
	int64_t until = now_ns() + SPIN_NS;
	do {
		for (int i = 0; i < 64; i++) {
			gen = atomic_load_explicit(&pool.ticket, memory_order_acquire) >> 32;
			if (gen != seen)
				return gen;
			cpu_relax();
		}
	} while (now_ns() < until);
	pthread_mutex_lock(&pool.mutex);
	atomic_fetch_add(&pool.sleepers, 1);
	while ((gen = atomic_load(&pool.ticket) >> 32) == seen)
		pthread_cond_wait(&pool.work, &pool.mutex);
	atomic_fetch_sub(&pool.sleepers, 1);
	pthread_mutex_unlock(&pool.mutex);
	return gen;
}

static void *worker_main(void *p)
{
	my_index = (int)(intptr_t)p;
	uint64_t seen = 0; // generations start at 1
	for (;;) {
		seen = wait_for_job(seen);
		if (my_index < atomic_load_explicit(&pool.limit, memory_order_relaxed))
			job_work(seen);
	}
	return NULL;
}

// After fork only the forking thread exists in the child: the pool starts over.
static void child_reset(void)
{
	pthread_mutex_init(&pool.mutex, NULL);
	pthread_cond_init(&pool.work, NULL);
	pthread_cond_init(&pool.finished, NULL);
	pool.started = 0;
	atomic_store(&pool.sleepers, 0);
	atomic_store(&pool.caller_sleeps, false);
	atomic_store(&pool.busy, false);
	inside = false;
	my_index = 0;
}

static void fork_handler_install(void)
{
	pthread_atfork(NULL, NULL, child_reset);
}

// Starts what is missing of `want` threads (the caller is one of them).  Fewer are fine: the rest is done here.
static void workers_start(int want)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, fork_handler_install);
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); // the host's signals are for the host's threads
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	while (pool.started < want - 1) {
		pthread_t t;
		if (pthread_create(&t, &attr, worker_main, (void *)(intptr_t)(pool.started + 1)) != 0)
			break;
		pool.started++;
	}
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void wait_finished(int64_t tickets)
{
	int64_t until = 0;
	for (;;) {
		for (int i = 0; i < 64; i++) {
			if (atomic_load(&pool.done) == tickets)
				return;
			cpu_relax();
		}
		int64_t now = now_ns();
		if (until == 0)
			until = now + SPIN_WAIT_NS;
		else if (now > until)
			break;
	}
	pthread_mutex_lock(&pool.mutex);
	atomic_store(&pool.caller_sleeps, true);
	while (atomic_load(&pool.done) != tickets)
		pthread_cond_wait(&pool.finished, &pool.mutex);
	atomic_store(&pool.caller_sleeps, false);
	pthread_mutex_unlock(&pool.mutex);
}

void parallel_for(int64_t n, int64_t grain, void (*body)(void *arg, int64_t begin, int64_t end), void *arg)
{
	if (n <= 0)
		return;
	if (grain < 1)
		grain = 1;
	int threads;
	bool idle = false;
	if (n <= grain || inside || (threads = threads_get()) == 1 ||
		!atomic_compare_exchange_strong(&pool.busy, &idle, true)) {
		// the same pieces as with many threads, so that a body may keep one partial result a piece
		for (int64_t begin = 0; begin < n; begin += grain) {
			body(arg, begin, n - begin > grain ? begin + grain : n);
			if (n - begin <= grain)
				break;
		}
		return;
	}
	int64_t pieces = n / grain + (n % grain != 0);
	if (pool.started < threads - 1)
		workers_start(threads);
	uint64_t last = atomic_load(&pool.ticket) >> 32;
	atomic_store(&pool.ticket, last << 32 | CLOSED);
	pool.body = body;
	pool.arg = arg;
	pool.n = n;
	pool.grain = grain;
	pool.step = pieces / ((int64_t)1 << 30) + 1; // the counter has 32 bits
	int64_t tickets = (pieces + pool.step - 1) / pool.step;
	atomic_store_explicit(&pool.tickets, tickets, memory_order_release);
	atomic_store_explicit(&pool.limit, threads, memory_order_relaxed);
	atomic_store(&pool.done, 0);
	uint64_t gen = (last + 1) & 0xffffffffu;
	gen += gen == 0;
	atomic_store(&pool.ticket, gen << 32);
	if (atomic_load(&pool.sleepers) > 0) {
		pthread_mutex_lock(&pool.mutex);
		pthread_cond_broadcast(&pool.work);
		pthread_mutex_unlock(&pool.mutex);
	}
	job_work(gen);
	wait_finished(tickets);
	atomic_store(&pool.busy, false);
}
