// SPDX-License-Identifier: BSD-3-Clause
// What Python's library calls the constants, forms and ops of the language: "math.pi", "torch.jit.fork",
// "torch.nn.functional.relu".
#include "frontend/lower.h"

#include <math.h>
#include <string.h>

static const struct { const char *path; Form form; const char *op; } forms[] = {
	{"torch.jit.annotate", FORM_ANNOTATE, NULL}, {"torch.jit.fork", FORM_FORK, NULL},
	{"torch.jit._fork", FORM_FORK, NULL}, {"torch.jit.is_scripting", FORM_TRUE, NULL},
	{"torch.jit.is_tracing", FORM_FALSE, NULL}, {"torch._C._get_tracing_state", FORM_FALSE, NULL},
	{"torch._C._is_tracing", FORM_FALSE, NULL}, {"torch.jit.isinstance", FORM_ISINSTANCE, NULL},
	{"torch.compiler.is_compiling", FORM_FALSE, NULL}, {"torch._dynamo.is_compiling", FORM_FALSE, NULL},
	{"torch.overrides.has_torch_function", FORM_FALSE, NULL},
	{"torch.overrides.has_torch_function_unary", FORM_FALSE, NULL},
	{"torch.overrides.has_torch_function_variadic", FORM_FALSE, NULL},
	{"torch._jit_internal.annotate", FORM_ANNOTATE, NULL}, {"torch._check", FORM_CHECK, NULL},
	{"torch._assert", FORM_CHECK, "assert"},
	{"torch.nn.modules.utils._single", FORM_BROADCAST, "1"}, {"torch.nn.modules.utils._pair", FORM_BROADCAST, "2"},
	{"torch.nn.modules.utils._triple", FORM_BROADCAST, "3"},
	{"torch.nn.modules.utils._quadruple", FORM_BROADCAST, "4"}, {"typing.cast", FORM_ANNOTATE, NULL},
};

Status python_constant(const char *path, IValue *out, const Type **type)
{
	static const struct { const char *name; double value; } floats[] = {
		{"math.pi", 3.14159265358979323846}, {"math.e", 2.7182818284590452354},
		{"math.tau", 6.28318530717958647692},
		{"math.inf", INFINITY}, {"math.nan", NAN}, {"torch.pi", 3.14159265358979323846},
		{"torch.inf", INFINITY},
		{"torch.nan", NAN}, {"torch.e", 2.7182818284590452354},
	};
	static const struct { const char *name; int64_t value; } ints[] = {
		{"sys.maxsize", INT64_MAX}, {"torch.strided", 0}, {"torch.sparse_coo", 1}, {"torch.sparse_csr", 2},
		{"torch.sparse_csc", 4}, {"torch.sparse_bsr", 5}, {"torch.sparse_bsc", 6}, {"torch.jagged", 7},
		{"torch.contiguous_format", 0}, {"torch.preserve_format", 1}, {"torch.channels_last", 2},
		{"torch.channels_last_3d", 3}, {"torch.per_tensor_affine", 0}, {"torch.per_channel_affine", 1},
		{"torch.per_tensor_symmetric", 2}, {"torch.per_channel_symmetric", 3},
		{"torch.per_channel_affine_float_qparams", 4},
	};
	for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
		if (!strcmp(floats[i].name, path)) {
			*out = iv_float(floats[i].value);
			*type = &type_float;
			return STATUS_OK;
		}
	for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
		if (!strcmp(ints[i].name, path)) {
			*out = iv_int(ints[i].value);
			*type = &type_int;
			return STATUS_OK;
		}
	DType d = strncmp(path, "torch.", 6) ? DT_NONE : dtype_from_name(path + 6);
	if (d == DT_NONE)
		return STATUS_COMPILE;
	*out = iv_int(d);
	*type = &type_int;
	return STATUS_OK;
}

// Prefixes of Python's library under which the ops are found.
static const struct { const char *prefix, *op; } libraries[] = {
	{"torch.nn.functional.", "aten::"}, {"torch._C._nn.", "aten::"}, {"torch._C._VariableFunctions.", "aten::"},
	{"torch._VF.", "aten::"}, {"torch.functional.", "aten::"}, {"torch.linalg.", "aten::linalg_"},
	{"torch.special.", "aten::special_"}, {"torch.fft.", "aten::fft_"}, {"torch._C._linalg.", "aten::"},
	{"torch._C._special.", "aten::"}, {"torch._C._fft.", "aten::"}, {"torch.autograd.", "aten::"},
	{"torch.nn.init.", "aten::"},
	{"torch.sparse.", "aten::_sparse_"}, {"torch.", "prim::"},
};

bool python_form_find(Lower *l, const char *path, Sugar *out)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (!strcmp(forms[i].path, path)) {
			*out = (Sugar){.kind = SUGAR_FORM, .form = forms[i].form, .name = forms[i].op};
			return true;
		}
	static const struct { const char *path, *op; } renamed[] = {
		{"torch.jit.wait", "aten::wait"}, {"torch.jit._wait", "aten::wait"}, {"torch.device", "aten::device"},
		{"torch.jit._unwrap_optional", "aten::_unwrap_optional"}, {"math.remainder", "aten::mathremainder"},
		{"warnings.warn", "aten::warn"}, {"torch.jit._awaitable_wait", "prim::awaitable_wait"},
		{"torch.Generator", "aten::Generator"}, {"torch.manual_seed", "aten::manual_seed"},
		{"torch.nn.functional.scaled_dot_product_attention", "aten::scaled_dot_product_attention"},
	};
	for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
		if (!strcmp(renamed[i].path, path) && op_name_exists(renamed[i].op)) {
			*out = (Sugar){.kind = SUGAR_OP, .name = renamed[i].op};
			return true;
		}
	static const char *const contexts[] = {"torch.no_grad", "torch.autograd.no_grad",
		"torch.autograd.grad_mode.no_grad",
		"torch.autograd.profiler.record_function", "torch.profiler.record_function"};
	for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++)
		if (!strcmp(contexts[i], path)) {
			Error err = ERROR_INIT;
			const Type *c = NULL;
			frontend_lib_class(strrchr(path, '.') + 1, &c, &err);
			error_clear(&err);
			*out = (Sugar){.kind = SUGAR_TYPE, .type = c};
			return c != NULL;
		}
	(void)l;
	return false;
}

bool python_name_find(Lower *l, const char *path, Sugar *out)
{
	if (python_form_find(l, path, out))
		return true;
	IValue v;
	const Type *t;
	if (python_constant(path, &v, &t) == STATUS_OK) {
		*out = sugar_of(emit_constant(l, v, t, l->fn->at));
		return true;
	}
	if (!strncmp(path, "math.", 5)) {
		static const char *const names[] = {
			"ceil", "copysign", "erf", "erfc", "exp", "expm1", "fabs", "floor", "gamma", "lgamma", "log",
			"log10", "log1p",
			"pow", "sqrt", "isnan", "asinh", "atanh", "cosh", "sinh", "tanh", "acos", "asin", "atan",
			"atan2", "cos", "sin",
			"tan", "acosh", "fmod", "modf", "factorial", "frexp", "isinf", "degrees", "radians", "ldexp",
			"gcd", "isfinite",
		};
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (!strcmp(names[i], path + 5)) {
				*out = (Sugar){.kind = SUGAR_OP, .name = arena_printf(&l->arena, "aten::%s", names[i])};
				return true;
			}
		return false;
	}
	const char *last = strrchr(path, '.') + 1;
	static const struct { const char *path; DType dtype; } legacy[] = { // torch.FloatTensor([…])
		{"torch.Tensor", DT_F32}, {"torch.FloatTensor", DT_F32}, {"torch.DoubleTensor", DT_F64},
		{"torch.LongTensor", DT_I64},
		{"torch.IntTensor", DT_I32}, {"torch.ByteTensor", DT_U8}, {"torch.BoolTensor", DT_BOOL},
		{"torch.HalfTensor", DT_F16},
	};
	for (size_t i = 0; i < sizeof legacy / sizeof *legacy; i++)
		if (!strcmp(legacy[i].path, path)) {
			*out = (Sugar){.kind = SUGAR_FORM, .form = FORM_NEW_TENSOR, .n = legacy[i].dtype};
			return true;
		}
	// A function of the library in our own language comes before an op of its name: it has Python's parameters.
	if (l->fe->dialect == DIALECT_PYTHON && !strncmp(path, "torch.", 6)) {
		Error err = ERROR_INIT;
		Function *f = NULL;
		char *name = !strncmp(path, "torch.nn.functional.", 20) ? arena_printf(&l->arena, "functional_%s", last)
			: arena_printf(&l->arena, "torch_%s", last);
		Status st = frontend_lib_named(name, &f, &err);
		error_clear(&err);
		if (st == STATUS_OK && f) {
			*out = (Sugar){.kind = SUGAR_FUNCTION, .fn = f};
			return true;
		}
	}
	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		size_t n = strlen(libraries[i].prefix);
		if (strncmp(path, libraries[i].prefix, n) || strchr(path + n, '.'))
			continue;
		char *op = arena_printf(&l->arena, "%s%s", libraries[i].op, last);
		if (op_name_exists(op)) {
			*out = (Sugar){.kind = SUGAR_OP, .name = op};
			return true;
		}
	}
	return false;
}
