// SPDX-License-Identifier: BSD-3-Clause
// What readers of an archive know: the file version that an operator's meaning needs, and PyTorch 1.6.
//
// 1.6 reads file versions up to 3, so an operator whose meaning changed later must be written in a way that always
// meant what it means today.  What cannot be written for it is refused with its name and that of the function.
#include "format/script_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status too_new(Script *c, const char *what)
{
	return fail(c->err, STATUS_UNSUPPORTED, "%s: %s cannot be written for PyTorch 1.6", c->function ? c->function
		: "the model", what);
}

// ---- versions

typedef struct OpVersion {
	const char *name;
	int version;            // of the file format, from which its meaning is today's
} OpVersion;

static const OpVersion versions[] = {
	{"aten::div", 4}, {"aten::div_", 4}, {"aten::full", 5}, {"aten::linspace", 8}, {"aten::logspace", 9}, {"aten::gelu", 10},
};

static int op_version(const Op *op)
{
	const Schema *s = op->schema;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (!strcmp(versions[i].name, s->name)) // division of numbers never changed
			return strncmp(s->name, "aten::div", 9) || (s->nargs && s->args[0].type->kind == TYPE_TENSOR)
				? versions[i].version : 3;
	return 3;
}

// ---- 1.6: operators

static const char *const names[] = {
#include "format/pytorch_1_6.def"
};

// Operators that have another name today.
static const char *const old_names[][2] = {
	{"aten::linalg_det", "torch.det"}, {"aten::linalg_inv", "torch.inverse"}, {"aten::outer", "torch.ger"},
	{"aten::linalg_matrix_power", "torch.matrix_power"}, {"aten::linalg_householder_product", "torch.orgqr"},
};

// Overloads of known operators that came later; a final * stands for any ending.
static const char *const new_overloads[] = {
	"aten::_ctc_loss.Tensor", "aten::addmm.dtype", "aten::all.dims", "aten::any.dims", "aten::argsort.stable",
	"aten::baddbmm.dtype", "aten::bernoulli.Tensor", "aten::bitwise_and.Scalar_Tensor", "aten::bitwise_or.Scalar_Tensor",
	"aten::bitwise_xor.Scalar_Tensor", "aten::bmm.dtype", "aten::clamp.Tensor*", "aten::clamp_.Tensor*",
	"aten::clamp_max.Tensor*", "aten::clamp_max_.Tensor*", "aten::clamp_min.Tensor*", "aten::clamp_min_.Tensor*",
	"aten::conv1d.padding", "aten::conv2d.padding", "aten::conv3d.padding", "aten::div.Scalar_mode*",
	"aten::div.Tensor_mode*", "aten::div.out_mode", "aten::div_.Scalar_mode*", "aten::div_.Tensor_mode*",
	"aten::einsum.sublist",
	"aten::embedding_bag.padding_idx", "aten::fake_quantize_per_tensor_affine.tensor_qparams", "aten::index.list_*",
	"aten::linspace.Scalar_Tensor*", "aten::linspace.Tensor*", "aten::logspace.Scalar_Tensor*",
	"aten::logspace.Tensor*", "aten::meshgrid.indexing", "aten::mm.dtype", "aten::native_layer_norm",
	"aten::quantize_per_tensor.tensor_qparams", "aten::rand_like.generator*", "aten::randint_like.Tensor*",
	"aten::randint_like.generator*", "aten::randint_like.low_generator*", "aten::randn_like.generator*",
	"aten::remainder.Scalar_Tensor*", "aten::round.decimals*", "aten::round_.decimals", "aten::scatter.reduce*",
	"aten::scatter.value_reduce*", "aten::scatter_.reduce", "aten::scatter_.value_reduce",
	"aten::set_.source_Tensor_storage_offset", "aten::sort.stable", "aten::sort.values_stable", "aten::squeeze.dims",
	"aten::squeeze_.dims", "aten::std.correction*", "aten::std_mean.correction*", "aten::stft.center",
	"aten::upsample_bicubic2d.vec", "aten::upsample_bilinear2d.vec", "aten::upsample_linear1d.vec",
	"aten::upsample_nearest1d.vec", "aten::upsample_nearest2d.vec", "aten::upsample_nearest3d.vec",
	"aten::upsample_trilinear3d.vec", "aten::var.correction*", "aten::var_mean.correction*", "aten::view.dtype",
	"aten::where.Scalar*",
};

// How many arguments an operator had that has more today.
static const struct { const char *key; int nargs; } fewer_arguments[] = {
	{"aten::_convolution", 12}, {"aten::_embedding_bag", 8}, {"aten::einsum", 2}, {"aten::gelu", 1}, {"aten::index_add", 4},
	{"aten::index_add_", 4}, {"aten::is_pinned", 1}, {"aten::istft", 9}, {"aten::pin_memory", 1},
	{"aten::repeat_interleave.Tensor", 1}, {"aten::repeat_interleave.self_Tensor", 3},
	{"aten::repeat_interleave.self_int", 3}, {"aten::searchsorted.Scalar", 4}, {"aten::searchsorted.Tensor", 4},
	{"aten::smooth_l1_loss", 3}, {"aten::stft", 7}, {"aten::to_dense", 1}, {"aten::to_sparse", 1},
};

// Reductions whose dimensions could not be None.
static const char *const wants_dims[] = {
	"aten::mean.dim", "aten::std.dim", "aten::std_mean.dim", "aten::sum.dim_IntList", "aten::var.dim", "aten::var_mean.dim",
};

static const char *const known_prims[] = {"prim::NumToTensor", "prim::Print", "prim::RaiseException", "prim::StringIndex",
	"prim::abs", "prim::data", "prim::device", "prim::dtype", "prim::grad", "prim::id", "prim::is_cuda", "prim::is_mkldnn",
	"prim::is_quantized", "prim::is_sparse", "prim::layout", "prim::max", "prim::min", "prim::name", "prim::rangelist",
	"prim::requires_grad", "prim::type", "prim::unchecked_unwrap_optional", "prim::Uninitialized"};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

static bool is_known(const char *name)
{
	if (!strncmp(name, "aten::", 6))
		return bsearch(name + 6, names, sizeof names / sizeof *names, sizeof *names, compare_names) != NULL;
	for (size_t i = 0; i < sizeof known_prims / sizeof *known_prims; i++)
		if (!strcmp(name, known_prims[i]))
			return true;
	return false;
}

static bool is_new_overload(const char *key)
{
	for (size_t i = 0; i < sizeof new_overloads / sizeof *new_overloads; i++) {
		size_t n = strcspn(new_overloads[i], "*");
		if (!strncmp(key, new_overloads[i], n) && (new_overloads[i][n] || !key[n]))
			return true;
	}
	return false;
}

static bool may_be_none(const Value *v)
{
	return type_is_optional_like(v->type);
}

static Status check_key(Script *c, const Node *n, const char *key)
{
	const Schema *s = n->op->schema;
	char what[160];
	if ((!is_known(s->name) && !script_op_spelling(c, n->op)) || is_new_overload(key))
		return too_new(c, key);
	for (size_t i = 0; i < sizeof fewer_arguments / sizeof *fewer_arguments; i++) {
		if (strcmp(key, fewer_arguments[i].key))
			continue;
		for (int k = fewer_arguments[i].nargs; k < n->ninputs && k < s->nargs; k++) {
			snprintf(what, sizeof what, "%s with the argument %s", key, s->args[k].name);
			if (!argument_is_default(n->inputs[k], &s->args[k]))
				return too_new(c, what);
		}
	}
	for (size_t i = 0; i < sizeof wants_dims / sizeof *wants_dims; i++) {
		snprintf(what, sizeof what, "%s over all dimensions", key);
		if (!strcmp(key, wants_dims[i]) && may_be_none(n->inputs[1]))
			return too_new(c, what);
	}
	if (!strcmp(key, "aten::full") && may_be_none(n->inputs[2]) && n->inputs[1]->type->kind != TYPE_FLOAT)
		return too_new(c, "aten::full whose dtype depends on the fill value");
	return STATUS_OK;
}

const char *script_op_spelling(Script *c, const Op *op)
{
	const char *name = op->schema->name;
	if (c->target == TARGET_NEWEST)
		return NULL;
	if (op_version(op) == 4)
		return name[strlen(name) - 1] == '_' ? "torch.true_divide_" : "torch.true_divide";
	for (size_t i = 0; i < sizeof old_names / sizeof *old_names; i++)
		if (!strcmp(name, old_names[i][0]) && !*op->schema->overload)
			return old_names[i][1];
	return NULL;
}

Status script_check_op(Script *c, const Node *n)
{
	if (c->target == TARGET_1_6) {
		Text key = {0};
		op_key(n->op, &key);
		Status s = check_key(c, n, text_str(&key));
		text_free(&key);
		return s;
	}
	int version = op_version(n->op);
	if (version > c->version)
		c->version = version;
	return STATUS_OK;
}

// ---- 1.6: the language

Status script_check_type(Script *c, const Type *t)
{
	if (c->target == TARGET_NEWEST)
		return STATUS_OK;
	switch (t->kind) {
	case TYPE_UNION:
		return too_new(c, "a Union type");
	case TYPE_ENUM:
	case TYPE_ANYENUM:
		return too_new(c, "an enum type");
	case TYPE_COMPLEX:
		return too_new(c, "a complex number");
	case TYPE_AWAIT:
		return too_new(c, "an Await type");
	case TYPE_CLASS:
		if (script_type_is_native(t))
			return too_new(c, t->name);
		if (t->cls->npre_hooks || t->cls->nhooks)
			return too_new(c, "a module with forward hooks");
		return STATUS_OK;
	default:
		return STATUS_OK;
	}
}

Status script_check_node(Script *c, const Node *n)
{
	if (c->target == TARGET_NEWEST)
		return STATUS_OK;
	if (n->kind == NODE_WITH)
		return too_new(c, "a with statement");
	if (n->kind == NODE_CONTAINER_INDEX)
		return too_new(c, "indexing a module container by a variable");
	return STATUS_OK;
}

static void set_constant(Graph *g, Node *n, int input, IValue v, const Type *t)
{
	Node *k;
	Value *c = graph_constant(g, v, t, n->at, &k);
	node_insert_before(k, n);
	node_set_input(n, input, c);
}

static bool is_none(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_NONE;
}

static bool is_constant_mode(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_STR &&
		!strcmp(v->def->attr.value.str->s, "constant");
}

static void retarget_op(Graph *g, Node *n)
{
	const char *name = n->op->schema->name;
	if (!strcmp(name, "aten::slice")) { // (self[, dim], start, end, step): the ends could not be None
		int start = n->inputs[0]->type->kind == TYPE_TENSOR ? 2 : 1;
		if (start < n->ninputs && is_none(n->inputs[start]))
			set_constant(g, n, start, iv_int(0), &type_int);
		if (start + 1 < n->ninputs && is_none(n->inputs[start + 1]))
			set_constant(g, n, start + 1, iv_int(INT64_MAX), &type_int);
	} else if (!strcmp(name, "aten::full") && !*n->op->schema->overload && is_none(n->inputs[2])) {
		TypeKind fill = n->inputs[1]->type->kind; // without a dtype the result was always a float
		if (fill == TYPE_INT || fill == TYPE_BOOL)
			set_constant(g, n, 2, iv_int(fill == TYPE_INT ? DT_I64 : DT_BOOL), &type_int);
	} else if (!strcmp(name, "aten::pad") && is_constant_mode(n->inputs[2])) {
		Node *pad = node_new(g, NODE_OP, n->at);
		pad->op = op_find("aten::constant_pad_nd", "");
		node_add_input(pad, n->inputs[0]);
		node_add_input(pad, n->inputs[1]);
		node_add_input(pad, n->inputs[3]);
		node_add_output(pad, &type_tensor, n->outputs[0]->name);
		node_insert_before(pad, n);
		if (is_none(pad->inputs[2]))
			set_constant(g, pad, 2, iv_int(0), &type_int);
		value_replace_all(n->outputs[0], pad->outputs[0]);
	} else if (!strcmp(name, "prim::RaiseException") && n->ninputs == 2) { // there was one class of exceptions
		node_remove_input(n, 1);
	}
}

static void retarget_block(Graph *g, Block *b)
{
	block_foreach_safe(n, next, b) {
		for (int i = 0; i < n->nblocks; i++)
			retarget_block(g, n->blocks[i]);
		if (n->kind != NODE_OP)
			continue;
		retarget_op(g, n);
		if (!strcmp(n->op->schema->name, "aten::pad") && !n->outputs[0]->nuses)
			node_remove(n); // replaced
	}
}

void graph_retarget(Graph *g, ScriptTarget target)
{
	if (target == TARGET_1_6)
		retarget_block(g, g->block);
	graph_renumber(g);
}
