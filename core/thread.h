// SPDX-License-Identifier: BSD-3-Clause
// The thread pool.  Work is cut into chunks by its shape alone, so the number of threads never changes an
// answer; chunks are taken by whoever is free.  Small work stays on the calling thread.
#ifndef WICK_CORE_THREAD_H
#define WICK_CORE_THREAD_H

#include <stdint.h>

void threads_set(int n);   // 1 … 256; 0 = one per processor; called before or between runs
int threads_get(void);

// Calls body(arg, begin, end) for consecutive pieces that cover [0, n), each of `grain` items (the last may be
// shorter).  Runs inline when n <= grain, when one thread is configured, or inside another parallel_for.
// body must not fail, allocate tensors, or call parallel_for on data another piece writes.
void parallel_for(int64_t n, int64_t grain, void (*body)(void *arg, int64_t begin, int64_t end), void *arg);
int thread_index(void);    // 0 on the caller, 1 … threads_get()-1 on workers: to pick scratch space

#endif
