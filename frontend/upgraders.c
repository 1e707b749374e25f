// SPDX-License-Identifier: BSD-3-Clause
// Operator upgraders: calls in archives older than a change of an op's meaning (archive document §10.2).
#include "frontend/lower.h"

#include <string.h>

static const NamedValue *keyword(const NamedValue *kw, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(kw[i].name, name))
			return &kw[i];
	return NULL;
}

// linspace and logspace once had "int? steps = None", meaning 100.
int upgrade_args(Lower *l, const char *name, const NamedValue *args, int nargs, const NamedValue *kw, int nkw,
	NamedValue *out,
	Range at)
{
	bool lin = l->unit->version <= 7 && !strcmp(name, "aten::linspace");
	bool log = l->unit->version <= 8 && !strcmp(name, "aten::logspace");
	if ((!lin && !log) || keyword(kw, nkw, "steps") || nargs < 2)
		return -1;
	if (nargs > 2 && !value_is_none_literal(args[2].value))
		return -1;
	memcpy(out, args, sizeof *args * (size_t)nargs);
	out[2] = (NamedValue){NULL, emit_int(l, 100, at), at};
	return nargs > 3 ? nargs : 3;
}

static Value *call(Lower *l, const char *name, Value *const *args, int n, const char *mode, Range at)
{
	NamedValue in[4], kw = {"rounding_mode", NULL, at};
	for (int i = 0; i < n; i++)
		in[i] = (NamedValue){NULL, args[i], at};
	if (mode)
		kw.value = emit_str(l, mode, at);
	Match m;
	if (match_op(l->block, name, at, NULL, in, n, &kw, mode ? 1 : 0, &m, l->err) != STATUS_OK)
		return NULL;
	return match_emit_op(l->block, &m, at)->outputs[0];
}

// Division was truncating for integers.
static Value *old_division(Lower *l, const Match *m, Range at)
{
	const char *name = m->schema->name;
	Value *self = m->inputs[0], *other = m->inputs[1];
	Value *cond = call(l, "aten::is_floating_point", &self, 1, NULL, at);
	if (other->type->kind == TYPE_FLOAT) {
		cond = emit_bool(l, true, at);
	} else if (other->type->kind == TYPE_TENSOR && cond) {
		Value *both[2] = {cond, call(l, "aten::is_floating_point", &other, 1, NULL, at)};
		cond = both[1] ? call(l, "aten::__or__", both, 2, NULL, at) : NULL;
	}
	if (!cond)
		return NULL;
	Node *branch = emit_node(l, NODE_IF, &cond, 1, NULL, at);
	for (int i = 0; i < 2; i++) {
		scope_push(l, node_add_block(branch), false);
		Value *in[2] = {self, other};
		Value *v = call(l, name, in, 2, i ? "trunc" : NULL, at);
		if (v)
			block_add_output(l->block, v);
		scope_pop(l);
		if (!v)
			return NULL;
	}
	return node_add_output(branch, &type_tensor, NULL);
}

Value *upgrade_match(Lower *l, const Match *m, Range at)
{
	const char *name = m->schema->name, *overload = m->schema->overload;
	int64_t v = l->unit->version;
	if (v <= 3 && (!strcmp(name, "aten::div") || !strcmp(name, "aten::div_")) &&
		(!strcmp(overload, "Tensor") || !strcmp(overload, "Scalar")))
		return old_division(l, m, at);
	// full without a dtype made floats of integers.
	if (v <= 4 && !strcmp(name, "aten::full") && !*overload && m->ninputs > 2 &&
		value_is_none_literal(m->inputs[2])) {
		Value *fill = m->inputs[1];
		if (fill->type->kind != TYPE_FLOAT && fill->type->kind != TYPE_COMPLEX) {
			fill = call(l, "aten::Float", &fill, 1, NULL, at);
			if (!fill)
				return NULL;
			m->inputs[1] = fill;
		}
	}
	return NULL;
}
