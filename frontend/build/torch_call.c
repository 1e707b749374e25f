// SPDX-License-Identifier: BSD-3-Clause
// Calls of ops from Python: which overload is meant, running it, and what Python gets back.
//
// The overloads of a name are tried in PyTorch's order; the first whose parameters all fit is converted and run.  A
// single overload is parsed straight away with errors, so that the common call walks its parameters once.
#include "frontend/build/torch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bound {
	IValue v[TORCH_MAX_PARAMS]; // borrowed; TAG_UNINIT where the default is meant
	int pos[TORCH_MAX_PARAMS];  // place among the positionals as messages count it, 0 for keywords
	const PyArgs *varargs;      // all positionals are the first parameter's list
} Bound;

static Status extra_args(Build *b, const TorchSignature *s, const char *fname, int given)
{
	int min = 0;
	for (int i = 0; i < s->npos; i++)
		min += !s->params[i].optional;
	if (min != s->npos)
		return py_raise(b, "TypeError", "%s() takes from %d to %d positional arguments but %d were given", fname, min,
			s->npos, given);
	return py_raise(b, "TypeError", "%s() takes %d positional argument%s but %d %s given", fname, s->npos,
		s->npos == 1 ? "" : "s", given, given == 1 ? "was" : "were");
}

static Status missing_args(Build *b, const TorchSignature *s, const char *fname, int from)
{
	Text t = {0};
	int n = 0;
	for (int i = from; i < s->n; i++)
		if (!s->params[i].optional) {
			text_addf(&t, "%s\"%s\"", n ? ", " : "", s->params[i].name->s);
			n++;
		}
	Status st = py_raise(b, "TypeError", "%s() missing %d required positional argument%s: %s", fname, n,
		n == 1 ? "s" : "", text_str(&t)); // PyTorch has it the wrong way round
	text_free(&t);
	return st;
}

// The keyword argument for p: by its name, or by one of the names that NumPy has for it.
static const IValue *find_keyword(Torch *t, const PyArgs *a, const StrObj *name)
{
	const StrObj *also[3] = {NULL, NULL, NULL};
	if (name == t->dim)
		also[0] = t->axis;
	else if (name == t->keepdim)
		also[0] = t->keepdims;
	else if (name == t->input)
		also[0] = t->x, also[1] = t->a, also[2] = t->x1;
	else if (name == t->other)
		also[0] = t->x2;
	for (int k = -1; k < 3; k++) {
		const StrObj *want = k < 0 ? name : also[k];
		for (int i = 0; want && i < a->nkw; i++)
			if (a->kwnames[i].str == want)
				return &a->kw[i];
	}
	return NULL;
}

static Status wrong_type(Build *b, const TorchParam *p, const char *fname, IValue v, int pos, int64_t failed,
	const PyArgs *a)
{
	if (!pos)
		return py_raise(b, "TypeError", "%s(): argument '%s' must be %s, not %s", fname, p->name->s,
			torch_param_type_name(p), py_type_name(b, v));
	if (failed >= 0) {
		const IValue *items;
		int64_t n;
		IValue item = torch_items(v, &items, &n) ? items[failed] : a->pos[failed];
		return py_raise(b, "TypeError", "%s(): argument '%s' (position %d) must be %s, but found element of type %s at "
			"pos %lld", fname, p->name->s, pos, torch_param_type_name(p), py_type_name(b, item), (long long)failed);
	}
	return py_raise(b, "TypeError", "%s(): argument '%s' (position %d) must be %s, not %s", fname, p->name->s, pos,
		torch_param_type_name(p), py_type_name(b, v));
}

static bool known_keyword(Torch *t, const TorchSignature *s, const PyArgs *a, int i)
{
	PyArgs one = {.kwnames = &a->kwnames[i], .kw = &a->kw[i], .nkw = 1};
	for (int k = 0; k < s->n; k++)
		if (find_keyword(t, &one, s->params[k].name))
			return true;
	return false;
}

static bool is_unnamed(Torch *t, const PyArgs *a, int i) // names=None says nothing
{
	return a->kwnames[i].str == t->names_ && a->kw[i].tag == TAG_NONE;
}

// The arguments against one signature.  With raise, what does not fit is an error; else *fits says so.
static Status parse(Build *b, const TorchSignature *s, const PyArgs *a, const char *fname, bool raise, Bound *out, bool *fits)
{
	Torch *t = b->torch;
	*fits = false;
	out->varargs = NULL;
	bool varargs = s->npos == 1 && s->params[0].type == TP_INTS;
	if (a->npos > s->npos && !varargs)
		return raise ? extra_args(b, s, fname, a->npos) : STATUS_OK;
	int at = 0, keywords = a->nkw;
	for (int i = 0; i < s->n; i++) {
		const TorchParam *p = &s->params[i];
		const IValue *v = NULL;
		bool keyword = false;
		if (at < a->npos) {
			if (p->kwonly)
				return raise ? extra_args(b, s, fname, a->npos) : STATUS_OK;
			v = &a->pos[at];
		} else if (a->nkw) {
			v = find_keyword(t, a, p->name);
			keyword = true;
		}
		out->v[i] = iv_uninit();
		out->pos[i] = keyword ? 0 : at + 1;
		int64_t failed = -1;
		bool ok = false;
		if ((!v && p->optional) || (v && v->tag == TAG_NONE && p->allow_none)) {
			if (v)
				out->v[i] = iv_none();
			ok = true;
		} else if (!v) {
			return raise ? missing_args(b, s, fname, i) : STATUS_OK;
		} else {
			TRY(torch_check(b, p, *v, &ok, &failed));
			if (ok)
				out->v[i] = *v;
		}
		if (!ok && varargs && at == 0 && !keyword) {
			IValue first = a->pos[0];
			if (torch_is_index(b, first)) {
				out->varargs = a;
				at = a->npos;
				continue;
			}
		}
		if (!ok)
			return raise ? wrong_type(b, p, fname, *v, out->pos[i], failed, a) : STATUS_OK;
		if (!keyword)
			at++;
		else if (v)
			keywords--;
	}
	for (int i = 0; i < a->nkw && keywords > 0; i++)
		keywords -= is_unnamed(t, a, i);
	if (at < a->npos)
		return raise ? extra_args(b, s, fname, a->npos) : STATUS_OK;
	if (keywords > 0) {
		for (int i = 0; raise && i < a->nkw; i++)
			if (!known_keyword(t, s, a, i))
				return py_raise(b, "TypeError", "%s() got an unexpected keyword argument '%s'", fname, a->kwnames[i].str->s);
		for (int i = 0; raise && i < a->nkw; i++)
			for (int k = 0; k < s->n && k < a->npos; k++)
				if (a->kwnames[i].str == s->params[k].name)
					return py_raise(b, "TypeError", "%s() got multiple values for argument '%s'", fname,
						s->params[k].name->s);
		return raise ? py_raise(b, "TypeError", "%s() got an unexpected keyword argument", fname) : STATUS_OK;
	}
	*fits = true;
	return STATUS_OK;
}

static int counted_params(const TorchSignature *s, const PyArgs *a, Torch *t)
{
	int n = s->n;
	if (s->npos < s->n)
		n++;
	if (s->n && s->params[s->n - 1].arg == TORCH_PARAM_OUT && !find_keyword(t, a, t->out))
		n--;
	return n;
}

static void add_types(Build *b, const PyArgs *a, Text *out)
{
	for (int i = 0; i < a->npos; i++)
		text_addf(out, "%s%s", i ? ", " : "", py_type_name(b, a->pos[i]));
	for (int i = 0; i < a->nkw; i++)
		text_addf(out, "%s%s=%s", i || a->npos ? ", " : "", a->kwnames[i].str->s, py_type_name(b, a->kw[i]));
}

// The only signature that is shown does not fit.
static Status no_signature(Build *b, const TorchSignature *s, const PyArgs *a, const char *fname)
{
	Text got = {0}, want = {0};
	for (int k = 0; k < a->nkw; k++)
		if (!known_keyword(b->torch, s, a, k))
			text_addf(&got, "%s%s", got.size ? ", " : "unrecognized keyword arguments: ", a->kwnames[k].str->s);
	if (!got.size) {
		text_addc(&got, '(');
		add_types(b, a, &got);
		text_add(&got, "), but expected ");
		torch_signature_print(s, &want);
	}
	Status st = py_raise(b, "TypeError", "%s() received an invalid combination of arguments - got %s%s", fname,
		text_str(&got), text_str(&want));
	text_free(&got);
	text_free(&want);
	return st;
}

// No overload fits: PyTorch's list of what there is.
static Status no_overload(Build *b, const TorchSignature *list, int n, const PyArgs *a, const char *fname)
{
	int given = a->npos + a->nkw, plausible = 0, which = 0;
	for (int i = 0; i < n; i++)
		if (given >= list[i].min && given <= list[i].n) {
			plausible++;
			which = i;
		}
	if (plausible == 1) {
		Bound bound;
		bool fits;
		TRY(parse(b, &list[which], a, fname, true, &bound, &fits));
	}
	if (n == 1)
		return no_signature(b, list, a, fname);
	Text got = {0}, text = {0};
	add_types(b, a, &got);
	for (int i = 0; i < n; i++) {
		text_add(&text, " * ");
		torch_signature_print(&list[i], &text);
		text_addc(&text, '\n');
		if (counted_params(&list[i], a, b->torch) != given)
			continue;
		Text unknown = {0};
		for (int k = 0; k < a->nkw; k++)
			if (!known_keyword(b->torch, &list[i], a, k))
				text_addf(&unknown, "%s%s", unknown.size ? ", " : "", a->kwnames[k].str->s);
		if (unknown.size) {
			text_addf(&text, "      didn't match because some of the keywords were incorrect: %s\n", text_str(&unknown));
			text_free(&unknown);
			continue;
		}
		text_add(&text, "      didn't match because some of the arguments have invalid types: (");
		for (int k = 0; k < given; k++) {
			const TorchParam *p = NULL;
			IValue v = k < a->npos ? a->pos[k] : a->kw[k - a->npos];
			for (int m = 0; m < list[i].n && k >= a->npos; m++)
				if (list[i].params[m].name == a->kwnames[k - a->npos].str)
					p = &list[i].params[m];
			if (k < a->npos && k < list[i].npos)
				p = &list[i].params[k];
			bool ok = false;
			int64_t failed = -1;
			if (p && torch_check(b, p, v, &ok, &failed) != STATUS_OK)
				py_discard(b);
			text_add(&text, k ? ", " : "");
			if (k >= a->npos)
				text_addf(&text, "%s=", a->kwnames[k - a->npos].str->s);
			text_addf(&text, ok ? "%s" : "!%s!", py_type_name(b, v));
		}
		text_add(&text, ")\n");
	}
	Status st = py_raise(b, "TypeError", "%s() received an invalid combination of arguments - got (%s), but expected one "
		"of:\n%s", fname, text_str(&got), text_str(&text));
	text_free(&got);
	text_free(&text);
	return st;
}

// ---- results

IValue torch_tuple_take(ListObj *l)
{
	TupleObj *t = tuple_new(l->n, NULL);
	for (int64_t i = 0; i < l->n; i++)
		t->items[i] = ivalue_ref(l->items[i]);
	IValue list = iv_take_list(l);
	ivalue_unref(&list);
	return iv_take_tuple(t);
}

// torch.return_types.max of two named results; NULL when they have no names.
static const Type *return_type(Build *b, const Op *op, bool into)
{
	const Schema *s = op->schema;
	for (int i = 0; i < s->nrets; i++)
		if (!s->rets[i].name || !*s->rets[i].name)
			return NULL;
	if (s->nrets > TORCH_MAX_RETS)
		return NULL;
	const char *name = strstr(s->name, "::") + 2;
	char path[160];
	snprintf(path, sizeof path, "torch.return_types.%s%s", name, into ? "_out" : "");
	const Type *t = map_get(&b->torch->return_types, path);
	if (!t) {
		static TypePool *_Atomic pool;
		if (!pool)
			pool = type_pool_immortal();
		const char *fields[TORCH_MAX_RETS];
		const Type *elem[TORCH_MAX_RETS];
		for (int i = 0; i < s->nrets; i++) {
			fields[i] = s->rets[i].name;
			elem[i] = s->rets[i].type;
		}
		t = type_named_tuple(pool, path, fields, elem, s->nrets);
		map_set(&b->torch->return_types, path, (void *)t);
	}
	return t;
}

static IValue wrap_result(Build *b, const Arg *r, IValue v)
{
	if (v.tag == TAG_LIST)
		return torch_tuple_take(v.list);
	if (v.tag == TAG_INT && !strncmp(r->decl, "ScalarType", 10))
		return py_symbol(b, SYMBOL_DTYPE, v.i);
	if (v.tag == TAG_INT && !strncmp(r->decl, "QScheme", 7))
		return py_symbol(b, SYMBOL_QSCHEME, v.i);
	return v;
}

static IValue wrap_results(Build *b, const Op *op, const Op *shown, IValue *rets)
{
	const Schema *s = op->schema;
	if (s->nrets == 0)
		return iv_none();
	if (s->nrets == 1)
		return wrap_result(b, &s->rets[0], rets[0]);
	TupleObj *t = tuple_new(s->nrets, return_type(b, shown, op != shown && op->form == OP_OUT));
	for (int i = 0; i < s->nrets; i++)
		t->items[i] = wrap_result(b, &s->rets[i], rets[i]);
	return iv_take_tuple(t);
}

// ---- running

static Status check_leaf(Build *b, const Op *op, const IValue *args)
{
	const Schema *s = op->schema;
	for (int i = 0; i < s->nargs; i++)
		if (s->args[i].alias.written && args[i].tag == TAG_TENSOR && args[i].tensor->requires_grad) {
			if (s->args[i].is_out)
				return py_raise(b, "RuntimeError", "%s(): functions with out=... arguments don't support automatic "
					"differentiation, but one of the arguments requires grad.", strstr(s->name, "::") + 2);
			return py_raise(b, "RuntimeError",
				"a leaf Variable that requires grad is being used in an in-place operation.");
		}
	return STATUS_OK;
}

Status torch_run(Build *b, const Op *op, const IValue *args, int nargs, IValue *rets)
{
	TRY(budget_check_time(b->x.budget, b->x.err)); // few steps of a program may be much work
	if (op->writes && b->x.grad_enabled)
		TRY(check_leaf(b, op, args));
	Status st = op_call(&b->x, op, args, nargs, rets);
	if (st != STATUS_OK) { // a dtype without a kernel is NotImplementedError
		Error *e = b->x.err;
		if (st == STATUS_RUNTIME && e->message && e->message[0] == '"' && strstr(e->message, "\" not implemented for '"))
			st = e->code = STATUS_UNSUPPORTED;
		return st;
	}
	if (b->tracer) {
		Status s = tracer_record(b, op, args, nargs, rets);
		if (s != STATUS_OK) {
			for (int i = 0; i < op->schema->nrets; i++)
				ivalue_unref(&rets[i]);
			return s;
		}
	}
	return STATUS_OK;
}

Status torch_run_key(Build *b, const char *key, const IValue *args, int nargs, IValue *out)
{
	const Op *op = op_find_key(key);
	if (!op)
		return fail(b->x.err, STATUS_UNSUPPORTED, "the operator %s is not supported", key);
	IValue rets[TORCH_MAX_RETS] = {{.i = 0}};
	TRY(torch_run(b, op, args, nargs, rets));
	*out = wrap_results(b, op, op, rets);
	return STATUS_OK;
}

Status torch_run_row(Build *b, enum TorchRow row, const IValue *args, int nargs, IValue *out)
{
	static const char *const keys[] = {
#define X(id, key) key,
		TORCH_ROWS(X)
#undef X
	};
	const Op **op = &torch_state(b)->rows[row];
	if (!*op)
		*op = op_find_key(keys[row]);
	IValue rets[TORCH_MAX_RETS] = {{.i = 0}};
	TRY(torch_run(b, *op, args, nargs, rets));
	*out = (*op)->schema->nrets ? rets[0] : iv_none();
	return STATUS_OK;
}

static Status varargs_list(Build *b, const Arg *a, const PyArgs *from, const char *fname, const TorchParam *p, IValue *out)
{
	IValue t = py_tuple_of(b, from->pos, from->npos);
	Status s = torch_convert(b, NULL, p, a, t, 1, fname, out);
	ivalue_unref(&t);
	return s;
}

static Status default_value(Build *b, const TorchSignature *s, const Arg *a, IValue *out)
{
	*out = ivalue_ref(a->def);
	Torch *t = b->torch;
	if (s->factory && t->default_dtype != DT_F32 && !strcmp(a->name, "dtype"))
		ivalue_set(out, iv_int(t->default_dtype));
	return STATUS_OK;
}

static Status out_values(Build *b, const TorchSignature *s, IValue out, IValue *args, const char *fname)
{
	if (s->nouts == 1) {
		args[s->out_arg] = ivalue_ref(out);
		return STATUS_OK;
	}
	const IValue *items;
	int64_t n;
	if (!torch_items(out, &items, &n) || n != s->nouts)
		return py_raise(b, "TypeError", "%s(): argument 'out' must be tuple of %d Tensors", fname, s->nouts);
	for (int i = 0; i < s->nouts; i++)
		args[s->out_arg + i] = ivalue_ref(items[i]);
	return STATUS_OK;
}

// Where the functional row's argument stands in the row with out.
static int in_out_row(const TorchSignature *s, const Schema *o, int arg)
{
	const char *name = s->op->schema->args[arg].name;
	for (int i = 0; i < o->nargs; i++)
		if (!strcmp(o->args[i].name, name))
			return i;
	return -1;
}

static Status run_bound(Build *b, const TorchSignature *s, IValue self, const Bound *bound, const char *fname, IValue *out)
{
	const Op *op = s->op;
	IValue target = iv_none();
	bool requires_grad = false, scalar = false;
	for (int i = s->n - 1; i >= 0 && s->params[i].arg < 0; i--) {
		IValue v = bound->v[i];
		if (v.tag == TAG_UNINIT || v.tag == TAG_NONE)
			continue;
		if (s->params[i].arg == TORCH_PARAM_OUT)
			target = v;
		else
			requires_grad = v.b;
	}
	for (int i = 0; i < s->n && target.tag == TAG_NONE; i++) // out stands before the options
		if (s->params[i].arg == TORCH_PARAM_OUT && bound->v[i].tag != TAG_UNINIT)
			target = bound->v[i];
	bool into = target.tag != TAG_NONE;
	if (into)
		op = s->out_op;
	const Schema *schema = op->schema;
	int n = schema->nargs;
	IValue args[TORCH_MAX_PARAMS];
	for (int i = 0; i < n; i++)
		args[i] = iv_uninit();
	if (s->self_arg >= 0)
		args[s->self_arg] = ivalue_ref(self);
	Status st = STATUS_OK;
	for (int i = 0; i < s->n && st == STATUS_OK; i++) {
		const TorchParam *p = &s->params[i];
		if (p->arg < 0)
			continue;
		const Arg *a = &s->op->schema->args[p->arg];
		int to = into ? in_out_row(s, schema, p->arg) : p->arg;
		if (to < 0)
			continue; // dtype= beside out=: out has one
		IValue v = bound->v[i];
		if (i == 0 && bound->varargs)
			st = varargs_list(b, a, bound->varargs, fname, p, &args[to]);
		else if (v.tag == TAG_UNINIT)
			st = default_value(b, s, a, &args[to]);
		else if (v.tag == TAG_NONE) {
			if (a->type->kind == TYPE_OPTIONAL || p->type == TP_TENSOR)
				args[to] = iv_none();
			else
				st = default_value(b, s, a, &args[to]);
			if (p->type == TP_DTYPE)
				st = default_value(b, s, a, &args[to]);
		} else {
			if (p->arg == s->scalar_arg && v.tag != TAG_TENSOR && iv_is_number(py_unwrap(v)) && s->scalar_op && !into) {
				scalar = true;
				args[to] = ivalue_ref(py_unwrap(v));
				continue;
			}
			st = torch_convert(b, s, p, a, v, bound->pos[i], fname, &args[to]);
		}
	}
	if (scalar)
		op = s->scalar_op;
	if (st == STATUS_OK && into)
		st = out_values(b, s, target, args, fname);
	for (int i = 0; i < n && st == STATUS_OK; i++)
		if (args[i].tag == TAG_UNINIT)
			args[i] = ivalue_ref(schema->args[i].def);
	IValue rets[TORCH_MAX_RETS] = {{.i = 0}};
	if (st == STATUS_OK)
		st = torch_run(b, op, args, n, rets);
	for (int i = 0; i < n; i++)
		ivalue_unref(&args[i]);
	if (st != STATUS_OK)
		return st;
	*out = wrap_results(b, op, s->op, rets);
	if (requires_grad && out->tag == TAG_TENSOR)
		out->tensor->requires_grad = true;
	return STATUS_OK;
}

Status torch_call(Build *b, TorchName *n, IValue self, bool method, const PyArgs *a, IValue *out)
{
	if (method ? !n->has_method : !n->has_fn)
		torch_signatures(b, n, method);
	const TorchSignature *list = method ? n->method : n->fn;
	int count = method ? n->nmethod : n->nfn;
	if (!count)
		return fail(b->x.err, STATUS_UNSUPPORTED, "the operator %s cannot be called as a %s", n->op,
			method ? "method" : "function");
	Bound bound;
	bool fits = false;
	if (count == 1 && !n->deprecated) {
		TRY(parse(b, list, a, n->shown, true, &bound, &fits));
		return run_bound(b, list, self, &bound, n->shown, out);
	}
	for (int i = 0; i < count; i++) {
		TRY(parse(b, &list[i], a, n->shown, false, &bound, &fits));
		if (fits)
			return run_bound(b, &list[i], self, &bound, n->shown, out);
	}
	return no_overload(b, list, count, a, n->shown);
}

Status torch_call_op(Build *b, const char *name, const PyArgs *a, IValue *out)
{
	torch_state(b);
	TorchName *n = torch_name(b, name);
	if (!n)
		return fail(b->x.err, STATUS_UNSUPPORTED, "the operator %s is not supported", name);
	return torch_call(b, n, iv_none(), false, a, out);
}

Status torch_call_n(Build *b, const char *op, const IValue *args, int n, IValue *out)
{
	char name[128];
	snprintf(name, sizeof name, "aten::%s", op);
	PyArgs a = {.self = iv_none(), .pos = args, .npos = n};
	return torch_call_op(b, name, &a, out);
}

Status torch_call_method(Build *b, const char *op, IValue self, const IValue *args, int n, IValue *out)
{
	char name[128];
	snprintf(name, sizeof name, "aten::%s", op);
	TorchName *t = torch_name(b, name);
	if (!t)
		return fail(b->x.err, STATUS_UNSUPPORTED, "the operator %s is not supported", name);
	PyArgs a = {.self = self, .pos = args, .npos = n};
	return torch_call(b, t, self, true, &a, out);
}

Status torch_native_call(Build *b, const PyArgs *a, IValue *out)
{
	return torch_call(b, (TorchName *)a->callee->data, iv_none(), false, a, out);
}

Status torch_native_method(Build *b, const PyArgs *a, IValue *out)
{
	TorchName *n = (TorchName *)a->callee->data;
	IValue self = py_unwrap(a->self);
	if (self.tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "descriptor '%s' for 'torch._C.TensorBase' objects doesn't apply to a '%s' object",
			n->shown, py_type_name(b, self));
	return torch_call(b, n, self, true, a, out);
}
