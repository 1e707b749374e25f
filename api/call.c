// SPDX-License-Identifier: BSD-3-Clause
// Calling methods and evaluating expressions.
#include "api/handles.h"

#include "core/arena.h"
#include "frontend/frontend.h"
#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

wick_status wick_call_kw(wick_context *cx, wick_model *model, const char *method, wick_value *const *args, int nargs,
	const char *const *names, wick_value *const *kwargs, int nkwargs, wick_value **out)
{
	Call c;
	Object *self;
	Function *f;
	call_begin(&c, cx);
	*out = NULL;
	Status s = model_find_method(cx, model, method, &self, &f);
	if (s == STATUS_OK) {
		IValue *list = xcalloc((size_t)(nargs + nkwargs), sizeof *list), ret = iv_none();
		for (int i = 0; i < nargs; i++)
			list[i] = args[i]->v;
		for (int i = 0; i < nkwargs; i++)
			list[nargs + i] = kwargs[i]->v;
		s = interp_call_host(&c.exec, f, iv_take_object(self), list, nargs, names, list + nargs, nkwargs, &ret);
		if (s == STATUS_OK)
			*out = value_box(ret);
		free(list);
	}
	return call_end(&c, s);
}

wick_status wick_call(wick_context *cx, wick_model *model, const char *method, wick_value *const *args, int nargs,
	wick_value **out)
{
	return wick_call_kw(cx, model, method, args, nargs, NULL, NULL, 0, out);
}

wick_status wick_eval(wick_context *cx, const char *expression, wick_value **out)
{
	Call c;
	call_begin(&c, cx);
	*out = NULL;
	Unit *u = unit_new();
	Source *src = source_new("<argument>", expression, strlen(expression));
	Function *f = NULL;
	IValue ret = iv_none();
	Status s = frontend_compile_expr(u, "argument", src, &f, &cx->err);
	if (s == STATUS_OK)
		s = interp_call(&c.exec, f, NULL, 0, &ret);
	if (s == STATUS_OK)
		*out = value_box(ret);
	source_unref(&src);
	unit_unref(&u);
	return call_end(&c, s);
}
