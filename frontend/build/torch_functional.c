// SPDX-License-Identifier: BSD-3-Clause
// Functions of torch that PyTorch writes in Python around an op: those with tensors as *args, and split.  The longer ones
// are Python here too (torch/functional.py).
#include "frontend/build/torch.h"

#include <string.h>

// f(a, b, c) and f([a, b, c]) alike; keywords pass through.
static Status call_with_list(Build *b, const char *op, const IValue *pos, int n, const IValue *first, const PyArgs *a,
	IValue *out)
{
	const IValue *items = pos;
	int64_t count = n;
	if (n == 1 && pos[0].tag != TAG_TENSOR)
		torch_items(pos[0], &items, &count);
	IValue list = py_tuple_of(b, items, (int)count), args[2];
	int k = 0;
	if (first)
		args[k++] = *first;
	args[k++] = list;
	PyArgs call = {.self = iv_none(), .pos = args, .npos = k, .kwnames = a->kwnames, .kw = a->kw, .nkw = a->nkw};
	Status s = torch_call_op(b, op, &call, out);
	ivalue_unref(&list);
	return s;
}

static Status call_variadic(Build *b, const PyArgs *a, IValue *out)
{
	return call_with_list(b, a->callee->data, a->pos, a->npos, NULL, a, out);
}

// atleast_1d(x) gives a tensor, atleast_1d(x, y) a tuple.
static Status call_atleast(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos == 1 && py_unwrap(a->pos[0]).tag == TAG_TENSOR)
		return torch_call_op(b, a->callee->data, a, out);
	return call_with_list(b, a->callee->data, a->pos, a->npos, NULL, a, out);
}

static Status einsum(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos < 2)
		return py_raise(b, "ValueError", "einsum(): must specify the equation string and at least one operand, or at least "
			"one operand and its subscripts list");
	if (a->pos[0].tag == TAG_STR)
		return call_with_list(b, "aten::einsum", a->pos + 1, a->npos - 1, &a->pos[0], a, out);
	// einsum(x, [0, 1], y, [1, 2], [0, 2]): the lists become letters
	Text eq = {0};
	IValue operands[64];
	int n = 0, pairs = a->npos / 2;
	Status s = STATUS_OK;
	for (int i = 0; i < a->npos && s == STATUS_OK; i++) {
		bool is_list = i % 2 == 1 || (i == a->npos - 1 && a->npos % 2);
		if (!is_list) {
			if (n == 64) {
				s = py_raise(b, "ValueError", "einsum(): too many operands");
				break;
			}
			operands[n++] = a->pos[i];
			continue;
		}
		const IValue *items;
		int64_t count;
		if (!torch_items(a->pos[i], &items, &count)) {
			s = py_raise(b, "ValueError", "einsum(): expected a subscripts list, got %s", py_type_name(b, a->pos[i]));
			break;
		}
		if (i / 2 == pairs && a->npos % 2)
			text_add(&eq, "->");
		else if (i > 1)
			text_addc(&eq, ',');
		for (int64_t k = 0; k < count && s == STATUS_OK; k++) {
			IValue v = items[k];
			if (py_is(v, PY_ELLIPSIS))
				text_add(&eq, "...");
			else if (v.tag == TAG_INT && v.i >= 0 && v.i < 52)
				text_addc(&eq, (char)(v.i < 26 ? 'A' + v.i : 'a' + v.i - 26));
			else
				s = py_raise(b, "ValueError", "einsum(): subscript in subscript list is not within the valid range [0, 52)");
		}
	}
	IValue equation = iv_str(text_str(&eq), eq.size);
	text_free(&eq);
	if (s == STATUS_OK)
		s = call_with_list(b, "aten::einsum", operands, n, &equation, a, out);
	ivalue_unref(&equation);
	return s;
}

// meshgrid(x, y, indexing="ij")
static Status meshgrid(Build *b, const PyArgs *a, IValue *out)
{
	return call_with_list(b, "aten::meshgrid", a->pos, a->npos, NULL, a, out);
}

static const IValue *argument(const PyArgs *a, int pos, const char *name)
{
	if (pos < a->npos)
		return &a->pos[pos];
	for (int i = 0; i < a->nkw; i++)
		if (!strcmp(a->kwnames[i].str->s, name))
			return &a->kw[i];
	return NULL;
}

static Status split_call(Build *b, IValue self, const IValue *size, const IValue *dim, IValue *out)
{
	if (!size)
		return py_raise(b, "TypeError", "split() missing 1 required positional argument: 'split_size'");
	const IValue *items;
	int64_t n;
	int64_t d = 0;
	if (dim)
		TRY(torch_as_int(b, *dim, &d));
	IValue args[3] = {self, *size, iv_int(d)};
	bool list = torch_items(*size, &items, &n);
	IValue owned = iv_none();
	if (list) {
		ListObj *l = list_new(&type_int, n);
		owned = iv_take_list(l);
		for (int64_t i = 0; i < n; i++) {
			int64_t k;
			Status s = torch_as_int(b, items[i], &k);
			if (s == STATUS_OK)
				s = list_append_take(l, iv_int(k), b->x.err);
			if (s != STATUS_OK) {
				ivalue_unref(&owned);
				return s;
			}
		}
		args[1] = owned;
	} else {
		int64_t k;
		TRY(torch_as_int(b, *size, &k));
		args[1] = iv_int(k);
	}
	Status s = torch_run_key(b, list ? "aten::split_with_sizes" : "aten::split.Tensor", args, 3, out);
	ivalue_unref(&owned);
	return s;
}

static Status split(Build *b, const PyArgs *a, IValue *out)
{
	const IValue *t = argument(a, 0, "tensor");
	if (!t || py_unwrap(*t).tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "split(): argument 'tensor' (position 1) must be Tensor, not %s",
			t ? py_type_name(b, *t) : "nothing");
	return split_call(b, py_unwrap(*t), argument(a, 1, "split_size_or_sections"), argument(a, 2, "dim"), out);
}

static Status method_split(Build *b, const PyArgs *a, IValue *out)
{
	return split_call(b, py_unwrap(torch_self(a)), argument(a, 0, "split_size"), argument(a, 1, "dim"), out);
}

// Methods that PyTorch writes in Python: the function of the same name in torch.functional, the tensor first.
static Status method_of_python(Build *b, const PyArgs *a, IValue *out)
{
	PyModule *m;
	IValue fn, pos[16];
	const char *name = strrchr(a->callee->path, '.') + 1;
	if (a->npos >= (int)(sizeof pos / sizeof *pos))
		return py_raise(b, "TypeError", "%s() takes fewer positional arguments (%d given)", name, a->npos);
	TRY(module_import(b, "torch.functional", &m));
	TRY(py_getattr(b, py_value(m), py_intern(b, name), &fn));
	pos[0] = torch_self(a);
	for (int i = 0; i < a->npos; i++)
		pos[i + 1] = a->pos[i];
	PyArgs full = *a;
	full.self = iv_none();
	full.pos = pos;
	full.npos = a->npos + 1;
	Status s = py_call_full(b, fn, &full, out);
	ivalue_unref(&fn);
	return s;
}

static Status numel(Build *b, const PyArgs *a, IValue *out)
{
	const IValue *t = argument(a, 0, "input");
	if (!t || py_unwrap(*t).tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "numel(): argument 'input' (position 1) must be Tensor, not %s",
			t ? py_type_name(b, *t) : "nothing");
	*out = iv_int(py_unwrap(*t).tensor->numel);
	return STATUS_OK;
}

static Status nonzero(Build *b, const PyArgs *a, IValue *out)
{
	const IValue *t = argument(a, 0, "input"), *flag = argument(a, 1, "as_tuple");
	bool as_tuple = false;
	if (!t || py_unwrap(*t).tag != TAG_TENSOR || (!flag && a->npos + a->nkw > 1))
		return torch_call_op(b, "aten::nonzero", a, out);
	if (flag)
		TRY(py_truth(b, *flag, &as_tuple));
	IValue self = py_unwrap(*t);
	return torch_run_key(b, as_tuple ? "aten::nonzero_numpy" : "aten::nonzero", &self, 1, out);
}

void torch_functional_init(Build *b, PyModule *m)
{
	static const struct { const char *name; NativeFn fn; const char *op; } functions[] = {
		{"broadcast_tensors", call_variadic, "aten::broadcast_tensors"},
		{"cartesian_prod", call_variadic, "aten::cartesian_prod"}, {"block_diag", call_variadic, "aten::block_diag"},
		{"chain_matmul", call_variadic, "aten::chain_matmul"}, {"meshgrid", meshgrid, NULL}, {"einsum", einsum, NULL},
		{"atleast_1d", call_atleast, "aten::atleast_1d"}, {"atleast_2d", call_atleast, "aten::atleast_2d"},
		{"atleast_3d", call_atleast, "aten::atleast_3d"}, {"split", split, NULL}, {"numel", numel, NULL},
		{"nonzero", nonzero, NULL},
	};
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		Text path = {0};
		text_addf(&path, "torch.%s", functions[i].name);
		module_set_take(m, functions[i].name, py_native(b, text_str(&path), functions[i].fn, functions[i].op));
		text_free(&path);
	}
	static const NativeMethod methods[] = {{"split", method_split}, {"norm", method_of_python}, {"stft", method_of_python},
		{"istft", method_of_python}, {"unique", method_of_python}, {"unique_consecutive", method_of_python},
		{"lu", method_of_python}, {NULL, NULL}};
	py_class_methods(b, torch_class(b, "torch.Tensor"), methods);
}
