// SPDX-License-Identifier: BSD-3-Clause
// Matrix products: mm, addmm, bmm, mv, dot, linear, matmul and their relatives.
// Each op checks shapes, prepares C (what is added, broadcast into place) and leaves the rest to gemm.
#include "backends/cpu/matmul.h"

#include <inttypes.h>
#include <math.h>

#include "backends/cpu/view.h"

Status product_dtype_check(Exec *x, const Tensor *t, const char *name)
{
	DKind k = dtype_kind(tensor_dtype(t));
	if (k == KIND_INT || k == KIND_FLOAT || (k == KIND_COMPLEX && tensor_dtype(t) != DT_C32))
		return STATUS_OK;
	return xfail(x, "\"%s\" not implemented for '%s'", name, dtype_class_name(tensor_dtype(t)));
}

GemmOperand gemm_operand(const Tensor *t, int row_dim, int column_dim)
{
	GemmOperand o = {.data = tensor_data(t), .rs = t->strides[row_dim], .cs = t->strides[column_dim]};
	// the stride of a dimension of size 1 says nothing: give it the one that is easiest to work with
	if (t->sizes[column_dim] <= 1)
		o.cs = 1;
	if (t->sizes[row_dim] <= 1)
		o.rs = o.cs == 1 ? (t->sizes[column_dim] > 0 ? t->sizes[column_dim] : 1) : 1;
	return o;
}

// The names that scalar types have in "expected m1 and m2 to have the same dtype".
const char *dtype_meta_name(DType d)
{
	switch (d) {
	case DT_U8: return "unsigned char";
	case DT_I8: return "signed char";
	case DT_I16: return "short";
	case DT_I32: return "int";
	case DT_I64: return "long";
	case DT_F16: return "c10::Half";
	case DT_F32: return "float";
	case DT_F64: return "double";
	case DT_C32: return "c10::complex<c10::Half>";
	case DT_C64: return "c10::complex<float>";
	case DT_C128: return "c10::complex<double>";
	case DT_BOOL: return "bool";
	case DT_BF16: return "c10::BFloat16";
	default: return dtype_name(d);
	}
}

static Status same_dtype(Exec *x, const Tensor *a, const Tensor *b)
{
	if (a->dtype != b->dtype)
		return xfail(x, "expected m1 and m2 to have the same dtype, but got: %s != %s", dtype_meta_name(tensor_dtype(a)),
			dtype_meta_name(tensor_dtype(b)));
	return STATUS_OK;
}

// A number argument that scales: complex ones are kept.
typedef struct Factor { double re, im; } Factor;

static Factor factor(IValue v, DType d)
{
	if (dtype_is_int(d)) // fractions are cut off
		return (Factor){v.tag == TAG_FLOAT ? trunc(v.f) : (double)iv_as_i64(v), 0};
	return v.tag == TAG_COMPLEX ? (Factor){v.complex_->re, v.complex_->im} : (Factor){iv_as_f64(v), 0};
}

static bool factor_fits(Factor f, DType d)
{
	return f.im == 0 && !(dtype_is_int(d) && (f.re > 9e15 || f.re < -9e15));
}

// out += or = : out[i] = beta·self[i] + alpha·product[i] in complex numbers, for factors gemm does not take.
static void combine_complex(Tensor *out, const Tensor *product, Factor beta, Factor alpha)
{
	DType d = tensor_dtype(out);
	size_t es = dtype_size(d);
	char *o = tensor_data(out);
	const char *p = tensor_data(product);
	for (int64_t i = 0; i < out->numel; i++, o += es, p += es) {
		double sr, si, pr, pi;
		element_c128(o, d, &sr, &si);
		element_c128(p, d, &pr, &pi);
		double re = alpha.re * pr - alpha.im * pi, im = alpha.re * pi + alpha.im * pr;
		if (beta.re != 0 || beta.im != 0) {
			re += beta.re * sr - beta.im * si;
			im += beta.re * si + beta.im * sr;
		}
		element_set_c128(o, d, re, im);
	}
}

// *out (contiguous) = beta·self + alpha·A·B over a batch; self is broadcast and may be NULL.
static Status product(Exec *x, const Tensor *self, const int64_t *sizes, int ndim, const GemmBatch *shape, DType d,
	Factor beta, Factor alpha, Tensor **out)
{
	Tensor *c;
	TRY(tensor_empty(d, sizes, ndim, &c, x->err));
	GemmBatch b = *shape;
	b.one.c = tensor_data(c);
	b.one.ldc = b.one.n > 0 ? b.one.n : 1;
	b.step_c = b.one.m * b.one.n;
	b.one.alpha = alpha.re;
	b.one.beta = self ? beta.re : 0;
	bool add = self && (beta.re != 0 || beta.im != 0);
	Status s = STATUS_OK;
	if (add)
		s = cpu_copy(x, c, self);
	if (s == STATUS_OK && factor_fits(alpha, d) && factor_fits(beta, d)) {
		s = c->numel ? gemm_batch(d, &b, x->err) : STATUS_OK;
	} else if (s == STATUS_OK) {
		Tensor *plain;
		s = product(x, NULL, sizes, ndim, shape, d, (Factor){0, 0}, (Factor){1, 0}, &plain);
		if (s == STATUS_OK) {
			combine_complex(c, plain, add ? beta : (Factor){0, 0}, alpha);
			tensor_unref(&plain);
		}
	}
	if (s != STATUS_OK)
		tensor_unref(&c);
	*out = c;
	return s;
}

static Status mm_check(Exec *x, const Tensor *a, const Tensor *b)
{
	if (a->sizes[1] != b->sizes[0])
		return xfail(x, "mat1 and mat2 shapes cannot be multiplied (%" PRId64 "x%" PRId64 " and %" PRId64 "x%" PRId64 ")",
			a->sizes[0], a->sizes[1], b->sizes[0], b->sizes[1]);
	TRY(same_dtype(x, a, b));
	return product_dtype_check(x, a, "addmm_impl_cpu_");
}

static GemmBatch mm_shape(const Tensor *a, const Tensor *b)
{
	return (GemmBatch){.count = 1, .one = {.m = a->sizes[0], .n = b->sizes[1], .k = a->sizes[1],
		.a = gemm_operand(a, 0, 1), .b = gemm_operand(b, 0, 1)}};
}

Status cpu_mm(Exec *x, const Tensor *a, const Tensor *b, Tensor **out)
{
	if (a->ndim != 2)
		return xfail(x, "self must be a matrix");
	if (b->ndim != 2)
		return xfail(x, "mat2 must be a matrix");
	TRY(mm_check(x, a, b));
	GemmBatch g = mm_shape(a, b);
	return product(x, NULL, (int64_t[]){a->sizes[0], b->sizes[1]}, 2, &g, tensor_dtype(a), (Factor){0, 0}, (Factor){1, 0},
		out);
}

// self broadcast to the result's sizes, checked with expand's message.
static Status expand_check(Exec *x, const Tensor *self, const int64_t *sizes, int ndim)
{
	Tensor *e;
	TRY(view_expand(x, self, sizes, ndim, &e));
	tensor_unref(&e);
	return STATUS_OK;
}

static Status addmm(Exec *x, const Tensor *self, const Tensor *a, const Tensor *b, Factor beta, Factor alpha, Tensor **out)
{
	if (a->ndim != 2)
		return xfail(x, "mat1 must be a matrix, got %d-D tensor", a->ndim);
	if (b->ndim != 2)
		return xfail(x, "mat2 must be a matrix, got %d-D tensor", b->ndim);
	if (a->sizes[1] == b->sizes[0] && (self->dtype != b->dtype || a->dtype != b->dtype))
		return xfail(x, "self and mat2 must have the same dtype, but got %s and %s", dtype_class_name(tensor_dtype(self)),
			dtype_class_name(tensor_dtype(b)));
	TRY(mm_check(x, a, b));
	int64_t sizes[2] = {a->sizes[0], b->sizes[1]};
	TRY(expand_check(x, self, sizes, 2));
	GemmBatch g = mm_shape(a, b);
	return product(x, self, sizes, 2, &g, tensor_dtype(a), beta, alpha, out);
}

KERNEL(mm)
{
	Tensor *out;
	TRY(cpu_mm(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	return ret_tensor(rets, out);
}

KERNEL(addmm)
{
	const Tensor *a = arg_tensor(args[1]);
	Tensor *out;
	TRY(addmm(x, arg_tensor(args[0]), a, arg_tensor(args[2]), factor(args[3], tensor_dtype(arg_tensor(args[1]))), factor(args[4], tensor_dtype(arg_tensor(args[1]))), &out));
	return ret_tensor(rets, out);
}

// The result in a wider dtype: operands are converted first.
static Status with_dtype(Exec *x, Kernel op, const IValue *args, int nargs, int dtype_at, IValue *rets)
{
	DType d;
	TRY(arg_dtype(x, args[dtype_at], DT_F32, &d));
	IValue in[8];
	int n = 0;
	Status s = STATUS_OK;
	for (int i = 0; i < nargs && s == STATUS_OK; i++) {
		if (i == dtype_at)
			continue;
		if (args[i].tag == TAG_TENSOR) {
			Tensor *t;
			s = cpu_to_dtype(x, args[i].tensor, d, &t);
			if (s == STATUS_OK)
				in[n++] = iv_take_tensor(t);
		} else {
			in[n++] = ivalue_ref(args[i]);
		}
	}
	if (s == STATUS_OK)
		s = op(x, in, n, rets);
	while (n > 0)
		ivalue_unref(&in[--n]);
	return s;
}

KERNEL(mm_dtype) { return with_dtype(x, op_mm, args, nargs, 2, rets); }
KERNEL(addmm_dtype) { return with_dtype(x, op_addmm, args, nargs, 3, rets); }

// ---- batches

static Status bmm_check(Exec *x, const Tensor *a, const Tensor *b)
{
	if (a->ndim != 3)
		return xfail(x, "batch1 must be a 3D tensor");
	if (b->ndim != 3)
		return xfail(x, "batch2 must be a 3D tensor");
	if (a->sizes[0] != b->sizes[0] || a->sizes[2] != b->sizes[1])
		return xfail(x, "Expected size for first two dimensions of batch2 tensor to be: [%" PRId64 ", %" PRId64
			"] but got: [%" PRId64 ", %" PRId64 "].", a->sizes[0], a->sizes[2], b->sizes[0], b->sizes[1]);
	if (a->dtype != b->dtype)
		return xfail(x, "expected scalar type %s but found %s", dtype_class_name(tensor_dtype(a)),
			dtype_class_name(tensor_dtype(b)));
	return product_dtype_check(x, a, "bmm");
}

static GemmBatch bmm_shape(const Tensor *a, const Tensor *b)
{
	return (GemmBatch){.count = a->sizes[0], .step_a = a->strides[0], .step_b = b->strides[0],
		.one = {.m = a->sizes[1], .n = b->sizes[2], .k = a->sizes[2], .a = gemm_operand(a, 1, 2),
			.b = gemm_operand(b, 1, 2)}};
}

Status cpu_bmm(Exec *x, const Tensor *a, const Tensor *b, Tensor **out)
{
	TRY(bmm_check(x, a, b));
	GemmBatch g = bmm_shape(a, b);
	return product(x, NULL, (int64_t[]){a->sizes[0], a->sizes[1], b->sizes[2]}, 3, &g, tensor_dtype(a), (Factor){0, 0},
		(Factor){1, 0}, out);
}

KERNEL(bmm)
{
	Tensor *out;
	TRY(cpu_bmm(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	return ret_tensor(rets, out);
}

KERNEL(bmm_dtype) { return with_dtype(x, op_bmm, args, nargs, 2, rets); }

KERNEL(baddbmm)
{
	const Tensor *self = arg_tensor(args[0]), *a = arg_tensor(args[1]), *b = arg_tensor(args[2]);
	TRY(bmm_check(x, a, b));
	if (self->dtype != a->dtype)
		return xfail(x, "Input dtypes must be the same, got: input %s, batch1: %s, batch2: %s", dtype_meta_name(tensor_dtype(self)),
			dtype_meta_name(tensor_dtype(a)), dtype_meta_name(tensor_dtype(b)));
	int64_t sizes[3] = {a->sizes[0], a->sizes[1], b->sizes[2]};
	TRY(expand_check(x, self, sizes, 3));
	GemmBatch g = bmm_shape(a, b);
	Tensor *out;
	TRY(product(x, self, sizes, 3, &g, tensor_dtype(a), factor(args[3], tensor_dtype(arg_tensor(args[1]))), factor(args[4], tensor_dtype(arg_tensor(args[1]))), &out));
	return ret_tensor(rets, out);
}

KERNEL(baddbmm_dtype) { return with_dtype(x, op_baddbmm, args, nargs, 3, rets); }

KERNEL(addbmm)
{
	const Tensor *self = arg_tensor(args[0]), *a = arg_tensor(args[1]), *b = arg_tensor(args[2]);
	if (a->ndim != 3 || b->ndim != 3)
		return xfail(x, "batch%d must be a 3D tensor", a->ndim != 3 ? 1 : 2);
	if (a->sizes[0] != b->sizes[0])
		return xfail(x, "batch1 and batch2 must have same number of batches, got %" PRId64 " and %" PRId64, a->sizes[0],
			b->sizes[0]);
	if (a->sizes[2] != b->sizes[1])
		return xfail(x, "Incompatible matrix sizes for bmm (%" PRId64 "x%" PRId64 " and %" PRId64 "x%" PRId64 ")",
			a->sizes[1], a->sizes[2], b->sizes[1], b->sizes[2]);
	TRY(same_dtype(x, a, b));
	TRY(product_dtype_check(x, a, "addmm_impl_cpu_"));
	int64_t sizes[2] = {a->sizes[1], b->sizes[2]};
	TRY(expand_check(x, self, sizes, 2));
	// the sum over the batch: beta takes part once, then each product is added
	Tensor *sum = tensor_ref((Tensor *)(uintptr_t)self);
	Factor beta = factor(args[3], tensor_dtype(a)), alpha = factor(args[4], tensor_dtype(a));
	for (int64_t i = 0; i < a->sizes[0] || i == 0; i++) {
		Tensor *ai = NULL, *bi = NULL, *next = NULL;
		Status s;
		if (a->sizes[0] == 0) { // nothing to add: beta·self
			GemmBatch g = {.count = 1, .one = {.m = sizes[0], .n = sizes[1], .k = 0}};
			s = product(x, sum, sizes, 2, &g, tensor_dtype(a), beta, alpha, &next);
		} else {
			ai = view_select(a, 0, i);
			bi = view_select(b, 0, i);
			s = addmm(x, sum, ai, bi, beta, alpha, &next);
		}
		tensor_unref(&ai);
		tensor_unref(&bi);
		tensor_unref(&sum);
		TRY(s);
		sum = next;
		beta = (Factor){1, 0};
	}
	return ret_tensor(rets, sum);
}

// ---- vectors

static Status addmv(Exec *x, const Tensor *self, const Tensor *mat, const Tensor *vec, Factor beta, Factor alpha, Tensor **out)
{
	int64_t n = mat->sizes[0];
	GemmBatch g = {.count = 1, .one = {.m = n, .n = 1, .k = mat->sizes[1], .a = gemm_operand(mat, 0, 1),
		.b = {.data = tensor_data(vec), .rs = vec->sizes[0] == 1 ? 1 : vec->strides[0], .cs = 1}}};
	return product(x, self, &n, 1, &g, tensor_dtype(mat), beta, alpha, out);
}

static Status mv_check(Exec *x, const Tensor *mat, const Tensor *vec, int self_dim, int64_t self_size, const Tensor *self)
{
	if (mat->ndim != 2 || vec->ndim != 1 || self_dim > 1)
		return xfail(x, "vector + matrix @ vector expected, got %d, %d, %d", self_dim, mat->ndim, vec->ndim);
	if (mat->sizes[1] != vec->sizes[0] || (self_size != mat->sizes[0] && self_size != 1 && self_dim != 0))
		return xfail(x, "size mismatch, got input (%" PRId64 "), mat (%" PRId64 "x%" PRId64 "), vec (%" PRId64 ")",
			self ? self_size : mat->sizes[0], mat->sizes[0], mat->sizes[1], vec->sizes[0]);
	if (mat->dtype != vec->dtype || (self && self->dtype != mat->dtype))
		return xfail(x, "addmv input tensors must have the same dtype, but got %s, %s, and %s",
			dtype_class_name(tensor_dtype(self ? self : vec)), dtype_class_name(tensor_dtype(mat)),
			dtype_class_name(tensor_dtype(vec)));
	return product_dtype_check(x, mat, "addmv_impl_cpu");
}

static Status cpu_mv(Exec *x, const Tensor *mat, const Tensor *vec, Tensor **out)
{
	TRY(mv_check(x, mat, vec, 1, mat->ndim == 2 ? mat->sizes[0] : 1, NULL));
	return addmv(x, NULL, mat, vec, (Factor){0, 0}, (Factor){1, 0}, out);
}

KERNEL(mv)
{
	Tensor *out;
	TRY(cpu_mv(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	return ret_tensor(rets, out);
}

KERNEL(addmv)
{
	const Tensor *self = arg_tensor(args[0]), *mat = arg_tensor(args[1]), *vec = arg_tensor(args[2]);
	Tensor *out;
	TRY(mv_check(x, mat, vec, self->ndim, self->ndim ? self->sizes[0] : 1, self));
	TRY(addmv(x, self, mat, vec, factor(args[3], tensor_dtype(arg_tensor(args[1]))), factor(args[4], tensor_dtype(arg_tensor(args[1]))), &out));
	return ret_tensor(rets, out);
}

static Status cpu_dot(Exec *x, const Tensor *a, const Tensor *b, bool conjugate, Tensor **out)
{
	const char *name = conjugate ? "vdot" : "dot";
	if (a->ndim != 1 || b->ndim != 1)
		return xfail(x, "1D tensors expected, but got %dD and %dD tensors", a->ndim, b->ndim);
	if (a->dtype != b->dtype)
		return xfail(x, "dot : expected both vectors to have same dtype, but found %s and %s",
			dtype_class_name(tensor_dtype(a)), dtype_class_name(tensor_dtype(b)));
	if (a->numel != b->numel)
		return xfail(x, "inconsistent tensor size, expected tensor [%" PRId64 "] and src [%" PRId64
			"] to have the same number of elements, but got %" PRId64 " and %" PRId64 " elements respectively",
			a->numel, b->numel, a->numel, b->numel);
	TRY(product_dtype_check(x, a, dtype_is_complex(tensor_dtype(a)) ? name : "dot"));
	DType d = tensor_dtype(a);
	if (conjugate && dtype_is_complex(d)) {
		TRY(tensor_empty(d, NULL, 0, out, x->err));
		double re = 0, im = 0;
		size_t es = dtype_size(d);
		const char *p = tensor_data(a), *q = tensor_data(b);
		for (int64_t i = 0; i < a->numel; i++) {
			double ar, ai, br, bi;
			element_c128(p + i * a->strides[0] * (int64_t)es, d, &ar, &ai);
			element_c128(q + i * b->strides[0] * (int64_t)es, d, &br, &bi);
			re += ar * br + ai * bi;
			im += ar * bi - ai * br;
		}
		element_set_c128(tensor_data(*out), d, re, im);
		return STATUS_OK;
	}
	GemmBatch g = {.count = 1, .one = {.m = 1, .n = 1, .k = a->numel,
		.a = {.data = tensor_data(a), .rs = a->numel, .cs = a->strides[0]},
		.b = {.data = tensor_data(b), .rs = b->strides[0], .cs = b->numel}}};
	return product(x, NULL, NULL, 0, &g, d, (Factor){0, 0}, (Factor){1, 0}, out);
}

KERNEL(dot)
{
	Tensor *out;
	TRY(cpu_dot(x, arg_tensor(args[0]), arg_tensor(args[1]), false, &out));
	return ret_tensor(rets, out);
}

KERNEL(vdot)
{
	Tensor *out;
	TRY(cpu_dot(x, arg_tensor(args[0]), arg_tensor(args[1]), true, &out));
	return ret_tensor(rets, out);
}

// ---- linear

// t as a matrix of rows along its last dimension: a view where strides allow, else a copy.
static Status as_rows(Exec *x, const Tensor *t, int64_t rows, Tensor **out)
{
	return view_reshape(x, t, (int64_t[]){rows, t->sizes[t->ndim - 1]}, 2, out);
}

Status cpu_linear(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, Tensor **out)
{
	if (input->ndim == 0 || weight->ndim == 0)
		return xfail(x, "both arguments to linear need to be at least 1D, but they are %dD and %dD", input->ndim,
			weight->ndim);
	if (weight->ndim > 2)
		return xfail(x, "t() expects a tensor with <= 2 dimensions, but self is %dD", weight->ndim);
	int nd = input->ndim;
	int64_t k = input->sizes[nd - 1], rows = 1;
	for (int i = 0; i + 1 < nd; i++)
		rows *= input->sizes[i];
	if (weight->ndim == 1) {
		Tensor *p;
		TRY(cpu_matmul(x, input, weight, &p));
		if (!bias) {
			*out = p;
			return STATUS_OK;
		}
		Status s = tensor_empty(tensor_dtype(p), p->sizes, p->ndim, out, x->err);
		if (s == STATUS_OK)
			s = cpu_copy(x, *out, bias);
		if (s == STATUS_OK && bias->dtype != p->dtype)
			s = xfail(x, "expected bias of dtype %s, but got %s", dtype_name(tensor_dtype(p)),
				dtype_name(tensor_dtype(bias)));
		if (s == STATUS_OK) { // out += product, as a product with the number 1
			double one = 1;
			Tensor *ones = NULL;
			s = tensor_scalar_f64(tensor_dtype(p), one, &ones, x->err);
			if (s == STATUS_OK) {
				Gemm g = {.m = p->numel, .n = 1, .k = 1, .a = {.data = tensor_data(p), .rs = 1, .cs = 1},
					.b = {.data = tensor_data(ones), .rs = 1, .cs = 1}, .c = tensor_data(*out), .ldc = 1,
					.alpha = 1, .beta = 1};
				s = gemm_any(tensor_dtype(p), &g, x->err);
			}
			tensor_unref(&ones);
		}
		tensor_unref(&p);
		if (s != STATUS_OK && *out)
			tensor_unref(out);
		return s;
	}
	int64_t n = weight->sizes[0];
	if (k != weight->sizes[1])
		return xfail(x, "mat1 and mat2 shapes cannot be multiplied (%" PRId64 "x%" PRId64 " and %" PRId64 "x%" PRId64 ")",
			rows, k, weight->sizes[1], n);
	if (bias && input->dtype == weight->dtype && bias->dtype != weight->dtype)
		return xfail(x, "self and mat2 must have the same dtype, but got %s and %s", dtype_class_name(tensor_dtype(bias)),
			dtype_class_name(tensor_dtype(weight)));
	TRY(same_dtype(x, input, weight));
	TRY(product_dtype_check(x, input, "addmm_impl_cpu_"));
	int64_t sizes[MAX_DIMS];
	memcpy(sizes, input->sizes, (size_t)nd * sizeof *sizes);
	sizes[nd - 1] = n;
	if (bias && !(bias->ndim == 1 && bias->sizes[0] == n))
		TRY(expand_check(x, bias, (int64_t[]){rows, n}, 2));
	Tensor *m = NULL, *c = NULL;
	TRY(as_rows(x, input, rows, &m));
	DType d = tensor_dtype(input);
	Status s = tensor_empty(d, sizes, nd, &c, x->err);
	if (s == STATUS_OK && bias && c->numel) {
		if (bias->ndim == 1 && bias->sizes[0] == n && (bias->strides[0] == 1 || n == 1)) {
			size_t bytes = (size_t)n * dtype_size(d);
			char *p = tensor_data(c);
			for (int64_t i = 0; i < rows; i++, p += bytes)
				memcpy(p, tensor_data(bias), bytes);
		} else {
			s = cpu_copy(x, c, bias);
		}
	}
	if (s == STATUS_OK && c->numel) {
		Gemm g = {.m = rows, .n = n, .k = k, .a = gemm_operand(m, 0, 1), .b = gemm_operand(weight, 1, 0),
			.c = tensor_data(c), .ldc = n, .alpha = 1, .beta = bias ? 1 : 0};
		s = gemm_any(d, &g, x->err);
	}
	tensor_unref(&m);
	if (s != STATUS_OK)
		tensor_unref(&c);
	*out = c;
	return s;
}

KERNEL(linear)
{
	Tensor *out;
	TRY(cpu_linear(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_tensor(args[2]), &out));
	return ret_tensor(rets, out);
}

// ---- matmul

Status cpu_matmul(Exec *x, const Tensor *a, const Tensor *b, Tensor **out)
{
	if (a->ndim == 0 || b->ndim == 0)
		return xfail(x, "both arguments to matmul need to be at least 1D, but they are %dD and %dD", a->ndim, b->ndim);
	if (a->ndim == 1 && b->ndim == 1)
		return cpu_dot(x, a, b, false, out);
	if (a->ndim == 2 && b->ndim == 2)
		return cpu_mm(x, a, b, out);
	if (a->ndim == 2 && b->ndim == 1)
		return cpu_mv(x, a, b, out);
	Tensor *av = a->ndim == 1 ? view_unsqueeze(a, 0) : tensor_alias(a), *bv = NULL, *c = NULL;
	int na = av->ndim, nb = b->ndim;
	int64_t m = av->sizes[na - 2], k = av->sizes[na - 1], sizes[MAX_DIMS];
	Status s = STATUS_OK;
	if (na == 2 && nb == 2) {
		s = cpu_mm(x, av, b, &c);
	} else if (nb <= 2) { // rows of all batches against one matrix
		int64_t rows = 1;
		for (int i = 0; i + 1 < na; i++)
			rows *= av->sizes[i];
		Tensor *flat = NULL;
		s = as_rows(x, av, rows, &flat);
		if (s == STATUS_OK)
			s = nb == 1 ? cpu_mv(x, flat, b, &c) : cpu_mm(x, flat, b, &c);
		tensor_unref(&flat);
	} else { // batched on both sides, or on the right
		int64_t n = b->sizes[nb - 1], batch[MAX_DIMS];
		int nbatch = 0;
		s = broadcast_sizes(av->sizes, na - 2, b->sizes, nb - 2, batch, &nbatch, x->err);
		int64_t count = 1;
		for (int i = 0; s == STATUS_OK && i < nbatch; i++)
			count *= batch[i];
		Tensor *ae = NULL, *be = NULL;
		if (s == STATUS_OK) {
			memcpy(sizes, batch, sizeof *sizes * (size_t)nbatch);
			sizes[nbatch] = m;
			sizes[nbatch + 1] = k;
			s = view_expand(x, av, sizes, nbatch + 2, &ae);
		}
		if (s == STATUS_OK) {
			sizes[nbatch] = b->sizes[nb - 2];
			sizes[nbatch + 1] = n;
			s = view_expand(x, b, sizes, nbatch + 2, &be);
		}
		tensor_unref(&av);
		if (s == STATUS_OK)
			s = view_reshape(x, ae, (int64_t[]){count, m, k}, 3, &av);
		if (s == STATUS_OK)
			s = view_reshape(x, be, (int64_t[]){count, b->sizes[nb - 2], n}, 3, &bv);
		if (s == STATUS_OK)
			s = cpu_bmm(x, av, bv, &c);
		if (s == STATUS_OK) {
			Tensor *shaped;
			sizes[nbatch] = m;
			sizes[nbatch + 1] = n;
			int nd = nbatch + 2;
			if (a->ndim == 1) { // drop the row that was put in front
				sizes[nbatch] = n;
				nd--;
			}
			s = view_reshape(x, c, sizes, nd, &shaped);
			tensor_unref(&c);
			c = shaped;
		}
		tensor_unref(&ae);
		tensor_unref(&be);
		tensor_unref(&av);
		tensor_unref(&bv);
		*out = c;
		return s;
	}
	if (s == STATUS_OK) {
		Tensor *shaped;
		int nd = 0;
		for (int i = 0; i + 1 < na; i++)
			if (!(a->ndim == 1 && i == na - 2))
				sizes[nd++] = av->sizes[i];
		if (nb == 2)
			sizes[nd++] = b->sizes[1];
		s = view_reshape(x, c, sizes, nd, &shaped);
		tensor_unref(&c);
		c = s == STATUS_OK ? shaped : NULL;
	}
	tensor_unref(&av);
	*out = c;
	return s;
}

KERNEL(matmul)
{
	Tensor *out;
	TRY(cpu_matmul(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	return ret_tensor(rets, out);
}
