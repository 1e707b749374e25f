// SPDX-License-Identifier: BSD-3-Clause
// Random state as Python sees it: torch.Generator, manual_seed, and the state as PyTorch's 5056 bytes.
#include "frontend/build/torch.h"

#include <string.h>

Status torch_seed(Build *b, IValue v, uint64_t *out)
{
	v = py_unwrap(v);
	if (v.tag == TAG_FLOAT) {
		*out = (uint64_t)(int64_t)v.f;
		return STATUS_OK;
	}
	int64_t i;
	TRY(torch_as_int(b, v, &i));
	*out = (uint64_t)i;
	return STATUS_OK;
}

static IValue generator_value(Generator *g)
{
	IValue v = {.generator = g, .tag = TAG_GENERATOR};
	return ivalue_ref(v);
}

static Status generator_self(Build *b, const PyArgs *a, Generator **out)
{
	IValue v = torch_self(a);
	if (v.tag != TAG_GENERATOR)
		return py_raise(b, "TypeError", "expected a torch.Generator, not %s", py_type_name(b, v));
	*out = v.generator;
	return STATUS_OK;
}

static Status seed_argument(Build *b, const PyArgs *a, uint64_t *seed)
{
	if (!a->npos && !a->nkw)
		return py_raise(b, "TypeError", "manual_seed() missing 1 required positional argument: 'seed'");
	return torch_seed(b, a->npos ? a->pos[a->npos - 1] : a->kw[0], seed);
}

static Status generator_make(Build *b, const PyArgs *a, IValue *out)
{
	Device d = DEVICE_CPU;
	if (a->npos || a->nkw)
		TRY(torch_device_of(b, a->npos ? a->pos[0] : a->kw[0], &d));
	if (d != DEVICE_CPU)
		return py_raise(b, "RuntimeError", "a Generator is available for the device cpu only");
	*out = (IValue){.generator = generator_new(DEFAULT_SEED), .tag = TAG_GENERATOR};
	return STATUS_OK;
}

static Status generator_manual_seed(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	uint64_t seed;
	TRY(generator_self(b, a, &g));
	TRY(seed_argument(b, a, &seed));
	generator_seed(g, seed);
	*out = ivalue_ref(torch_self(a));
	return STATUS_OK;
}

static Status reseed(Generator *g, IValue *out)
{
	uint64_t s = random_nondeterministic();
	generator_seed(g, s);
	*out = iv_int((int64_t)s);
	return STATUS_OK;
}

static Status generator_seed_call(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	TRY(generator_self(b, a, &g));
	return reseed(g, out);
}

static Status generator_initial_seed(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	TRY(generator_self(b, a, &g));
	*out = iv_int((int64_t)g->seed);
	return STATUS_OK;
}

enum { STATE_BYTES = 5056, AT_LEFT = 8, AT_SEEDED = 12, AT_NEXT = 16, AT_STATE = 24, AT_NORMAL_Y = 24 + 624 * 8 + 8,
	AT_NORMAL_VALID = 24 + 624 * 8 + 24, AT_FLOAT = 24 + 624 * 8 + 32, AT_FLOAT_VALID = 24 + 624 * 8 + 36 };

static Status get_state(Build *b, const Generator *g, IValue *out)
{
	int64_t n = STATE_BYTES;
	Tensor *t;
	TRY(tensor_zeros(DT_U8, &n, 1, &t, b->x.err));
	uint8_t *p = tensor_data(t);
	uint64_t next = (uint64_t)g->next;
	int32_t left = g->left, seeded = g->seeded, valid = g->has_normal_f64;
	memcpy(p, &g->seed, 8);
	memcpy(p + AT_LEFT, &left, 4);
	memcpy(p + AT_SEEDED, &seeded, 4);
	memcpy(p + AT_NEXT, &next, 8);
	for (int i = 0; i < 624; i++) {
		uint64_t s = g->state[i];
		memcpy(p + AT_STATE + 8 * i, &s, 8);
	}
	if (g->has_normal_f64)
		memcpy(p + AT_NORMAL_Y, &g->normal_f64, 8);
	memcpy(p + AT_NORMAL_VALID, &valid, 4);
	if (g->has_normal_f32)
		memcpy(p + AT_FLOAT, &g->normal_f32, 4);
	p[AT_FLOAT_VALID] = g->has_normal_f32;
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

static Status set_state(Build *b, Generator *g, IValue v)
{
	v = py_unwrap(v);
	if (v.tag != TAG_TENSOR || tensor_dtype(v.tensor) != DT_U8)
		return py_raise(b, "TypeError", "expected a torch.ByteTensor, but got %s", py_type_name(b, v));
	if (v.tensor->numel != STATE_BYTES || !tensor_is_contiguous(v.tensor))
		return py_raise(b, "RuntimeError", "Expected either a CPUGeneratorImplStateLegacy of size 5048 or a "
			"CPUGeneratorImplState of size 5056 but found the input RNG state size to be %lld", (long long)v.tensor->numel);
	const uint8_t *p = tensor_data(v.tensor);
	uint64_t next;
	int32_t left, seeded, valid;
	memcpy(&left, p + AT_LEFT, 4);
	memcpy(&seeded, p + AT_SEEDED, 4);
	memcpy(&next, p + AT_NEXT, 8);
	if (left < 0 || left > 624 || next > 624)
		return py_raise(b, "RuntimeError", "RNG state is wrong");
	memcpy(&g->seed, p, 8);
	g->left = left;
	g->seeded = seeded != 0;
	g->next = (int)next;
	for (int i = 0; i < 624; i++) {
		uint64_t s;
		memcpy(&s, p + AT_STATE + 8 * i, 8);
		g->state[i] = (uint32_t)s;
	}
	memcpy(&valid, p + AT_NORMAL_VALID, 4);
	g->has_normal_f64 = valid != 0;
	memcpy(&g->normal_f64, p + AT_NORMAL_Y, 8);
	g->has_normal_f32 = p[AT_FLOAT_VALID] != 0;
	memcpy(&g->normal_f32, p + AT_FLOAT, 4);
	return STATUS_OK;
}

static Status generator_get_state(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	TRY(generator_self(b, a, &g));
	return get_state(b, g, out);
}

static Status generator_set_state(Build *b, const PyArgs *a, IValue *out)
{
	Generator *g = NULL;
	TRY(generator_self(b, a, &g));
	if (!a->npos)
		return py_raise(b, "TypeError", "set_state() missing 1 required positional argument: 'new_state'");
	TRY(set_state(b, g, a->pos[a->npos - 1]));
	*out = ivalue_ref(torch_self(a));
	return STATUS_OK;
}

static Status generator_device(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_device(DEVICE_CPU);
	return STATUS_OK;
}

// ---- the default generator

static Status torch_manual_seed(Build *b, const PyArgs *a, IValue *out)
{
	uint64_t seed;
	TRY(seed_argument(b, a, &seed));
	generator_seed(b->x.rng, seed);
	*out = generator_value(b->x.rng);
	return STATUS_OK;
}

static Status torch_initial_seed(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = iv_int((int64_t)b->x.rng->seed);
	return STATUS_OK;
}

static Status torch_seed_call(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	return reseed(b->x.rng, out);
}

static Status torch_get_rng_state(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	return get_state(b, b->x.rng, out);
}

static Status torch_set_rng_state(Build *b, const PyArgs *a, IValue *out)
{
	*out = iv_none();
	if (!a->npos && !a->nkw)
		return py_raise(b, "TypeError", "set_rng_state() missing 1 required positional argument: 'new_state'");
	return set_state(b, b->x.rng, a->npos ? a->pos[0] : a->kw[0]);
}

void torch_generator_class(Build *b)
{
	static const NativeMethod methods[] = {{"manual_seed", generator_manual_seed}, {"seed", generator_seed_call},
		{"initial_seed", generator_initial_seed}, {"get_state", generator_get_state}, {"set_state", generator_set_state},
		{NULL, NULL}};
	PyClass *c = torch_make_class(b, "torch.Generator", NULL, PAYLOAD_NONE, generator_make, methods);
	py_class_property(b, c, "device", generator_device, NULL);
}

void torch_generator_init(Build *b, PyModule *m)
{
	module_set_take(m, "Generator", ivalue_ref(py_value(torch_class(b, "torch.Generator"))));
	module_native(m, "manual_seed", torch_manual_seed);
	module_native(m, "initial_seed", torch_initial_seed);
	module_native(m, "seed", torch_seed_call);
	module_native(m, "get_rng_state", torch_get_rng_state);
	module_native(m, "set_rng_state", torch_set_rng_state);
	if (b->x.rng)
		module_set_take(m, "default_generator", generator_value(b->x.rng));
}
