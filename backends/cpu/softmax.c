// SPDX-License-Identifier: BSD-3-Clause
// softmax and log_softmax along any dimension.  The operand is made contiguous as outer × n × inner; rows (inner 1)
// go to the SIMD body, others are gathered into a row, computed, and scattered back.
#include "backends/cpu/convert.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/pointwise.h"
#include "backends/cpu/table.h"

#include <math.h>
#include <stdlib.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

#define REFERENCE(NAME, T)                                                                              \
	static void NAME(T *o, const T *q, int64_t n, bool logs)                                        \
	{                                                                                               \
		T m = q[0];                                                                             \
		for (int64_t k = 1; k < n; k++)                                                         \
			m = m != m || m > q[k] ? m : q[k];                                              \
		double sum = 0;                                                                         \
		for (int64_t k = 0; k < n; k++)                                                         \
			sum += exp((double)(q[k] - m));                                                 \
		double shift = log(sum);                                                                \
		for (int64_t k = 0; k < n; k++)                                                         \
			o[k] = (T)(logs ? (double)(q[k] - m) - shift : exp((double)(q[k] - m)) / sum);  \
	}
REFERENCE(row_f32, float)
REFERENCE(row_f64, double)

typedef struct SoftmaxArg {
	const char *in;
	char *out;
	int64_t n, inner;
	size_t size;
	bool logs;
	char *scratch;  // a row for each thread, when inner > 1
} SoftmaxArg;

static void do_row(const SoftmaxArg *a, void *out, const void *in)
{
	if (a->size == 8)
		row_f64(out, in, a->n, a->logs);
	else if (a->logs && cpu_table()->log_softmax_f32)
		cpu_table()->log_softmax_f32(out, in, a->n);
	else if (!a->logs && cpu_table()->softmax_f32)
		cpu_table()->softmax_f32(out, in, a->n);
	else
		row_f32(out, in, a->n, a->logs);
}

static void softmax_range(void *arg, int64_t begin, int64_t end)
{
	const SoftmaxArg *a = arg;
	size_t row = (size_t)a->n * a->size;
	for (int64_t r = begin; r < end; r++) {
		if (a->inner == 1) {
			do_row(a, a->out + (size_t)r * row, a->in + (size_t)r * row);
			continue;
		}
		size_t at = ((size_t)(r / a->inner) * (size_t)a->n * (size_t)a->inner + (size_t)(r % a->inner)) * a->size;
		int64_t stride = a->inner * (int64_t)a->size;
		char *buffer = a->scratch + (size_t)thread_index() * row;
		gather_run(buffer, a->in + at, stride, a->size, a->n);
		do_row(a, buffer, buffer);
		scatter_run(a->out + at, stride, buffer, a->size, a->n);
	}
}

static Status softmax(Exec *x, const Tensor *self, int64_t dim_, IValue dtype, bool logs, IValue *rets)
{
	DType d;
	int dim;
	TRY(arg_dtype(x, dtype, tensor_dtype(self), &d));
	TRY(wrap_dim(dim_, self->ndim, &dim, x->err));
	if (!dtype_is_float(d)) {
		bool last = dim == self->ndim - 1 || self->ndim == 0;
		return fail_not_implemented(x, logs ? (last ? "log_softmax_lastdim_kernel_impl" : "log_softmax_kernel_impl")
			: last ? "softmax_lastdim_kernel_impl" : "softmax_kernel_impl", d);
	}
	DType carrier = d == DT_F64 ? DT_F64 : DT_F32;
	Tensor *rounded = NULL, *in, *out;
	if (tensor_dtype(self) != d && carrier != d) { // through the half precision that was asked for
		TRY(cpu_prepare(x, self, d, &rounded));
		self = rounded;
	}
	Status s = cpu_prepare(x, self, carrier, &in);
	tensor_unref(&rounded);
	if (s != STATUS_OK)
		return s;
	s = tensor_empty(carrier, in->sizes, in->ndim, &out, x->err);
	if (s != STATUS_OK) {
		tensor_unref(&in);
		return s;
	}
	SoftmaxArg a = {.n = in->ndim ? in->sizes[dim] : 1, .inner = 1, .size = dtype_size(carrier), .logs = logs};
	for (int i = dim + 1; i < in->ndim; i++)
		a.inner *= in->sizes[i];
	if (in->numel && tensor_device(in) != DEVICE_META) {
		a.in = tensor_data(in);
		a.out = tensor_data(out);
		if (a.inner > 1)
			a.scratch = malloc((size_t)a.n * a.size * (size_t)threads_get());
		if (a.inner > 1 && !a.scratch)
			s = fail_memory(x->err, (size_t)a.n * a.size);
		else
			parallel_for(in->numel / a.n, 8192 / a.n + 1, softmax_range, &a);
		free(a.scratch);
	}
	tensor_unref(&in);
	if (s == STATUS_OK && carrier != d) {
		Tensor *half;
		s = cpu_to_dtype(x, out, d, &half);
		tensor_unref(&out);
		out = half;
	}
	if (s != STATUS_OK) {
		tensor_unref(&out);
		return s;
	}
	return ret_tensor(rets, out);
}

KERNEL(softmax_int) { (void)nargs; return softmax(x, args[0].tensor, arg_int(args[1]), args[2], false, rets); }
KERNEL(log_softmax_int) { (void)nargs; return softmax(x, args[0].tensor, arg_int(args[1]), args[2], true, rets); }
KERNEL(special_softmax) { return op_softmax_int(x, args, nargs, rets); }
KERNEL(special_log_softmax) { return op_log_softmax_int(x, args, nargs, rets); }
KERNEL(_softmax)
{
	(void)nargs;
	if (arg_bool(args[2]))
		return xfail(x, "softmax with half to float conversion is not supported on CPU");
	return softmax(x, args[0].tensor, arg_int(args[1]), iv_none(), false, rets);
}
KERNEL(_log_softmax)
{
	(void)nargs;
	if (arg_bool(args[2]))
		return xfail(x, "softmax with half to float conversion is not supported on CPU");
	return softmax(x, args[0].tensor, arg_int(args[1]), iv_none(), true, rets);
}
