// SPDX-License-Identifier: BSD-3-Clause
// Names, and what follows a dot.
#include "frontend/lower.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name, *op; } tensor_attributes[] = {
	{"dtype", "prim::dtype"}, {"device", "prim::device"}, {"grad", "prim::grad"}, {"data", "prim::data"},
	{"shape", "aten::size"}, {"layout", "prim::layout"}, {"is_cuda", "prim::is_cuda"}, {"is_cpu", "prim::is_cpu"},
	{"is_sparse", "prim::is_sparse"}, {"is_sparse_csr", "prim::is_sparse_csr"}, {"is_mkldnn", "prim::is_mkldnn"},
	{"is_quantized", "prim::is_quantized"}, {"is_meta", "prim::is_meta"}, {"is_nested", "prim::is_nested"},
	{"is_xpu", "prim::is_xpu"}, {"is_xla", "prim::is_xla"}, {"is_vulkan", "prim::is_vulkan"},
	{"is_mps", "prim::is_mps"},
	{"is_ipu", "prim::is_ipu"}, {"is_ort", "prim::is_ort"}, {"is_maia", "prim::is_maia"},
	{"is_mtia", "prim::is_mtia"},
	{"requires_grad", "prim::requires_grad"}, {"name", "prim::name"}, {"itemsize", "prim::itemsize"},
	{"nbytes", "prim::nbytes"}, {"is_leaf", "aten::is_leaf"}, {"real", "aten::real"}, {"imag", "aten::imag"},
	{"mT", "aten::mT"}, {"mH", "aten::mH"}, {"H", "aten::H"}, {"ndim", "aten::dim"}, {"T", "aten::numpy_T"},
};

static const struct { const char *name; DType dtype; } tensor_casts[] = {
	{"byte", DT_U8}, {"char", DT_I8}, {"double", DT_F64}, {"float", DT_F32}, {"cfloat", DT_C64},
	{"cdouble", DT_C128},
	{"int", DT_I32}, {"long", DT_I64}, {"short", DT_I16}, {"half", DT_F16}, {"bool", DT_BOOL},
	{"bfloat16", DT_BF16},
};

static bool op_takes_self(const char *name)
{
	const Op *const *ops;
	int n = op_overloads(name, &ops);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < ops[i]->schema->nargs; j++)
			if (!strcmp(ops[i]->schema->args[j].name, "self"))
				return true;
	return false;
}

// Methods of the classes bound to C++ are operators under the name of what the weights are packed for:
// packed.unpack() of a Conv2dPackedParamsBase is quantized::conv2d_unpack.  NULL if there is none.
static const char *native_method(Lower *l, const ClassType *c, const char *name)
{
	static const struct { const char *cls, *stem; } classes[] = {
		{"LinearPackedParamsBase", "linear"}, {"EmbeddingPackedParamsBase", "embedding_bag"},
		{"Conv2dPackedParamsBase", "conv2d"}, {"Conv3dPackedParamsBase", "conv3d"},
		{"ConvTranspose2dPackedParamsBase", "conv_transpose2d"}, {"ConvTranspose3dPackedParamsBase", "conv_transpose3d"},
	};
	const char *dot = strrchr(c->name, '.');
	for (size_t i = 0; c->native && dot && i < sizeof classes / sizeof *classes; i++) {
		const Op *const *ops;
		char *op = arena_printf(&l->arena, "quantized::%s_%s", classes[i].stem, name);
		if (strcmp(classes[i].cls, dot + 1) || !op_overloads(op, &ops))
			continue;
		const Schema *s = ops[0]->schema;
		if (s->nargs == 1 && s->args[0].type->name && !strcmp(s->args[0].type->name, c->name))
			return op;
	}
	return NULL;
}

static Status unknown_attribute(Lower *l, const Type *t, const char *name, Range at)
{
	char *s = type_str_repr(t);
	Status st = t->kind == TYPE_CLASS && t->cls->is_module
		? fail_at(l->err, STATUS_COMPILE, at, "Module '%s' has no attribute '%s'", s, name)
		: fail_at(l->err, STATUS_COMPILE, at, "'%s' object has no attribute or method '%s'.", s, name);
	free(s);
	return st;
}

static Status class_attribute(Lower *l, Value *v, const char *name, Range at, Sugar *out)
{
	const ClassType *c = v->type->cls;
	int slot = v->type->kind == TYPE_CLASS ? class_find_attr(c, name) : -1;
	if (slot >= 0) {
		Node *n = emit_node(l, NODE_GETATTR, &v, 1, c->attrs[slot].type, at);
		n->attr.name = c->attrs[slot].name;
		n->outputs[0]->name = NULL;
		*out = sugar_of(n->outputs[0]);
		return STATUS_OK;
	}
	Function *m = class_find_method(c, name);
	if (m) {
		*out = m->self ? (Sugar){.kind = SUGAR_METHOD, .value = v, .fn = m}
			: (Sugar){.kind = SUGAR_FUNCTION, .fn = m};
		return STATUS_OK;
	}
	const ClassConstant *k = class_find_constant(c, name);
	if (k) {
		*out = sugar_of(emit_constant(l, ivalue_ref(*k->value), k->type, at));
		return STATUS_OK;
	}
	char *getter = arena_printf(&l->arena, "__%s_getter", name);
	if (class_find_method(c, getter)) {
		Value *r;
		TRY(call_method(l, v, getter, NULL, 0, at, &r));
		*out = sugar_of(r);
		return STATUS_OK;
	}
	const char *method = native_method(l, c, name);
	if (method) {
		*out = (Sugar){.kind = SUGAR_OP, .name = method, .value = v};
		return STATUS_OK;
	}
	if (c->native && op_takes_self(arena_printf(&l->arena, "aten::%s", name))) {
		*out = (Sugar){.kind = SUGAR_OP, .name = arena_printf(&l->arena, "aten::%s", name), .value = v};
		return STATUS_OK;
	}
	bool found = false;
	if (l->fe->script)
		TRY(script_module_attribute(l, v, name, at, &found, out));
	return found ? STATUS_OK : unknown_attribute(l, v->type, name, at);
}

// The field of an op's result tuple by the name that the schema gives it: torch.max(x, 0).values.
static Value *result_field(Value *tuple, const char *name)
{
	const Node *t = tuple->def;
	if (!t || t->kind != NODE_TUPLE_CONSTRUCT || !t->ninputs || !t->inputs[0]->def)
		return NULL;
	const Node *op = t->inputs[0]->def;
	if (op->kind != NODE_OP || !op->op || op->noutputs != t->ninputs)
		return NULL;
	for (int i = 0; i < op->noutputs; i++)
		if (t->inputs[i] == op->outputs[i] && !strcmp(op->op->schema->rets[i].name, name))
			return op->outputs[i];
	return NULL;
}

static Status tensor_attribute(Lower *l, Value *v, const char *name, Range at, Sugar *out, bool *found)
{
	for (size_t i = 0; i < sizeof tensor_casts / sizeof *tensor_casts; i++)
		if (!strcmp(tensor_casts[i].name, name)) {
			*found = true;
			*out = (Sugar){.kind = SUGAR_FORM, .form = FORM_TENSOR_CAST, .value = v,
				.n = tensor_casts[i].dtype};
			return STATUS_OK;
		}
	for (size_t i = 0; i < sizeof tensor_attributes / sizeof *tensor_attributes; i++)
		if (!strcmp(tensor_attributes[i].name, name)) {
			*found = true;
			*out = sugar_of(emit_op(l, tensor_attributes[i].op, &v, 1, at));
			return out->value ? STATUS_OK : lower_failed(l);
		}
	if (!strcmp(name, "tolist") || !strcmp(name, "type")) {
		*found = true;
		*out = (Sugar){.kind = SUGAR_FORM, .form = name[1] == 'o' ? FORM_TOLIST : FORM_TYPE_TO, .value = v};
	}
	return STATUS_OK;
}

static Status value_attribute(Lower *l, Value *v, const char *name, Range at, Sugar *out)
{
	const Type *t = v->type;
	bool found = false;
	switch (t->kind) {
	case TYPE_CLASS:
	case TYPE_INTERFACE:
		return class_attribute(l, v, name, at, out);
	case TYPE_TENSOR:
		TRY(tensor_attribute(l, v, name, at, out, &found));
		break;
	case TYPE_TUPLE: {
		Value *r = t->name ? NULL : result_field(v, name);
		if (r) {
			*out = sugar_of(r);
			return STATUS_OK;
		}
		for (int i = 0; t->fields && i < t->n; i++)
			if (!strcmp(t->fields[i], name)) {
				Node *n = emit_node(l, NODE_TUPLE_INDEX, &v, 1, t->elem[i], at);
				n->attr.index = i;
				*out = sugar_of(n->outputs[0]);
				return STATUS_OK;
			}
		break;
	}
	case TYPE_ENUM:
		if (!strcmp(name, "name") || !strcmp(name, "value")) {
			bool is_name = name[0] == 'n';
			const Type *r = is_name ? &type_str : t->enm->value_type;
			*out = sugar_of(emit_node(l, is_name ? NODE_ENUM_NAME : NODE_ENUM_VALUE, &v, 1, r,
				at)->outputs[0]);
			return STATUS_OK;
		}
		break;
	case TYPE_DEVICE:
		if (!strcmp(name, "type") || !strcmp(name, "index")) {
			*out = sugar_of(emit_op(l, name[0] == 't' ? "prim::type" : "prim::index", &v, 1, at));
			return out->value ? STATUS_OK : lower_failed(l);
		}
		break;
	case TYPE_OPTIONAL:
		return unknown_attribute(l, t, name, at);
	default:
		break;
	}
	if (found)
		return STATUS_OK;
	char *op = arena_printf(&l->arena, "aten::%s", name);
	if (op_name_exists(op) && op_takes_self(op)) {
		*out = (Sugar){.kind = SUGAR_OP, .name = op, .value = v};
		return STATUS_OK;
	}
	op = arena_printf(&l->arena, "prim::%s", name);
	if (t->kind != TYPE_TENSOR && op_name_exists(op) && op_takes_self(op)) {
		*out = (Sugar){.kind = SUGAR_OP, .name = op, .value = v};
		return STATUS_OK;
	}
	return unknown_attribute(l, t, name, at);
}

bool has_attribute(Lower *l, const Type *t, const char *name)
{
	if (t->kind == TYPE_CLASS) {
		char *getter = arena_printf(&l->arena, "__%s_getter", name);
		return class_find_attr(t->cls, name) >= 0 || class_find_method(t->cls, name) ||
			class_find_constant(t->cls, name) ||
			class_find_method(t->cls, getter) || (l->fe->script && script_has_attribute(l, t, name));
	}
	if (t->kind == TYPE_INTERFACE)
		return class_find_method(t->cls, name) != NULL;
	for (int i = 0; t->kind == TYPE_TUPLE && t->fields && i < t->n; i++)
		if (!strcmp(t->fields[i], name))
			return true;
	return false;
}

static Status type_attribute(Lower *l, const Type *t, const char *name, Range at, Sugar *out)
{
	if (t->kind == TYPE_ENUM)
		for (int i = 0; i < t->enm->nmembers; i++)
			if (!strcmp(t->enm->members[i].name, name)) {
				*out = sugar_of(emit_constant(l, iv_enum(t, i), t, at));
				return STATUS_OK;
			}
	if (t->kind == TYPE_CLASS) {
		if (!strcmp(name, "__new__")) {
			*out = (Sugar){.kind = SUGAR_FORM, .form = FORM_NEW, .type = t};
			return STATUS_OK;
		}
		Function *m = class_find_method(t->cls, name); // static methods, hooks
		if (m) {
			*out = (Sugar){.kind = SUGAR_FUNCTION, .fn = m};
			return STATUS_OK;
		}
	}
	char *s = type_str_repr(t);
	Status st = fail_at(l->err, STATUS_COMPILE, at, "'%s' has no attribute '%s'", s, name);
	free(s);
	return st;
}

static bool starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

// A dotted path as far as it has been read.
Status lower_path(Lower *l, const char *path, Range at, Sugar *out)
{
	const char *name = strrchr(path, '.') + 1;
	bool archive = l->fe->dialect == DIALECT_ARCHIVE;
	if (starts(path, "torch.") && name == path + 6) {
		char *op = arena_printf(&l->arena, "aten::%s", name);
		if (op_name_exists(op)) {
			*out = (Sugar){.kind = SUGAR_OP, .name = op};
			return STATUS_OK;
		}
	}
	if (starts(path, "ops.") || starts(path, "prim.") || starts(path, "torch.ops.")) {
		const char *p = starts(path, "torch.ops.") ? path + 10 : starts(path, "ops.") ? path + 4 : path;
		const char *dot = strchr(p, '.');
		if (!dot) {
			*out = (Sugar){.kind = SUGAR_NAMESPACE, .name = path};
			return STATUS_OK;
		}
		char *op = arena_printf(&l->arena, "%.*s::%s", (int)(dot - p), p, dot + 1);
		if (!strcmp(op, "prim::unchecked_unwrap_optional")) {
			*out = (Sugar){.kind = SUGAR_FORM, .form = FORM_UNWRAP_OPTIONAL};
			return STATUS_OK;
		}
		if (op_name_exists(op)) {
			*out = (Sugar){.kind = SUGAR_OP, .name = op};
			return STATUS_OK;
		}
		return fail_at(l->err, STATUS_COMPILE, at, "Unknown builtin op: %s", op);
	}
	if (archive && starts(path, "CONSTANTS.")) {
		char *end;
		long i = name[0] == 'c' ? strtol(name + 1, &end, 10) : -1;
		if (i < 0 || end == name + 1 || *end || i >= l->unit->nconstants)
			return fail_at(l->err, STATUS_COMPILE, at, "invalid constant specifier: %s", name);
		IValue v = ivalue_ref(l->unit->constants[i]);
		*out = sugar_of(emit_constant(l, v, ivalue_type(l->pool, v), at));
		return STATUS_OK;
	}
	if (python_name_find(l, path, out))
		return STATUS_OK;
	if (l->fe->has_provider) {
		bool found;
		TRY(frontend_lookup(l->fe, path, &found, out, l->err));
		if (found)
			return STATUS_OK;
	}
	*out = (Sugar){.kind = SUGAR_NAMESPACE, .name = path};
	return STATUS_OK;
}

Status lower_attribute(Lower *l, Sugar s, const char *name, const Type *hint, Range at, Sugar *out)
{
	(void)hint;
	memset(out, 0, sizeof *out);
	switch (s.kind) {
	case SUGAR_VALUE:
		return value_attribute(l, s.value, name, at, out);
	case SUGAR_TYPE:
		return type_attribute(l, s.type, name, at, out);
	case SUGAR_NAMESPACE:
		if (strlen(s.name) > 4096)
			return fail_at(l->err, STATUS_LIMIT, at, "the dotted name is too long");
		return lower_path(l, arena_printf(&l->arena, "%s.%s", s.name, name), at, out);
	case SUGAR_UNDEFINED:
		return fail_at(l->err, STATUS_COMPILE, at, "%s", s.name);
	case SUGAR_OBJECT:
	case SUGAR_SUPER:
		return script_attribute(l, s, name, at, out);
	default: {
		Value *v = sugar_value(l, s, at);
		return v ? value_attribute(l, v, name, at, out) : lower_failed(l);
	}
	}
}

bool stmt_is_exception(const Stmt *s)
{
	if (s->kind != ST_CLASS || s->cls->bases.n != 1)
		return false;
	const Expr *b = s->cls->bases.items[0];
	Sugar base;
	return b->kind == EX_NAME && form_find(DIALECT_PYTHON, b->name, &base) && base.kind == SUGAR_EXCEPTION;
}

static Status python_name(Lower *l, const Expr *e, bool *found, Sugar *out)
{
	*found = true;
	const Stmt *s = l->file ? code_file_find(l->file, e->name) : NULL;
	if (s && s->kind == ST_DEF) {
		out->kind = SUGAR_FUNCTION;
		out->fn = unit_function(l->unit, s->def->name);
		return STATUS_OK;
	}
	if (s && stmt_is_exception(s)) {
		*out = (Sugar){.kind = SUGAR_EXCEPTION, .name = arena_printf(&l->arena, "__main__.%s", e->name)};
		return STATUS_OK;
	}
	if (s && s->kind == ST_CLASS) {
		char *q = arena_printf(&l->arena, "%s.%s", l->file->qualifier, e->name);
		const Type *t = type_find_nominal(l->pool, q);
		if (!t)
			TRY(class_declare(l->fe, l->file, q, s->cls, &t, l->err));
		*out = (Sugar){.kind = SUGAR_TYPE, .type = t};
		return STATUS_OK;
	}
	const char *path = l->file ? map_get(&l->file->imports, e->name) : NULL;
	static const struct { const char *name, *path; } usual[] = {
		{"torch", "torch"}, {"math", "math"}, {"F", "torch.nn.functional"}, {"nn", "torch.nn"},
		{"warnings", "warnings"},
		{"sys", "sys"},
	};
	for (size_t i = 0; !path && i < sizeof usual / sizeof *usual; i++)
		if (!strcmp(usual[i].name, e->name))
			path = usual[i].path;
	if (path) {
		if (strchr(path, '.'))
			return lower_path(l, path, e->at, out);
		*out = (Sugar){.kind = SUGAR_NAMESPACE, .name = path};
		return STATUS_OK;
	}
	Function *f = unit_function(l->unit, e->name);
	if (f) {
		*out = (Sugar){.kind = SUGAR_FUNCTION, .fn = f};
		return STATUS_OK;
	}
	*found = false;
	return STATUS_OK;
}

static bool archive_name(Lower *l, const Expr *e, Sugar *out)
{
	static const char *const roots[] = {"torch", "ops", "prim", "CONSTANTS", "__torch__"};
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		if (!strcmp(roots[i], e->name)) {
			*out = (Sugar){.kind = SUGAR_NAMESPACE, .name = roots[i]};
			return true;
		}
	static const struct { const char *name; double value; bool imag; } numbers[] = {
		{"inf", INFINITY, false}, {"nan", NAN, false}, {"infj", INFINITY, true}, {"nanj", NAN, true},
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!strcmp(numbers[i].name, e->name)) {
			IValue v = numbers[i].imag ? iv_complex(0, numbers[i].value) : iv_float(numbers[i].value);
			*out = sugar_of(emit_constant(l, v, numbers[i].imag ? &type_complex : &type_float, e->at));
			return true;
		}
	return false;
}

Status lower_name(Lower *l, const Expr *e, Sugar *out)
{
	Binding *b = scope_find(l, e->name);
	if (b) {
		if (b->s.kind == SUGAR_UNDEFINED)
			return fail_at(l->err, STATUS_COMPILE, e->at, "%s", b->s.name);
		*out = b->s;
		return STATUS_OK;
	}
	bool found = false;
	if (l->file && l->file->env)
		TRY(script_name(l, e->name, e->at, &found, out));
	else if (l->fe->dialect == DIALECT_PYTHON)
		TRY(python_name(l, e, &found, out));
	if (found)
		return STATUS_OK;
	if (form_find(l->fe->dialect, e->name, out))
		return STATUS_OK;
	if (l->fe->dialect == DIALECT_ARCHIVE) {
		if (archive_name(l, e, out))
			return STATUS_OK;
		TRY(frontend_lookup(l->fe, e->name, &found, out, l->err));
		if (found)
			return STATUS_OK;
		CodeFile *f = frontend_file(l->fe, e->name, l->err); // a first atom other than __torch__
		if (!f)
			return lower_failed(l);
		if (!f->absent) {
			*out = (Sugar){.kind = SUGAR_NAMESPACE, .name = e->name};
			return STATUS_OK;
		}
	}
	return fail_at(l->err, STATUS_COMPILE, e->at, "undefined value %s", e->name);
}
