// SPDX-License-Identifier: BSD-3-Clause
// The namespaces of torch: which names stand in torch, torch._C, torch._VF, torch.linalg …; what they share.
//
// Functions that are ops are natives that carry their overloads; the rest of each module is the embedded Python text of
// the same name, run after this.
#include "frontend/build/torch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Torch *torch_state(Build *b)
{
	if (b->torch)
		return b->torch;
	Torch *t = b->torch = xcalloc(1, sizeof *t);
	t->default_dtype = DT_F32;
	t->default_device = DEVICE_CPU;
	t->input = py_intern(b, "input");
	t->out = py_intern(b, "out");
	t->dim = py_intern(b, "dim");
	t->axis = py_intern(b, "axis");
	t->keepdim = py_intern(b, "keepdim");
	t->keepdims = py_intern(b, "keepdims");
	t->other = py_intern(b, "other");
	t->x = py_intern(b, "x");
	t->a = py_intern(b, "a");
	t->x1 = py_intern(b, "x1");
	t->x2 = py_intern(b, "x2");
	t->names_ = py_intern(b, "names");
	t->uninitialized = py_intern(b, "_uninitialized");
	return t;
}

void torch_free(Build *b)
{
	Torch *t = b->torch;
	if (!t)
		return;
	b->torch = NULL;
	for (int i = 0; i < t->symbols.n; i++) {
		IValue v = py_value(t->symbols.entries[i].value);
		ivalue_unref(&v);
	}
	for (int i = 0; i < t->classes.n; i++) {
		IValue v = py_value(t->classes.entries[i].value);
		ivalue_unref(&v);
	}
	if (t->tensor_attrs) {
		IValue v = iv_take_dict(t->tensor_attrs);
		ivalue_unref(&v);
	}
	for (int i = 0; i < t->nunits; i++)
		unit_unref(&t->units[i]);
	free(t->units);
	map_free(&t->names);
	map_free(&t->symbols);
	map_free(&t->classes);
	map_free(&t->return_types);
	arena_free(&t->arena);
	free(t);
}

PyClass *torch_make_class(Build *b, const char *path, PyClass *base, Payload payload, NativeFn make,
	const NativeMethod *methods)
{
	PyClass *c = py_native_class(b, path, base, payload, make, methods);
	map_set(&torch_state(b)->classes, path, ivalue_ref(py_value(c)).host);
	return c;
}

// Classes are made when the first of them is asked for: a tensor may come from a file before anything is imported.
PyClass *torch_class(Build *b, const char *path)
{
	Torch *t = torch_state(b);
	PyClass *c = map_get(&t->classes, path);
	if (c || t->has_classes || b->closing)
		return c;
	t->has_classes = true;
	torch_symbol_classes(b);
	torch_tensor_init(b);
	torch_parameter_classes(b);
	torch_generator_class(b);
	torch_create_classes(b);
	torch_jit_classes(b);
	return map_get(&t->classes, path);
}

void torch_each_name(Build *b, const char *names, void (*take)(Build *b, const char *name, size_t n, void *arg), void *arg)
{
	for (const char *p = names; *p;) {
		size_t n = strcspn(p, " ");
		take(b, p, n, arg);
		p += n;
		p += strspn(p, " ");
	}
}

typedef struct Into { PyModule *m; const char *op_prefix; } Into;

static void add_function(Build *b, const char *name, size_t n, void *arg)
{
	const Into *into = arg;
	Text op = {0}, path = {0};
	text_add(&op, into->op_prefix);
	text_addn(&op, name, n);
	TorchName *t = torch_name(b, text_str(&op));
	if (t) {
		text_add(&path, into->m->name.str->s);
		size_t at = path.size + 1;
		text_addc(&path, '.');
		text_addn(&path, name, n);
		module_set_take(into->m, text_str(&path) + at, py_native(b, text_str(&path), torch_native_call, t));
	}
	text_free(&op);
	text_free(&path);
}

static void add_functions(Build *b, PyModule *m, const char *op_prefix, const char *names)
{
	Into into = {m, op_prefix};
	torch_each_name(b, names, add_function, &into);
}

// The op "ns::name" as a function, for torch.ops.ns.name.
static Status get_op(Build *b, const PyArgs *a, IValue *out)
{
	const char *name;
	TRY(args_parse(b, a, "_get_op", "name:s", &name));
	TorchName *t = torch_name(b, name);
	const char *sep = strstr(name, "::");
	if (!t || !sep)
		return py_raise(b, "AttributeError", "'_OpNamespace' '%.*s' object has no attribute '%s'",
			sep ? (int)(sep - name) : 0, name, sep ? sep + 2 : name);
	Text path = {0};
	text_add(&path, "torch.ops.");
	text_addn(&path, name, (size_t)(sep - name));
	text_addf(&path, ".%s", sep + 2);
	*out = py_native(b, text_str(&path), torch_native_call, t);
	text_free(&path);
	return STATUS_OK;
}

// Methods of Tensor that are written in Python.
static Status add_tensor_method(Build *b, const PyArgs *a, IValue *out)
{
	const char *name;
	IValue f;
	TRY(args_parse(b, a, "_add_tensor_method", "name:s f:o", &name, &f));
	py_class_set_take(b, torch_class(b, "torch.Tensor"), name, ivalue_ref(f));
	*out = iv_none();
	return STATUS_OK;
}

Status torch_module_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::", torch_function_names);
	torch_symbols_init(b, m);
	torch_generator_init(b, m);
	torch_create_init(b, m);
	torch_settings_init(b, m);
	torch_functional_init(b, m);
	module_set_take(m, "Tensor", ivalue_ref(py_value(torch_class(b, "torch.Tensor"))));
	static const struct { const char *name; double value; } numbers[] = {{"pi", 3.14159265358979323846},
		{"e", 2.7182818284590452354}, {"inf", INFINITY}, {"nan", NAN}};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		module_set_take(m, numbers[i].name, iv_float(numbers[i].value));
	module_native(m, "save", torch_save);
	module_native(m, "load", torch_load);
	module_native(m, "_get_op", get_op);
	module_native(m, "_add_tensor_method", add_tensor_method);
	return STATUS_OK;
}

Status torch_nn_c_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::", torch_nn_names);
	return STATUS_OK;
}

// torch._VF and torch._C._VariableFunctions: the functions of torch as the C++ side has them.
Status torch_vf_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::", torch_function_names);
	add_functions(b, m, "aten::", "norm split einsum stft istft meshgrid broadcast_tensors cartesian_prod unique_dim "
		"unique_consecutive _unique2 tensordot cdist block_diag atleast_1d atleast_2d atleast_3d chain_matmul");
	return STATUS_OK;
}

Status torch_linalg_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::linalg_", "cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh "
		"householder_product inv inv_ex ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor lu_factor_ex lu_solve matmul "
		"matrix_exp matrix_norm matrix_power matrix_rank multi_dot norm pinv qr slogdet solve solve_ex solve_triangular svd "
		"svdvals tensorinv tensorsolve vander vecdot vector_norm");
	return STATUS_OK;
}

Status torch_fft_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::fft_", "fft fft2 fftfreq fftn fftshift hfft hfft2 hfftn ifft ifft2 ifftn ifftshift ihfft "
		"ihfft2 ihfftn irfft irfft2 irfftn rfft rfft2 rfftfreq rfftn");
	return STATUS_OK;
}

Status torch_special_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::special_", "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t "
		"chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w digamma entr erf erfc erfcx erfinv exp2 expit "
		"expm1 gammainc gammaincc gammaln hermite_polynomial_h hermite_polynomial_he i0 i0e i1 i1e laguerre_polynomial_l "
		"legendre_polynomial_p log1p log_ndtr log_softmax logit logsumexp modified_bessel_i0 modified_bessel_i1 "
		"modified_bessel_k0 modified_bessel_k1 multigammaln ndtr ndtri polygamma psi round scaled_modified_bessel_k0 "
		"scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u "
		"shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w sinc softmax spherical_bessel_j0 xlog1py xlogy zeta");
	return STATUS_OK;
}

Status torch_sparse_init(Build *b, PyModule *m)
{
	add_functions(b, m, "aten::_sparse_", "sum softmax log_softmax");
	add_functions(b, m, "aten::sparse_", "sampled_addmm");
	return STATUS_OK;
}
