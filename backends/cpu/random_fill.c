// SPDX-License-Identifier: BSD-3-Clause
// The distributions that PyTorch's CPU generator offers, with its transformations and its rounding, so that equal
// seeds give equal tensors.
//
// Two rules shape the normal distribution: 16 or more contiguous elements are filled with uniforms first and
// transformed in blocks of 16 (8 pairs), where a last partial block is drawn again as a whole; anything else is
// drawn one by one in double with the second value of each pair cached in the generator.
#include "backends/cpu/table.h"
#include "backends/cpu/random_draw.h"
#include "backends/cpu/nest.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

Generator *draw_generator(Exec *x, IValue generator)
{
	return generator.tag == TAG_GENERATOR ? generator.generator : x->rng;
}

Status draw_into(Exec *x, Tensor *t, const Draw *w, Generator *g)
{
	int64_t item = (int64_t)dtype_size(tensor_dtype(t));
	if (t->numel == 0)
		return STATUS_OK;
	if (tensor_is_dense(t)) {
		w->run(w, g, tensor_data(t), item, t->numel);
		return STATUS_OK;
	}
	Nest nest;
	nest_init(&nest, t->sizes, t->ndim);
	nest_add(&nest, t);
	nest_sort(&nest, NULL);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS], *offset, count;
	for (int i = 0; i < nest.ndim; i++) { // a nest has the innermost dimension first
		sizes[i] = nest.sizes[nest.ndim - 1 - i];
		strides[i] = nest.strides[0][nest.ndim - 1 - i];
	}
	TRY(walk_offsets(x, sizes, strides, nest.ndim, 1, &offset, &count));
	for (int64_t i = 0; i < count; i++)
		w->run(w, g, (char *)tensor_data(t) + offset[i], 0, 1);
	free(offset);
	return STATUS_OK;
}

// ---- uniform

// x·(to − from) + from is one fused operation in PyTorch's kernels.
static float uniform_f32(Generator *g, float from, float to) { return fmaf(random_f32(g), to - from, from); }
static double uniform_f64(Generator *g, double from, double to) { return fma(random_f64(g), to - from, from); }

static void draw_uniform(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	float from = (float)w->a, to = (float)w->b;
	if (w->dtype == DT_F32 && from == 0 && to == 1) { // rand: 24 bits never round up to 1
		for (int64_t i = 0; i < n; i++, p += step)
			*(float *)p = random_f32(g);
		return;
	}
	char low[8], high[8], v[8];
	size_t item = dtype_size(w->dtype);
	element_set_f64(low, w->dtype, w->a);
	element_set_f64(high, w->dtype, w->b);
	for (int64_t i = 0; i < n; i++, p += step) {
		if (w->dtype == DT_F64)
			element_set_f64(v, w->dtype, uniform_f64(g, w->a, w->b));
		else
			element_set_f64(v, w->dtype, uniform_f32(g, from, to));
		// rounding may reach the excluded end
		memcpy(p, element_f64(v, w->dtype) == element_f64(high, w->dtype) ? low : v, item);
	}
}

static double dtype_max(DType d)
{
	return d == DT_F16 ? 65504.0 : d == DT_BF16 ? 3.3895313892515355e38 : d == DT_F32 ? 3.4028234663852886e38 : INFINITY;
}

Status fill_uniform(Exec *x, Tensor *t, double from, double to, Generator *g)
{
	DType d = tensor_dtype(t);
	if (dtype_is_complex(d)) {
		Tensor *pairs = view_as_pairs(t);
		Status status = fill_uniform(x, pairs, from, to, g);
		tensor_unref(&pairs);
		return status;
	}
	if (!dtype_is_float(d))
		return xfail(x, "\"check_uniform_bounds\" not implemented for '%s'", dtype_class_name(d));
	if (!(from <= to))
		return xfail(x, "uniform_ expects to return a [from, to) range, but found from=%g > to=%g", from, to);
	if (!(to - from <= dtype_max(d)))
		return xfail(x, "uniform_ expects to-from <= std::numeric_limits<%s>::max(), but found to=%g and from=%g which "
				"result in to-from to exceed the limit",
			dtype_class_name(d), to, from);
	const CpuTable *simd = cpu_table();
	if (d == DT_F32 && tensor_is_contiguous(t) && simd->unit_f32) {
		random_words(g, tensor_data(t), t->numel);
		simd->unit_f32(tensor_data(t), t->numel);
		if (from != 0 || to != 1)
			simd->uniform_f32(tensor_data(t), t->numel, (float)from, (float)to);
		return STATUS_OK;
	}
	Draw w = {.run = draw_uniform, .dtype = d, .a = from, .b = to};
	return draw_into(x, t, &w, g);
}

// ---- normal

// Single-precision log after Cephes, every multiply-add fused, for x > 0.
static float block_log(float x)
{
	static const float p[] = {7.0376836292E-2f, -1.1514610310E-1f, 1.1676998740E-1f, -1.2420140846E-1f,
		1.4249322787E-1f, -1.6668057665E-1f, 2.0000714765E-1f, -2.4999993993E-1f, 3.3333331174E-1f};
	uint32_t bits;
	memcpy(&bits, &x, 4);
	float e = (float)((int)(bits >> 23) - 127) + 1.0f;
	bits = (bits & 0x807fffffu) | 0x3f000000u; // mantissa in [0.5, 1)
	memcpy(&x, &bits, 4);
	float more = x < 0.707106781186547524f ? x : 0;
	if (x < 0.707106781186547524f)
		e -= 1.0f;
	x = x - 1.0f + more;
	float z = x * x, y = p[0];
	for (int i = 1; i < 9; i++)
		y = fmaf(y, x, p[i]);
	y = fmaf(y * x, z, e * -2.12194440e-4f);
	y = fmaf(-z, 0.5f, y);
	return fmaf(e, 0.693359375f, x + y);
}

// Sine and cosine of 0 ≤ x ≤ 2π after Cephes, likewise.
static void block_sincos(float x, float *sine, float *cosine)
{
	int j = ((int)(x * 1.27323954473516f) + 1) & ~1;
	float y = (float)j;
	x = fmaf(y, -0.78515625f, x);
	x = fmaf(y, -2.4187564849853515625e-4f, x);
	x = fmaf(y, -3.77489497744594108e-8f, x);
	float z = x * x;
	float c = fmaf(2.443315711809948E-005f, z, -1.388731625493765E-003f);
	c = fmaf(c, z, 4.166664568298827E-002f);
	c = fmaf(c * z, z, -(z * 0.5f)) + 1.0f;
	float s = fmaf(-1.9515295891E-4f, z, 8.3321608736E-3f);
	s = fmaf(s, z, -1.6666654611E-1f);
	s = fmaf(s * z, x, x);
	bool swap = (j & 2) != 0;
	*sine = swap ? c : s;
	*cosine = swap ? s : c;
	if (j & 4)
		*sine = -*sine;
	if (!((j - 2) & 4))
		*cosine = -*cosine;
}

static void normal_block_f32(float *v, float mean, float std)
{
	for (int j = 0; j < 8; j++) {
		float radius = sqrtf(-2.0f * block_log(1.0f - v[j])), s, c;
		block_sincos((float)(2.0 * M_PI) * v[j + 8], &s, &c);
		v[j] = fmaf(radius * c, std, mean);
		v[j + 8] = fmaf(radius * s, std, mean);
	}
}

static void normal_block_f64(double *v, double mean, double std)
{
	for (int j = 0; j < 8; j++) {
		double radius = sqrt(-2 * log(1 - v[j])), theta = 2.0 * M_PI * v[j + 8];
		v[j] = fma(radius * cos(theta), std, mean);
		v[j + 8] = fma(radius * sin(theta), std, mean);
	}
}

static void normal_blocks(Tensor *t, double mean, double std, Generator *g)
{
	int64_t n = t->numel;
	if (tensor_dtype(t) == DT_F64) {
		double *p = tensor_data(t);
		for (int64_t i = 0; i < n; i++)
			p[i] = random_f64(g);
		for (int64_t i = 0; i + 16 <= n; i += 16)
			normal_block_f64(p + i, mean, std);
		if (n % 16) {
			for (int64_t i = n - 16; i < n; i++)
				p[i] = random_f64(g);
			normal_block_f64(p + n - 16, mean, std);
		}
	} else if (tensor_dtype(t) == DT_F32) {
		float *p = tensor_data(t);
		const CpuTable *simd = cpu_table();
		if (simd->unit_f32) {
			random_words(g, tensor_data(t), n);
			simd->unit_f32(p, n);
			simd->normal_f32(p, n / 16, (float)mean, (float)std);
		} else {
			for (int64_t i = 0; i < n; i++)
				p[i] = random_f32(g);
			for (int64_t i = 0; i + 16 <= n; i += 16)
				normal_block_f32(p + i, (float)mean, (float)std);
		}
		if (n % 16) {
			for (int64_t i = n - 16; i < n; i++)
				p[i] = random_f32(g);
			normal_block_f32(p + n - 16, (float)mean, (float)std);
		}
	} else { // half precisions: block by block in single precision
		uint16_t *p = tensor_data(t);
		float v[16];
		for (int64_t i = 0; i < n; i += 16) {
			int64_t at = i + 16 <= n ? i : n - 16;
			for (int j = 0; j < 16; j++)
				v[j] = random_f32(g);
			normal_block_f32(v, (float)mean, (float)std);
			for (int j = 0; j < 16; j++)
				element_set_f64(p + at + j, tensor_dtype(t), v[j]);
		}
	}
}

static void draw_normal(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step)
		element_set_f64(p, w->dtype, random_normal(g, w->a, w->b));
}

Status fill_normal(Exec *x, Tensor *t, double mean, double std, Generator *g)
{
	DType d = tensor_dtype(t);
	if (!(std >= 0))
		return xfail(x, "normal expects std >= 0.0, but found std %g", std);
	if (dtype_is_complex(d)) {
		Tensor *pairs = view_as_pairs(t);
		Status status = fill_normal(x, pairs, mean, std / sqrt(2.0), g); // each part has half of the variance
		tensor_unref(&pairs);
		return status;
	}
	if (!dtype_is_float(d))
		return xfail(x, "\"normal_kernel_cpu\" not implemented for '%s'", dtype_class_name(d));
	if (t->numel >= 16 && tensor_is_contiguous(t)) {
		normal_blocks(t, mean, std, g);
		return STATUS_OK;
	}
	Draw w = {.run = draw_normal, .dtype = d, .a = mean, .b = std};
	return draw_into(x, t, &w, g);
}

// ---- integers

static void set_wrapped(char *p, DType d, int64_t v)
{
	if (dtype_is_float(d))
		element_set_f64(p, d, d == DT_F64 ? (double)v : (double)(float)v);
	else if (d == DT_BOOL)
		*p = v != 0;
	else
		element_set_i64(p, d, v);
}

static void draw_range(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step) {
		uint64_t v = w->range >= 1ull << 28 ? random_u64(g) % w->range : random_u32(g) % w->range;
		set_wrapped(p, w->dtype, (int64_t)(v + (uint64_t)w->base));
	}
}

static void draw_full_64(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step)
		set_wrapped(p, w->dtype, (int64_t)random_u64(g));
}

// Bits of the significand, the hidden one included: the integers a float holds exactly reach 2^digits.
static int float_digits(DType d) { return d == DT_F64 ? 53 : d == DT_F32 ? 24 : d == DT_F16 ? 11 : 8; }

static void draw_random(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	DType d = w->dtype;
	for (int64_t i = 0; i < n; i++, p += step) {
		if (d == DT_F64)
			set_wrapped(p, d, (int64_t)(random_u64(g) % ((1ull << 53) + 1)));
		else if (d == DT_I64)
			set_wrapped(p, d, (int64_t)(random_u64(g) % (1ull << 63)));
		else if (dtype_is_float(d))
			set_wrapped(p, d, (int64_t)(random_u32(g) % ((1ull << float_digits(d)) + 1)));
		else if (d == DT_BOOL)
			*p = random_u32(g) & 1;
		else {
			int bits = 8 * (int)dtype_size(d) - (d == DT_U8 || d == DT_U16 || d == DT_U32 ? 0 : 1);
			set_wrapped(p, d, (int64_t)(random_u32(g) % (1ull << bits)));
		}
	}
}

// The largest and smallest integer that random_ may ask of a dtype.
static void integer_limits(DType d, double *low, double *high)
{
	if (dtype_is_float(d)) {
		*high = d == DT_F16 ? 65504 : d == DT_BF16 ? 3.3895313892515355e38 : d == DT_F32 ? 3.4028235e38 : INFINITY;
		*low = -*high;
	} else if (d == DT_BOOL) {
		*low = 0;
		*high = 1;
	} else {
		bool is_signed = d >= DT_I8 && d <= DT_I64;
		int bits = 8 * (int)dtype_size(d) - is_signed;
		*high = ldexp(1, bits) - 1;
		*low = is_signed ? -ldexp(1, bits) : 0;
	}
}

static const char *c_type_name(DType d)
{
	switch (d) {
	case DT_U8: return "unsigned char";
	case DT_I8: return "signed char";
	case DT_I16: return "short";
	case DT_I32: return "int";
	case DT_I64: return "long";
	case DT_BOOL: return "bool";
	default: return dtype_class_name(d);
	}
}

Status fill_integers(Exec *x, Tensor *t, int64_t from, int64_t to, Generator *g)
{
	DType d = tensor_dtype(t);
	if (!dtype_is_float(d) && !dtype_is_int(d) && d != DT_BOOL)
		return xfail(x, "\"random_from_to_kernel_cpu\" not implemented for '%s'", dtype_class_name(d));
	if (from >= to)
		return xfail(x, "random_ expects 'from' to be less than 'to', but got from=%" PRId64 " >= to=%" PRId64, from, to);
	double low, high;
	integer_limits(d, &low, &high);
	if ((double)from < low || (double)from > high)
		return xfail(x, "from is out of bounds for %s", c_type_name(d));
	if ((double)to - 1 < low || (double)to - 1 > high)
		return xfail(x, "to - 1 is out of bounds for %s", c_type_name(d));
	Draw w = {.run = draw_range, .dtype = d, .range = (uint64_t)to - (uint64_t)from, .base = from};
	return draw_into(x, t, &w, g);
}

// ---- the rest

static void draw_bernoulli(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	char one[16], zero[16];
	size_t item = dtype_size(w->dtype);
	element_set_i64(one, w->dtype, 1);
	element_set_i64(zero, w->dtype, 0);
	for (int64_t i = 0; i < n; i++, p += step)
		memcpy(p, random_f64(g) < w->a ? one : zero, item);
}

Status fill_bernoulli(Exec *x, Tensor *t, double p, Generator *g)
{
	if (!(p >= 0 && p <= 1))
		return xfail(x, "bernoulli_ expects p to be in [0, 1], but got p=%g", p);
	if (dtype_is_complex(tensor_dtype(t)))
		return xfail(x, "\"bernoulli_scalar_cpu_\" not implemented for '%s'", dtype_class_name(tensor_dtype(t)));
	Draw w = {.run = draw_bernoulli, .dtype = tensor_dtype(t), .a = p};
	return draw_into(x, t, &w, g);
}

static void draw_exponential(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step)
		element_set_f64(p, w->dtype, -1.0 / w->a * log1p(-random_f64(g)));
}

Status fill_exponential(Exec *x, Tensor *t, double lambda, Generator *g)
{
	if (!(lambda > 0))
		return xfail(x, "exponential_ expects lambda > 0.0, but found lambda=%g", lambda);
	if (!dtype_is_float(tensor_dtype(t)))
		return xfail(x, "Exponential distribution is a continuous probability distribution. dtype must be a floating "
				"point but you specified %s",
			dtype_class_name(tensor_dtype(t)));
	Draw w = {.run = draw_exponential, .dtype = tensor_dtype(t), .a = lambda};
	return draw_into(x, t, &w, g);
}

static void draw_cauchy(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step)
		element_set_f64(p, w->dtype, fma(w->b, tan(M_PI * (random_f64(g) - 0.5)), w->a));
}

static void draw_log_normal(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step)
		element_set_f64(p, w->dtype, exp(random_normal(g, w->a, w->b)));
}

static void draw_geometric(const Draw *w, Generator *g, char *p, int64_t step, int64_t n)
{
	for (int64_t i = 0; i < n; i++, p += step) {
		double v = ceil(log(random_f64(g)) / log1p(-w->a));
		if (dtype_is_float(w->dtype))
			element_set_f64(p, w->dtype, v);
		else
			element_set_i64(p, w->dtype, v < 9.2e18 ? (int64_t)v : INT64_MAX);
	}
}

// Each op twice: on self, and on a tensor like self.
typedef Status (*Fill)(Exec *x, Tensor *t, const IValue *args);

static Status on_self(Exec *x, Fill fill, const IValue *args, IValue *rets)
{
	TRY(fill(x, arg_tensor(args[0]), args));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

static Status on_like(Exec *x, Fill fill, const IValue *args, IValue *rets)
{
	Tensor *out;
	TRY(tensor_empty_like(arg_tensor(args[0]), tensor_dtype(arg_tensor(args[0])), &out, x->err));
	Status status = fill(x, out, args);
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

#define FILL(op)                                                  \
	KERNEL(op) { return on_like(x, op##_fill, args, rets); }  \
	KERNEL(op##_) { return on_self(x, op##_fill, args, rets); }

static Status uniform_fill(Exec *x, Tensor *t, const IValue *args)
{
	return fill_uniform(x, t, arg_float(args[1]), arg_float(args[2]), draw_generator(x, args[3]));
}
FILL(uniform)

static Status normal_fill(Exec *x, Tensor *t, const IValue *args)
{
	return fill_normal(x, t, arg_float(args[1]), arg_float(args[2]), draw_generator(x, args[3]));
}
KERNEL(normal_) { return on_self(x, normal_fill, args, rets); }
KERNEL(normal_functional) { return on_like(x, normal_fill, args, rets); }

static Status exponential_fill(Exec *x, Tensor *t, const IValue *args)
{
	return fill_exponential(x, t, arg_float(args[1]), draw_generator(x, args[2]));
}
FILL(exponential)

static Status cauchy_fill(Exec *x, Tensor *t, const IValue *args)
{
	Draw w = {.run = draw_cauchy, .dtype = tensor_dtype(t), .a = arg_float(args[1]), .b = arg_float(args[2])};
	if (!(w.b > 0))
		return xfail(x, "cauchy_ expects sigma > 0.0, but found sigma=%g", w.b);
	if (!dtype_is_float(w.dtype))
		return xfail(x, "Cauchy distribution is a continuous probability distribution. dtype must be a floating point "
				"but you specified %s",
			dtype_class_name(w.dtype));
	return draw_into(x, t, &w, draw_generator(x, args[3]));
}
FILL(cauchy)

static Status log_normal_fill(Exec *x, Tensor *t, const IValue *args)
{
	Draw w = {.run = draw_log_normal, .dtype = tensor_dtype(t), .a = arg_float(args[1]), .b = arg_float(args[2])};
	if (!(w.b > 0))
		return xfail(x, "log_normal_ expects std > 0.0, but found std=%g", w.b);
	if (!dtype_is_float(w.dtype))
		return xfail(x, "\"log_normal_cpu\" not implemented for '%s'", dtype_class_name(w.dtype));
	return draw_into(x, t, &w, draw_generator(x, args[3]));
}
FILL(log_normal)

static Status geometric_fill(Exec *x, Tensor *t, const IValue *args)
{
	Draw w = {.run = draw_geometric, .dtype = tensor_dtype(t), .a = arg_float(args[1])};
	if (!(w.a > 0 && w.a < 1))
		return xfail(x, "geometric_ expects p to be in (0, 1), but got p=%g", w.a);
	if (dtype_is_complex(w.dtype) || w.dtype == DT_BOOL)
		return xfail(x, "\"geometric_cpu\" not implemented for '%s'", dtype_class_name(w.dtype));
	return draw_into(x, t, &w, draw_generator(x, args[2]));
}
FILL(geometric)

static Status random_fill(Exec *x, Tensor *t, const IValue *args)
{
	Draw w = {.run = draw_random, .dtype = tensor_dtype(t)};
	if (dtype_is_complex(w.dtype))
		return xfail(x, "\"random_kernel_cpu\" not implemented for '%s'", dtype_class_name(w.dtype));
	return draw_into(x, t, &w, draw_generator(x, args[1]));
}
FILL(random)

static Status random_to_fill(Exec *x, Tensor *t, const IValue *args)
{
	return fill_integers(x, t, 0, arg_int(args[1]), draw_generator(x, args[2]));
}
KERNEL(random_to) { return on_like(x, random_to_fill, args, rets); }
KERNEL(random__to) { return on_self(x, random_to_fill, args, rets); }

static Status random_from_fill(Exec *x, Tensor *t, const IValue *args)
{
	int64_t from = arg_int(args[1]);
	DType d = tensor_dtype(t);
	Generator *g = draw_generator(x, args[3]);
	if (!iv_is_none(args[2]))
		return fill_integers(x, t, from, arg_int(args[2]), g);
	Draw w = {.run = draw_range, .dtype = d, .base = from};
	if (from == INT64_MIN) {
		if (d != DT_I64 && d != DT_F64 && d != DT_F32 && d != DT_BF16)
			return xfail(x, "random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16");
		w.run = draw_full_64;
		return draw_into(x, t, &w, g);
	}
	int64_t last;
	if (dtype_is_float(d))
		last = (int64_t)1 << float_digits(d);
	else if (dtype_is_int(d)) {
		double low, high;
		integer_limits(d, &low, &high);
		last = d == DT_I64 || d == DT_U64 ? INT64_MAX : (int64_t)high;
	} else if (d == DT_BOOL)
		last = 1;
	else
		return xfail(x, "random_from_default_to_kernel_cpu: not for %s", dtype_name(d));
	if (from > last)
		return xfail(x, "from is out of bounds for %s", c_type_name(d));
	w.range = (uint64_t)last - (uint64_t)from + 1;
	return draw_into(x, t, &w, g);
}
KERNEL(random_from) { return on_like(x, random_from_fill, args, rets); }
KERNEL(random__from) { return on_self(x, random_from_fill, args, rets); }

static Status bernoulli_float_fill(Exec *x, Tensor *t, const IValue *args)
{
	return fill_bernoulli(x, t, arg_float(args[1]), draw_generator(x, args[2]));
}
KERNEL(bernoulli_p) { return on_like(x, bernoulli_float_fill, args, rets); }
KERNEL(bernoulli__float) { return on_self(x, bernoulli_float_fill, args, rets); }

// t[i] is 1 with probability p[i]; p is broadcast to t.
static Status fill_bernoulli_tensor(Exec *x, Tensor *t, const Tensor *p, Generator *g)
{
	DType d = tensor_dtype(t), pd = tensor_dtype(p);
	if (!dtype_is_float(pd))
		return xfail(x, "\"bernoulli_tensor_cpu_p_\" not implemented for '%s'", dtype_class_name(pd));
	if (dtype_is_complex(d))
		return xfail(x, "\"bernoulli_tensor_cpu_self_\" not implemented for '%s'", dtype_class_name(d));
	Tensor *wide;
	TRY(view_expand(x, p, t->sizes, t->ndim, &wide));
	Nest nest;
	nest_init(&nest, t->sizes, t->ndim);
	nest_add(&nest, t);
	nest_add(&nest, wide);
	nest_sort(&nest, NULL);
	int64_t sizes[MAX_DIMS], strides[2][MAX_DIMS], *to = NULL, *from = NULL, count;
	for (int i = 0; i < nest.ndim; i++) {
		sizes[i] = nest.sizes[nest.ndim - 1 - i];
		strides[0][i] = nest.strides[0][nest.ndim - 1 - i];
		strides[1][i] = nest.strides[1][nest.ndim - 1 - i];
	}
	Status status = walk_offsets(x, sizes, strides[0], nest.ndim, 1, &to, &count);
	if (!status)
		status = walk_offsets(x, sizes, strides[1], nest.ndim, 1, &from, &count);
	for (int64_t i = 0; i < count && !status; i++) {
		double chance = element_f64((const char *)tensor_data(wide) + from[i], pd);
		if (!(chance >= 0 && chance <= 1)) {
			status = xfail(x, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.");
			break;
		}
		bool one = pd == DT_F64 ? random_f64(g) < chance : random_f32(g) < (float)chance;
		element_set_i64((char *)tensor_data(t) + to[i], d, one);
	}
	free(to);
	free(from);
	tensor_unref(&wide);
	return status;
}

KERNEL(bernoulli__Tensor)
{
	Tensor *self = arg_tensor(args[0]);
	TRY(fill_bernoulli_tensor(x, self, arg_tensor(args[1]), draw_generator(x, args[2])));
	return ret_tensor(rets, tensor_ref(self));
}

// The result has `like`'s shape and dtype.
static Status bernoulli_like(Exec *x, const Tensor *like, const Tensor *p, Generator *g, IValue *rets)
{
	Tensor *out;
	TRY(tensor_empty_like(like, tensor_dtype(like), &out, x->err));
	Status status = fill_bernoulli_tensor(x, out, p, g);
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(bernoulli) { return bernoulli_like(x, arg_tensor(args[0]), arg_tensor(args[0]), draw_generator(x, args[1]), rets); }
KERNEL(bernoulli_Tensor)
{
	return bernoulli_like(x, arg_tensor(args[0]), arg_tensor(args[1]), draw_generator(x, args[2]), rets);
}

// ---- the initialisers of torch.nn.init

KERNEL(_no_grad_uniform_)
{
	TRY(fill_uniform(x, arg_tensor(args[0]), arg_float(args[1]), arg_float(args[2]), draw_generator(x, args[3])));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(_no_grad_normal_)
{
	TRY(fill_normal(x, arg_tensor(args[0]), arg_float(args[1]), arg_float(args[2]), draw_generator(x, args[3])));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(_no_grad_fill_)
{
	TRY(cpu_fill(x, arg_tensor(args[0]), args[1]));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(_no_grad_zero_)
{
	TRY(cpu_fill(x, arg_tensor(args[0]), iv_int(0)));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}
