// SPDX-License-Identifier: BSD-3-Clause
// Modules: where an import finds them, and what is found when it does not.
//
// In order: sys.modules; parts written in C and texts embedded in the library, which share a namespace; files beside
// the main file, or in the package that it belongs to.  A name that none of these has becomes an absent module: its
// attributes are absent modules too, and the error comes where one of them is called, subclassed or calculated with.
// Inside a `try` that handles ImportError the import itself fails, as such code expects.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct LibModule { const char *name, *path; bool package; const char *text; };
extern const struct LibModule lib_modules[];

#define NATIVE_MODULE(name, init) Status init(Build *b, PyModule *m);
#include "frontend/build/native_modules.def"
#undef NATIVE_MODULE
static const struct { const char *name; ModuleInit init; } native_modules[] = {
#define NATIVE_MODULE(name, init) {name, init},
#include "frontend/build/native_modules.def"
#undef NATIVE_MODULE
	{NULL, NULL},
};

enum { NAME_MAX_BYTES = 4096 };

// ---- module objects

PyModule *py_module_new(Build *b, const char *name)
{
	PyModule *m = py_new(b, PY_MODULE, sizeof *m);
	m->name = ivalue_ref(py_name(b, name));
	m->ns = dict_new(&type_any, &type_any);
	m->file = iv_none();
	module_set_take(m, "__name__", ivalue_ref(m->name));
	return m;
}

void module_set_take(PyModule *m, const char *name, IValue v)
{
	(void)dict_set_take(m->ns, ivalue_ref(py_name(m->o.b, name)), v, NULL);
}

void module_native(PyModule *m, const char *name, NativeFn fn)
{
	Text path = {0};
	text_addf(&path, "%s.%s", m->name.str->s, name);
	module_set_take(m, name, py_native(m->o.b, text_str(&path), fn, NULL));
	text_free(&path);
}

PyModule *module_known(Build *b, const char *dotted)
{
	IValue *v = b->modules ? dict_find(b->modules, py_name(b, dotted)) : NULL;
	return v && py_is(*v, PY_MODULE) ? PY_AS(PyModule, *v) : NULL;
}

static Status remember(Build *b, PyModule *take)
{
	return dict_set_take(b->modules, ivalue_ref(take->name), py_value(take), b->x.err);
}

static PyModule *absent_new(Build *b, const char *name, const char *why)
{
	PyModule *m = py_module_new(b, name);
	m->is_absent = true;
	m->missing_why = py_intern(b, why)->s;
	return m;
}

IValue absent_part(Build *b, const PyModule *of, const char *name)
{
	return py_value(absent_new(b, name, of->missing_why));
}

Status absent_used(Build *b, const PyModule *m)
{
	if (strstr(m->missing_why, m->name.str->s))
		return py_raise(b, "ModuleNotFoundError", "%s", m->missing_why);
	return py_raise(b, "ModuleNotFoundError", "%s, and '%s' is used here", m->missing_why, m->name.str->s);
}

// ---- attributes

static Status import_name(Build *b, const char *dotted, PyModule **out);
static Status pending_run(Build *b, PyModule *m);

static bool is_private(const StrObj *s)
{
	return s->n > 2 && s->s[0] == '_' && s->s[1] == '_';
}

Status module_getattr(Build *b, PyModule *m, StrObj *name, IValue *out)
{
	*out = iv_none();
	if (!m->ns)
		return fail(b->x.err, STATUS_CANCELLED, "the program has ended");
	IValue *v = dict_find(m->ns, str_value(name));
	if (v) {
		*out = ivalue_ref(*v);
		return STATUS_OK;
	}
	if (name == TYPES_NAME(b, dict)) {
		*out = iv_take_dict(iv_ref_dict(m->ns));
		return STATUS_OK;
	}
	if (name == TYPES_NAME(b, class)) {
		*out = ivalue_ref(py_value(b->types->module));
		return STATUS_OK;
	}
	char dotted[NAME_MAX_BYTES];
	int n = snprintf(dotted, sizeof dotted, "%s.%s", m->name.str->s, name->s);
	if (m->is_absent && !is_private(name)) {
		if (n >= NAME_MAX_BYTES)
			return absent_used(b, m);
		PyModule *part = absent_new(b, dotted, m->missing_why);
		*out = py_value(part);
		return dict_set_take(m->ns, ivalue_ref(str_value(name)), ivalue_ref(*out), b->x.err);
	}
	v = dict_find(m->ns, str_value(TYPES_NAME(b, getattr)));
	if (v && py_is(*v, PY_FUNCTION)) {
		IValue arg = str_value(name), fn = ivalue_ref(*v);
		Status st = py_call(b, fn, &arg, 1, out);
		ivalue_unref(&fn);
		return st;
	}
	if (m->is_library && !is_private(name) && n < NAME_MAX_BYTES) {
		PyModule *sub;
		TRY(module_import(b, dotted, &sub));
		if (!sub->is_absent) {
			*out = ivalue_ref(py_value(sub));
			return STATUS_OK;
		}
	}
	if (m->pending && !is_private(name)) { // a package around the main file: what lies in it first, then its own text
		Status st = module_import_from(b, m, name, out);
		if (st == STATUS_OK || !py_exception_matches(b, st, "ImportError"))
			return st;
		py_discard(b);
	}
	if (name == TYPES_NAME(b, doc)) {
		*out = iv_none();
		return STATUS_OK;
	}
	return py_raise(b, "AttributeError", "%smodule '%s' has no attribute '%s'%s", m->loading ? "partially initialized " : "",
		m->name.str->s, name->s, m->loading ? " (most likely due to a circular import)" : "");
}

// ---- finding

static bool is_file(const char *path)
{
	struct stat s;
	return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool is_directory(const char *path)
{
	struct stat s;
	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static void path_set(PyModule *m, const char *dir)
{
	IValue list = py_list(m->o.b, 1);
	(void)list_append_take(list.list, iv_cstr(dir), NULL);
	module_set_take(m, "__path__", list);
	m->is_package = true;
}

static const char *path_get(const PyModule *m)
{
	IValue *v = m->ns ? dict_find(m->ns, py_name(m->o.b, "__path__")) : NULL;
	if (!v || v->tag != TAG_LIST || !v->list->n || v->list->items[0].tag != TAG_STR)
		return NULL;
	return v->list->items[0].str->s;
}

static void package_set(PyModule *m)
{
	const char *name = m->name.str->s, *dot = strrchr(name, '.');
	IValue v = m->is_package ? ivalue_ref(m->name) : dot ? iv_str(name, (size_t)(dot - name)) : iv_cstr("");
	module_set_take(m, "__package__", v);
}

// Runs the text of a module that is in sys.modules; takes it out again when that fails.
static Status module_run(Build *b, PyModule *m, Source *src)
{
	IValue held = ivalue_ref(py_value(m));
	m->loading = true;
	Status st = build_stack_check(b);
	if (st == STATUS_OK)
		st = text_run(b, m, src, false);
	m->loading = false;
	if (st != STATUS_OK)
		dict_delete(b->modules, m->name);
	ivalue_unref(&held);
	return st;
}

const char *module_library_name(int i)
{
	int natives = (int)(sizeof native_modules / sizeof *native_modules) - 1;
	return i < natives ? native_modules[i].name : lib_modules[i - natives].name;
}

static Status library_load(Build *b, const char *dotted, PyModule **out)
{
	const struct LibModule *text = NULL;
	ModuleInit init = NULL;
	for (size_t i = 0; native_modules[i].name; i++)
		if (!strcmp(native_modules[i].name, dotted))
			init = native_modules[i].init;
	for (const struct LibModule *l = lib_modules; l->name && !text; l++)
		if (!strcmp(l->name, dotted))
			text = l;
	*out = NULL;
	if (!text && !init) { // a folder of modules without a text of its own
		size_t n = strlen(dotted);
		bool folder = false;
		for (const struct LibModule *l = lib_modules; l->name && !folder; l++)
			folder = !strncmp(l->name, dotted, n) && l->name[n] == '.';
		for (size_t i = 0; native_modules[i].name && !folder; i++)
			folder = !strncmp(native_modules[i].name, dotted, n) && native_modules[i].name[n] == '.';
		if (!folder)
			return STATUS_OK;
	}
	PyModule *m = *out = py_module_new(b, dotted);
	m->is_library = true;
	m->is_package = !text || text->package;
	package_set(m);
	TRY(remember(b, m));
	Status st = init ? init(b, m) : STATUS_OK;
	if (st == STATUS_OK && text) {
		Text name = {0};
		text_addf(&name, "<wick>/%s", text->path);
		Source *src = source_new(text_str(&name), text->text, strlen(text->text));
		text_free(&name);
		st = module_run(b, m, src);
		source_unref(&src);
	}
	return st;
}

static Status file_load(Build *b, const char *dotted, const char *dir, PyModule **out)
{
	const char *dot = strrchr(dotted, '.'), *last = dot ? dot + 1 : dotted;
	char path[PATH_MAX], package[PATH_MAX];
	*out = NULL;
	if (snprintf(package, sizeof package, "%s/%s", dir, last) >= PATH_MAX - 16)
		return STATUS_OK;
	bool is_package = true;
	snprintf(path, sizeof path, "%.*s/__init__.py", PATH_MAX - 16, package);
	if (!is_file(path)) {
		is_package = false;
		snprintf(path, sizeof path, "%.*s.py", PATH_MAX - 16, package);
		if (!is_file(path)) {
			if (!is_directory(package))
				return STATUS_OK;
			PyModule *m = *out = py_module_new(b, dotted); // a folder without __init__.py
			path_set(m, package);
			package_set(m);
			return remember(b, m);
		}
	}
	Source *src;
	TRY(files_may_import(b, path));
	TRY(source_read(path, &src, b->x.err));
	PyModule *m = *out = py_module_new(b, dotted);
	ivalue_set(&m->file, iv_cstr(path));
	module_set_take(m, "__file__", iv_cstr(path));
	if (is_package)
		path_set(m, package);
	package_set(m);
	Status st = remember(b, m);
	if (st == STATUS_OK)
		st = module_run(b, m, src);
	source_unref(&src);
	return st;
}

static Status pending_run(Build *b, PyModule *m)
{
	Source *src;
	if (!m->pending)
		return STATUS_OK;
	m->pending = false;
	TRY(files_may_import(b, m->file.str->s));
	TRY(source_read(m->file.str->s, &src, b->x.err));
	Status st = module_run(b, m, src);
	source_unref(&src);
	return st;
}

static Status load(Build *b, const char *dotted, PyModule *parent, PyModule **out)
{
	*out = NULL;
	if (!parent || parent->is_library)
		TRY(library_load(b, dotted, out));
	if (*out || (parent && parent->is_library))
		return STATUS_OK;
	if (parent) {
		const char *dir = path_get(parent);
		return dir ? file_load(b, dotted, dir, out) : STATUS_OK;
	}
	TRY(file_load(b, dotted, b->main_dir ? b->main_dir : ".", out));
	return STATUS_OK;
}

static Status import_name(Build *b, const char *dotted, PyModule **out)
{
	PyModule *m = module_known(b, dotted);
	if (m) {
		*out = m;
		return STATUS_OK;
	}
	const char *dot = strrchr(dotted, '.');
	PyModule *parent = NULL;
	if (strlen(dotted) >= NAME_MAX_BYTES)
		return py_raise(b, "ImportError", "module name is too long");
	if (dot) {
		char *outer = xstrndup(dotted, (size_t)(dot - dotted));
		Status st = build_stack_check(b);
		if (st == STATUS_OK)
			st = import_name(b, outer, &parent);
		free(outer);
		TRY(st);
		m = module_known(b, dotted); // the parent's text may have imported it
		if (m) {
			*out = m;
			return STATUS_OK;
		}
	}
	if (parent && parent->is_absent) {
		IValue v;
		TRY(module_getattr(b, parent, py_intern(b, dot + 1), &v));
		*out = PY_AS(PyModule, v);
		ivalue_unref(&v); // the parent holds it
		return STATUS_OK;
	}
	TRY(load(b, dotted, parent, &m));
	if (!m) {
		char why[NAME_MAX_BYTES + 64];
		snprintf(why, sizeof why, "No module named '%s'", dotted);
		m = absent_new(b, dotted, why);
		TRY(remember(b, m));
	} else if (parent && parent->ns) {
		TRY(dict_set_take(parent->ns, ivalue_ref(py_name(b, dot + 1)), ivalue_ref(py_value(m)), b->x.err));
	}
	*out = m;
	return STATUS_OK;
}

Status module_import(Build *b, const char *dotted, PyModule **out)
{
	*out = NULL;
	return import_name(b, dotted, out);
}

Status module_import_from(Build *b, PyModule *m, StrObj *name, IValue *out)
{
	*out = iv_none();
	for (int round = 0; round < 2; round++) {
		IValue *v = m->ns ? dict_find(m->ns, str_value(name)) : NULL;
		if (v) {
			*out = ivalue_ref(*v);
			return STATUS_OK;
		}
		bool found;
		if (m->is_absent || (m->ns && dict_find(m->ns, str_value(TYPES_NAME(b, getattr))))) {
			TRY(py_getattr_opt(b, py_value(m), name, out, &found));
			if (found)
				return STATUS_OK;
		}
		char dotted[NAME_MAX_BYTES];
		bool fits = snprintf(dotted, sizeof dotted, "%s.%s", m->name.str->s, name->s) < NAME_MAX_BYTES;
		if (fits && (m->is_package || m->is_library)) {
			PyModule *sub;
			TRY(import_name(b, dotted, &sub));
			if (!sub->is_absent) {
				*out = ivalue_ref(py_value(sub));
				return STATUS_OK;
			}
			dict_delete(b->modules, py_name(b, dotted));
		}
		if (!m->pending)
			break;
		TRY(pending_run(b, m));
	}
	if (m->loading)
		return py_raise(b, "ImportError", "cannot import name '%s' from partially initialized module '%s' "
			"(most likely due to a circular import)", name->s, m->name.str->s);
	if (m->file.tag == TAG_STR)
		return py_raise(b, "ImportError", "cannot import name '%s' from '%s' (%s)", name->s, m->name.str->s, m->file.str->s);
	return py_raise(b, "ImportError", "cannot import name '%s' from '%s'", name->s, m->name.str->s);
}

// ---- the main file

// A main file that lies in a package can import relatively.  The packages around it are known from the start, but their
// own texts run only when something of them is asked for.
void module_place_main(Build *b, PyModule *m)
{
	char dir[PATH_MAX], init[PATH_MAX + 16], name[NAME_MAX_BYTES] = "";
	module_set_take(m, "__package__", iv_cstr(""));
	if (m->file.tag != TAG_STR || !realpath(b->main_dir, dir))
		return;
	for (;;) {
		snprintf(init, sizeof init, "%s/__init__.py", dir);
		char *slash = strrchr(dir, '/');
		if (!is_file(init) || !slash || slash == dir)
			break;
		char longer[NAME_MAX_BYTES];
		if (snprintf(longer, sizeof longer, "%s%s%s", slash + 1, *name ? "." : "", name) >= NAME_MAX_BYTES)
			return;
		memcpy(name, longer, sizeof name);
		*slash = '\0';
	}
	if (!*name || b->package_root)
		return;
	b->package_root = xstrdup(dir);
	module_set_take(m, "__package__", iv_cstr(name));
	for (size_t at = 0;; at++) {
		if (name[at] != '.' && name[at] != '\0')
			continue;
		char *outer = xstrndup(name, at), path[PATH_MAX + NAME_MAX_BYTES + 16];
		snprintf(path, sizeof path, "%s/%s", dir, outer);
		for (char *c = path + strlen(dir) + 1; *c; c++)
			if (*c == '.')
				*c = '/';
		if (!module_known(b, outer)) {
			PyModule *package = py_module_new(b, outer);
			path_set(package, path);
			package_set(package);
			strcat(path, "/__init__.py");
			ivalue_set(&package->file, iv_cstr(path));
			package->pending = true;
			(void)remember(b, package);
		}
		free(outer);
		if (name[at] == '\0')
			break;
	}
}

// ---- statements

static Status guarded(Frame *f, const PyModule *m)
{
	if (m->is_absent && f->import_guard > 0)
		return py_raise(f->b, "ModuleNotFoundError", "%s", m->missing_why);
	return STATUS_OK;
}

static Status import_plain(Frame *f, Stmt *s)
{
	Build *b = f->b;
	for (int i = 0; i < s->nnames; i++) {
		ImportName *n = &s->names[i];
		PyModule *m;
		TRY(module_import(b, n->name, &m));
		TRY(guarded(f, m));
		const char *dot = strchr(n->name, '.');
		if (!n->as && dot) {
			char *top = xstrndup(n->name, (size_t)(dot - n->name));
			m = module_known(b, top);
			free(top);
		}
		TRY(place_store_take(f, &n->place, m ? ivalue_ref(py_value(m)) : iv_none()));
	}
	return STATUS_OK;
}

// The absolute name of `from ..a import b`.
static Status relative_name(Frame *f, const Stmt *s, char *out, size_t size)
{
	Build *b = f->b;
	IValue *v = dict_find(f->globals, py_name(b, "__package__"));
	const char *package = v && v->tag == TAG_STR ? v->str->s : "";
	size_t n = strlen(package);
	for (int i = 1; i < s->level; i++) {
		while (n > 0 && package[n - 1] != '.')
			n--;
		if (n == 0)
			return py_raise(b, "ImportError", "attempted relative import beyond top-level package");
		n--;
	}
	if (n + strlen(s->module) + 2 > size)
		return py_raise(b, "ImportError", "module name is too long");
	snprintf(out, size, "%.*s%s%s", (int)n, package, n && *s->module ? "." : "", s->module);
	return STATUS_OK;
}

static Status import_star(Frame *f, PyModule *m)
{
	Build *b = f->b;
	if (m->is_absent || !m->ns)
		return STATUS_OK;
	TRY(pending_run(b, m));
	IValue *all = dict_find(m->ns, str_value(TYPES_NAME(b, all)));
	DictObj *into = f->ns ? f->ns : f->globals;
	if (all && (all->tag == TAG_LIST || all->tag == TAG_TUPLE)) {
		IValue names = ivalue_ref(*all), v;
		int64_t n = names.tag == TAG_LIST ? names.list->n : names.tuple->n;
		Status st = STATUS_OK;
		for (int64_t i = 0; i < n && st == STATUS_OK; i++) {
			IValue name = names.tag == TAG_LIST ? names.list->items[i] : names.tuple->items[i];
			if (name.tag != TAG_STR) {
				st = py_raise(b, "TypeError", "Item in %s.__all__ must be str, not %s", m->name.str->s, py_type_name(b, name));
				break;
			}
			StrObj *key = py_intern_n(b, name.str->s, (size_t)name.str->n);
			bool found;
			IValue *own = dict_find(m->ns, str_value(key));
			if (own) {
				v = ivalue_ref(*own);
			} else {
				st = m->is_package || m->is_library ? module_import_from(b, m, key, &v) :
					py_getattr_opt(b, py_value(m), key, &v, &found);
				if (st == STATUS_OK && !m->is_package && !m->is_library && !found)
					st = py_raise(b, "AttributeError", "module '%s' has no attribute '%s'", m->name.str->s, key->s);
				if (st != STATUS_OK)
					break;
			}
			st = dict_set_take(into, ivalue_ref(str_value(key)), v, b->x.err);
		}
		ivalue_unref(&names);
		return st;
	}
	for (int64_t i = 0; i < m->ns->used; i++) {
		const DictEntry *e = &m->ns->entries[i];
		if (e->live && e->key.tag == TAG_STR && e->key.str->s[0] != '_' && m->ns != into)
			TRY(dict_set_take(into, ivalue_ref(e->key), ivalue_ref(e->value), b->x.err));
	}
	return STATUS_OK;
}

static Status import_from(Frame *f, Stmt *s)
{
	Build *b = f->b;
	char name[NAME_MAX_BYTES];
	if (s->level == 0 && !strcmp(s->module, "__future__"))
		return STATUS_OK;
	const char *dotted = s->module;
	if (s->level) {
		TRY(relative_name(f, s, name, sizeof name));
		dotted = name;
	}
	PyModule *m = NULL;
	if (*dotted) {
		TRY(import_name(b, dotted, &m));
		TRY(guarded(f, m));
	}
	for (int i = 0; i < s->nnames; i++) {
		ImportName *n = &s->names[i];
		IValue v;
		if (!strcmp(n->name, "*")) {
			TRY(m ? import_star(f, m) : STATUS_OK);
			continue;
		}
		if (!m) { // `from . import x` of a main file that is in no package: a sibling
			PyModule *sibling;
			TRY(module_import(b, n->name, &sibling));
			TRY(guarded(f, sibling));
			TRY(place_store_take(f, &n->place, ivalue_ref(py_value(sibling))));
			continue;
		}
		Status st = module_import_from(b, m, py_intern(b, n->name), &v);
		if (st != STATUS_OK && m->is_library && f->import_guard == 0 && !m->loading && py_exception_matches(b, st, "ImportError")) {
			char part[NAME_MAX_BYTES], why[2 * NAME_MAX_BYTES]; // what the library lacks, too, is missed where it is used
			py_discard(b);
			snprintf(part, sizeof part, "%s.%s", m->name.str->s, n->name);
			snprintf(why, sizeof why, "cannot import name '%s' from '%s'", n->name, m->name.str->s);
			v = py_value(absent_new(b, part, why));
			st = STATUS_OK;
		}
		TRY(st);
		TRY(place_store_take(f, &n->place, v));
	}
	return STATUS_OK;
}

Status exec_import(Frame *f, const Stmt *s)
{
	return s->kind == ST_IMPORT ? import_plain(f, (Stmt *)s) : import_from(f, (Stmt *)s);
}
