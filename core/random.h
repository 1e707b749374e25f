// SPDX-License-Identifier: BSD-3-Clause
// PyTorch's CPU generator: MT19937 plus the cached second normal of Box–Muller, so that a seed gives
// PyTorch's own sequence.
#ifndef WICK_CORE_RANDOM_H
#define WICK_CORE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Generator {
	_Atomic uint32_t refs;       // first member, as in ObjHeader
	uint64_t seed;
	uint32_t state[624];
	int left, next;
	bool seeded;
	bool has_normal_f32, has_normal_f64;
	float normal_f32;
	double normal_f64;
} Generator;

#define DEFAULT_SEED 67280421310721ull // what a fresh torch.Generator has

Generator *generator_new(uint64_t seed);
void generator_unref(Generator **g);
void generator_seed(Generator *g, uint64_t seed);   // torch.manual_seed
uint32_t random_u32(Generator *g);
void random_words(Generator *g, uint32_t *out, int64_t n); // n draws of random_u32
uint64_t random_u64(Generator *g);                  // two draws: high word first
float random_f32(Generator *g);                     // uniform_real_distribution<float>(0, 1): 24 bits
double random_f64(Generator *g);                    // 53 bits of random_u64
double random_normal(Generator *g, double mean, double std); // normal_distribution<double>: Box–Muller with cache
uint64_t random_nondeterministic(void);

#endif
