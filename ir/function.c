// SPDX-License-Identifier: BSD-3-Clause
// Units and their functions: creation, compilation on demand, destruction.
#include "ir/function.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

Unit *unit_new(void)
{
	Unit *u = xcalloc(1, sizeof *u);
	u->refs = 1;
	u->pool = type_pool_new();
	u->version = 10;
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	u->mutex = xmalloc(sizeof(pthread_mutex_t));
	pthread_mutex_init(u->mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	return u;
}

Unit *unit_ref(Unit *u)
{
	if (u)
		__atomic_fetch_add((uint32_t *)&u->refs, 1, __ATOMIC_RELAXED);
	return u;
}

static void function_free(Function *f)
{
	if (f->code && f->free_code)
		f->free_code(f->code);
	graph_free(&f->graph);
	if (f->schema)
		for (int i = 0; i < f->schema->nargs; i++)
			ivalue_unref(&f->schema->args[i].def);
	error_clear(&f->error);
}

void unit_unref(Unit **unit)
{
	Unit *u = *unit;
	*unit = NULL;
	if (!u || __atomic_fetch_sub((uint32_t *)&u->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	for (int i = 0; i < u->n; i++)
		function_free(u->list[i]);
	free(u->list);
	map_free(&u->functions);
	for (int i = 0; i < u->nconstants; i++)
		ivalue_unref(&u->constants[i]);
	free(u->constants);
	if (u->free_frontend)
		u->free_frontend(u->frontend);
	arena_free(&u->arena);
	type_pool_unref(&u->pool);
	pthread_mutex_destroy(u->mutex);
	free(u->mutex);
	free(u);
}

Function *unit_function(Unit *u, const char *qualified)
{
	return map_get(&u->functions, qualified);
}

Function *unit_add_function(Unit *u, const char *qualified, const Type *self)
{
	Function *f = arena_new(&u->arena, Function);
	f->name = arena_strdup(&u->arena, qualified);
	const char *dot = strrchr(f->name, '.');
	f->short_name = dot ? dot + 1 : f->name;
	f->unit = u;
	f->self = self;
	map_set(&u->functions, qualified, f);
	VEC_PUSH(u->list, u->n, u->cap, f);
	return f;
}

static Status repeat_error(const Error *from, Error *err)
{
	Status st = fail(err, from->code, "%s", from->message ? from->message : "compilation failed");
	if (!err)
		return st;
	for (int i = 0; i < from->nframes; i++)
		error_push_frame(err, from->frames[i].range, from->frames[i].function);
	if (from->exception && !err->exception)
		err->exception = xstrdup(from->exception);
	err->is_compile = from->is_compile;
	return st;
}

Status function_ensure(Function *f, Error *err)
{
	if (f->state == 2)
		return STATUS_OK;
	pthread_mutex_lock(f->unit->mutex);
	Status st = STATUS_OK;
	if (f->state == 0) {
		f->state = 1;
		if (f->define)
			st = f->define(f, &f->error);
		else if (!f->graph)
			st = fail(&f->error, STATUS_INTERNAL, "function '%s' has no definition", f->name);
		f->state = st == STATUS_OK ? 2 : 3;
	} else if (f->state == 1) { // this thread holds the lock, so it came here through its own define
		st = fail(err, STATUS_COMPILE, "function '%s' is called recursively. Recursive calls are not supported",
			f->short_name);
		pthread_mutex_unlock(f->unit->mutex);
		return st;
	}
	if (f->state == 3)
		st = repeat_error(&f->error, err);
	pthread_mutex_unlock(f->unit->mutex);
	return st;
}
