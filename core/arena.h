// SPDX-License-Identifier: BSD-3-Clause
// Arena: memory that is freed all at once.
//
//   block ──► block ──► block        each: | header | used … | free … |
//
// Tokens, AST, types, schemas and IR live in arenas.  arena_alloc never returns NULL: these are small
// bookkeeping allocations whose number is bounded by the size of an already accepted input, and running
// out of memory for them ends in oom().  Data whose size a file or model chooses is never taken
// from an arena without being checked against a limit first.
// Under AddressSanitizer a redzone follows each allocation.
#ifndef WICK_CORE_ARENA_H
#define WICK_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
	ArenaBlock *head;
	size_t total; // bytes handed out, for limits
} Arena;

void *arena_alloc(Arena *a, size_t size);                     // zeroed, aligned to 16
void *arena_dup(Arena *a, const void *p, size_t size);
char *arena_strdup(Arena *a, const char *s);
char *arena_strndup(Arena *a, const char *s, size_t n);
char *arena_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(Arena *a);                                    // empties; reusable

#define arena_new(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_array(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))

// Growable array in an arena: ARENA_PUSH(a, items, n, cap, value).  Old storage stays in the arena.
void *arena_grow(Arena *a, void *items, int n, int *cap, size_t item);
#define ARENA_PUSH(a, items, n, cap, ...)                                                        \
	do {                                                                                     \
		if ((n) == (cap))                                                                \
			(items) = arena_grow((a), (items), (n), &(cap), sizeof *(items));        \
		(items)[(n)++] = (__VA_ARGS__);                                                  \
	} while (0)

// The three for small heap objects; on exhaustion they end in oom() too.
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
_Noreturn void oom(size_t size);

// Growable heap array.
#define VEC_PUSH(items, n, cap, ...)                                                             \
	do {                                                                                     \
		if ((n) == (cap)) {                                                              \
			(cap) = (cap) ? 2 * (cap) : 8;                                           \
			(items) = xrealloc((items), (size_t)(cap) * sizeof *(items));            \
		}                                                                                \
		(items)[(n)++] = (__VA_ARGS__);                                                  \
	} while (0)

#endif
