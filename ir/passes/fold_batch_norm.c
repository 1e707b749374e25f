// SPDX-License-Identifier: BSD-3-Clause
// Puts a batch norm into the convolution before it.  Needs constant weights; keeps SSA.
//
//   (conv(x, W) + b − mean) / sqrt(var + eps) · gamma + beta  =  conv(x, W · s) + (b − mean) · s + beta,
//   with s = gamma / sqrt(var + eps), one factor for each output channel.
#include "ir/passes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Tensor *constant_tensor(const Value *v)
{
	const Node *n = v->def;
	if (!n || n->kind != NODE_CONSTANT || n->attr.value.tag != TAG_TENSOR)
		return NULL;
	const Tensor *t = n->attr.value.tensor;
	return tensor_device(t) == DEVICE_CPU && (tensor_dtype(t) == DT_F32 || tensor_dtype(t) == DT_F64) ? t : NULL;
}

static bool is_none(const Value *v)
{
	return v->type->kind == TYPE_NONE
		|| (v->def && v->def->kind == NODE_CONSTANT && iv_is_none(v->def->attr.value));
}

static bool is_false(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_BOOL && !v->def->attr.value.i;
}

// A vector of n constants, or fallback where the value is None; false if it is neither.
static bool read_vector(const Value *v, double fallback, int64_t n, double *out)
{
	const Tensor *t = constant_tensor(v);
	if (!t && !is_none(v))
		return false;
	if (t && (t->ndim != 1 || t->sizes[0] != n))
		return false;
	for (int64_t i = 0; i < n; i++)
		out[i] = t ? element_f64((char *)tensor_data(t) + i * t->strides[0] * (int64_t)dtype_size(tensor_dtype(t)),
				     tensor_dtype(t))
			   : fallback;
	return true;
}

// Convolutions with weight in argument 1, bias in 2, output channels first in the weight.
static bool is_convolution(const Node *n)
{
	if (n->kind != NODE_OP)
		return false;
	const char *name = n->op->schema->name;
	if (!strcmp(name, "aten::conv1d") || !strcmp(name, "aten::conv2d") || !strcmp(name, "aten::conv3d"))
		return true;
	return (!strcmp(name, "aten::_convolution") || !strcmp(name, "aten::convolution")) && n->ninputs > 6
		&& is_false(n->inputs[6]);
}

static Status scaled_weight(const Tensor *w, const double *scale, Tensor **out, Error *err)
{
	DType d = tensor_dtype(w);
	size_t size = dtype_size(d);
	TRY(tensor_empty(d, w->sizes, w->ndim, out, err));
	int64_t per_channel = w->numel / w->sizes[0], i = 0;
	char *to = tensor_data(*out);
	ElemIter it;
	for (elem_iter_init(&it, w); it.left > 0; elem_iter_next(&it, w), i++) {
		double v = element_f64((char *)tensor_data(w) + it.offset * (int64_t)size, d);
		element_set_f64(to + (size_t)i * size, d, v * scale[i / per_channel]);
	}
	return STATUS_OK;
}

static Value *tensor_constant(Graph *g, Tensor *t, Node *place)
{
	Node *node;
	Value *v = graph_constant(g, iv_take_tensor(t), &type_tensor, place->at, &node);
	node_insert_before(node, place);
	return v;
}

static Status fold(Graph *g, Node *conv, Node *norm, Error *err)
{
	const Tensor *w = constant_tensor(conv->inputs[1]);
	const Node *eps = norm->inputs[7]->def;
	if (!w || w->ndim < 3 || w->numel == 0 || !is_false(norm->inputs[5]) || !eps || eps->kind != NODE_CONSTANT
		|| is_none(norm->inputs[3]) || is_none(norm->inputs[4]))
		return STATUS_OK;
	int64_t n = w->sizes[0];
	double *room = xcalloc((size_t)n * 5, sizeof *room);
	double *bias = room, *mean = bias + n, *var = mean + n, *gamma = var + n, *beta = gamma + n;
	Tensor *weight = NULL, *shift = NULL;
	Status st = STATUS_OK;
	if (!read_vector(conv->inputs[2], 0, n, bias) || !read_vector(norm->inputs[1], 1, n, gamma)
		|| !read_vector(norm->inputs[2], 0, n, beta) || !read_vector(norm->inputs[3], 0, n, mean)
		|| !read_vector(norm->inputs[4], 1, n, var))
		goto done;
	for (int64_t i = 0; i < n; i++) {
		gamma[i] /= sqrt(var[i] + iv_as_f64(eps->attr.value));
		beta[i] += (bias[i] - mean[i]) * gamma[i];
	}
	st = scaled_weight(w, gamma, &weight, err);
	if (st == STATUS_OK)
		st = tensor_empty(tensor_dtype(w), &n, 1, &shift, err);
	if (st != STATUS_OK)
		goto done;
	for (int64_t i = 0; i < n; i++)
		element_set_f64((char *)tensor_data(shift) + (size_t)i * dtype_size(tensor_dtype(w)), tensor_dtype(w), beta[i]);
	node_set_input(conv, 1, tensor_constant(g, weight, conv));
	node_set_input(conv, 2, tensor_constant(g, shift, conv));
	weight = shift = NULL;
	value_replace_all(norm->outputs[0], conv->outputs[0]);
	node_remove(norm);
done:
	tensor_unref(&weight);
	tensor_unref(&shift);
	free(room);
	return st;
}

// Is the norm the only one that wants the convolution's numbers?  Its shape stays what it was.
static bool feeds_only(const Node *conv, const Node *norm)
{
	static const char *const about[] = {"aten::dim", "aten::size", "aten::len", "aten::numel", "prim::dtype",
		"prim::device"};
	const Value *v = conv->outputs[0];
	for (int i = 0; i < v->nuses; i++) {
		const Node *user = v->uses[i].user;
		bool harmless = user == norm && v->uses[i].index == 0;
		for (size_t k = 0; user->op && user->kind == NODE_OP && k < sizeof about / sizeof *about; k++)
			harmless |= !strcmp(user->op->schema->name, about[k]);
		if (!harmless)
			return false;
	}
	return true;
}

static Status fold_block(Graph *g, Block *b, Error *err)
{
	block_foreach_safe(n, next, b) {
		for (int i = 0; i < n->nblocks; i++)
			TRY(fold_block(g, n->blocks[i], err));
		if (n->kind != NODE_OP || strcmp(n->op->schema->name, "aten::batch_norm"))
			continue;
		Node *conv = n->inputs[0]->def;
		if (conv && conv->block == n->block && is_convolution(conv) && feeds_only(conv, n))
			TRY(fold(g, conv, n, err));
	}
	return STATUS_OK;
}

Status fold_batch_norm(Graph *g, Error *err)
{
	return fold_block(g, g->block, err);
}
