// SPDX-License-Identifier: BSD-3-Clause
// Text: a growable byte string for building output, and a string-keyed map.
#ifndef WICK_CORE_TEXT_H
#define WICK_CORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Text {
	char *data;   // always NUL-terminated once anything was added; NULL when empty
	size_t size, cap;
} Text;

void text_add(Text *t, const char *s);
void text_addn(Text *t, const char *s, size_t n);
void text_addc(Text *t, char c);
void text_addf(Text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vaddf(Text *t, const char *fmt, va_list ap);
void text_fill(Text *t, char c, size_t n);
const char *text_str(const Text *t);  // "" when empty; borrowed
char *text_take(Text *t);             // the string, for free(); t becomes empty
void text_free(Text *t);

// Map from byte strings to pointers.  Keys are copied.  Iteration is in insertion order
// (for i < map.n: map.entries[i]); deleted entries do not exist (there is no delete).
typedef struct MapEntry {
	char *key;
	size_t len;
	uint64_t hash;
	void *value;
} MapEntry;
typedef struct Map {
	MapEntry *entries;
	int n, cap;
	int32_t *index; // open addressing, -1 = free; size is a power of two
	int mask;
} Map;

void *map_get(const Map *m, const char *key);                    // NULL when absent
void *map_getn(const Map *m, const char *key, size_t len);
bool map_has(const Map *m, const char *key);
void map_set(Map *m, const char *key, void *value);              // inserts or replaces
void map_setn(Map *m, const char *key, size_t len, void *value);
void map_free(Map *m);                                           // values are the caller's
uint64_t hash_bytes(const void *p, size_t n);

#endif
