// SPDX-License-Identifier: BSD-3-Clause
// What the modules warnings and inspect cannot do in Python: giving a text to the host, and reading a function's
// parameters.
#include "frontend/build/types.h"

#include <stdio.h>

static Status warnings_emit(Build *b, const PyArgs *a, IValue *out)
{
	const char *text;
	TRY(args_parse(b, a, "_emit", "text:s", &text));
	if (b->x.warn)
		b->x.warn(b->x.user, text);
	else
		fprintf(stderr, "%s\n", text);
	*out = iv_none();
	return STATUS_OK;
}

Status warnings_module_init(Build *b, PyModule *m)
{
	(void)b;
	module_native(m, "_emit", warnings_emit);
	return STATUS_OK;
}

// [(name, kind, has_default, default), …] with the kinds numbered as inspect numbers them.
static Status inspect_parameters(Build *b, const PyArgs *a, IValue *out)
{
	static const int kinds[] = {
		[PARAM_POSONLY] = 0, [PARAM_PLAIN] = 1, [PARAM_VARARGS] = 2, [PARAM_KWONLY] = 3, [PARAM_KWARGS] = 4,
	};
	if (a->npos != 1 || !py_is(a->pos[0], PY_FUNCTION))
		return py_raise(b, "TypeError", "a function written in Python is expected");
	const PyFunction *f = PY_AS(PyFunction, a->pos[0]);
	IValue list = py_list(b, f->params ? f->params->n : 0);
	for (int i = 0; f->params && i < f->params->n; i++) {
		const Param *p = &f->params->items[i];
		bool has = f->defaults && f->defaults[i].tag != TAG_UNINIT;
		IValue row[4] = {py_name(b, p->name), iv_int(kinds[p->kind]), iv_bool(has), has ? f->defaults[i] : iv_none()};
		Status st = list_append_take(list.list, py_tuple_of(b, row, 4), b->x.err);
		if (st != STATUS_OK) {
			ivalue_unref(&list);
			return st;
		}
	}
	*out = list;
	return STATUS_OK;
}

Status inspect_module_init(Build *b, PyModule *m)
{
	(void)b;
	module_native(m, "_parameters", inspect_parameters);
	return STATUS_OK;
}
