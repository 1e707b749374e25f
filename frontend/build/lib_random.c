// SPDX-License-Identifier: BSD-3-Clause
// The module _random: the generator under Python's random, with Python's seeding (MT19937 by array; texts through
// SHA-512), so that a seed gives Python's sequence.  The distributions are frontend/lib/modules/random.py.
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

// ---- SHA-512 (FIPS 180-4)

// Fractional parts of the cube roots of the first 80 primes and of the square roots of the first 8, computed exactly.
static uint64_t root_bits(unsigned prime, int degree)
{
	// the largest r with r**degree <= prime * 2**(64 * degree), by bits; 64 fractional bits are wanted
	uint64_t whole = 1, r = 0;
	while ((degree == 2 ? (whole + 1) * (whole + 1) : (whole + 1) * (whole + 1) * (whole + 1)) <= prime)
		whole++;
	for (int bit = 63; bit >= 0; bit--) {
		uint64_t t = r | (uint64_t)1 << bit;
		// (whole + t / 2**64) ** degree <= prime, in limbs of 32 bits
		uint32_t x[3] = {(uint32_t)t, (uint32_t)(t >> 32), (uint32_t)whole}, acc[12] = {1}, next[12];
		int n = 1;
		for (int k = 0; k < degree; k++) {
			memset(next, 0, sizeof next);
			for (int i = 0; i < n; i++) {
				uint64_t carry = 0;
				for (int j = 0; j < 3; j++) {
					carry += (uint64_t)acc[i] * x[j] + next[i + j];
					next[i + j] = (uint32_t)carry;
					carry >>= 32;
				}
				next[i + 3] += (uint32_t)carry;
			}
			n += 3;
			memcpy(acc, next, sizeof acc);
		}
		uint64_t top = acc[2 * degree] | (uint64_t)acc[2 * degree + 1] << 32;
		bool rest = false;
		for (int i = 0; i < 2 * degree; i++)
			rest = rest || acc[i];
		if (top < prime || (top == prime && !rest))
			r = t;
	}
	return r;
}

static uint64_t rotate(uint64_t x, int n) { return x >> n | x << (64 - n); }

static void sha512(const uint8_t *data, size_t n, uint8_t out[64])
{
	uint64_t k[80], h[8];
	int found = 0;
	for (unsigned p = 2; found < 80; p++) {
		bool prime = true;
		for (unsigned d = 2; d * d <= p && prime; d++)
			prime = p % d != 0;
		if (!prime)
			continue;
		k[found] = root_bits(p, 3);
		if (found < 8)
			h[found] = root_bits(p, 2);
		found++;
	}
	size_t padded = (n + 17 + 127) / 128 * 128;
	uint8_t *m = xcalloc(1, padded);
	if (n)
		memcpy(m, data, n);
	m[n] = 0x80;
	for (int i = 0; i < 8; i++)
		m[padded - 1 - i] = (uint8_t)((uint64_t)n * 8 >> (8 * i));
	for (size_t at = 0; at < padded; at += 128) {
		uint64_t w[80], s[8];
		for (int i = 0; i < 16; i++) {
			w[i] = 0;
			for (int j = 0; j < 8; j++)
				w[i] = w[i] << 8 | m[at + 8 * (size_t)i + (size_t)j];
		}
		for (int i = 16; i < 80; i++)
			w[i] = w[i - 16] + w[i - 7] + (rotate(w[i - 15], 1) ^ rotate(w[i - 15], 8) ^ w[i - 15] >> 7) +
				(rotate(w[i - 2], 19) ^ rotate(w[i - 2], 61) ^ w[i - 2] >> 6);
		memcpy(s, h, sizeof s);
		for (int i = 0; i < 80; i++) {
			uint64_t t1 = s[7] + (rotate(s[4], 14) ^ rotate(s[4], 18) ^ rotate(s[4], 41)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
				k[i] + w[i];
			uint64_t t2 = (rotate(s[0], 28) ^ rotate(s[0], 34) ^ rotate(s[0], 39)) +
				((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
			memmove(s + 1, s, 7 * sizeof *s);
			s[4] += t1;
			s[0] = t1 + t2;
		}
		for (int i = 0; i < 8; i++)
			h[i] += s[i];
	}
	free(m);
	for (int i = 0; i < 64; i++)
		out[i] = (uint8_t)(h[i / 8] >> (56 - 8 * (i % 8)));
}

// ---- the generator

static void seed_by_array(Generator *g, const uint32_t *key, int n)
{
	enum { N = 624 };
	generator_seed(g, 19650218u);
	uint32_t *s = g->state;
	int i = 1, j = 0;
	for (int k = n > N ? n : N; k; k--) {
		s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1664525u)) + key[j] + (uint32_t)j;
		if (++i >= N) {
			s[0] = s[N - 1];
			i = 1;
		}
		if (++j >= n)
			j = 0;
	}
	for (int k = N - 1; k; k--) {
		s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1566083941u)) - (uint32_t)i;
		if (++i >= N) {
			s[0] = s[N - 1];
			i = 1;
		}
	}
	s[0] = 0x80000000u;
	g->left = 1;
	g->next = 0;
}

static void seed_by_number(Generator *g, uint64_t v)
{
	uint32_t key[2] = {(uint32_t)v, (uint32_t)(v >> 32)};
	seed_by_array(g, key, key[1] ? 2 : 1);
}

// A text is the number whose bytes are the text and then its hash, most significant first.
static void seed_by_text(Generator *g, const char *s, size_t n)
{
	uint8_t *bytes = xcalloc(1, n + 64);
	if (n)
		memcpy(bytes, s, n);
	sha512((const uint8_t *)s, n, bytes + n);
	size_t total = n + 64, words = (total + 3) / 4;
	uint32_t *key = xcalloc(words, sizeof *key);
	for (size_t i = 0; i < total; i++)
		key[i / 4] |= (uint32_t)bytes[total - 1 - i] << (8 * (i % 4));
	while (words > 1 && !key[words - 1])
		words--;
	seed_by_array(g, key, (int)words);
	free(bytes);
	free(key);
}

static Status self_generator(Build *b, const PyArgs *a, Generator **out)
{
	IValue u = py_unwrap(a->self);
	if (u.tag != TAG_GENERATOR)
		return py_raise(b, "TypeError", "a random.Random is required");
	*out = u.generator;
	return STATUS_OK;
}

static Status random_make(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = generator_new(0);
	seed_by_number(g, random_nondeterministic());
	*out = py_instance(b, PY_AS(PyClass, a->self), (IValue){.generator = g, .tag = TAG_GENERATOR});
	return STATUS_OK;
}

static Status random_seed(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	IValue v;
	TRY(self_generator(b, a, &g));
	TRY(args_parse(b, a, "seed", "a:o=None version:o=2", &v, &(IValue){0}));
	IValue u = py_unwrap(v);
	*out = iv_none();
	if (u.tag == TAG_NONE)
		seed_by_number(g, random_nondeterministic());
	else if (u.tag == TAG_INT || u.tag == TAG_BOOL)
		seed_by_number(g, u.i < 0 ? 0 - (uint64_t)u.i : (uint64_t)u.i);
	else if (u.tag == TAG_STR)
		seed_by_text(g, u.str->s, (size_t)u.str->n);
	else if (py_is(u, PY_BYTES))
		seed_by_text(g, PY_AS(PyBytes, u)->s, (size_t)PY_AS(PyBytes, u)->n);
	else if (u.tag == TAG_FLOAT)
		return py_raise(b, "NotImplementedError", "random.seed() of a float is not supported: use an int or a str");
	else
		return py_raise(b, "TypeError", "The only supported seed types are: None,\nint, float, str, bytes, and bytearray.");
	return STATUS_OK;
}

static Status random_random(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	TRY(self_generator(b, a, &g));
	uint32_t hi = random_u32(g) >> 5, lo = random_u32(g) >> 6;
	*out = iv_float((hi * 67108864.0 + lo) * (1.0 / 9007199254740992.0));
	return STATUS_OK;
}

static uint64_t bits(Generator *g, int k) // least significant word first
{
	uint64_t v = 0;
	for (int at = 0; at < k; at += 32) {
		uint32_t w = random_u32(g);
		if (k - at < 32)
			w >>= 32 - (k - at);
		v |= (uint64_t)w << at;
	}
	return v;
}

static Status random_getrandbits(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	int64_t k;
	TRY(self_generator(b, a, &g));
	TRY(args_parse(b, a, "getrandbits", "k:i /", &k));
	if (k < 0)
		return py_raise(b, "ValueError", "number of bits must be non-negative");
	if (k > 63)
		return py_raise(b, "OverflowError", "getrandbits(%lld): an int here has 64 bits", (long long)k);
	*out = iv_int((int64_t)bits(g, (int)k));
	return STATUS_OK;
}

static Status random_below(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	int64_t n;
	TRY(self_generator(b, a, &g));
	TRY(args_parse(b, a, "_randbelow", "n:i /", &n));
	if (n <= 0)
		return py_raise(b, "ValueError", "empty range");
	int k = 64 - __builtin_clzll((uint64_t)n);
	uint64_t r = bits(g, k);
	while (r >= (uint64_t)n)
		r = bits(g, k);
	*out = iv_int((int64_t)r);
	return STATUS_OK;
}

static Status random_getstate(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	TRY(self_generator(b, a, &g));
	TupleObj *t = tuple_new(626, NULL);
	for (int i = 0; i < 624; i++)
		t->items[i] = iv_int(g->state[i]);
	t->items[624] = iv_int(g->left);
	t->items[625] = iv_int(g->next);
	*out = iv_take_tuple(t);
	return STATUS_OK;
}

static Status random_setstate(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	IValue v;
	TRY(self_generator(b, a, &g));
	TRY(args_parse(b, a, "setstate", "state:l /", &v));
	if (v.tag != TAG_TUPLE || v.tuple->n != 626)
		return py_raise(b, "ValueError", "state vector is the wrong size");
	for (int i = 0; i < 626; i++)
		if (v.tuple->items[i].tag != TAG_INT || v.tuple->items[i].i < 0)
			return py_raise(b, "ValueError", "invalid state");
	for (int i = 0; i < 624; i++)
		g->state[i] = (uint32_t)v.tuple->items[i].i;
	int64_t left = v.tuple->items[624].i, next = v.tuple->items[625].i;
	if (left > 624 || next > 624)
		return py_raise(b, "ValueError", "invalid state");
	g->left = (int)left;
	g->next = (int)next;
	*out = iv_none();
	return STATUS_OK;
}

Status lib_random(Build *b, PyModule *m)
{
	static const NativeMethod methods[] = {{"seed", random_seed}, {"random", random_random},
		{"getrandbits", random_getrandbits}, {"_randbelow", random_below}, {"_getstate", random_getstate},
		{"_setstate", random_setstate}, {0}};
	module_set_take(m, "Random", py_value(py_native_class(b, "_random.Random", NULL, PAYLOAD_OTHER, random_make, methods)));
	return STATUS_OK;
}
