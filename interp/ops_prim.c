// SPDX-License-Identifier: BSD-3-Clause
// What a program says to its surroundings: printing, warnings, exceptions, futures, modes of the run.
#include "interp/ops.h"

#include "interp/code.h"

#include <stdio.h>
#include <stdlib.h>

static void print_text(Exec *x, const Text *t)
{
	if (x->print)
		x->print(x->user, text_str(t), t->size);
	else
		fwrite(text_str(t), 1, t->size, stdout);
}

KERNEL(prim_Print)
{
	Text t = {0};
	for (int i = 0; i < nargs; i++) {
		text_add(&t, i ? " " : "");
		ivalue_print(&t, args[i]);
	}
	text_addc(&t, '\n');
	print_text(x, &t);
	text_free(&t);
	return STATUS_OK;
}
KERNEL(_print)
{
	Text t = {0};
	text_addn(&t, args[0].str->s, (size_t)args[0].str->n);
	text_addc(&t, '\n');
	print_text(x, &t);
	text_free(&t);
	return STATUS_OK;
}

KERNEL(warn)
{
	if (x->warn)
		x->warn(x->user, arg_str(args[0]));
	else
		fprintf(stderr, "UserWarning: %s\n", arg_str(args[0]));
	return STATUS_OK;
}

KERNEL(prim_RaiseException)
{
	Status s = fail(x->err, STATUS_RAISED, "%s", arg_str(args[0]));
	if (nargs > 1 && arg_str(args[1]) && !x->err->exception)
		x->err->exception = xstrdup(arg_str(args[1]));
	return s;
}

KERNEL(_assert_scalar)
{
	bool truth = args[0].tag == TAG_FLOAT ? args[0].f != 0 : args[0].tag == TAG_COMPLEX || args[0].i != 0;
	return truth ? STATUS_OK : xfail(x, "%s", arg_str(args[1]));
}
static Status check_range(Exec *x, const IValue *args, int64_t least)
{
	int64_t v = arg_int(args[0]), low = arg_int_or(args[1], least), high = arg_int_or(args[2], INT64_MAX);
	if (v < low || v > high)
		return xfail(x, "Invalid value range for %lld between [%lld, %lld].", (long long)v, (long long)low,
			(long long)high);
	return STATUS_OK;
}
KERNEL(sym_constrain_range) { return check_range(x, args, INT64_MIN); }
KERNEL(sym_constrain_range_for_size) { return check_range(x, args, 0); }

KERNEL(wait) { return future_wait(x, args[0], &rets[0]); }
KERNEL(prim_awaitable_wait) { return future_wait(x, args[0], &rets[0]); }
KERNEL(prim_awaitable_nowait) { return ret_value(rets, iv_take_future(ivalue_ref(args[0]))); }

KERNEL(save)
{
	return fail(x->err, STATUS_UNSUPPORTED, "a model may not write files (torch.save to '%s')", arg_str(args[1]));
}

// ---- modes

KERNEL(set_grad_enabled)
{
	x->grad_enabled = arg_bool(args[0]);
	return STATUS_OK;
}
KERNEL(is_grad_enabled) { return ret_bool(rets, x->grad_enabled); }
KERNEL(is_autocast_enabled) { return ret_bool(rets, x->autocast_cpu); }
KERNEL(is_autocast_cpu_enabled) { return ret_bool(rets, x->autocast_cpu); }
KERNEL(get_autocast_dtype)
{
	return ret_int(rets, !strcmp(arg_str(args[0]), "cpu") ? DT_BF16 : DT_F16);
}

// torch.autograd.profiler.record_function: a range in a profile, which nobody takes here.
KERNEL(record_function_enter)
{
	Tensor *t;
	int64_t none = 0;
	TRY(tensor_empty(DT_F32, &none, 1, &t, x->err));
	return ret_tensor(rets, t);
}
KERNEL(record_function_enter_new) { return ret_value(rets, iv_take_tuple(tuple_new(0, NULL))); }
KERNEL(record_function_exit) { return STATUS_OK; }
KERNEL(record_function_future) { return ret_value(rets, ivalue_ref(args[1])); }

KERNEL(is_scripting) { return ret_bool(rets, true); }
KERNEL(_get_tracing_state) { return ret_bool(rets, false); }
KERNEL(has_torch_function) { return ret_bool(rets, false); }
KERNEL(_get_cpu_capability) { return ret_value(rets, iv_cstr("DEFAULT")); }
KERNEL(is_vulkan_available) { return ret_bool(rets, false); }
