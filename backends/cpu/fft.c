// SPDX-License-Identifier: BSD-3-Clause
// The transform of one line: mixed radix by decimation in time, with butterflies for 2, 3, 4 and 5 and a direct
// sum for other small primes.  A length with a large prime factor becomes a convolution of a power-of-two
// length (Bluestein, 1970).
#include "backends/cpu/fft.h"

#include <math.h>
#include <stdlib.h>

#define LARGEST_PRIME 61 // beyond it the direct sum costs more than Bluestein's detour

struct FftPlan {
	int64_t n;
	int nfactors;
	int factors[64];
	c128_t *twiddle;        // exp(−2πi·k/n), n entries
	FftPlan *inner;         // Bluestein: power-of-two length m ≥ 2n − 1
	c128_t *chirp;          // exp(−πi·k²/n), n entries
	c128_t *filter;         // transform of the conjugate chirp, m entries, divided by m
};

static c128_t unit(double turns) // exp(2πi·turns)
{
	return CMPLX(cos(2 * M_PI * turns), sin(2 * M_PI * turns));
}

static void *table_new(int64_t n)
{
	return n > INT64_MAX / 64 ? NULL : malloc(sizeof(c128_t) * (size_t)n);
}

Status fft_plan_new(Exec *x, int64_t n, FftPlan **out)
{
	FftPlan *p = xcalloc(1, sizeof *p);
	p->n = n;
	int64_t rest = n;
	static const int first[] = {4, 2, 3, 5};
	for (int i = 0; i < 4; i++)
		for (; rest % first[i] == 0 && rest > 1; rest /= first[i])
			p->factors[p->nfactors++] = first[i];
	for (int f = 7; rest > 1 && f <= LARGEST_PRIME; f += 2)
		for (; rest % f == 0; rest /= f)
			p->factors[p->nfactors++] = f;
	if (rest == 1) {
		p->twiddle = table_new(n);
		if (!p->twiddle)
			goto memory;
		for (int64_t k = 0; k < n; k++)
			p->twiddle[k] = unit(-(double)k / (double)n);
		*out = p;
		return STATUS_OK;
	}
	p->nfactors = 0;
	int64_t m = 1;
	while (m < 2 * n - 1)
		m *= 2;
	p->chirp = table_new(n);
	p->filter = table_new(m);
	if (!p->chirp || !p->filter)
		goto memory;
	Status status = fft_plan_new(x, m, &p->inner);
	if (status) {
		fft_plan_free(p);
		return status;
	}
	int64_t square = 0; // k² mod 2n, kept exact
	for (int64_t k = 0; k < n; k++) {
		p->chirp[k] = unit(-(double)square / (double)(2 * n));
		square = (square + 2 * k + 1) % (2 * n);
	}
	for (int64_t k = 0; k < m; k++)
		p->filter[k] = k < n ? conj(p->chirp[k]) : m - k < n ? conj(p->chirp[m - k]) : 0;
	c128_t *scratch = table_new(fft_scratch(p->inner));
	if (!scratch)
		goto memory;
	fft_run(p->inner, p->filter, scratch, false);
	free(scratch);
	for (int64_t k = 0; k < m; k++)
		p->filter[k] /= (double)m;
	*out = p;
	return STATUS_OK;
memory:
	fft_plan_free(p);
	return fail_memory(x->err, sizeof(c128_t) * (size_t)n);
}

void fft_plan_free(FftPlan *p)
{
	if (!p)
		return;
	fft_plan_free(p->inner);
	free(p->twiddle);
	free(p->chirp);
	free(p->filter);
	free(p);
}

int64_t fft_scratch(const FftPlan *p) { return p->inner ? p->inner->n + fft_scratch(p->inner) : p->n; }

static inline c128_t multiply(c128_t a, c128_t b) // no special cases for infinities
{
	double ar = creal(a), ai = cimag(a), br = creal(b), bi = cimag(b);
	return CMPLX(ar * br - ai * bi, ar * bi + ai * br);
}
static inline c128_t times_minus_i(c128_t a) { return CMPLX(cimag(a), -creal(a)); }

// out[0..n) = DFT of in[0], in[step], …; n = product of factors[level..].
static void transform(const FftPlan *p, c128_t *out, const c128_t *in, int64_t n, int64_t step, int level)
{
	if (n == 1) {
		out[0] = in[0];
		return;
	}
	int r = p->factors[level];
	int64_t m = n / r;
	if (m == 1)
		for (int k = 0; k < r; k++)
			out[k] = in[k * step];
	else
		for (int k = 0; k < r; k++)
			transform(p, out + k * m, in + k * step, m, step * r, level + 1);
	int64_t w = p->n / n; // twiddle[j·w] = exp(−2πi·j/n)
	const c128_t *tw = p->twiddle;
	for (int64_t j = 0; j < m; j++) {
		c128_t *o = out + j;
		if (r == 2) {
			c128_t b = multiply(o[m], tw[j * w]), a = o[0];
			o[0] = a + b;
			o[m] = a - b;
		} else if (r == 4) {
			c128_t a = o[0], b = multiply(o[m], tw[j * w]), c = multiply(o[2 * m], tw[2 * j * w]);
			c128_t d = multiply(o[3 * m], tw[3 * j * w]);
			c128_t s = a + c, t = a - c, u = b + d, v = times_minus_i(b - d);
			o[0] = s + u;
			o[m] = t + v;
			o[2 * m] = s - u;
			o[3 * m] = t - v;
		} else if (r == 3) {
			c128_t a = o[0], b = multiply(o[m], tw[j * w]), c = multiply(o[2 * m], tw[2 * j * w]);
			c128_t s = b + c, d = times_minus_i(b - c) * 0.86602540378443864676, t = a - 0.5 * s;
			o[0] = a + s;
			o[m] = t + d;
			o[2 * m] = t - d;
		} else if (r == 5) {
			const double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410;
			const double s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
			c128_t a = o[0], b = multiply(o[m], tw[j * w]), c = multiply(o[2 * m], tw[2 * j * w]);
			c128_t d = multiply(o[3 * m], tw[3 * j * w]), e = multiply(o[4 * m], tw[4 * j * w]);
			c128_t p = b + e, q = c + d, u = times_minus_i(b - e), v = times_minus_i(c - d);
			c128_t x1 = a + c1 * p + c2 * q, x2 = a + c2 * p + c1 * q;
			c128_t y1 = s1 * u + s2 * v, y2 = s2 * u - s1 * v;
			o[0] = a + p + q;
			o[m] = x1 + y1;
			o[2 * m] = x2 + y2;
			o[3 * m] = x2 - y2;
			o[4 * m] = x1 - y1;
		} else {
			c128_t in_r[LARGEST_PRIME];
			for (int k = 0; k < r; k++)
				in_r[k] = k ? multiply(o[k * m], tw[k * j * w]) : o[0];
			for (int q = 0; q < r; q++) {
				c128_t sum = in_r[0];
				for (int k = 1; k < r; k++)
					sum += multiply(in_r[k], tw[(int64_t)(q * k % r) * (p->n / r)]);
				o[q * m] = sum;
			}
		}
	}
}

void fft_run(const FftPlan *p, c128_t *data, c128_t *scratch, bool inverse)
{
	int64_t n = p->n;
	if (inverse) // the inverse is the conjugate of the transform of the conjugate
		for (int64_t i = 0; i < n; i++)
			data[i] = conj(data[i]);
	if (!p->inner) {
		memcpy(scratch, data, sizeof *data * (size_t)n);
		transform(p, data, scratch, n, 1, 0);
	} else {
		int64_t m = p->inner->n;
		c128_t *a = scratch;
		for (int64_t i = 0; i < m; i++)
			a[i] = i < n ? multiply(data[i], p->chirp[i]) : 0;
		fft_run(p->inner, a, scratch + m, false);
		for (int64_t i = 0; i < m; i++)
			a[i] = conj(multiply(a[i], p->filter[i]));
		fft_run(p->inner, a, scratch + m, false);
		for (int64_t i = 0; i < n; i++)
			data[i] = multiply(conj(a[i]), p->chirp[i]);
	}
	if (inverse)
		for (int64_t i = 0; i < n; i++)
			data[i] = conj(data[i]);
}

// ---- tensors

typedef struct LinesArg {
	const FftPlan *plan;
	c128_t *data;
	int64_t n, inner; // the line's stride
	bool inverse;
	double scale;
} LinesArg;

static void run_lines(void *arg, int64_t begin, int64_t end)
{
	const LinesArg *l = arg;
	c128_t *line = xmalloc(sizeof *line * (size_t)(l->n + fft_scratch(l->plan)));
	for (int64_t i = begin; i < end; i++) {
		c128_t *at = l->data + i / l->inner * l->n * l->inner + i % l->inner;
		for (int64_t k = 0; k < l->n; k++)
			line[k] = at[k * l->inner];
		fft_run(l->plan, line, line + l->n, l->inverse);
		for (int64_t k = 0; k < l->n; k++)
			at[k * l->inner] = line[k] * l->scale;
	}
	free(line);
}

Status fft_along(Exec *x, Tensor *t, int dim, bool inverse, double scale)
{
	int64_t n = t->sizes[dim], inner = 1;
	if (t->numel == 0)
		return STATUS_OK;
	for (int d = dim + 1; d < t->ndim; d++)
		inner *= t->sizes[d];
	FftPlan *plan;
	TRY(fft_plan_new(x, n, &plan));
	LinesArg l = {plan, tensor_data(t), n, inner, inverse, scale};
	parallel_for(t->numel / n, 8192 / n + 1, run_lines, &l);
	fft_plan_free(plan);
	return STATUS_OK;
}

Status fft_load(Exec *x, const Tensor *t, const int64_t *sizes, Tensor **out)
{
	TRY(tensor_zeros(DT_C128, sizes, t->ndim, out, x->err));
	Tensor *to = tensor_alias(*out), *from = tensor_alias(t);
	for (int d = 0; d < t->ndim; d++) {
		int64_t n = sizes[d] < t->sizes[d] ? sizes[d] : t->sizes[d];
		Tensor *a = view_range(to, d, 0, n, 1), *b = view_range(from, d, 0, n, 1);
		tensor_unref(&to);
		tensor_unref(&from);
		to = a;
		from = b;
	}
	Status status = to->numel ? cpu_copy(x, to, from) : STATUS_OK;
	tensor_unref(&to);
	tensor_unref(&from);
	if (status)
		tensor_unref(out);
	return status;
}

Status fft_store(Exec *x, const Tensor *t, DType d, Tensor **out)
{
	if (d == DT_C128) {
		*out = tensor_ref((Tensor *)t);
		return STATUS_OK;
	}
	TRY(tensor_empty(d, t->sizes, t->ndim, out, x->err));
	const Tensor *from = t;
	Tensor *pairs = NULL, *real = NULL;
	if (!dtype_is_complex(d)) {
		pairs = view_as_pairs(t);
		from = real = view_select(pairs, t->ndim, 0);
	}
	Status status = cpu_copy(x, *out, from);
	tensor_unref(&pairs);
	tensor_unref(&real);
	if (status)
		tensor_unref(out);
	return status;
}
