// SPDX-License-Identifier: BSD-3-Clause
// The arithmetic of convolution: weight (O × C·taps) times patches (C·taps × positions).
//
// The patch matrix never exists: its panels are packed straight from the image.  A tap is an offset into the
// image that every output position shares.  A transposed convolution with stride s is s³ (s², s) ordinary ones:
// outputs with the same remainder modulo s see the same taps, at steps of 1 through the input, so no
// multiplication by an inserted zero is ever done; their results are then interleaved.
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "backends/cpu/conv_patch.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/scratch.h"

#define LARGE_PRODUCT 2e6 // multiply-adds from which one product is worth all threads

typedef struct Weights { // of a transposed convolution: element (o, c·taps + t) = w[c][o][index[t]]
	const char *data;
	const PatchClass *cls;
	int64_t out_channels, volume; // of the group; of the kernel
} Weights;

typedef struct { uint64_t w[2]; } Bits128;

PATCH_GATHER(gather_1, uint8_t)
PATCH_GATHER(gather_2, uint16_t)
PATCH_GATHER(gather_4, uint32_t)
PATCH_GATHER(gather_8, uint64_t)
PATCH_GATHER(gather_16, Bits128)

static const ConvKernels *conv_kernels(void)
{
#if defined(__x86_64__) || defined(__i386__)
	switch (cpu_isa()) {
	case ISA_AVX512:
		return &conv_avx512;
	case ISA_AVX2:
		return &conv_avx2;
	default:
		break;
	}
#endif
	return &conv_base;
}

// dst[i*os + p*ps]: the weight matrix of a class, any order
static void weights_copy(const Weights *w, size_t es, int64_t first, int64_t n, int64_t os, int64_t k0, int64_t kc, int64_t ps,
	char *dst)
{
	for (int64_t p = 0; p < kc; p++) {
		int64_t c = (k0 + p) / w->cls->taps, t = (k0 + p) % w->cls->taps;
		const char *src = w->data + (size_t)((c * w->out_channels + first) * w->volume + w->cls->index[t]) * es;
		char *d = dst + (size_t)(p * ps) * es;
		for (int64_t i = 0; i < n; i++)
			memcpy(d + (size_t)(i * os) * es, src + (size_t)(i * w->volume) * es, es);
	}
}

static void pack_weights_4(const void *source, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst)
{
	weights_copy(source, 4, first, n, 1, k0, kc, width, dst);
}

static void pack_weights_8(const void *source, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst)
{
	weights_copy(source, 8, first, n, 1, k0, kc, width, dst);
}

typedef struct ConvRun {
	DType d;
	size_t es;
	const ConvShape *s;
	const char *input, *weight, *bias;
	char *out;
	int64_t in_volume, out_volume, kernel_volume;
	const PatchClass *classes;
	int nclasses;
	_Atomic int status;
} ConvRun;

static void fill_rows(char *out, const char *bias, int64_t rows, int64_t columns, size_t es)
{
	for (int64_t r = 0; r < rows; r++, bias += es, out += (size_t)columns * es)
		for (int64_t i = 0; i < columns; i++)
			memcpy(out + (size_t)i * es, bias, es);
}

// Puts the class's result (channels × positions) into its places of the output.
static void interleave(const ConvRun *r, const PatchClass *c, const char *src, char *out, int64_t channels)
{
	const ConvShape *s = r->s;
	size_t es = r->es;
	for (int64_t o = 0; o < channels; o++)
		for (int64_t z = 0; z < c->count[0]; z++)
			for (int64_t y = 0; y < c->count[1]; y++) {
				int64_t at = (o * s->out[0] + c->out_first[0] + z * c->out_step[0]) * s->out[1] + c->out_first[1] +
					y * c->out_step[1];
				char *d = out + (size_t)(at * s->out[2] + c->out_first[2]) * es;
				size_t step = (size_t)c->out_step[2] * es;
				for (int64_t q = 0; q < c->count[2]; q++, d += step, src += es)
					memcpy(d, src, es);
			}
}

static Status conv_class(const ConvRun *r, const PatchClass *c, int64_t n, int64_t g)
{
	const ConvShape *s = r->s;
	size_t es = r->es;
	int64_t cg = s->in_channels / s->groups, og = s->out_channels / s->groups;
	int64_t positions = c->count[0] * c->count[1] * c->count[2], k = cg * c->taps;
	if (positions == 0)
		return STATUS_OK;
	Patches patches = {.image = r->input + (size_t)((n * s->in_channels + g * cg) * r->in_volume) * es, .s = s, .cls = c,
		.plane = r->in_volume};
	char *out = r->out + (size_t)((n * s->out_channels + g * og) * r->out_volume) * es;
	const char *weight = r->weight + (size_t)(s->transposed ? g * cg * og * r->kernel_volume : g * og * cg * r->kernel_volume) * es;
	const char *bias = r->bias ? r->bias + (size_t)(g * og) * es : NULL;
	Weights weights = {.data = weight, .cls = c, .out_channels = og, .volume = r->kernel_volume};
	bool direct = r->nclasses == 1;
	char *result = out;
	bool is_float = r->d == DT_F32 || r->d == DT_F64;
	int64_t entries;
	if (__builtin_mul_overflow(k, positions, &entries) || entries > INT64_MAX / 64)
		return STATUS_MEMORY;
	size_t columns = is_float ? 0 : (size_t)entries, matrix = is_float || !s->transposed ? 0 : (size_t)(og * k);
	size_t staged = direct ? 0 : (size_t)(og * positions);
	char *block = NULL;
	if (columns + matrix + staged) {
		block = scratch_get(SCRATCH_CONV, (columns + matrix + staged) * es);
		if (!block)
			return STATUS_MEMORY;
	}
	if (!direct)
		result = block + (columns + matrix) * es;
	if (bias)
		fill_rows(result, bias, og, positions, es);
	Gemm m = {.m = og, .n = positions, .k = k, .c = result, .ldc = positions, .alpha = 1, .beta = bias ? 1 : 0};
	m.a = s->transposed ? (GemmOperand){.pack = es == 4 ? pack_weights_4 : pack_weights_8, .source = &weights} :
		(GemmOperand){.data = weight, .rs = k, .cs = 1};
	bool pointwise = c->taps == 1 && c->offset[0][0] == 0 && c->offset[0][1] == 0 && c->offset[0][2] == 0 &&
		c->step[0] == 1 && c->step[1] == 1 && c->step[2] == 1 && positions == r->in_volume &&
		c->count[1] == s->in[1] && c->count[2] == s->in[2];
	m.b = pointwise ? (GemmOperand){.data = patches.image, .rs = r->in_volume, .cs = 1} :
		(GemmOperand){.pack = es == 4 ? conv_kernels()->pack_f32 : conv_kernels()->pack_f64, .source = &patches};
	if (s->transposed && r->kernel_volume == 1 && pointwise)
		m.a = (GemmOperand){.data = weight, .rs = 1, .cs = og};
	Status status;
	if (is_float) {
		status = gemm_float(r->d, &m, NULL);
	} else { // the same matrices, written out
		for (int64_t j = 0; j < positions && k > 0; j += 64) {
			int w = positions - j < 64 ? (int)(positions - j) : 64;
			void *dst = block + (size_t)j * es;
			switch (es) {
			case 1: gather_1(&patches, j, w, positions, 0, k, dst); break;
			case 2: gather_2(&patches, j, w, positions, 0, k, dst); break;
			case 4: gather_4(&patches, j, w, positions, 0, k, dst); break;
			case 8: gather_8(&patches, j, w, positions, 0, k, dst); break;
			default: gather_16(&patches, j, w, positions, 0, k, dst); break;
			}
		}
		if (s->transposed) {
			weights_copy(&weights, es, 0, og, k, 0, k, 1, block + columns * es);
			m.a = (GemmOperand){.data = block + columns * es, .rs = k, .cs = 1};
		}
		m.b = (GemmOperand){.data = block, .rs = positions, .cs = 1};
		status = gemm_any(r->d, &m, NULL);
	}
	if (status == STATUS_OK && !direct)
		interleave(r, c, result, out, og);
	return status;
}

static void conv_body(void *arg, int64_t begin, int64_t end)
{
	ConvRun *r = arg;
	for (int64_t t = begin; t < end; t++)
		for (int i = 0; i < r->nclasses; i++) {
			Status s = conv_class(r, &r->classes[i], t / r->s->groups, t % r->s->groups);
			if (s != STATUS_OK)
				atomic_store(&r->status, (int)s);
		}
}

static void depthwise_body(void *arg, int64_t begin, int64_t end)
{
	const ConvRun *r = arg;
	const ConvShape *s = r->s;
	const ConvKernels *k = conv_kernels();
	int64_t multiple = s->out_channels / s->groups;
	for (int64_t t = begin; t < end; t++) {
		int64_t n = t / s->out_channels, o = t % s->out_channels;
		int64_t in = (n * s->in_channels + o / multiple) * r->in_volume, out = t * r->out_volume;
		if (r->d == DT_F32)
			k->depthwise_f32(s, (const float *)r->input + in, (const float *)r->weight + o * r->kernel_volume,
				r->bias ? ((const float *)r->bias)[o] : 0, (float *)r->out + out);
		else
			k->depthwise_f64(s, (const double *)r->input + in, (const double *)r->weight + o * r->kernel_volume,
				r->bias ? ((const double *)r->bias)[o] : 0, (double *)r->out + out);
	}
}

// One axis of one class: which kernel positions reach the outputs r, r + s, …
static int64_t axis_taps(const ConvShape *s, int axis, int64_t r, int64_t *offset, int64_t *index)
{
	int64_t n = 0;
	for (int64_t k = 0; k < s->kernel[axis]; k++) {
		if (!s->transposed) {
			offset[n] = k * s->dilation[axis] - s->pad[axis];
			index[n++] = k;
		} else {
			int64_t at = r + s->pad[axis] - k * s->dilation[axis];
			if (at % s->stride[axis] == 0) {
				offset[n] = at / s->stride[axis];
				index[n++] = k;
			}
		}
	}
	return n;
}

// Builds the class for remainders rem; its arrays live in *memory, kernel_volume entries each.
static void class_init(const ConvShape *s, const int64_t rem[3], PatchClass *c, int64_t *axis_memory)
{
	int64_t *offset[3], *index[3], taps[3];
	for (int a = 0; a < 3; a++) {
		offset[a] = axis_memory;
		index[a] = axis_memory + s->kernel[a];
		axis_memory += 2 * s->kernel[a];
		taps[a] = axis_taps(s, a, rem[a], offset[a], index[a]);
		c->out_first[a] = rem[a];
		c->out_step[a] = s->transposed ? s->stride[a] : 1;
		c->step[a] = s->transposed ? 1 : s->stride[a];
		c->count[a] = s->out[a] > rem[a] ? (s->out[a] - rem[a] + c->out_step[a] - 1) / c->out_step[a] : 0;
	}
	c->taps = 0;
	for (int64_t z = 0; z < taps[0]; z++)
		for (int64_t y = 0; y < taps[1]; y++)
			for (int64_t w = 0; w < taps[2]; w++) {
				int64_t t = c->taps++;
				c->offset[t][0] = offset[0][z];
				c->offset[t][1] = offset[1][y];
				c->offset[t][2] = offset[2][w];
				c->index[t] = (index[0][z] * s->kernel[1] + index[1][y]) * s->kernel[2] + index[2][w];
				c->flat[t] = (offset[0][z] * s->in[1] + offset[1][y]) * s->in[2] + offset[2][w];
			}
}

Status conv_run(DType d, const ConvShape *s, const void *input, const void *weight, const void *bias, void *out, Error *err)
{
	ConvRun r = {.d = d, .es = dtype_size(d), .s = s, .input = input, .weight = weight, .bias = bias, .out = out,
		.in_volume = s->in[0] * s->in[1] * s->in[2], .out_volume = s->out[0] * s->out[1] * s->out[2],
		.kernel_volume = s->kernel[0] * s->kernel[1] * s->kernel[2]};
	if (s->batch == 0 || s->out_channels == 0 || r.out_volume == 0)
		return STATUS_OK;
	bool depthwise = !s->transposed && s->groups == s->in_channels && s->groups > 1 && s->in[0] == 1 && s->kernel[0] == 1 &&
		s->pad[0] == 0 && (d == DT_F32 || d == DT_F64);
	if (depthwise) {
		int64_t work = r.out_volume * r.kernel_volume, grain = work > 0 ? 60000 / work : 1;
		parallel_for(s->batch * s->out_channels, grain < 1 ? 1 : grain, depthwise_body, &r);
		return STATUS_OK;
	}
	int64_t per_axis[3], nclasses = 1;
	for (int a = 0; a < 3; a++) {
		per_axis[a] = s->transposed ? (s->stride[a] < s->out[a] ? s->stride[a] : s->out[a]) : 1;
		nclasses *= per_axis[a];
	}
	int64_t axis_ints = 2 * (s->kernel[0] + s->kernel[1] + s->kernel[2]);
	size_t class_ints = (size_t)(5 * r.kernel_volume), total;
	// out_volume bounds the number of classes; the multiplication may still be too much to ask for
	if (__builtin_mul_overflow((size_t)nclasses, class_ints * 8 + sizeof(PatchClass), &total))
		return fail_memory(err, SIZE_MAX);
	PatchClass *classes = malloc((size_t)nclasses * sizeof *classes);
	int64_t *ints = malloc(((size_t)nclasses * class_ints + (size_t)axis_ints + 1) * sizeof *ints);
	if (!classes || !ints) {
		free(classes);
		free(ints);
		return fail_memory(err, total);
	}
	int64_t *memory = ints + axis_ints;
	int64_t most = 0;
	for (int64_t i = 0; i < nclasses; i++) {
		int64_t rem[3] = {i / (per_axis[1] * per_axis[2]), i / per_axis[2] % per_axis[1], i % per_axis[2]};
		PatchClass *c = &classes[i];
		c->offset = (int64_t(*)[3])memory;
		c->index = memory + 3 * r.kernel_volume;
		c->flat = memory + 4 * r.kernel_volume;
		memory += class_ints;
		class_init(s, rem, c, ints);
		int64_t work = c->count[0] * c->count[1] * c->count[2] * (c->taps + 1);
		most = work > most ? work : most;
	}
	r.classes = classes;
	r.nclasses = (int)nclasses;
	int64_t tasks = s->batch * s->groups;
	double work = (double)most * (double)(s->in_channels / s->groups) * (double)(s->out_channels / s->groups);
	if (work >= LARGE_PRODUCT && tasks < 4 * threads_get()) // threads inside each product
		conv_body(&r, 0, tasks);
	else
		parallel_for(tasks, work > 100000 ? 1 : (int64_t)(100000 / (work + 1)) + 1, conv_body, &r);
	free(classes);
	free(ints);
	Status status = (Status)atomic_load(&r.status);
	return status == STATUS_OK ? STATUS_OK : fail(err, status, "not enough memory for a convolution");
}
