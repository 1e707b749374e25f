// SPDX-License-Identifier: BSD-3-Clause
// Working memory per thread.  A thread-specific key frees the blocks of threads that end.
#include "backends/cpu/scratch.h"

#include <pthread.h>
#include <stdlib.h>

// Blocks above this are given back as soon as a smaller request follows.
#define SCRATCH_KEEP ((size_t)16 << 20)

typedef struct Scratch {
	void *block[SCRATCH_SLOTS];
	size_t size[SCRATCH_SLOTS];
} Scratch;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void scratch_free(void *p)
{
	Scratch *s = p;
	for (int i = 0; i < SCRATCH_SLOTS; i++)
		free(s->block[i]);
	free(s);
}

// The thread that unloads the library or ends the process runs no key destructor.
__attribute__((destructor)) static void scratch_exit(void);

static void key_create(void)
{
	pthread_key_create(&key, scratch_free);
}

static void scratch_exit(void)
{
	pthread_once(&once, key_create);
	Scratch *s = pthread_getspecific(key);
	if (s) {
		pthread_setspecific(key, NULL);
		scratch_free(s);
	}
}

void *scratch_get(ScratchSlot slot, size_t bytes)
{
	pthread_once(&once, key_create);
	Scratch *s = pthread_getspecific(key);
	if (!s) {
		s = calloc(1, sizeof *s);
		if (!s || pthread_setspecific(key, s) != 0) {
			free(s);
			return NULL;
		}
	}
	if (s->size[slot] < bytes || (s->size[slot] > SCRATCH_KEEP && bytes <= SCRATCH_KEEP)) {
		free(s->block[slot]);
		size_t want = (bytes + 4095) & ~(size_t)4095;
		s->block[slot] = want >= bytes ? aligned_alloc(64, want ? want : 4096) : NULL;
		s->size[slot] = s->block[slot] ? (want ? want : 4096) : 0;
	}
	return s->block[slot];
}
