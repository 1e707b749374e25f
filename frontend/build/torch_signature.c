// SPDX-License-Identifier: BSD-3-Clause
// Rows of the op registry as the signatures that Python sees.
//
// PyTorch makes its Python functions from the same schemas by rules: out overloads join the functional one they
// belong to as `out=`, TensorOptions gain requires_grad, self becomes input, number overloads that a tensor parameter
// covers disappear, and the overloads are put in an order in which the more general come first.  The rules are applied
// here when a name is first called, and the result is kept.
#include "frontend/build/torch.h"

#include <stdlib.h>
#include <string.h>

static bool word_in(const char *words, const char *w)
{
	size_t n = strlen(w);
	for (const char *p = words; (p = strstr(p, w)); p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static const char *short_name(const char *op)
{
	const char *p = strstr(op, "::");
	return p ? p + 2 : op;
}

static TorchParamType param_type(const Arg *a)
{
	const char *d = a->decl;
	const Type *t = a->type->kind == TYPE_OPTIONAL ? a->type->elem[0] : a->type;
	if (t->kind == TYPE_LIST) {
		const Type *e = t->elem[0];
		switch (e->kind) {
		case TYPE_TENSOR:
			return TP_TENSORS;
		case TYPE_OPTIONAL:
			return e->elem[0]->kind == TYPE_TENSOR ? TP_OPT_TENSORS : TP_ANY;
		case TYPE_INT:
			return TP_INTS;
		case TYPE_FLOAT:
			return TP_FLOATS;
		case TYPE_NUMBER:
			return TP_SCALARS;
		case TYPE_BOOL:
			return TP_BOOLS;
		case TYPE_STR:
			return TP_STRS;
		default:
			return TP_ANY;
		}
	}
	if (!strncmp(d, "ScalarType", 10) || (t->kind == TYPE_INT && !strcmp(a->name, "dtype")))
		return TP_DTYPE;
	if (!strncmp(d, "Layout", 6))
		return TP_LAYOUT;
	if (!strncmp(d, "MemoryFormat", 12))
		return TP_MEMORY_FORMAT;
	if (!strncmp(d, "QScheme", 7))
		return TP_QSCHEME;
	switch (t->kind) {
	case TYPE_TENSOR:
		return TP_TENSOR;
	case TYPE_NUMBER:
		return TP_SCALAR;
	case TYPE_INT:
		return TP_INT;
	case TYPE_FLOAT:
		return TP_FLOAT;
	case TYPE_COMPLEX:
		return TP_COMPLEX;
	case TYPE_BOOL:
		return TP_BOOL;
	case TYPE_STR:
		return TP_STR;
	case TYPE_GENERATOR:
		return TP_GENERATOR;
	case TYPE_DEVICE:
		return TP_DEVICE;
	case TYPE_STORAGE:
		return TP_STORAGE;
	default:
		return TP_ANY;
	}
}

const char *torch_param_type_name(const TorchParam *p)
{
	static const char *const names[] = {"Tensor", "Number", "int", "float", "complex", "bool", "str", "tuple of Tensors",
		"tuple of Tensors", "tuple of ints", "tuple of floats", "tuple of Scalars", "tuple of bools", "tuple of names",
		"torch.Generator", "torch.dtype", "torch.layout", "torch.memory_format", "torch.qscheme", "torch.device",
		"torch.StorageBase", "object"};
	return names[p->type];
}

static bool is_options_arg(const Arg *a)
{
	return a->kwonly && (!strcmp(a->name, "dtype") || !strcmp(a->name, "layout") || !strcmp(a->name, "device") ||
		!strcmp(a->name, "pin_memory"));
}

static bool has_options(const Schema *s)
{
	int n = 0;
	for (int i = 0; i < s->nargs; i++)
		n += is_options_arg(&s->args[i]);
	return n == 4;
}

static bool is_out_row(const Schema *s)
{
	for (int i = 0; i < s->nargs; i++)
		if (s->args[i].is_out)
			return true;
	return false;
}

// The language has rows of its own under the same names (lists, numbers, texts); Python has only those about tensors.
static bool is_python_row(const Op *op)
{
	const Schema *s = op->schema;
	if (s->vararg || strstr(s->overload, "hacked_twin") || strstr(s->overload, "dimname") || strstr(s->overload, "names") ||
		strstr(s->overload, "Dimname"))
		return false;
	bool tensor = false;
	for (int i = 0; i < s->nargs; i++) {
		const Arg *a = &s->args[i];
		TorchParamType t = param_type(a);
		if (t == TP_ANY && a->type->kind != TYPE_OPTIONAL)
			return false;
		tensor |= t == TP_TENSOR || t == TP_TENSORS || t == TP_OPT_TENSORS || !strncmp(a->decl, "ScalarType", 10);
	}
	for (int i = 0; i < s->nrets; i++) {
		const Type *t = s->rets[i].type;
		tensor |= t->kind == TYPE_TENSOR || (t->kind == TYPE_LIST && t->elem[0]->kind == TYPE_TENSOR) ||
			!strncmp(s->rets[i].decl, "ScalarType", 10);
	}
	if (s->nargs && !strcmp(s->args[0].name, "a") && s->nrets == 1 && s->rets[0].type->kind != TYPE_TENSOR)
		return false;
	return tensor;
}

// PyTorch binds these through their tensor overload, which takes numbers.
#define NUMBER_OPS "add sub mul div add_ sub_ mul_ div_ subtract subtract_ multiply multiply_ divide divide_ " \
	"true_divide true_divide_ floor_divide floor_divide_"

static bool takes_numbers(const char *name)
{
	return word_in(NUMBER_OPS, name);
}

static bool is_covered_scalar_row(const char *name, const Schema *s)
{
	return takes_numbers(name) && !strncmp(s->overload, "Scalar", 6);
}

// The same parameters but for the output and the options of the tensor that is made?
static bool same_inputs(const Schema *f, const Schema *o)
{
	int i = 0, k = 0;
	bool options = has_options(f);
	for (;;) {
		while (i < f->nargs && options && is_options_arg(&f->args[i]))
			i++;
		while (k < o->nargs && o->args[k].is_out)
			k++;
		if (i == f->nargs || k == o->nargs)
			return i == f->nargs && k == o->nargs;
		if (!type_equal(f->args[i].type, o->args[k].type) || f->args[i].fixed != o->args[k].fixed)
			return false;
		i++;
		k++;
	}
}

static bool makes_default_dtype(const char *name)
{
	return word_in("zeros ones empty rand randn linspace logspace eye empty_strided hann_window hamming_window "
		"bartlett_window blackman_window kaiser_window range", name);
}

static void add_param(TorchSignature *s, TorchParam p)
{
	if (s->n == TORCH_MAX_PARAMS)
		return;
	s->params[s->n++] = p;
	s->npos += !p.kwonly;
	s->min += !p.optional;
}

static TorchParam param_of(Build *b, const Arg *a, int index, const char *name)
{
	TorchParam p = {.type = param_type(a), .fixed = a->fixed, .arg = index, .kwonly = a->kwonly, .optional = a->has_default};
	p.allow_none = a->type->kind == TYPE_OPTIONAL || p.type == TP_GENERATOR || (a->has_default && a->def.tag == TAG_NONE);
	bool self = !strcmp(a->name, "self") && (p.type == TP_TENSOR || p.type == TP_TENSORS);
	p.name = self ? torch_state(b)->input : py_intern(b, a->name);
	p.numbers = p.type == TP_TENSOR && takes_numbers(name);
	return p;
}

static bool make_signature(Build *b, const char *name, const Op *op, const Op *const *ops, int nops, bool method,
	TorchSignature *out)
{
	const Schema *s = op->schema;
	*out = (TorchSignature){.op = op, .self_arg = -1, .scalar_arg = -1};
	if (method) {
		for (int i = 0; i < s->nargs; i++)
			if (!strcmp(s->args[i].name, "self") && param_type(&s->args[i]) == TP_TENSOR)
				out->self_arg = i;
		if (out->self_arg < 0)
			return false;
	}
	out->params = arena_array(&torch_state(b)->arena, TorchParam, s->nargs + 3);
	bool options = has_options(s);
	for (int i = 0; i < s->nargs; i++)
		if (i != out->self_arg && !(options && is_options_arg(&s->args[i])))
			add_param(out, param_of(b, &s->args[i], i, name));
	for (int i = 0; i < nops; i++)
		if (is_out_row(ops[i]->schema) && same_inputs(s, ops[i]->schema) && !is_out_row(s)) {
			const Schema *o = ops[i]->schema;
			out->out_op = ops[i];
			for (int k = o->nargs - 1; k >= 0; k--)
				if (o->args[k].is_out) {
					out->out_arg = k;
					out->nouts++;
				}
			break;
		}
	if (out->out_op && !method) {
		TorchParamType t = out->nouts > 1 ? TP_TENSORS : param_type(&out->out_op->schema->args[out->out_arg]);
		add_param(out, (TorchParam){.name = torch_state(b)->out, .type = t, .arg = TORCH_PARAM_OUT, .kwonly = true,
			.optional = true, .allow_none = true});
	}
	if (options) {
		for (int i = 0; i < s->nargs; i++)
			if (is_options_arg(&s->args[i])) {
				TorchParam p = param_of(b, &s->args[i], i, name);
				p.optional = true;
				add_param(out, p);
			}
		add_param(out, (TorchParam){.name = py_intern(b, "requires_grad"), .type = TP_BOOL,
			.arg = TORCH_PARAM_REQUIRES_GRAD, .kwonly = true, .optional = true});
		out->factory = makes_default_dtype(name);
	}
	if (takes_numbers(name)) // is there a row that takes the number as it is?
		for (int i = 0; i < nops && s->nargs >= 2; i++) {
			const Schema *o = ops[i]->schema;
			if (o->nargs != s->nargs || strncmp(o->overload, "Scalar", 6) || is_out_row(o) ||
				param_type(&s->args[1]) != TP_TENSOR || param_type(&o->args[1]) != TP_SCALAR)
				continue;
			bool same = true;
			for (int k = 2; k < s->nargs; k++)
				same &= type_equal(s->args[k].type, o->args[k].type);
			if (same) {
				out->scalar_op = ops[i];
				out->scalar_arg = 1;
			}
		}
	return true;
}

static bool is_plain_ints(const TorchParam *p) { return p->type == TP_INTS && !p->fixed && !p->allow_none; }

// Python's order: is a the more special of the two?  It is tried later.
static bool param_smaller(const TorchParam *a, const TorchParam *b)
{
	return (a->type == TP_SCALAR && b->type == TP_TENSOR) || (is_plain_ints(a) && b->type == TP_INT) ||
		(a->type == TP_TENSORS && (b->type == TP_INTS || b->type == TP_FLOATS || b->type == TP_OPT_TENSORS)) ||
		(a->type == TP_INT && b->type == TP_TENSOR);
}

static bool signature_smaller(const TorchSignature *a, const TorchSignature *b)
{
	int na = a->n, nb = b->n;
	while (na && a->params[na - 1].arg == TORCH_PARAM_OUT)
		na--;
	while (nb && b->params[nb - 1].arg == TORCH_PARAM_OUT)
		nb--;
	if (na != nb)
		return false;
	bool equal = true;
	for (int i = 0; i < na; i++) {
		const TorchParam *p = &a->params[i], *q = &b->params[i];
		if (p->type == q->type && p->fixed == q->fixed)
			continue;
		if (!param_smaller(p, q))
			return false;
		equal = false;
	}
	return !equal;
}

void torch_signature_print(const TorchSignature *s, Text *out)
{
	text_addc(out, '(');
	bool star = false;
	for (int i = 0; i < s->n; i++) {
		const TorchParam *p = &s->params[i];
		if (p->kwonly && !star) {
			text_add(out, i ? ", *" : "*");
			star = true;
			text_add(out, ", ");
		} else if (i) {
			text_add(out, ", ");
		}
		text_addf(out, "%s %s", torch_param_type_name(p), p->name->s);
		if (!p->optional)
			continue;
		IValue d = p->arg >= 0 ? s->op->schema->args[p->arg].def : iv_none();
		text_add(out, " = ");
		if (p->arg == TORCH_PARAM_REQUIRES_GRAD || (d.tag == TAG_NONE && p->type == TP_BOOL && p->arg >= 0))
			text_add(out, "False");
		else if (p->type == TP_DTYPE)
			text_add(out, "None");
		else if (d.tag == TAG_LIST) {
			text_addc(out, '(');
			for (int64_t k = 0; k < d.list->n; k++) {
				text_add(out, k ? ", " : "");
				ivalue_repr(out, d.list->items[k]);
			}
			text_add(out, d.list->n == 1 ? ",)" : ")");
		} else if (d.tag == TAG_STR)
			text_addf(out, "\"%s\"", d.str->s);
		else if (d.tag == TAG_FLOAT && d.f == (double)(int64_t)d.f && p->type == TP_SCALAR)
			text_addf(out, "%lld", (long long)d.f);
		else
			ivalue_repr(out, d);
	}
	text_addc(out, ')');
}

typedef struct Keyed { TorchSignature s; char *key; } Keyed;

static int by_key(const void *a, const void *b) { return strcmp(((const Keyed *)a)->key, ((const Keyed *)b)->key); }

// The text by which PyTorch sorts: C++ types and names.
static char *sort_key(const TorchSignature *s)
{
	static const char *const types[] = {"Tensor", "Scalar", "int64_t", "double", "c10::complex<double>", "bool",
		"c10::string_view", "TensorList", "c10::List<::std::optional<Tensor>>", "IntArrayRef", "ArrayRef<double>",
		"ArrayRef<Scalar>", "::std::array<bool,3>", "DimnameList", "Generator", "ScalarType", "Layout", "MemoryFormat",
		"QScheme", "Device", "Storage", "Any"};
	Text t = {0};
	bool star = false;
	for (int i = 0; i < s->n; i++) {
		const TorchParam *p = &s->params[i];
		if (p->kwonly && !star)
			text_add(&t, "*, ");
		star |= p->kwonly;
		const char *type = types[p->type];
		if (p->arg >= 0 && !strncmp(s->op->schema->args[p->arg].decl, "SymInt", 6))
			type = p->type == TP_INT ? "SymInt" : "SymIntArrayRef";
		text_add(&t, type);
		if (p->fixed)
			text_addf(&t, "[%d]", p->fixed);
		if (p->arg >= 0 && s->op->schema->args[p->arg].type->kind == TYPE_OPTIONAL)
			text_addc(&t, '?');
		text_addf(&t, " %s%s, ", p->name->s, p->optional ? "=" : "");
	}
	return text_take(&t);
}

void torch_signatures(Build *b, TorchName *n, bool method)
{
	const Op *const *ops;
	int nops = op_overloads(n->op, &ops), count = 0;
	const char *name = short_name(n->op);
	Keyed *list = xcalloc((size_t)nops + 1, sizeof *list);
	for (int i = 0; i < nops; i++) {
		const Schema *s = ops[i]->schema;
		if (!is_python_row(ops[i]) || is_out_row(s) || is_covered_scalar_row(name, s) || s->nargs > TORCH_MAX_PARAMS - 3)
			continue;
		if (make_signature(b, name, ops[i], ops, nops, method, &list[count].s))
			count++;
	}
	for (int i = 0; i < nops && !count; i++) // rows that exist only with out
		if (is_python_row(ops[i]) && make_signature(b, name, ops[i], ops, nops, method, &list[count].s))
			count++;
	for (int i = 0; i < count; i++)
		list[i].key = sort_key(&list[i].s);
	qsort(list, (size_t)count, sizeof *list, by_key);
	TorchSignature *sorted = arena_array(&torch_state(b)->arena, TorchSignature, count + 1);
	int done = 0;
	bool *used = xcalloc((size_t)count + 1, sizeof *used);
	while (done < count) { // the first that nothing left is larger than
		int pick = -1;
		for (int i = 0; i < count && pick < 0; i++) {
			if (used[i])
				continue;
			bool top = true;
			for (int k = 0; k < count; k++)
				top &= used[k] || k == i || !signature_smaller(&list[i].s, &list[k].s);
			if (top)
				pick = i;
		}
		for (int i = 0; i < count && pick < 0; i++)
			if (!used[i])
				pick = i;
		used[pick] = true;
		sorted[done++] = list[pick].s;
	}
	for (int i = 0; i < count; i++)
		free(list[i].key);
	free(used);
	free(list);
	if (method) {
		n->method = sorted;
		n->nmethod = count;
		n->has_method = true;
	} else {
		n->fn = sorted;
		n->nfn = count;
		n->has_fn = true;
	}
}

TorchName *torch_name(Build *b, const char *op)
{
	Torch *t = torch_state(b);
	TorchName *n = map_get(&t->names, op);
	if (n)
		return n;
	if (!op_name_exists(op))
		return NULL;
	n = arena_array(&t->arena, TorchName, 1);
	size_t size = strlen(op) + 1;
	char *own = arena_array(&t->arena, char, size);
	memcpy(own, op, size);
	n->op = own;
	n->shown = short_name(own);
	n->deprecated = word_in("add add_ sub sub_ addbmm addbmm_ addcdiv addcdiv_ addcmul addcmul_ addmm addmm_ sspaddmm addmv "
		"addmv_ addr addr_ baddbmm baddbmm_", n->shown);
	map_set(&t->names, op, n);
	return n;
}
