// SPDX-License-Identifier: BSD-3-Clause
// Settings of torch that programs read and write: default dtype, gradient mode, threads, autocast.  The context managers
// over them are Python (torch/autograd/grad_mode.py, torch/amp).
#include "frontend/build/torch.h"

#include "core/thread.h"

#include <string.h>

static IValue first_argument(const PyArgs *a) { return a->npos ? a->pos[0] : a->nkw ? a->kw[0] : iv_none(); }

static Status get_default_dtype(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = py_symbol(b, SYMBOL_DTYPE, torch_state(b)->default_dtype);
	return STATUS_OK;
}

static Status set_default_dtype(Build *b, const PyArgs *a, IValue *out)
{
	IValue v = first_argument(a);
	*out = iv_none();
	if (!py_is(v, PY_SYMBOL) || PY_AS(PySymbol, v)->what != SYMBOL_DTYPE)
		return py_raise(b, "TypeError", "invalid dtype object: only floating-point types are supported as the default type");
	DType d = (DType)PY_AS(PySymbol, v)->code;
	if (!dtype_is_float(d))
		return py_raise(b, "TypeError", "only floating-point types are supported as the default type");
	torch_state(b)->default_dtype = d;
	return STATUS_OK;
}

static Status is_grad_enabled(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = iv_bool(b->x.grad_enabled);
	return STATUS_OK;
}

static Status set_grad_mode(Build *b, const PyArgs *a, IValue *out)
{
	bool on;
	TRY(py_truth(b, first_argument(a), &on));
	b->x.grad_enabled = on;
	*out = iv_none();
	return STATUS_OK;
}

static Status is_inference_mode_enabled(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = iv_bool(torch_state(b)->inference > 0);
	return STATUS_OK;
}

static Status set_inference_mode(Build *b, const PyArgs *a, IValue *out)
{
	bool on;
	TRY(py_truth(b, first_argument(a), &on));
	torch_state(b)->inference = on;
	*out = iv_none();
	return STATUS_OK;
}

static Status get_num_threads(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_int(threads_get());
	return STATUS_OK;
}

static Status set_num_threads(Build *b, const PyArgs *a, IValue *out)
{
	int64_t n;
	TRY(torch_as_int(b, first_argument(a), &n));
	if (n <= 0)
		return py_raise(b, "RuntimeError", "set_num_threads expects a positive integer");
	threads_set(n > 256 ? 256 : (int)n);
	*out = iv_none();
	return STATUS_OK;
}

static Status is_autocast_cpu_enabled(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = iv_bool(b->x.autocast_cpu);
	return STATUS_OK;
}

static Status set_autocast_cpu_enabled(Build *b, const PyArgs *a, IValue *out)
{
	bool on;
	TRY(py_truth(b, first_argument(a), &on));
	b->x.autocast_cpu = on;
	*out = iv_none();
	return STATUS_OK;
}

static Status is_tensor(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	TRY(args_parse(b, a, "is_tensor", "obj:o", &v));
	*out = iv_bool(py_unwrap(v).tag == TAG_TENSOR);
	return STATUS_OK;
}

static Status tracing_state(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	*out = b->tracer ? iv_bool(true) : iv_none();
	return STATUS_OK;
}

void torch_settings_init(Build *b, PyModule *m)
{
	(void)b;
	module_native(m, "get_default_dtype", get_default_dtype);
	module_native(m, "set_default_dtype", set_default_dtype);
	module_native(m, "is_grad_enabled", is_grad_enabled);
	module_native(m, "_set_grad_mode", set_grad_mode);
	module_native(m, "is_inference_mode_enabled", is_inference_mode_enabled);
	module_native(m, "_set_inference_mode", set_inference_mode);
	module_native(m, "get_num_threads", get_num_threads);
	module_native(m, "set_num_threads", set_num_threads);
	module_native(m, "get_num_interop_threads", get_num_threads);
	module_native(m, "set_num_interop_threads", set_num_threads);
	module_native(m, "is_autocast_cpu_enabled", is_autocast_cpu_enabled);
	module_native(m, "_set_autocast_cpu", set_autocast_cpu_enabled);
	module_native(m, "is_tensor", is_tensor);
	module_native(m, "_is_tracing", tracing_state);
}
