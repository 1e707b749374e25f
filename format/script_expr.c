// SPDX-License-Identifier: BSD-3-Clause
// One node as an expression, in the spelling that PyTorch's own archives have.
#include "format/script_body.h"

#include <stdio.h>
#include <string.h>

static bool is_none(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_NONE;
}

static Status cast_none(Body *b, const Type *t, Text *out)
{
	text_add(out, "unchecked_cast(");
	TRY(script_type(b->code, t, out));
	text_add(out, ", None)");
	return STATUS_OK;
}

Status body_use(Body *b, const Value *v, Text *out)
{
	if (is_none(v) && !type_is_optional_like(v->type)) // on a path that is never taken
		return cast_none(b, v->type, out);
	if (v->def && v->def->kind == NODE_CONSTANT)
		return script_literal(b->code, v->def->attr.value, v->type, out);
	if (!b->text[v->id])
		return fail(b->code->err, STATUS_INTERNAL, "%s: a value is used before it is written", b->code->function);
	text_add(out, b->text[v->id]);
	return STATUS_OK;
}

Status body_use_typed(Body *b, const Value *v, const Type *want, Text *out)
{
	bool none = is_none(v) && want->kind != TYPE_NONE;
	if (none) {
		text_add(out, "annotate(");
		TRY(script_type(b->code, want, out));
		text_add(out, ", ");
	}
	TRY(body_use(b, v, out));
	text_add(out, none ? ")" : "");
	return STATUS_OK;
}

static Status join(Body *b, Value *const *v, int n, Text *out)
{
	for (int i = 0; i < n; i++) {
		if (i)
			text_add(out, ", ");
		TRY(body_use(b, v[i], out));
	}
	return STATUS_OK;
}

static Status enclosed(Body *b, const char *open, const Node *n, const char *close, Text *out)
{
	text_add(out, open);
	TRY(join(b, n->inputs, n->ninputs, out));
	text_add(out, close);
	return STATUS_OK;
}

// open TYPE, INPUT close
static Status with_type(Body *b, const char *open, const Type *t, const Value *v, const char *close, Text *out)
{
	text_add(out, open);
	TRY(script_type(b->code, t, out));
	text_add(out, ", ");
	TRY(body_use(b, v, out));
	text_add(out, close);
	return STATUS_OK;
}

// ---- operators

bool argument_is_default(const Value *v, const Arg *a)
{
	if (!a->has_default || !v->def || v->def->kind != NODE_CONSTANT)
		return false;
	IValue x = v->def->attr.value;
	const IValue *d = &a->def;
	if (x.tag != d->tag)
		return false;
	switch ((Tag)x.tag) {
	case TAG_NONE:
		return true;
	case TAG_BOOL:
	case TAG_INT:
	case TAG_DEVICE:
		return x.i == d->i;
	case TAG_FLOAT:
		return x.f == d->f;
	case TAG_STR:
		return x.str->n == d->str->n && !memcmp(x.str->s, d->str->s, (size_t)x.str->n);
	case TAG_LIST:
		if (x.list->n != d->list->n)
			return false;
		for (int64_t i = 0; i < x.list->n; i++)
			if (x.list->items[i].tag != TAG_INT || d->list->items[i].tag != TAG_INT ||
				x.list->items[i].i != d->list->items[i].i)
				return false;
		return true;
	default:
		return false;
	}
}

// Arguments at the end that have their default values are left out.
static Status op_arguments(Body *b, const Node *n, Text *out)
{
	const Schema *s = n->op->schema;
	int nargs = n->ninputs, nout = 0, count;
	while (nout < s->nargs && s->args[s->nargs - 1 - nout].is_out)
		nout++;
	nargs -= nout;
	for (count = nargs; count > 0 && count <= s->nargs && !s->vararg; count--)
		if (!argument_is_default(n->inputs[count - 1], &s->args[count - 1]))
			break;
	bool first = true;
	for (int i = 0; i < n->ninputs; i++) {
		if (i >= count && i < nargs)
			continue;
		text_add(out, first ? "" : ", ");
		first = false;
		if (i < s->nargs && (s->args[i].kwonly || s->args[i].is_out))
			text_addf(out, "%s=", s->args[i].name);
		TRY(body_use(b, n->inputs[i], out));
	}
	return STATUS_OK;
}

static Status op_call(Body *b, const Node *n, Text *out)
{
	const char *name = n->op->schema->name, *other = script_op_spelling(b->code, n->op);
	if (other)
		text_add(out, other);
	else if (!strcmp(name, "aten::grad") || !strcmp(name, "aten::backward"))
		text_addf(out, "torch.autograd.%s", name + 6);
	else if (!strncmp(name, "aten::", 6))
		text_addf(out, "torch.%s", name + 6);
	else
		text_addf(out, "ops.%.*s.%s", (int)(strchr(name, ':') - name), name, strrchr(name, ':') + 1);
	text_addc(out, '(');
	TRY(op_arguments(b, n, out));
	text_addc(out, ')');
	return STATUS_OK;
}

// The type of unwrapped None would be anybody's guess.
static Status unwrap(Body *b, const Node *n, Text *out)
{
	text_add(out, "torch._unwrap_optional(");
	if (n->inputs[0]->type->kind == TYPE_NONE) {
		text_add(out, "annotate(Optional[");
		TRY(script_type(b->code, n->outputs[0]->type, out));
		text_add(out, "], ");
		TRY(body_use(b, n->inputs[0], out));
		text_add(out, "))");
		return STATUS_OK;
	}
	TRY(body_use(b, n->inputs[0], out));
	text_addc(out, ')');
	return STATUS_OK;
}

// Arguments of a format are one tuple where there are several.
static Status percent_format(Body *b, const Node *n, Text *out)
{
	bool tuple = n->ninputs > 2;
	text_add(out, "torch.percentFormat(");
	for (int i = 0; i < n->ninputs; i++) {
		text_add(out, i == 1 && tuple ? ", (" : i ? ", " : "");
		TRY(body_use(b, n->inputs[i], out));
	}
	text_add(out, tuple ? "))" : ")");
	return STATUS_OK;
}

static Status operator(Body *b, const Node *n, Text *out)
{
	static const char *const builtins[][2] = {{"aten::Int", "int("}, {"aten::Float", "float("}, {"aten::Bool", "bool("},
		{"aten::Complex", "complex("}, {"aten::str", "str("}, {"prim::Print", "print("}, {"aten::sorted", "sorted("}};
	static const char *const implicit[] = {"aten::IntImplicit", "aten::FloatImplicit", "aten::ScalarImplicit",
		"aten::ComplexImplicit"};
	TRY(script_check_op(b->code, n));
	const char *name = n->op->schema->name;
	for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
		if (!strcmp(name, builtins[i][0]))
			return enclosed(b, builtins[i][1], n, ")", out);
	for (size_t i = 0; i < sizeof implicit / sizeof *implicit; i++)
		if (!strcmp(name, implicit[i]))
			return with_type(b, "annotate(", n->outputs[0]->type, n->inputs[0], ")", out);
	if (!strcmp(name, "aten::__getitem__")) {
		TRY(body_use(b, n->inputs[0], out));
		text_addc(out, '[');
		TRY(body_use(b, n->inputs[1], out));
		text_addc(out, ']');
		return STATUS_OK;
	}
	if (!strcmp(name, "aten::percentFormat"))
		return percent_format(b, n, out);
	if (!strcmp(name, "aten::_unwrap_optional"))
		return unwrap(b, n, out);
	return op_call(b, n, out);
}

// ---- structure

static Status get_attribute(Body *b, const Node *n, Text *out)
{
	bool plain = script_is_identifier(n->attr.name);
	text_add(out, plain ? "" : "getattr(");
	TRY(body_use(b, n->inputs[0], out));
	if (plain) {
		text_addf(out, ".%s", n->attr.name);
	} else {
		text_add(out, ", ");
		script_quote(n->attr.name, strlen(n->attr.name), out);
		text_addc(out, ')');
	}
	return STATUS_OK;
}

static Status call_arguments(Body *b, const Node *n, int from, Text *out)
{
	for (int i = from; i < n->ninputs; i++) {
		TRY(body_use(b, n->inputs[i], out));
		text_add(out, ", ");
	}
	text_addc(out, ')');
	return STATUS_OK;
}

static Status call_method(Body *b, const Node *n, const char *name, Text *out)
{
	text_addc(out, '(');
	TRY(body_use(b, n->inputs[0], out));
	text_addf(out, ").%s(", name);
	return call_arguments(b, n, 1, out);
}

static bool is_hook(const ClassType *c, const char *name)
{
	for (int i = 0; i < c->npre_hooks; i++)
		if (!strcmp(c->pre_hooks[i], name))
			return true;
	for (int i = 0; i < c->nhooks; i++)
		if (!strcmp(c->hooks[i], name))
			return true;
	return false;
}

// A hook is named through its class.
static Status call_hook(Body *b, const Node *n, const Type *self, const char *name, Text *out)
{
	text_addf(out, "%s.%s(", script_type_name(b->code, self), name);
	return call_arguments(b, n, 0, out);
}

static Status call_function(Body *b, const Node *n, Text *out)
{
	Function *f = n->attr.fn;
	if (f->self && n->ninputs)
		return is_hook(f->self->cls, f->short_name) ? call_hook(b, n, f->self, f->short_name, out)
			: call_method(b, n, f->short_name, out);
	text_addf(out, "%s(", script_function_name(b->code, f));
	return call_arguments(b, n, 0, out);
}

// A list or dict whose members do not show its type is told it.
static Status annotated(Body *b, const Node *n, bool plain, const char *open, const char *close, Text *out)
{
	if (!plain) {
		text_add(out, "annotate(");
		TRY(script_type(b->code, n->outputs[0]->type, out));
		text_add(out, ", ");
	}
	text_add(out, open);
	bool dict = n->kind == NODE_DICT_CONSTRUCT;
	for (int i = 0; i < n->ninputs; i++) {
		if (i)
			text_add(out, dict && i % 2 ? ": " : ", ");
		TRY(body_use(b, n->inputs[i], out));
	}
	text_addf(out, "%s%s", close, plain ? "" : ")");
	return STATUS_OK;
}

static Status container_construct(Body *b, const Node *n, Text *out)
{
	const Type *t = n->outputs[0]->type;
	bool plain = n->ninputs > 0, dict = n->kind == NODE_DICT_CONSTRUCT;
	for (int i = 0; i < n->ninputs && plain; i++)
		plain = type_equal(n->inputs[i]->type, t->elem[dict ? i % 2 : 0]) && !is_none(n->inputs[i]);
	return annotated(b, n, plain, dict ? "{" : "[", dict ? "}" : "]", out);
}

static Status tuple_construct(Body *b, const Node *n, Text *out)
{
	const Type *t = n->outputs[0]->type;
	bool named = t->name != NULL;
	if (named)
		text_add(out, script_type_name(b->code, t));
	text_addc(out, '(');
	for (int i = 0; i < n->ninputs; i++) {
		if (i)
			text_add(out, ", ");
		if (named || i >= t->n)
			TRY(body_use(b, n->inputs[i], out));
		else
			TRY(body_use_typed(b, n->inputs[i], t->elem[i], out));
	}
	text_add(out, n->ninputs == 1 && !named ? ",)" : ")");
	return STATUS_OK;
}

static Status is_instance(Body *b, const Node *n, Text *out)
{
	text_add(out, "isinstance(");
	TRY(body_use(b, n->inputs[0], out));
	text_add(out, n->attr.ntypes == 1 ? ", " : ", (");
	for (int i = 0; i < n->attr.ntypes; i++) {
		if (i)
			text_add(out, ", ");
		TRY(script_type(b->code, n->attr.types[i], out));
	}
	text_add(out, n->attr.ntypes == 1 ? ")" : n->attr.ntypes ? "))" : ",))");
	return STATUS_OK;
}

// (INPUT)suffix
static Status suffixed(Body *b, const Value *v, Text *out, const char *suffix)
{
	text_addc(out, '(');
	TRY(body_use(b, v, out));
	text_addf(out, ")%s", suffix);
	return STATUS_OK;
}

Status body_expression(Body *b, const Node *n, Text *out)
{
	char suffix[64];
	TRY(script_check_node(b->code, n));
	switch (n->kind) {
	case NODE_OP:
		return operator(b, n, out);
	case NODE_GETATTR:
		return get_attribute(b, n, out);
	case NODE_CALL_METHOD:
		return n->inputs[0]->type->cls && is_hook(n->inputs[0]->type->cls, n->attr.name)
			? call_hook(b, n, n->inputs[0]->type, n->attr.name, out) : call_method(b, n, n->attr.name, out);
	case NODE_CALL_FUNCTION:
		return call_function(b, n, out);
	case NODE_CREATE_OBJECT: {
		const char *name = script_type_name(b->code, n->outputs[0]->type);
		text_addf(out, "%s.__new__(%s)", name, name);
		return STATUS_OK;
	}
	case NODE_TUPLE_CONSTRUCT:
		return tuple_construct(b, n, out);
	case NODE_TUPLE_INDEX:
		snprintf(suffix, sizeof suffix, "[%lld]", (long long)n->attr.index);
		return suffixed(b, n->inputs[0], out, suffix);
	case NODE_TUPLE_SLICE:
		snprintf(suffix, sizeof suffix, "[%lld:%lld]", (long long)n->attr.begin, (long long)n->attr.end);
		return suffixed(b, n->inputs[0], out, suffix);
	case NODE_LIST_CONSTRUCT:
	case NODE_DICT_CONSTRUCT:
		return container_construct(b, n, out);
	case NODE_UNCHECKED_CAST:
		return with_type(b, "unchecked_cast(", n->outputs[0]->type, n->inputs[0], ")", out);
	case NODE_UNINITIALIZED:
		text_add(out, "uninitialized(");
		TRY(script_type(b->code, n->outputs[0]->type, out));
		text_addc(out, ')');
		return STATUS_OK;
	case NODE_ISINSTANCE:
		return is_instance(b, n, out);
	case NODE_TOLIST:
		return with_type(b, "annotate(", n->outputs[0]->type, n->inputs[0], ".tolist())", out);
	case NODE_ENUM_NAME:
		return suffixed(b, n->inputs[0], out, ".name");
	case NODE_ENUM_VALUE:
		return suffixed(b, n->inputs[0], out, ".value");
	case NODE_CONTAINER_INDEX: {
		text_add(out, "annotate(");
		TRY(script_type(b->code, n->outputs[0]->type, out));
		text_add(out, ", ");
		TRY(body_use(b, n->inputs[0], out));
		text_addc(out, '[');
		TRY(body_use(b, n->inputs[1], out));
		text_add(out, "])");
		return STATUS_OK;
	}
	default:
		return fail(b->code->err, STATUS_INTERNAL, "%s: %s is no expression", b->code->function, node_kind_name(n->kind));
	}
}
