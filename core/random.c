// SPDX-License-Identifier: BSD-3-Clause
// MT19937 (Matsumoto and Nishimura, 1998), drawn from the way PyTorch's CPU generator draws: the order of the
// draws and the number of bits used are part of what a seed means.
#include "core/random.h"
#include "core/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { N = 624, M = 397 };

void generator_seed(Generator *g, uint64_t seed)
{
	g->seed = seed;
	g->state[0] = (uint32_t)seed; // the upper half of a seed takes no part
	for (uint32_t i = 1; i < N; i++)
		g->state[i] = 1812433253u * (g->state[i - 1] ^ (g->state[i - 1] >> 30)) + i;
	g->left = 1;
	g->next = 0;
	g->seeded = true;
	g->has_normal_f32 = g->has_normal_f64 = false;
}

Generator *generator_new(uint64_t seed)
{
	Generator *g = xcalloc(1, sizeof *g);
	g->refs = 1;
	generator_seed(g, seed);
	return g;
}

void generator_unref(Generator **g)
{
	if (*g && __atomic_fetch_sub((uint32_t *)&(*g)->refs, 1, __ATOMIC_ACQ_REL) == 1)
		free(*g);
	*g = NULL;
}

static uint32_t twist(uint32_t a, uint32_t b)
{
	uint32_t y = (a & 0x80000000u) | (b & 0x7fffffffu);
	return (y >> 1) ^ ((0 - (y & 1)) & 0x9908b0dfu);
}

static void refill(Generator *g)
{
	uint32_t *s = g->state;
	int i = 0;
	for (; i < N - M; i++)
		s[i] = s[i + M] ^ twist(s[i], s[i + 1]);
	for (; i < N - 1; i++)
		s[i] = s[i + M - N] ^ twist(s[i], s[i + 1]);
	s[N - 1] = s[M - 1] ^ twist(s[N - 1], s[0]);
	g->left = N;
	g->next = 0;
}

uint32_t random_u32(Generator *g)
{
	if (--g->left <= 0 || g->next >= N)
		refill(g);
	uint32_t y = g->state[g->next++];
	y ^= y >> 11;
	y ^= (y << 7) & 0x9d2c5680u;
	y ^= (y << 15) & 0xefc60000u;
	return y ^ (y >> 18);
}

void random_words(Generator *g, uint32_t *out, int64_t n)
{
	while (n > 0) {
		if (g->left <= 1 || g->next >= N) { // as the draw that refills
			refill(g);
			g->left++;
		}
		int64_t k = n < N - g->next ? n : N - g->next;
		const uint32_t *s = g->state + g->next;
		for (int64_t i = 0; i < k; i++) {
			uint32_t y = s[i];
			y ^= y >> 11;
			y ^= (y << 7) & 0x9d2c5680u;
			y ^= (y << 15) & 0xefc60000u;
			out[i] = y ^ (y >> 18);
		}
		g->next += (int)k;
		g->left -= (int)k;
		out += k;
		n -= k;
	}
}

uint64_t random_u64(Generator *g)
{
	uint64_t high = random_u32(g);
	return high << 32 | random_u32(g);
}

float random_f32(Generator *g) { return (float)(random_u32(g) & 0xffffff) * 0x1p-24f; }
double random_f64(Generator *g) { return (double)(random_u64(g) & ((1ull << 53) - 1)) * 0x1p-53; }

double random_normal(Generator *g, double mean, double std)
{
	if (g->has_normal_f64) {
		g->has_normal_f64 = false;
		return fma(g->normal_f64, std, mean);
	}
	double u1 = random_f64(g), u2 = random_f64(g);
	double r = sqrt(-2.0 * log1p(-u2)), theta = 2.0 * M_PI * u1;
	g->normal_f64 = r * sin(theta);
	g->has_normal_f64 = true;
	return fma(r * cos(theta), std, mean);
}

uint64_t random_nondeterministic(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed)
		return seed;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15ull ^ (uint64_t)now.tv_sec;
}
