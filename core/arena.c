// SPDX-License-Identifier: BSD-3-Clause
// Arena blocks grow geometrically up to 64 KiB; a larger request gets a block of its own.
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define REDZONE 16
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define REDZONE 0
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#endif

struct ArenaBlock {
	ArenaBlock *next;
	size_t used, size;
	size_t pad; // keeps data[] aligned to 16
	uint8_t data[];
};

_Noreturn void oom(size_t size)
{
	fprintf(stderr, "wick: out of memory allocating %zu bytes\n", size);
	abort();
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		oom(size);
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		oom(n * size);
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		oom(size);
	return p;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	char *p = xmalloc(n + 1);
	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

void *arena_alloc(Arena *a, size_t size)
{
	if (size > SIZE_MAX / 2)
		oom(size);
	size_t need = ((size + 15) & ~(size_t)15) + REDZONE;
	ArenaBlock *b = a->head;

	if (!b || b->size - b->used < need) {
		size_t block = b ? 2 * b->size : 1024;
		if (block > 65536)
			block = 65536;
		if (block < need)
			block = need;
		b = xmalloc(sizeof *b + block);
		b->used = 0;
		b->size = block;
		b->next = a->head;
		a->head = b;
		POISON(b->data, block);
	}
	void *p = b->data + b->used;
	b->used += need;
	a->total += size;
	UNPOISON(p, size);
	if (size)
		memset(p, 0, size);
	return p;
}

void *arena_dup(Arena *a, const void *p, size_t size)
{
	void *q = arena_alloc(a, size);
	if (size)
		memcpy(q, p, size);
	return q;
}

char *arena_strndup(Arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	if (n)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(Arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(Arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

void *arena_grow(Arena *a, void *items, int n, int *cap, size_t item)
{
	*cap = *cap ? 2 * *cap : 4;
	void *p = arena_alloc(a, (size_t)*cap * item);
	if (n)
		memcpy(p, items, (size_t)n * item);
	return p;
}

void arena_free(Arena *a)
{
	ArenaBlock *next;
	for (ArenaBlock *b = a->head; b; b = next) {
		next = b->next;
		UNPOISON(b->data, b->size);
		free(b);
	}
	*a = (Arena){0};
}
