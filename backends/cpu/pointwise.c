// SPDX-License-Identifier: BSD-3-Clause
// The elementwise engine: promotion, broadcasting, results, and the walk over blocks.
//
// A run goes straight to the body when every operand already is a dense run of the carrier's dtype.  Otherwise
// blocks of BLOCK elements are gathered, converted to the common dtype and then to the carrier, computed, and
// converted back.  Numbers and 0-d tensors are converted once, before the walk.
#include "backends/cpu/pointwise.h"

#include "backends/cpu/convert.h"
#include "backends/cpu/factory.h"
#include "backends/cpu/nest.h"
#include "backends/cpu/number.h"
#include "backends/cpu/table.h"

#include <inttypes.h>

#define BLOCK RUN_MOST
#define GRAIN 16384

static const DType carrier_dtype[CARRIERS] = {DT_I64, DT_U64, DT_F32, DT_F64, DT_C64, DT_C128};

Carrier carrier_of(DType d)
{
	switch (d) {
	case DT_U64: return CARRY_U64;
	case DT_F16: case DT_BF16: case DT_F32: return CARRY_F32;
	case DT_F64: return CARRY_F64;
	case DT_C32: case DT_C64: return CARRY_C64;
	case DT_C128: return CARRY_C128;
	default: return CARRY_I64;
	}
}

unsigned kind_bit(DType d)
{
	switch (d) {
	case DT_BOOL: return TAKES_BOOL;
	case DT_U8: case DT_I8: case DT_I16: case DT_I32: case DT_I64: return TAKES_INT;
	case DT_U16: case DT_U32: case DT_U64: return TAKES_UINT;
	case DT_F16: case DT_BF16: return TAKES_HALF;
	case DT_F32: case DT_F64: return TAKES_REAL;
	case DT_C64: case DT_C128: return TAKES_COMPLEX;
	case DT_C32: return TAKES_CHALF;
	default: return 0;
	}
}

typedef struct PointRun {
	PointBody body;
	PointParams *params;
	int nin;
	DType src[POINT_INPUTS];     // dtype of what the pointers of the nest point at
	DType via[POINT_INPUTS];     // dtype to pass through on the way in; DT_NONE when direct conversion will do
	DType want[POINT_INPUTS];    // dtype that the body reads
	DType made, result, out;     // what the body writes, what that means, what the tensor holds
	bool direct;                 // no conversion anywhere
} PointRun;

static void splat(char *block, size_t size, int64_t n)
{
	int64_t have = 1;
	while (have < n) {
		int64_t more = have < n - have ? have : n - have;
		memcpy(block + (size_t)have * size, block, (size_t)more * size);
		have += more;
	}
}

static void point_loop(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const PointRun *r = arg;
	bool straight = r->direct && strides[0] == (int64_t)dtype_size(r->made);
	for (int k = 0; straight && k < r->nin; k++)
		straight = strides[k + 1] == (int64_t)dtype_size(r->want[k]);
	if (straight) {
		void *out[1] = {p[0]};
		r->body(out, (const void *const *)(p + 1), n, r->params);
		return;
	}
	_Alignas(64) char blocks[POINT_INPUTS][BLOCK * 16];
	_Alignas(64) char made[BLOCK * 16];
	const void *in[POINT_INPUTS];
	int64_t first = n < BLOCK ? n : BLOCK;
	for (int k = 0; k < r->nin; k++) {
		if (strides[k + 1] == 0) {
			load_run(blocks[k], r->want[k], r->via[k], p[k + 1], r->src[k], 0, 1);
			splat(blocks[k], dtype_size(r->want[k]), first);
		}
	}
	size_t made_size = dtype_size(r->made), out_size = dtype_size(r->out);
	bool out_direct = r->made == r->out && r->result == r->out && strides[0] == (int64_t)out_size;
	for (int64_t at = 0; at < n; at += BLOCK) {
		int64_t m = n - at < BLOCK ? n - at : BLOCK;
		for (int k = 0; k < r->nin; k++) {
			int64_t stride = strides[k + 1];
			const char *from = p[k + 1] + at * stride;
			in[k] = blocks[k];
			if (stride == 0)
				continue;
			if (r->src[k] == r->want[k] && r->via[k] == DT_NONE && stride == (int64_t)dtype_size(r->src[k]))
				in[k] = from;
			else
				load_run(blocks[k], r->want[k], r->via[k], from, r->src[k], stride, m);
		}
		char *to = p[0] + at * strides[0];
		void *out[1] = {out_direct ? to : made};
		r->body(out, in, m, r->params);
		if (out_direct)
			continue;
		char half[BLOCK * 16], last[BLOCK * 16];
		const char *from = made;
		DType have = r->made;
		if (have != r->result && r->result != r->out) {
			convert_run(half, r->result, from, have, m);
			from = half;
			have = r->result;
		}
		if (have != r->out) {
			bool dense = strides[0] == (int64_t)out_size;
			convert_run(dense ? to : last, r->out, from, have, m);
			if (dense)
				continue;
			from = last;
		}
		scatter_run(to, strides[0], from, out_size, m);
	}
	(void)made_size;
}

Status fail_not_implemented(Exec *x, const char *name, DType d)
{
	return xfail(x, "\"%s\" not implemented for '%s'", name, dtype_class_name(d));
}

Status check_internal_overlap(Exec *x, const Tensor *out)
{
	if (tensor_is_contiguous(out))
		return STATUS_OK;
	for (int i = 0; i < out->ndim; i++)
		if (out->strides[i] == 0 && out->sizes[i] > 1)
			return xfail(x, "unsupported operation: more than one element of the written-to tensor refers to a single "
				"memory location. Please clone() the tensor before performing the operation.");
	return STATUS_OK;
}

Status check_partial_overlap(Exec *x, const Tensor *out, const Tensor *in)
{
	if (out == in || out->storage != in->storage || !out->numel || !in->numel)
		return STATUS_OK;
	if (!tensor_is_dense(out) || !tensor_is_dense(in))
		return STATUS_OK;
	size_t so = dtype_size(tensor_dtype(out)), si = dtype_size(tensor_dtype(in));
	size_t ob = (size_t)out->offset * so, oe = ob + (size_t)out->numel * so;
	size_t ib = (size_t)in->offset * si, ie = ib + (size_t)in->numel * si;
	bool partial = ob < ie && ib < oe;
	if (ob == ib && oe == ie && out->ndim == in->ndim) {
		partial = false;
		for (int i = 0; i < out->ndim; i++)
			partial |= out->strides[i] != in->strides[i];
	}
	if (partial)
		return xfail(x, "unsupported operation: some elements of the input tensor and the written-to tensor refer to a "
			"single memory location. Please clone() the tensor before performing the operation.");
	return STATUS_OK;
}

DType point_common_dtype(Exec *x, const IValue *in, int n)
{
	Promotion pr = PROMOTION_INIT;
	for (int k = 0; k < n; k++) {
		if (in[k].tag == TAG_TENSOR)
			promote_add_tensor(&pr, in[k].tensor);
		else if (iv_is_number(in[k]))
			promote_add_number(&pr, in[k]);
	}
	DType d = promote_result(&pr);
	if (d == DT_NONE)
		xfail(x, "Promotion for these types is not supported");
	return d;
}

static void number_convert(void *to, DType d, IValue v)
{
	if (v.tag == TAG_COMPLEX) {
		double pair[2] = {v.complex_->re, v.complex_->im};
		convert_run(to, d, pair, DT_C128, 1);
	} else if (v.tag == TAG_FLOAT) {
		convert_run(to, d, &v.f, DT_F64, 1);
	} else {
		int64_t i = v.tag == TAG_BOOL ? v.b : v.i;
		convert_run(to, d, &i, DT_I64, 1);
	}
}

static Status convert_numbers(Exec *x, PointParams *p, DType common)
{
	DType d = common == DT_F16 || common == DT_BF16 ? DT_F32 : common == DT_C32 ? DT_C64 : common;
	for (int i = 0; i < p->numbers; i++) {
		char element[16];
		if (p->check_numbers)
			TRY(number_to_element(x, p->number[i], d, element));
		else
			number_convert(element, d, p->number[i]);
		element_c128(element, d, &p->c[i][0], &p->c[i][1]);
		p->f[i] = dtype_is_complex(d) ? p->c[i][0] : element_f64(element, d);
		p->i[i] = dtype_is_float(d) || dtype_is_complex(d) ? 0 : element_i64(element, d);
	}
	return STATUS_OK;
}

// The shape that the operands broadcast to.
static Status operand_shape(Exec *x, const IValue *in, int nin, int64_t *sizes, int *ndim)
{
	*ndim = 0;
	bool first = true;
	for (int k = 0; k < nin; k++) {
		if (in[k].tag != TAG_TENSOR)
			continue;
		const Tensor *t = in[k].tensor;
		if (first) {
			*ndim = t->ndim;
			memcpy(sizes, t->sizes, (size_t)t->ndim * sizeof *sizes);
			first = false;
		} else {
			TRY(broadcast_sizes(sizes, *ndim, t->sizes, t->ndim, sizes, ndim, x->err));
		}
	}
	int64_t numel;
	if (!sizes_product(sizes, *ndim, &numel))
		return xfail(x, "Storage size calculation overflowed");
	return STATUS_OK;
}

static Status fail_shape(Exec *x, const Tensor *out, const int64_t *sizes, int ndim)
{
	Text t = {0};
	text_add(&t, "output with shape [");
	for (int i = 0; i < out->ndim; i++)
		text_addf(&t, "%s%" PRId64, i ? ", " : "", out->sizes[i]);
	text_add(&t, "] doesn't match the broadcast shape [");
	for (int i = 0; i < ndim; i++)
		text_addf(&t, "%s%" PRId64, i ? ", " : "", sizes[i]);
	text_add(&t, "]");
	Status s = xfail(x, "%s", text_str(&t));
	text_free(&t);
	return s;
}

// A fresh result whose strides follow the operands, as the order of the sorted nest says.
static Status alloc_result(Exec *x, DType d, Device dev, const Nest *n, const int *perm, const int64_t *sizes, int ndim, Tensor **out)
{
	bool plain = true;
	for (int i = 0; i < ndim; i++)
		plain &= perm[i] == i;
	if (plain)
		return factory_strided(x, d, dev, sizes, NULL, ndim, out);
	int64_t strides[MAX_DIMS], next = 1;
	for (int i = 0; i < ndim; i++) {
		strides[ndim - 1 - perm[i]] = next;
		next = (int64_t)((uint64_t)next * (uint64_t)(n->sizes[i] > 0 ? n->sizes[i] : 1));
	}
	return factory_strided(x, d, dev, sizes, n->numel == 0 ? NULL : strides, ndim, out);
}

// All tensor operands (and out, if given) have one shape and one dense layout.
static bool same_layout(const IValue *in, int nin, const Tensor *out, const Tensor **like)
{
	const Tensor *first = out;
	bool numbers = true;
	for (int k = 0; k < nin; k++) {
		if (in[k].tag != TAG_TENSOR)
			continue;
		const Tensor *t = in[k].tensor;
		numbers = false;
		if (!first) {
			first = t;
			continue;
		}
		if (t->ndim != first->ndim)
			return false;
		for (int i = 0; i < t->ndim; i++)
			if (t->sizes[i] != first->sizes[i] || t->strides[i] != first->strides[i])
				return false;
	}
	*like = first;
	return first && !numbers && (tensor_is_contiguous(first) || tensor_is_dense(first));
}

// A dtype that the op does not take; shapes that do not broadcast are reported first.
static Status refuse_dtype(Exec *x, const PointOp *op, const IValue *in, DType common)
{
	int64_t sizes[MAX_DIMS];
	int ndim;
	TRY(operand_shape(x, in, op->nin, sizes, &ndim));
	return fail_not_implemented(x, op->name, common);
}

// Overlap, then shape, the order in which PyTorch complains.
static Status check_output(Exec *x, const PointOp *op, const IValue *in, PointForm form, const Tensor *out)
{
	TRY(check_internal_overlap(x, out));
	bool same = true;
	for (int k = 0; k < op->nin; k++) {
		if (in[k].tag != TAG_TENSOR)
			continue;
		TRY(check_partial_overlap(x, out, in[k].tensor));
		same &= in[k].tensor == out || sizes_equal(in[k].tensor, out);
	}
	if (same || form == FORM_OUT)
		return STATUS_OK;
	int64_t sizes[MAX_DIMS];
	int ndim;
	TRY(operand_shape(x, in, op->nin, sizes, &ndim));
	same = out->ndim == ndim;
	for (int i = 0; same && i < ndim; i++)
		same = out->sizes[i] == sizes[i];
	return same ? STATUS_OK : fail_shape(x, out, sizes, ndim);
}

Status pointwise_as(Exec *x, const PointOp *op, const IValue *in, PointParams *p, DType common, PointForm form,
	IValue out_arg, IValue *rets)
{
	PointParams none;
	if (!p) {
		none.numbers = 0;
		none.fault = 0;
		p = &none;
	}
	p->common = common;
	p->bits = (int)dtype_size(common) * 8;
	if (op->check)
		TRY(op->check(x, p));
	Carrier carrier = carrier_of(common);
	PointBody body = op->body[carrier];
	if (!(op->takes & kind_bit(common)) || !body)
		return refuse_dtype(x, op, in, common);
	if (p->numbers)
		TRY(convert_numbers(x, p, common));
	if (op->fast && carrier == CARRY_F32) {
		PointBody fast = cpu_table()->pointwise_f32[op->fast];
		body = fast ? fast : body;
	}

	DType native = carrier_dtype[carrier];
	PointRun run = {.body = body, .params = p, .nin = op->nin, .direct = true};
	if (op->result == RESULT_BOOL) {
		run.made = run.result = DT_BOOL;
	} else if (op->result == RESULT_REAL) {
		run.made = dtype_to_real(native);
		run.result = dtype_to_real(common);
	} else {
		run.made = native;
		run.result = common;
	}

	Tensor *out = form == FORM_NEW ? NULL : out_arg.tensor;
	if (out)
		TRY(check_output(x, op, in, form, out));
	if (out && !dtype_can_cast(run.result, tensor_dtype(out)))
		return xfail(x, "result type %s can't be cast to the desired output type %s", dtype_class_name(run.result),
			dtype_class_name(tensor_dtype(out)));
	run.out = out ? tensor_dtype(out) : run.result;

	// Operands that never move are turned into carriers here.
	_Alignas(16) char scalars[POINT_INPUTS][16];
	bool still[POINT_INPUTS], meta = out && tensor_device(out) == DEVICE_META;
	for (int k = 0; k < op->nin; k++) {
		bool mask = op->masks >> k & 1;
		run.want[k] = mask ? DT_BOOL : native;
		const Tensor *t = in[k].tag == TAG_TENSOR ? in[k].tensor : NULL;
		meta |= t && tensor_device(t) == DEVICE_META;
		DType src = t ? tensor_dtype(t) : DT_NONE;
		still[k] = !t || (t->numel == 1 && t->ndim == 0 && t->storage->data);
		if (still[k]) {
			bool exact = mask || common == native ||
				(op->exact_number && (common == DT_F16 || common == DT_BF16));
			DType via = exact ? run.want[k] : common;
			char element[16];
			if (t)
				convert_run(element, via, tensor_data(t), src, 1);
			else
				number_convert(element, via, in[k]);
			convert_run(scalars[k], run.want[k], element, via, 1);
			src = run.want[k];
		}
		run.src[k] = src;
		run.via[k] = !mask && src != common && common != native && !still[k] ? common : DT_NONE;
		run.direct &= src == run.want[k] && run.via[k] == DT_NONE;
	}
	run.direct &= run.made == run.out && run.result == run.out;

	const Tensor *like;
	if (same_layout(in, op->nin, out, &like)) {
		if (!out)
			TRY(factory_strided(x, run.out, meta ? DEVICE_META : DEVICE_CPU, like->sizes,
				tensor_is_contiguous(like) ? NULL : like->strides, like->ndim, &out));
		else
			tensor_ref(out);
		if (out->numel && !meta) {
			Nest n;
			n.nops = op->nin + 1;
			n.ndim = 1;
			n.numel = n.sizes[0] = out->numel;
			n.base[0] = tensor_data(out);
			n.strides[0][0] = (int64_t)dtype_size(run.out);
			for (int k = 0; k < op->nin; k++) {
				n.base[k + 1] = still[k] ? scalars[k] : tensor_data(in[k].tensor);
				n.strides[k + 1][0] = still[k] ? 0 : (int64_t)dtype_size(run.src[k]);
			}
			nest_run(&n, GRAIN, point_loop, &run);
		}
		rets[0] = iv_take_tensor(out);
		return STATUS_OK;
	}

	int64_t sizes[MAX_DIMS];
	int ndim;
	TRY(operand_shape(x, in, op->nin, sizes, &ndim));
	Nest n;
	if (!out) {
		int perm[MAX_DIMS];
		nest_init(&n, sizes, ndim);
		for (int k = 0; k < op->nin; k++)
			if (in[k].tag == TAG_TENSOR)
				nest_add(&n, in[k].tensor);
		nest_sort(&n, perm);
		TRY(alloc_result(x, run.out, meta ? DEVICE_META : DEVICE_CPU, &n, perm, sizes, ndim, &out));
	} else {
		TRY(cpu_resize(x, out, sizes, ndim)); // nothing to do in place: check_output has compared the shapes
		tensor_ref(out);
	}
	if (out->numel && !meta) {
		nest_init(&n, sizes, ndim);
		nest_add(&n, out);
		for (int k = 0; k < op->nin; k++) {
			if (still[k])
				nest_add_number(&n, scalars[k]);
			else
				nest_add(&n, in[k].tensor);
		}
		nest_sort(&n, NULL);
		nest_merge(&n);
		nest_run(&n, GRAIN, point_loop, &run);
	}
	rets[0] = iv_take_tensor(out);
	return STATUS_OK;
}

Status pointwise(Exec *x, const PointOp *op, const IValue *in, PointParams *p, PointForm form, IValue out, IValue *rets)
{
	DType common = DT_NONE;
	// The usual case needs no ranking: equal dtypes, all with dimensions.
	bool usual = true;
	for (int k = 0; usual && k < op->nin; k++) {
		if (op->masks >> k & 1)
			continue;
		usual = in[k].tag == TAG_TENSOR && in[k].tensor->ndim > 0 && !in[k].tensor->wrapped_number &&
			(common == DT_NONE || common == tensor_dtype(in[k].tensor));
		if (usual)
			common = tensor_dtype(in[k].tensor);
	}
	if (!usual) {
		Promotion pr = PROMOTION_INIT;
		for (int k = 0; k < op->nin; k++) {
			if (op->masks >> k & 1)
				continue;
			if (in[k].tag == TAG_TENSOR)
				promote_add_tensor(&pr, in[k].tensor);
			else
				promote_add_number(&pr, in[k]);
		}
		common = promote_result(&pr);
		if (common == DT_NONE)
			return xfail(x, "Promotion for these types is not supported");
	}
	if (op->to_float)
		common = promote_int_to_float(common);
	return pointwise_as(x, op, in, p, common, form, out, rets);
}
