// SPDX-License-Identifier: BSD-3-Clause
// What readers of an archive know: the file version that an operator's meaning needs, and what PyTorch 1.6 lacks.
#include "format/script_body.h"

#include <string.h>

static Status too_new(Script *c, const char *what)
{
	return fail(c->err, STATUS_UNSUPPORTED, "%s: %s cannot be written for PyTorch 1.6", c->function ? c->function
		: "the model", what);
}

// ---- versions

typedef struct OpVersion {
	const char *name;
	int version;           // from which its meaning is today's
} OpVersion;

static const OpVersion versions[] = {
	{"aten::div", 4}, {"aten::div_", 4}, {"aten::full", 5}, {"aten::linspace", 8}, {"aten::logspace", 9}, {"aten::gelu", 10},
};

static bool has_tensor(const Op *op)
{
	const Schema *s = op->schema;
	return s->nargs && s->args[0].type->kind == TYPE_TENSOR;
}

static int op_version(const Op *op)
{
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (!strcmp(versions[i].name, op->schema->name))
			return strncmp(op->schema->name, "aten::div", 9) || has_tensor(op) ? versions[i].version : 3;
	return 3;
}

const char *script_op_spelling(Script *c, const Op *op)
{
	(void)c;
	(void)op;
	return NULL;
}

Status script_check_op(Script *c, const Node *n)
{
	int version = op_version(n->op);
	if (version > c->version)
		c->version = version;
	return STATUS_OK;
}

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
	return STATUS_OK;
}
