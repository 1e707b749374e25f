// SPDX-License-Identifier: BSD-3-Clause
// Random factories (rand, randn, randint, randperm), sampling from given probabilities, and generators.
#include "backends/cpu/random_draw.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

// ---- factories

// A new tensor of args[at] sizes and the dtype argument.
static Status new_sized(Exec *x, IValue sizes_, IValue dtype, DType otherwise, Tensor **out)
{
	int64_t sizes[MAX_DIMS];
	int n;
	DType d;
	TRY(arg_ints(x, sizes_, sizes, MAX_DIMS, &n));
	TRY(arg_dtype(x, dtype, otherwise, &d));
	return tensor_empty(d, sizes, n, out, x->err);
}

static Status new_like(Exec *x, const Tensor *self, IValue dtype, IValue format, Tensor **out)
{
	DType d;
	int64_t strides[MAX_DIMS], f = arg_int_or(format, 1); // 0 contiguous, 1 preserve, 2 and 3 channels last
	TRY(arg_dtype(x, dtype, tensor_dtype(self), &d));
	if (f == 1)
		return tensor_empty_like(self, d, out, x->err);
	if (f == 0)
		return tensor_empty(d, self->sizes, self->ndim, out, x->err);
	if (self->ndim != (f == 2 ? 4 : 5))
		return xfail(x, "required rank %d tensor to use channels_last%s format", f == 2 ? 4 : 5, f == 2 ? "" : "_3d");
	channels_last_strides(self->sizes, self->ndim, strides);
	return tensor_empty_strided(d, self->sizes, strides, self->ndim, out, x->err);
}

static Status finish(Status status, Tensor *t, IValue *rets)
{
	if (status)
		tensor_unref(&t);
	return status ? status : ret_tensor(rets, t);
}

static Status rand_sized(Exec *x, IValue sizes, IValue dtype, IValue generator, bool normal, IValue *rets)
{
	Tensor *t;
	TRY(new_sized(x, sizes, dtype, default_float_dtype(), &t));
	Generator *g = draw_generator(x, generator);
	return finish(normal ? fill_normal(x, t, 0, 1, g) : fill_uniform(x, t, 0, 1, g), t, rets);
}

KERNEL(rand) { return rand_sized(x, args[0], args[1], iv_none(), false, rets); }
KERNEL(rand_generator) { return rand_sized(x, args[0], args[2], args[1], false, rets); }
KERNEL(randn) { return rand_sized(x, args[0], args[1], iv_none(), true, rets); }
KERNEL(randn_generator) { return rand_sized(x, args[0], args[2], args[1], true, rets); }

static Status rand_like(Exec *x, const IValue *args, IValue dtype, IValue format, IValue generator, bool normal, IValue *rets)
{
	Tensor *t;
	TRY(new_like(x, arg_tensor(args[0]), dtype, format, &t));
	Generator *g = draw_generator(x, generator);
	return finish(normal ? fill_normal(x, t, 0, 1, g) : fill_uniform(x, t, 0, 1, g), t, rets);
}

KERNEL(rand_like) { return rand_like(x, args, args[1], args[5], iv_none(), false, rets); }
KERNEL(rand_like_generator) { return rand_like(x, args, args[2], args[6], args[1], false, rets); }
KERNEL(randn_like) { return rand_like(x, args, args[1], args[5], iv_none(), true, rets); }
KERNEL(randn_like_generator) { return rand_like(x, args, args[2], args[6], args[1], true, rets); }

static Status randint_sized(Exec *x, int64_t low, int64_t high, IValue sizes, IValue dtype, IValue generator, IValue *rets)
{
	Tensor *t;
	TRY(new_sized(x, sizes, dtype, DT_I64, &t));
	return finish(fill_integers(x, t, low, high, draw_generator(x, generator)), t, rets);
}

KERNEL(randint) { return randint_sized(x, 0, arg_int(args[0]), args[1], args[2], iv_none(), rets); }
KERNEL(randint_generator) { return randint_sized(x, 0, arg_int(args[0]), args[1], args[3], args[2], rets); }
KERNEL(randint_low) { return randint_sized(x, arg_int(args[0]), arg_int(args[1]), args[2], args[3], iv_none(), rets); }
KERNEL(randint_low_generator)
{
	return randint_sized(x, arg_int(args[0]), arg_int(args[1]), args[2], args[4], args[3], rets);
}

static Status randint_like(Exec *x, const Tensor *self, int64_t low, int64_t high, IValue dtype, IValue format,
	IValue generator, IValue *rets)
{
	Tensor *t;
	TRY(new_like(x, self, dtype, format, &t));
	return finish(fill_integers(x, t, low, high, draw_generator(x, generator)), t, rets);
}

static int64_t tensor_int(IValue v) { return element_i64(tensor_data(arg_tensor(v)), tensor_dtype(arg_tensor(v))); }

KERNEL(randint_like)
{
	return randint_like(x, arg_tensor(args[0]), 0, arg_int(args[1]), args[2], args[6], iv_none(), rets);
}
KERNEL(randint_like_generator)
{
	return randint_like(x, arg_tensor(args[0]), 0, arg_int(args[1]), args[3], args[7], args[2], rets);
}
KERNEL(randint_like_Tensor)
{
	if (arg_tensor(args[1])->numel != 1)
		return xfail(x, "high must be a scalar tensor");
	return randint_like(x, arg_tensor(args[0]), 0, tensor_int(args[1]), args[2], args[6], iv_none(), rets);
}
KERNEL(randint_like_Tensor_generator)
{
	if (arg_tensor(args[1])->numel != 1)
		return xfail(x, "high must be a scalar tensor");
	return randint_like(x, arg_tensor(args[0]), 0, tensor_int(args[1]), args[3], args[7], args[2], rets);
}
KERNEL(randint_like_low_dtype)
{
	return randint_like(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), args[3], args[7], iv_none(), rets);
}
KERNEL(randint_like_low_generator_dtype)
{
	return randint_like(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), args[4], args[8], args[3], rets);
}

static Status randperm_sized(Exec *x, int64_t n, IValue dtype, Generator *g, IValue *rets)
{
	Tensor *t, *out;
	DType d;
	TRY(arg_dtype(x, dtype, DT_I64, &d));
	if (n < 0)
		return xfail(x, "Trying to create tensor with negative dimension %" PRId64 ": [%" PRId64 "]", n, n);
	TRY(tensor_empty(DT_I64, &n, 1, &t, x->err));
	int64_t *p = tensor_data(t);
	for (int64_t i = 0; i < n; i++)
		p[i] = i;
	for (int64_t i = 0; i < n - 1; i++) {
		uint64_t left = (uint64_t)(n - i);
		// beyond this size 32 bits would show a bias
		int64_t z = (int64_t)(n < UINT32_MAX / 20 ? random_u32(g) % left : random_u64(g) % left);
		int64_t swap = p[i];
		p[i] = p[i + z];
		p[i + z] = swap;
	}
	Status status = cpu_to_dtype(x, t, d, &out);
	tensor_unref(&t);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(randperm) { return randperm_sized(x, arg_int(args[0]), args[1], x->rng, rets); }
KERNEL(randperm_generator) { return randperm_sized(x, arg_int(args[0]), args[2], draw_generator(x, args[1]), rets); }

// ---- normal with tensors as parameters: z·std + mean, rounded after each step

static Status normal_tensors(Exec *x, const Tensor *mean, double mean_number, const Tensor *std, double std_number,
	Generator *g, IValue *rets)
{
	const Tensor *shape = mean ? mean : std;
	int64_t sizes[MAX_DIMS];
	int n = shape->ndim;
	memcpy(sizes, shape->sizes, sizeof(int64_t) * shape->ndim);
	if (mean && std)
		TRY(broadcast_sizes(mean->sizes, mean->ndim, std->sizes, std->ndim, sizes, &n, x->err));
	DType d = tensor_dtype(shape);
	if (!dtype_is_float(d))
		return xfail(x, "\"normal_kernel_cpu\" not implemented for '%s'", dtype_class_name(d));
	if (!std && !(std_number >= 0))
		return xfail(x, "normal expects std >= 0.0, but found std %g", std_number);
	Tensor *wide[2] = {NULL}, *dense[2] = {NULL}, *out = NULL;
	const Tensor *in[2] = {std, mean};
	Status status = STATUS_OK;
	for (int i = 0; i < 2 && !status; i++) {
		if (!in[i])
			continue;
		status = view_expand(x, in[i], sizes, n, &wide[i]);
		if (!status)
			status = cpu_prepare(x, wide[i], d, &dense[i]);
	}
	size_t item = dtype_size(d);
	for (int64_t i = 0; dense[0] && i < dense[0]->numel && !status; i++)
		if (!(element_f64((char *)tensor_data(dense[0]) + (size_t)i * item, d) >= 0))
			status = xfail(x, "normal expects all elements of std >= 0.0");
	if (!status)
		status = tensor_empty(d, sizes, n, &out, x->err);
	if (!status)
		status = fill_normal(x, out, 0, std ? 1 : std_number, g);
	if (!status) {
		char *p = tensor_data(out);
		for (int64_t i = 0; i < out->numel; i++, p += item) {
			double v = element_f64(p, d);
			if (dense[0]) {
				v *= element_f64((char *)tensor_data(dense[0]) + (size_t)i * item, d);
				element_set_f64(p, d, d == DT_F64 ? v : (float)v);
				v = element_f64(p, d);
			}
			v += dense[1] ? element_f64((char *)tensor_data(dense[1]) + (size_t)i * item, d)
				      : d == DT_F64 ? mean_number : (float)mean_number;
			element_set_f64(p, d, d == DT_F64 ? v : (float)v);
		}
	}
	for (int i = 0; i < 2; i++) {
		tensor_unref(&wide[i]);
		tensor_unref(&dense[i]);
	}
	return finish(status, out, rets);
}

KERNEL(normal_Tensor_float)
{
	return normal_tensors(x, arg_tensor(args[0]), 0, NULL, arg_float(args[1]), draw_generator(x, args[2]), rets);
}
KERNEL(normal_float_Tensor)
{
	return normal_tensors(x, NULL, arg_float(args[0]), arg_tensor(args[1]), 1, draw_generator(x, args[2]), rets);
}
KERNEL(normal_Tensor_Tensor)
{
	return normal_tensors(x, arg_tensor(args[0]), 0, arg_tensor(args[1]), 1, draw_generator(x, args[2]), rets);
}
KERNEL(normal_float_float)
{
	Tensor *t;
	TRY(new_sized(x, args[2], args[4], default_float_dtype(), &t));
	return finish(fill_normal(x, t, arg_float(args[0]), arg_float(args[1]), draw_generator(x, args[3])), t, rets);
}

// ---- multinomial

// Without replacement: p / Exp(1) orders the categories as successive draws would.
static Status sample_distinct(Exec *x, const Tensor *probs, int64_t rows, int64_t cols, int64_t n, Generator *g, int64_t *out)
{
	DType d = tensor_dtype(probs);
	size_t item = dtype_size(d);
	Tensor *q;
	TRY(tensor_empty(d, probs->sizes, probs->ndim, &q, x->err));
	Status status = fill_exponential(x, q, 1, g);
	double *key = malloc(sizeof *key * (size_t)(cols ? cols : 1));
	if (!status && !key)
		status = fail_memory(x->err, sizeof *key * (size_t)cols);
	for (int64_t r = 0; r < rows && !status; r++) {
		const char *p = (const char *)tensor_data(probs) + (size_t)(r * cols) * item;
		const char *e = (const char *)tensor_data(q) + (size_t)(r * cols) * item;
		for (int64_t c = 0; c < cols; c++) {
			char rounded[8];
			double v = element_f64(p + (size_t)c * item, d) / element_f64(e + (size_t)c * item, d);
			element_set_f64(rounded, d, d == DT_F64 ? v : (float)v);
			key[c] = element_f64(rounded, d);
		}
		for (int64_t k = 0; k < n; k++) {
			int64_t best = 0;
			for (int64_t c = 1; c < cols; c++)
				if (key[c] > key[best])
					best = c;
			out[r * n + k] = best;
			key[best] = -INFINITY;
		}
	}
	free(key);
	tensor_unref(&q);
	return status;
}

// With replacement: binary search of uniform numbers in the cumulative distribution, kept in the tensor's dtype.
static Status sample_again(Exec *x, const Tensor *probs, int64_t rows, int64_t cols, int64_t n, Generator *g, int64_t *out)
{
	DType d = tensor_dtype(probs);
	size_t item = dtype_size(d);
	double *sum = malloc(sizeof *sum * (size_t)(cols ? cols : 1));
	if (!sum)
		return fail_memory(x->err, sizeof *sum * (size_t)cols);
	for (int64_t r = 0; r < rows; r++) {
		const char *p = (const char *)tensor_data(probs) + (size_t)(r * cols) * item;
		char rounded[8];
		double total = 0;
		for (int64_t c = 0; c < cols; c++) {
			total += element_f64(p + (size_t)c * item, d);
			element_set_f64(rounded, d, total);
			sum[c] = total = element_f64(rounded, d);
		}
		for (int64_t c = 0; c < cols; c++) {
			element_set_f64(rounded, d, d == DT_F64 ? sum[c] / total : (float)(sum[c] / total));
			sum[c] = element_f64(rounded, d);
		}
		sum[cols - 1] = 1;
		for (int64_t k = 0; k < n; k++) {
			double u = random_f64(g);
			int64_t lo = 0, hi = cols;
			while (lo < hi) {
				int64_t mid = lo + (hi - lo) / 2;
				if (sum[mid] < u)
					lo = mid + 1;
				else
					hi = mid;
			}
			out[r * n + k] = lo;
		}
	}
	free(sum);
	return STATUS_OK;
}

KERNEL(multinomial)
{
	const Tensor *self = arg_tensor(args[0]);
	int64_t n = arg_int(args[1]);
	bool again = arg_bool(args[2]);
	DType d = tensor_dtype(self);
	Generator *g = draw_generator(x, args[3]);
	if (self->ndim < 1 || self->ndim > 2)
		return xfail(x, "prob_dist must be 1 or 2 dim");
	if (!dtype_is_float(d))
		return xfail(x, "multinomial only supports floating-point dtypes for input, got: %s", dtype_class_name(d));
	if (n <= 0)
		return xfail(x, "cannot sample n_sample <= 0 samples");
	int64_t cols = self->sizes[self->ndim - 1], rows = self->ndim == 2 ? self->sizes[0] : 1;
	if (!again && n > cols)
		return xfail(x, "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
	if (cols > 1 << 24)
		return xfail(x, "number of categories cannot exceed 2^24");
	Tensor *probs, *out;
	TRY(cpu_prepare(x, self, d, &probs));
	int64_t sizes[2] = {self->ndim == 2 ? rows : n, n};
	Status status = STATUS_OK;
	size_t item = dtype_size(d);
	for (int64_t r = 0; r < rows && !status; r++) {
		double sum = 0;
		for (int64_t c = 0; c < cols && !status; c++) {
			double v = element_f64((const char *)tensor_data(probs) + (size_t)(r * cols + c) * item, d);
			if (!(v >= 0 && v < INFINITY))
				status = xfail(x, "probability tensor contains either `inf`, `nan` or element < 0");
			sum += v;
		}
		if (!status && !(sum > 0))
			status = xfail(x, "invalid multinomial distribution (sum of probabilities <= 0)");
	}
	if (!status)
		status = tensor_empty(DT_I64, sizes, self->ndim, &out, x->err);
	if (!status) {
		status = again && n > 1 ? sample_again(x, probs, rows, cols, n, g, tensor_data(out))
					: sample_distinct(x, probs, rows, cols, n, g, tensor_data(out));
		if (status)
			tensor_unref(&out);
	}
	tensor_unref(&probs);
	return status ? status : ret_tensor(rets, out);
}

// ---- distributions whose parameters are tensors

// Poisson: products of uniforms for small rates, Hörmann's transformed rejection (PTRS, 1993) from 10 on.
static double sample_poisson(double rate, Generator *g)
{
	if (rate == 0)
		return 0;
	if (rate < 10) {
		double limit = exp(-rate), product = 1;
		for (int64_t k = 0;; k++) {
			product *= random_f64(g);
			if (!(product > limit))
				return (double)k;
		}
	}
	double root = sqrt(rate), log_rate = log(rate), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
	double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), vr = 0.9277 - 3.6224 / (b - 2);
	for (;;) {
		double u = random_f64(g) - 0.5, v = random_f64(g), us = 0.5 - fabs(u);
		double k = floor((2 * a / us + b) * u + rate + 0.43);
		if (us >= 0.07 && v <= vr)
			return k;
		if (k < 0 || (us < 0.013 && v > us))
			continue;
		if (log(v) + log(inverse_alpha) - log(a / (us * us) + b) <= -rate + k * log_rate - lgamma(k + 1))
			return k;
	}
}

KERNEL(poisson)
{
	const Tensor *self = arg_tensor(args[0]);
	DType d = tensor_dtype(self);
	if (!dtype_is_float(d))
		return xfail(x, "\"poisson_cpu\" not implemented for '%s'", dtype_class_name(d));
	Tensor *rates, *out = NULL;
	TRY(cpu_prepare(x, self, d, &rates));
	Status status = tensor_empty(d, self->sizes, self->ndim, &out, x->err);
	size_t item = dtype_size(d);
	for (int64_t i = 0; !status && i < rates->numel; i++) {
		double rate = element_f64((const char *)tensor_data(rates) + (size_t)i * item, d);
		if (!(rate >= 0))
			status = xfail(x, "invalid Poisson rate, expected rate to be non-negative");
		else if (rate > 1e300) // no uniform product ends here
			status = xfail(x, "invalid Poisson rate, expected a finite rate");
		else
			element_set_f64((char *)tensor_data(out) + (size_t)i * item, d,
				sample_poisson(rate, draw_generator(x, args[1])));
	}
	tensor_unref(&rates);
	return finish(status, out, rets);
}

static double round_as(DType d, double v) { return d == DT_F32 ? (float)v : v; }

// log(k!) minus its Stirling approximation.
static double stirling_tail(double k)
{
	static const double tail[] = {0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
		0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273,
		0.00833056343336287};
	if (k < 10)
		return tail[(int)k];
	double q = (k + 1) * (k + 1);
	return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / q) / q) / (k + 1);
}

// Binomial for p ≤ 1/2: sums of geometric gaps, or transformed rejection (BTRS) when np ≥ 10.
static double sample_binomial_half(DType d, double count, double p, Generator *g)
{
	if (round_as(d, count * p) < 10) {
		double log_q = d == DT_F32 ? log1pf((float)-p) : log1p(-p), sum = 0, k = 0;
		for (;; k++) {
			sum += ceil(log(random_f64(g)) / log_q);
			if (sum > count)
				return k;
		}
	}
	double variance = round_as(d, round_as(d, count * p) * round_as(d, 1 - p));
	double std = round_as(d, sqrt(variance));
	double b = 1.15 + 2.53 * std, a = -0.0873 + 0.0248 * b + 0.01 * p, c = round_as(d, count * p) + 0.5;
	double vr = 0.92 - 4.2 / b, r = round_as(d, p / round_as(d, 1 - p)), alpha = (2.83 + 5.1 / b) * std;
	double m = round_as(d, floor(round_as(d, (count + 1) * p)));
	for (;;) {
		double u = random_f64(g) - 0.5, v = random_f64(g), us = 0.5 - fabs(u);
		double k = floor((2 * a / us + b) * u + c);
		if (k < 0 || k > count)
			continue;
		if (us >= 0.07 && v <= vr)
			return k;
		v = log(v * alpha / (a / (us * us) + b));
		double bound = (m + 0.5) * log((m + 1) / (r * (count - m + 1))) +
			       (count + 1) * log((count - m + 1) / (count - k + 1)) +
			       (k + 0.5) * log(r * (count - k + 1) / (k + 1)) + stirling_tail(m) + stirling_tail(count - m) -
			       stirling_tail(k) - stirling_tail(count - k);
		if (v <= bound)
			return k;
	}
}

static double sample_binomial(DType d, double count, double p, Generator *g)
{
	if (count <= 0 || p <= 0)
		return 0;
	if (p >= 1)
		return count;
	if (p <= 0.5)
		return sample_binomial_half(d, count, p, g);
	if (p > 0.5)
		return count - sample_binomial_half(d, count, round_as(d, 1 - p), g);
	return NAN;
}

KERNEL(binomial)
{
	const Tensor *count = arg_tensor(args[0]), *prob = arg_tensor(args[1]);
	DType d = tensor_dtype(count);
	if (count->dtype != prob->dtype)
		return xfail(x, "Found dtype %s but expected %s", dtype_class_name(tensor_dtype(prob)), dtype_class_name(d));
	if (d != DT_F32 && d != DT_F64)
		return xfail(x, "\"binomial_cpu\" not implemented for '%s'", dtype_class_name(d));
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(broadcast_sizes(count->sizes, count->ndim, prob->sizes, prob->ndim, sizes, &n, x->err));
	const Tensor *in[2] = {count, prob};
	Tensor *dense[2] = {NULL}, *out = NULL;
	Status status = STATUS_OK;
	for (int i = 0; i < 2 && !status; i++) {
		Tensor *wide;
		status = view_expand(x, in[i], sizes, n, &wide);
		if (!status) {
			status = cpu_prepare(x, wide, d, &dense[i]);
			tensor_unref(&wide);
		}
	}
	if (!status)
		status = tensor_empty(d, sizes, n, &out, x->err);
	size_t item = dtype_size(d);
	for (int64_t i = 0; !status && i < out->numel; i++) {
		double c = element_f64((const char *)tensor_data(dense[0]) + (size_t)i * item, d);
		double p = element_f64((const char *)tensor_data(dense[1]) + (size_t)i * item, d);
		if (!(c < 1e300))
			status = xfail(x, "binomial: expected a finite count");
		else
			element_set_f64((char *)tensor_data(out) + (size_t)i * item, d,
				sample_binomial(d, c, p, draw_generator(x, args[2])));
	}
	tensor_unref(&dense[0]);
	tensor_unref(&dense[1]);
	return finish(status, out, rets);
}

// Gamma(alpha, 1) after Marsaglia and Tsang (2000).  alpha is kept in the dtype d.
static double sample_gamma(DType kept, double alpha, Generator *g)
{
	double scale = 1;
	if (alpha < 1) {
		if (alpha == 0)
			return 0;
		scale = pow(1 - random_f64(g), round_as(kept, 1 / alpha));
		alpha = round_as(kept, alpha + 1);
	}
	double d = round_as(kept, alpha - 1.0f / 3.0f), c = 1 / sqrt(9 * d);
	for (;;) {
		double z, y;
		do {
			z = random_normal(g, 0, 1);
			y = 1 + c * z;
		} while (y <= 0);
		double v = y * y * y, u = 1 - random_f64(g), zz = z * z;
		if (u < 1.0f - 0.0331f * zz * zz || log(u) < 0.5f * zz + d * (1 - v + log(v)))
			return scale * d * v;
	}
}

static Status gamma_like(Exec *x, const Tensor *self, bool dirichlet, Generator *g, IValue *rets)
{
	DType d = tensor_dtype(self);
	if (!dtype_is_float(d))
		return xfail(x, "\"gamma_cpu\" not implemented for '%s'", dtype_class_name(d));
	Tensor *alpha, *out = NULL;
	TRY(cpu_prepare(x, self, d, &alpha));
	Status status = tensor_empty(d, self->sizes, self->ndim, &out, x->err);
	size_t item = dtype_size(d);
	int64_t cols = self->ndim ? self->sizes[self->ndim - 1] : 1;
	double least = d == DT_F32 || d == DT_BF16 ? 1.1754943508222875e-38 : d == DT_F16 ? 6.103515625e-05 : 2.2250738585072014e-308;
	double *line = malloc(sizeof *line * (size_t)(cols + 1)); // a Dirichlet row, before it is divided by its sum
	if (!status && !line)
		status = fail_memory(x->err, sizeof *line * (size_t)cols);
	for (int64_t r = 0; !status && cols && r < alpha->numel / cols; r++) {
		double sum = 0;
		for (int64_t i = 0; i < cols; i++) {
			double a = element_f64((const char *)tensor_data(alpha) + (size_t)(r * cols + i) * item, d);
			double v = a >= 0 ? sample_gamma(dirichlet ? DT_F64 : d, a, g) : NAN;
			v = v < least ? least : v;
			if (dirichlet)
				line[i] = v;
			else
				element_set_f64((char *)tensor_data(out) + (size_t)(r * cols + i) * item, d, v);
			sum += v;
		}
		for (int64_t i = 0; i < cols && dirichlet; i++)
			element_set_f64((char *)tensor_data(out) + (size_t)(r * cols + i) * item, d, line[i] / sum);
	}
	free(line);
	tensor_unref(&alpha);
	return finish(status, out, rets);
}

KERNEL(_standard_gamma) { return gamma_like(x, arg_tensor(args[0]), false, draw_generator(x, args[1]), rets); }
KERNEL(_sample_dirichlet) { return gamma_like(x, arg_tensor(args[0]), true, draw_generator(x, args[1]), rets); }

// ---- rrelu: leaky_relu whose slope is drawn for each negative element

static Status rrelu(Exec *x, const Tensor *self, Tensor *noise, double lower, double upper, bool training, Generator *g,
	IValue *rets)
{
	DType d = tensor_dtype(self);
	if (!dtype_is_float(d))
		return xfail(x, "\"rrelu_with_noise_out_cpu\" not implemented for '%s'", dtype_class_name(d));
	if (!(lower <= upper))
		return xfail(x, "Lower bound should be less than or equal to the upper bound");
	Tensor *in, *out = NULL, *drawn = NULL;
	char bounds[2][8]; // the bounds of the slope are numbers of the tensor's dtype
	element_set_f64(bounds[0], d, lower);
	element_set_f64(bounds[1], d, upper);
	double low = element_f64(bounds[0], d), high = element_f64(bounds[1], d);
	TRY(cpu_prepare(x, self, d, &in));
	Status status = tensor_empty(d, self->sizes, self->ndim, &out, x->err);
	if (!status && noise && training)
		status = tensor_empty(d, self->sizes, self->ndim, &drawn, x->err);
	size_t item = dtype_size(d);
	for (int64_t i = 0; !status && i < in->numel; i++) {
		double v = element_f64((const char *)tensor_data(in) + (size_t)i * item, d), slope = 1;
		if (training && v <= 0) {
			slope = random_f64(g) * (high - low) + low;
			char rounded[8];
			element_set_f64(rounded, d, slope);
			slope = element_f64(rounded, d);
		} else if (!training && !(v > 0)) {
			slope = (lower + upper) / 2;
			slope = d == DT_F64 ? slope : (float)slope;
		}
		element_set_f64((char *)tensor_data(out) + (size_t)i * item, d, d == DT_F64 ? v * slope : (float)(v * slope));
		if (drawn)
			element_set_f64((char *)tensor_data(drawn) + (size_t)i * item, d, slope);
	}
	if (!status && drawn)
		status = cpu_copy(x, noise, drawn);
	tensor_unref(&in);
	tensor_unref(&drawn);
	return finish(status, out, rets);
}

KERNEL(rrelu)
{
	return rrelu(x, arg_tensor(args[0]), NULL, arg_float(args[1]), arg_float(args[2]), arg_bool(args[3]),
		draw_generator(x, args[4]), rets);
}
KERNEL(rrelu_with_noise)
{
	return rrelu(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_float(args[2]), arg_float(args[3]), arg_bool(args[4]),
		draw_generator(x, args[5]), rets);
}

// ---- generators

KERNEL(Generator)
{
	Generator *g = generator_new(iv_is_none(args[1]) ? DEFAULT_SEED : (uint64_t)arg_int(args[1]));
	rets[0] = (IValue){.generator = g, .tag = TAG_GENERATOR};
	return STATUS_OK;
}

KERNEL(manual_seed)
{
	(void)rets;
	generator_seed(x->rng, (uint64_t)arg_int(args[0]));
	return STATUS_OK;
}

KERNEL(manual_seed_generator)
{
	generator_seed(args[0].generator, (uint64_t)arg_int(args[1]));
	rets[0] = ivalue_ref(args[0]);
	return STATUS_OK;
}

KERNEL(initial_seed)
{
	rets[0] = iv_int((int64_t)args[0].generator->seed);
	return STATUS_OK;
}

KERNEL(seed)
{
	uint64_t seed = random_nondeterministic();
	generator_seed(args[0].generator, seed);
	rets[0] = iv_int((int64_t)seed);
	return STATUS_OK;
}
