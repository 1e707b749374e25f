// SPDX-License-Identifier: BSD-3-Clause
// wick_model_save.
#include "api/handles.h"

#include "format/model_save.h"

#include <stdlib.h>

// A frozen model is saved as it runs.
static Status save_model(wick_context *cx, wick_model *m, const char *path, const ModelSaveOptions *opt)
{
	int n = m->frozen.n;
	if (!n)
		return model_save(m->model, path, opt, &cx->err);
	if (!m->frozen_class) {
		Function **methods = xcalloc((size_t)n, sizeof *methods);
		for (int i = 0; i < n; i++)
			methods[i] = m->frozen.entries[i].value;
		Status s = frozen_class(m->model, methods, n, &m->frozen_class, &cx->err);
		free(methods);
		TRY(s);
	}
	Model *frozen = frozen_model(m->model, m->frozen_class);
	Status s = model_save(frozen, path, opt, &cx->err);
	model_unref(&frozen);
	return s;
}

static Status save(wick_context *cx, wick_model *model, const char *path, const wick_save_options *o)
{
	ModelSaveOptions opt = {0};
	if (!o)
		return save_model(cx, model, path, &opt);
	if (o->target && !script_target_parse(o->target, &opt.target))
		return fail(&cx->err, STATUS_ARGUMENT, "archives can be written for PyTorch 1.6, not for '%s'", o->target);
	SaveRecord *extra = xcalloc((size_t)o->extra_count + 1, sizeof *extra);
	for (int i = 0; i < o->extra_count; i++)
		extra[i] = (SaveRecord){o->extra_files[i].name, o->extra_files[i].data, o->extra_files[i].size};
	opt.extra = extra;
	opt.nextra = o->extra_count;
	Status s = save_model(cx, model, path, &opt);
	free(extra);
	return s;
}

wick_status wick_model_save(wick_context *cx, wick_model *model, const char *path, const wick_save_options *options)
{
	Call c;
	call_begin(&c, cx);
	return call_end(&c, save(cx, model, path, options));
}
