// SPDX-License-Identifier: BSD-3-Clause
// Growable strings and the string-keyed map (open addressing over an insertion-ordered entry array).
#include "core/text.h"
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_room(Text *t, size_t extra)
{
	if (t->cap - t->size > extra)
		return;
	size_t cap = t->cap ? t->cap : 64;
	while (cap - t->size <= extra)
		cap *= 2;
	t->data = xrealloc(t->data, cap);
	t->cap = cap;
}

void text_addn(Text *t, const char *s, size_t n)
{
	text_room(t, n);
	if (n)
		memcpy(t->data + t->size, s, n);
	t->size += n;
	t->data[t->size] = '\0';
}

void text_add(Text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addc(Text *t, char c)
{
	text_addn(t, &c, 1);
}

void text_fill(Text *t, char c, size_t n)
{
	text_room(t, n);
	memset(t->data + t->size, c, n);
	t->size += n;
	t->data[t->size] = '\0';
}

void text_vaddf(Text *t, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0) {
		text_room(t, (size_t)n);
		vsnprintf(t->data + t->size, (size_t)n + 1, fmt, again);
		t->size += (size_t)n;
	}
	va_end(again);
}

void text_addf(Text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	text_vaddf(t, fmt, ap);
	va_end(ap);
}

const char *text_str(const Text *t)
{
	return t->data ? t->data : "";
}

char *text_take(Text *t)
{
	char *p = t->data ? t->data : xstrdup("");
	*t = (Text){0};
	return p;
}

void text_free(Text *t)
{
	free(t->data);
	*t = (Text){0};
}

uint64_t hash_bytes(const void *p, size_t n)
{
	// FNV-1a, then a finalising mix so that the low bits are usable as an index.
	const unsigned char *s = p;
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ s[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

static int map_slot(const Map *m, const char *key, size_t len, uint64_t hash)
{
	int i = (int)(hash & (uint64_t)m->mask);
	while (m->index[i] >= 0) {
		const MapEntry *e = &m->entries[m->index[i]];
		if (e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0)
			return i;
		i = (i + 1) & m->mask;
	}
	return i;
}

void *map_getn(const Map *m, const char *key, size_t len)
{
	if (!m->n)
		return NULL;
	int i = m->index[map_slot(m, key, len, hash_bytes(key, len))];
	return i < 0 ? NULL : m->entries[i].value;
}

void *map_get(const Map *m, const char *key)
{
	return map_getn(m, key, strlen(key));
}

bool map_has(const Map *m, const char *key)
{
	size_t len = strlen(key);
	return m->n && m->index[map_slot(m, key, len, hash_bytes(key, len))] >= 0;
}

static void map_rehash(Map *m, int size)
{
	free(m->index);
	m->index = xmalloc((size_t)size * sizeof *m->index);
	memset(m->index, 0xff, (size_t)size * sizeof *m->index);
	m->mask = size - 1;
	for (int k = 0; k < m->n; k++) {
		int i = (int)(m->entries[k].hash & (uint64_t)m->mask);
		while (m->index[i] >= 0)
			i = (i + 1) & m->mask;
		m->index[i] = k;
	}
}

void map_setn(Map *m, const char *key, size_t len, void *value)
{
	if (!m->index || 2 * (m->n + 1) > m->mask)
		map_rehash(m, m->index ? 2 * (m->mask + 1) : 16);
	uint64_t hash = hash_bytes(key, len);
	int i = map_slot(m, key, len, hash);
	if (m->index[i] >= 0) {
		m->entries[m->index[i]].value = value;
		return;
	}
	m->index[i] = m->n;
	VEC_PUSH(m->entries, m->n, m->cap, (MapEntry){xstrndup(key, len), len, hash, value});
}

void map_set(Map *m, const char *key, void *value)
{
	map_setn(m, key, strlen(key), value);
}

void map_free(Map *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->entries[i].key);
	free(m->entries);
	free(m->index);
	*m = (Map){0};
}
