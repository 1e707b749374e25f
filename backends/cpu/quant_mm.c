// SPDX-License-Identifier: BSD-3-Clause
// Matrix products with plain int8 matrices, as weight-only quantisation uses them.
#include "backends/cpu/gemm.h"
#include "backends/cpu/quant_gemm.h"
#include "backends/cpu/view.h"

typedef struct Product {
	const QuantKernels *k;
	const int16_t *a;
	const int8_t *b;
	int32_t *c;
	int64_t n, depth;
} Product;

static void rows_run(void *arg, int64_t begin, int64_t end)
{
	const Product *p = arg;
	p->k->gemm_block(p->a + begin * p->depth, p->depth, end - begin, p->b, p->depth, p->n, p->depth, p->c + begin * p->n, p->n);
}

KERNEL(_int_mm)
{
	const Tensor *a = arg_tensor(args[0]), *b = arg_tensor(args[1]);
	if (a->ndim != 2 || b->ndim != 2)
		return xfail(x, "Expected self and mat2 to be of dimension 2 but got %d and %d", a->ndim, b->ndim);
	if (a->sizes[1] != b->sizes[0])
		return xfail(x, "self.size(1) needs to match mat2.size(0), but got %lld and %lld", (long long)a->sizes[1],
			(long long)b->sizes[0]);
	if (tensor_dtype(a) != DT_I8 || tensor_dtype(b) != DT_I8)
		return xfail(x, "Expected self and mat2 dtype to be of type int8 but got %s and %s", dtype_name(tensor_dtype(a)),
			dtype_name(tensor_dtype(b)));
	Tensor *turned = view_transpose(b, 0, 1), *wide = NULL, *columns = NULL, *r = NULL;
	Status s = cpu_contiguous(x, turned, &columns);
	if (s == STATUS_OK)
		s = cpu_prepare(x, a, DT_I16, &wide);
	if (s == STATUS_OK)
		s = tensor_empty(DT_I32, (int64_t[]){a->sizes[0], b->sizes[1]}, 2, &r, x->err);
	if (s == STATUS_OK) {
		Product p = {quant_kernels(), tensor_data(wide), tensor_data(columns), tensor_data(r), b->sizes[1], a->sizes[1]};
		int64_t work = p.n * (p.depth + 1) + 1;
		parallel_for(a->sizes[0], work < 100000 ? 100000 / work + 2 : 2, rows_run, &p);
	}
	tensor_unref(&turned);
	tensor_unref(&wide);
	tensor_unref(&columns);
	if (s != STATUS_OK)
		tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

// self (m × k, floating point) · (mat2 (n × k, int8) · scales (n))ᵀ, in the dtype of self.
KERNEL(_weight_int8pack_mm)
{
	const Tensor *a = arg_tensor(args[0]), *w = arg_tensor(args[1]), *scales = arg_tensor(args[2]);
	if (a->ndim != 2 || !dtype_is_float(tensor_dtype(a)))
		return xfail(x, "_weight_int8pack_mm : expect A to be 2D bfloat16, float16 or float32.");
	if (w->ndim != 2 || tensor_dtype(w) != DT_I8 || w->sizes[1] != a->sizes[1])
		return xfail(x, "_weight_int8pack_mm : expect B to be int8 and have %lld columns.", (long long)a->sizes[1]);
	if (scales->ndim != 1 || scales->numel != w->sizes[0])
		return xfail(x, "_weight_int8pack_mm : expect scales to be 1d tensor with size %lld", (long long)w->sizes[0]);
	int64_t m = a->sizes[0], n = w->sizes[0], k = w->sizes[1];
	Tensor *fa = NULL, *fw = NULL, *fs = NULL, *r = NULL, *out = NULL;
	Status s = cpu_prepare(x, a, DT_F32, &fa);
	if (s == STATUS_OK)
		s = cpu_prepare(x, w, DT_F32, &fw);
	if (s == STATUS_OK)
		s = cpu_prepare(x, scales, DT_F32, &fs);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F32, (int64_t[]){m, n}, 2, &r, x->err);
	if (s == STATUS_OK) {
		float *c = tensor_data(r);
		const float *scale = tensor_data(fs);
		Gemm g = {.m = m, .n = n, .k = k, .a = {.data = tensor_data(fa), .rs = k, .cs = 1},
			.b = {.data = tensor_data(fw), .rs = 1, .cs = k}, .c = c, .ldc = n, .alpha = 1, .beta = 0};
		s = gemm_float(DT_F32, &g, x->err);
		for (int64_t i = 0; s == STATUS_OK && i < m * n; i++)
			c[i] *= scale[i % n];
	}
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, r, tensor_dtype(a), &out);
	tensor_unref(&fa);
	tensor_unref(&fw);
	tensor_unref(&fs);
	tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, out) : s;
}
