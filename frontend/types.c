// SPDX-License-Identifier: BSD-3-Clause
// Annotations: expressions read as types.
#include "frontend/lower.h"

#include <stdio.h>
#include <string.h>

const Type *type_from_name(TypePool *p, Dialect d, const char *name)
{
	static const struct { const char *name; const Type *type; } table[] = {
		{"Tensor", &type_tensor}, {"int", &type_int}, {"float", &type_float}, {"bool", &type_bool},
		{"complex", &type_complex}, {"str", &type_str}, {"number", &type_number}, {"NoneType", &type_none},
		{"None", &type_none}, {"Any", &type_any}, {"Device", &type_device}, {"Generator", &type_generator},
		{"Stream", &type_stream}, {"Capsule", &type_capsule}, {"Storage", &type_storage},
		{"list", &type_anylist},
		{"tuple", &type_anytuple}, {"Layout", &type_int}, {"ScalarType", &type_int},
		{"AnyEnumType", &type_anyenum},
		{"AnyClassType", &type_anyclass},
		{"LongTensor", &type_tensor}, {"FloatTensor", &type_tensor}, {"DoubleTensor", &type_tensor},
		{"IntTensor", &type_tensor}, {"ShortTensor", &type_tensor}, {"CharTensor", &type_tensor},
		{"ByteTensor", &type_tensor}, {"HalfTensor", &type_tensor}, {"BoolTensor", &type_tensor},
	};
	(void)p;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].name, name))
			return table[i].type;
	if (d == DIALECT_PYTHON) {
		if (!strcmp(name, "List"))
			return &type_anylist;
		if (!strcmp(name, "Tuple"))
			return &type_anytuple;
	}
	return NULL;
}

static const char *strip(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);
	return strncmp(s, prefix, n) ? NULL : s + n;
}

static Status unknown(const Expr *e, const char *name, Error *err)
{
	return fail_at(err, STATUS_COMPILE, e->at, "Unknown type name '%s'", name);
}

// "torch.Tensor", "typing.List", "torch.device": what Python calls the names of the language.
const char *python_type_name(const char *path)
{
	const char *s;
	if ((s = strip(path, "typing.")) || (s = strip(path, "builtins.")))
		return s;
	if ((s = strip(path, "torch.jit."))) // Final, Future …
		return s;
	if ((s = strip(path, "torch."))) {
		if (!strcmp(s, "device"))
			return "Device";
		if (!strcmp(s, "dtype") || !strcmp(s, "SymInt"))
			return "int";
		if (!strchr(s, '.'))
			return s;
	}
	return NULL;
}

static Status from_name(Frontend *fe, CodeFile *file, const Expr *e, const char *name, const Type **out, Error *err)
{
	TypePool *p = fe->unit->pool;
	Dialect d = file && file->ast ? fe->dialect : DIALECT_ARCHIVE;
	if (file) {
		const Stmt *s = code_file_find(file, name);
		if (s && s->kind == ST_ASSIGN)
			return type_from_expr(fe, file, s->value, out, err);
		if (s && s->kind == ST_CLASS && (fe->dialect == DIALECT_PYTHON || !type_from_name(p, d, name))) {
			char *q = arena_printf(&fe->unit->arena, "%s.%s", file->qualifier, name);
			const Type *t = map_get(&fe->busy, q) ? NULL : type_find_nominal(p, q);
			if (t || map_get(&fe->busy, q)) {
				*out = t;
				return t ? STATUS_OK : unknown(e, name, err);
			}
			return class_declare(fe, file, q, s->cls, out, err);
		}
		const char *path = map_get(&file->imports, name);
		if (path && strcmp(path, name)) {
			const char *n = python_type_name(path);
			*out = n ? type_from_name(p, DIALECT_PYTHON, n) : NULL;
			return *out ? STATUS_OK : unknown(e, name, err);
		}
	}
	*out = type_from_name(p, d, name);
	return *out ? STATUS_OK : unknown(e, name, err);
}

static Status from_dotted(Frontend *fe, CodeFile *file, const Expr *e, const Type **out, Error *err)
{
	Arena scratch = {0};
	const char *path = dotted_name(&scratch, e);
	if (!path) {
		arena_free(&scratch);
		return fail_at(err, STATUS_COMPILE, e->at, "this expression is no type");
	}
	if (file) { // an imported module or a renamed one
		size_t n = strcspn(path, ".");
		const char *real = map_getn(&file->imports, path, n);
		if (real)
			path = arena_printf(&scratch, "%s%s", real, path + n);
	}
	const char *plain = python_type_name(path);
	const Type *t = plain ? type_from_name(fe->unit->pool, DIALECT_PYTHON, plain) : NULL;
	Status st = STATUS_OK;
	if (!t)
		st = frontend_nominal(fe, path, &t, err);
	if (st == STATUS_OK && !t)
		st = unknown(e, path, err);
	*out = t;
	arena_free(&scratch);
	return st;
}

static Status check_key(const Expr *e, const Type *k, Error *err)
{
	switch (k->kind) {
	case TYPE_INT: case TYPE_FLOAT: case TYPE_COMPLEX: case TYPE_BOOL: case TYPE_STR: case TYPE_TENSOR: case TYPE_DEVICE:
	case TYPE_ANY: case TYPE_NUMBER:
		return STATUS_OK;
	default: {
		Text t = {0};
		type_print(&t, k);
		Status st = fail_at(err, STATUS_COMPILE, e->at, "Cannot create dict for key type '%s', only int, "
			"float, complex, "
			"Tensor, device and string keys are supported", text_str(&t));
		text_free(&t);
		return st;
	}
	}
}

static Status from_subscript(Frontend *fe, CodeFile *file, const Expr *e, const Type **out, Error *err)
{
	TypePool *p = fe->unit->pool;
	Arena scratch = {0};
	const char *ctor = dotted_name(&scratch, e->a);
	const char *dot = ctor ? strrchr(ctor, '.') : NULL;
	char name[32] = "";
	if (ctor) {
		const char *real = file && !dot ? map_get(&file->imports, ctor) : NULL;
		const char *last = real ? (strrchr(real, '.') ? strrchr(real, '.') + 1 : real) : dot ? dot + 1 : ctor;
		const char *known = file && file->env ? script_type_ctor(file, e->a) : NULL;
		last = known ? known : last;
		snprintf(name, sizeof name, "%s", last);
	}
	arena_free(&scratch);
	const ExprList *args = &e->list;
	const Expr *only = args->n == 1 ? args->items[0] : NULL;
	if (only && only->kind == EX_TUPLE) { // Tuple[()] and, where the parser made one, Tuple[(A, B)]
		args = &only->list;
		only = args->n == 1 ? args->items[0] : NULL;
	}
	int n = args->n;
	const Type *inline_t[16], **t = n > 16 ? arena_array(type_pool_arena(p), const Type *, n) : inline_t;
	for (int i = 0; i < n; i++) {
		if (args->items[i]->kind == EX_ELLIPSIS)
			return fail_at(err, STATUS_COMPILE, e->at, "tuples of unknown length are not supported");
		TRY(type_from_expr(fe, file, args->items[i], &t[i], err));
	}
	bool one = n == 1;
	if (!strcmp(name, "Tuple") || !strcmp(name, "tuple"))
		*out = type_tuple(p, t, n);
	else if (!strcmp(name, "Union") && n > 1024)
		return fail_at(err, STATUS_LIMIT, e->at, "a Union of more than 1024 types");
	else if (!strcmp(name, "Union") && n)
		*out = type_union(p, t, n);
	else if (!strcmp(name, "Optional") && one)
		*out = type_optional(p, t[0]);
	else if ((!strcmp(name, "List") || !strcmp(name, "list")) && one)
		*out = type_list(p, t[0]);
	else if (!strncmp(name, "BroadcastingList", 16) && one)
		*out = type_list(p, t[0]);
	else if ((!strcmp(name, "Future") || !strcmp(name, "RRef")) && one)
		*out = type_future(p, t[0]);
	else if (!strcmp(name, "Await") && one)
		*out = type_await(p, t[0]);
	else if (!strcmp(name, "Final") && one)
		*out = t[0];
	else if ((!strcmp(name, "Dict") || !strcmp(name, "dict")) && n == 2) {
		TRY(check_key(args->items[0], t[0], err));
		*out = type_dict(p, t[0], t[1]);
	} else
		return fail_at(err, STATUS_COMPILE, e->at, "Unknown type constructor %s", name);
	return STATUS_OK;
}

static Status from_expr(Frontend *fe, CodeFile *file, const Expr *e, const Type **out, Error *err)
{
	if (file && file->env && (e->kind == EX_NAME || e->kind == EX_ATTR)) {
		bool found = false;
		TRY(script_annotation(fe, file, e, &found, out, err));
		if (found)
			return STATUS_OK;
	}
	switch (e->kind) {
	case EX_NONE:
		*out = &type_none;
		return STATUS_OK;
	case EX_NAME:
		return from_name(fe, file, e, e->name, out, err);
	case EX_ATTR:
		return from_dotted(fe, file, e, out, err);
	case EX_INDEX:
		return from_subscript(fe, file, e, out, err);
	case EX_STR: { // a forward reference
		Source *src = source_new(e->at.src ? e->at.src->name : "annotation", e->str, e->len);
		Ast *ast = NULL;
		Expr *inner = NULL;
		Status st = ast_parse_expr(src, DIALECT_PYTHON, &ast, &inner, err);
		source_unref(&src);
		if (st == STATUS_OK)
			st = type_from_expr(fe, file, inner, out, err);
		ast_free(&ast);
		return st;
	}
	case EX_BINARY:
		if (e->op == OP_BITOR) {
			const Type *t[2];
			TRY(type_from_expr(fe, file, e->a, &t[0], err));
			TRY(type_from_expr(fe, file, e->b, &t[1], err));
			*out = type_union(fe->unit->pool, t, 2);
			return STATUS_OK;
		}
		break;
	default:
		break;
	}
	return fail_at(err, STATUS_COMPILE, e->at, "Expression cannot be used in a type expression");
}

Status type_from_expr(Frontend *fe, CodeFile *file, const Expr *e, const Type **out, Error *err)
{
	TRY(lower_enter(fe, err, e->at));
	Status st = from_expr(fe, file, e, out, err);
	lower_leave(fe);
	return st;
}
