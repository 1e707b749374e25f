// SPDX-License-Identifier: BSD-3-Clause
// Images as planes: geometry, preparation and layout of results for pooling and resampling.
#include "backends/cpu/plane.h"

#include "backends/cpu/view.h"

Planes3 planes_of(const Tensor *input, int nd, const int64_t *out_sizes)
{
	Planes3 p = {.count = 1, .in = {1, 1, 1}, .out = {1, 1, 1}};
	for (int i = 0; i < input->ndim - nd; i++)
		p.count *= input->sizes[i];
	for (int i = 0; i < nd; i++) {
		p.in[3 - nd + i] = input->sizes[input->ndim - nd + i];
		p.out[3 - nd + i] = out_sizes[i];
	}
	p.in_size = p.in[0] * p.in[1] * p.in[2];
	// sizes that a model asks for may have no product; making the result then fails
	if (!sizes_product(p.out, 3, &p.out_size))
		p.out_size = INT64_MAX;
	return p;
}

Status planes_result(Exec *x, const Tensor *input, int nd, const int64_t *out_sizes, DType d, Tensor **out)
{
	int64_t sizes[MAX_DIMS];
	int lead = input->ndim - nd;
	memcpy(sizes, input->sizes, sizeof *sizes * (size_t)lead);
	memcpy(sizes + lead, out_sizes, sizeof *sizes * (size_t)nd);
	return tensor_empty(d, sizes, input->ndim, out, x->err);
}

Status planes_finish(Exec *x, Tensor *c, DType d, const Tensor *like, Tensor **out)
{
	bool last = c->ndim == like->ndim && tensor_is_channels_last(like) && !tensor_is_contiguous(like);
	if (!last && tensor_dtype(c) == d) {
		*out = c;
		return STATUS_OK;
	}
	int64_t strides[MAX_DIMS];
	Status s = STATUS_OK;
	if (dtype_is_quantized(d)) { // the same bytes under another name
		DType stored = tensor_dtype(c);
		if (last) {
			Tensor *turned;
			channels_last_strides(c->sizes, c->ndim, strides);
			s = tensor_empty_strided(stored, c->sizes, strides, c->ndim, &turned, x->err);
			if (s == STATUS_OK)
				s = cpu_copy(x, turned, c);
			tensor_unref(&c);
			TRY(s);
			c = turned;
		}
		*out = tensor_over(c->storage, d, c->sizes, c->strides, c->ndim, c->offset);
		(*out)->quant = quantizer_ref(like->quant);
		tensor_unref(&c);
		return STATUS_OK;
	}
	if (last)
		channels_last_strides(c->sizes, c->ndim, strides);
	else
		contiguous_strides(c->sizes, c->ndim, strides);
	s = tensor_empty_strided(d, c->sizes, strides, c->ndim, out, x->err);
	if (s == STATUS_OK) {
		s = cpu_copy(x, *out, c);
		if (s != STATUS_OK)
			tensor_unref(out);
	}
	tensor_unref(&c);
	return s;
}

Status planes_param(Exec *x, IValue v, int nd, const char *op, const char *name, const int64_t *otherwise, int64_t *out)
{
	static const char *const what[] = {"", "int", "tuple of two ints", "tuple of three ints"};
	int64_t list[MAX_DIMS];
	int n;
	if (v.tag == TAG_INT) {
		for (int i = 0; i < nd; i++)
			out[i] = v.i;
		return STATUS_OK;
	}
	TRY(arg_ints(x, v, list, MAX_DIMS, &n));
	if (n == 0 && otherwise) {
		memcpy(out, otherwise, sizeof *out * (size_t)nd);
		return STATUS_OK;
	}
	if (n != 1 && n != nd)
		return xfail(x, "%s: %s must either be %sa single int, or a %s", op, name, otherwise ? "omitted, " : "", what[nd]);
	for (int i = 0; i < nd; i++) {
		out[i] = list[n == 1 ? 0 : i];
		if (out[i] > INT32_MAX || out[i] < -INT32_MAX)
			return xfail(x, "%s: %s is out of range", op, name);
	}
	return STATUS_OK;
}

DType planes_work_dtype(DType d)
{
	switch (d) {
	case DT_F16: case DT_BF16: return DT_F32;
	case DT_QU8: return DT_U8;
	case DT_QI8: return DT_I8;
	case DT_QI32: return DT_I32;
	default: return d;
	}
}

Status planes_prepare(Exec *x, const Tensor *t, DType work, Tensor **out)
{
	if (!dtype_is_quantized(tensor_dtype(t)))
		return cpu_prepare(x, t, work, out);
	Tensor *stored = tensor_over(t->storage, work, t->sizes, t->strides, t->ndim, t->offset);
	Status s = cpu_contiguous(x, stored, out);
	tensor_unref(&stored);
	return s;
}

int64_t planes_grain(int64_t work)
{
	int64_t g = work > 0 ? 30000 / work : 30000;
	return g < 1 ? 1 : g;
}
