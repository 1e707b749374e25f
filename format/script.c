// SPDX-License-Identifier: BSD-3-Clause
// What an archive's code consists of: unique names, and a queue of definitions still to be written.
#include "format/script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void script_init(Script *c, ScriptTarget target, Error *err)
{
	*c = (Script){.target = target, .version = 3, .err = err};
}

void script_free(Script *c)
{
	for (int i = 0; i < c->nfiles; i++)
		text_free(&c->files[i]->text);
	for (int i = 0; i < c->nconstants; i++)
		ivalue_unref(&c->constants[i]);
	free(c->constants);
	map_free(&c->by_address);
	map_free(&c->by_name);
	map_free(&c->qualifiers);
	map_free(&c->folders);
	map_free(&c->constant_index);
	arena_free(&c->arena);
}

bool script_type_is_native(const Type *t)
{
	return t->kind == TYPE_CLASS && (t->cls->native || !strncmp(t->name, "__torch__.torch.classes.", 24));
}

// The name made of identifiers that no reader takes for something else, below __torch__.
static char *clean_name(const char *name)
{
	Text out = {0};
	if (strncmp(name, "__torch__.", 10))
		text_add(&out, "__torch__.");
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, ".");
		Text atom = {0};
		if (!n || isdigit((unsigned char)*p))
			text_addc(&atom, '_');
		for (size_t i = 0; i < n; i++)
			text_addc(&atom, isalnum((unsigned char)p[i]) || p[i] == '_' ? p[i] : '_');
		if (strcmp(text_str(&atom), "__torch__") && !script_is_identifier(text_str(&atom)))
			text_addc(&atom, '_');
		text_add(&out, text_str(&atom));
		text_free(&atom);
		p += n;
		if (*p == '.' && *++p)
			text_addc(&out, '.');
	}
	return text_take(&out);
}

// Where in the name a component starts that is taken: the last one if the name itself is, or is a folder of names; an
// earlier one if that is no folder but a class.  NULL if the name is free.
static const char *taken_component(const Script *c, const char *name)
{
	const char *start = name;
	for (const char *p = name;; p++) {
		if (*p && *p != '.')
			continue;
		if (map_getn(&c->by_name, name, (size_t)(p - name)))
			return start;
		if (!*p)
			return map_has(&c->folders, name) ? start : NULL;
		start = p + 1;
	}
}

// Two that would have one name are told apart by an atom before the component that is taken.
static const char *unique_name(Script *c, const char *wanted)
{
	char *base = clean_name(wanted);
	const char *name = arena_strdup(&c->arena, base), *at;
	for (int i = 0; (at = taken_component(c, name)); i++) {
		int end = (int)(at - name), before = end - 1;
		while (before > 0 && name[before - 1] != '.')
			before--;
		if (before > 0 && !strncmp(name + before, "___torch_mangle_", 16))
			end = before; // another number instead
		name = arena_printf(&c->arena, "%.*s___torch_mangle_%d.%s", end, name, i, at);
	}
	free(base);
	return name;
}

static void add_folders(Script *c, const char *qualifier)
{
	for (const char *p = qualifier; *p; p++)
		if (p[1] == '.' || !p[1])
			map_setn(&c->folders, qualifier, (size_t)(p + 1 - qualifier), c);
}

static const char *define(Script *c, const void *address, const Type *type, Function *fn, const char *wanted)
{
	Definition *d = map_getn(&c->by_address, (const char *)&address, sizeof address);
	if (d)
		return d->name;
	d = arena_new(&c->arena, Definition);
	d->type = type;
	d->fn = fn;
	d->name = unique_name(c, wanted);
	map_setn(&c->by_address, (const char *)&address, sizeof address, d);
	map_set(&c->by_name, d->name, d);
	const char *dot = strrchr(d->name, '.');
	const char *qualifier = arena_strndup(&c->arena, d->name, (size_t)(dot - d->name));
	if (!map_has(&c->qualifiers, qualifier)) {
		SourceFile *f = arena_new(&c->arena, SourceFile);
		f->qualifier = qualifier;
		map_set(&c->qualifiers, qualifier, f);
		add_folders(c, qualifier);
		ARENA_PUSH(&c->arena, c->files, c->nfiles, c->cap_files, f);
	}
	ARENA_PUSH(&c->arena, c->queue, c->n, c->cap, d);
	return d->name;
}

const char *script_type_name(Script *c, const Type *t)
{
	return script_type_is_native(t) ? t->name : define(c, t, t, NULL, t->name);
}

const char *script_function_name(Script *c, Function *fn)
{
	return define(c, fn, NULL, fn, fn->name);
}

Status script_write(Script *c)
{
	while (c->next < c->n) {
		const Definition *d = c->queue[c->next++];
		const char *dot = strrchr(d->name, '.');
		SourceFile *f = map_getn(&c->qualifiers, d->name, (size_t)(dot - d->name));
		Text text = {0};
		Status s = script_definition(c, d, &text);
		if (s == STATUS_OK)
			text_addn(&f->text, text_str(&text), text.size);
		text_free(&text);
		TRY(s);
	}
	return STATUS_OK;
}
