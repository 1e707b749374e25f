// SPDX-License-Identifier: BSD-3-Clause
// class statements, the order of bases, and making instances.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

// ---- method resolution order

typedef struct Sequence { PyClass **items; int n; } Sequence;

static bool in_tail(const Sequence *lists, int nlists, const PyClass *c)
{
	for (int i = 0; i < nlists; i++)
		for (int k = 1; k < lists[i].n; k++)
			if (lists[i].items[k] == c)
				return true;
	return false;
}

// C3: merges the orders of the bases, keeping each one's.  One base has nothing to be merged with, and merging it with
// itself would take the square of a deep hierarchy.
static Status mro_make(Build *b, PyClass *c)
{
	if (c->nbases == 1) {
		const PyClass *base = c->bases[0];
		c->mro = xcalloc((size_t)base->nmro + 1, sizeof *c->mro);
		c->mro[0] = c;
		memcpy(c->mro + 1, base->mro, (size_t)base->nmro * sizeof *c->mro);
		c->nmro = base->nmro + 1;
		return STATUS_OK;
	}
	int nlists = c->nbases + 1, total = 1;
	Sequence *lists = xcalloc((size_t)nlists, sizeof *lists);
	for (int i = 0; i < c->nbases; i++) {
		lists[i] = (Sequence){c->bases[i]->mro, c->bases[i]->nmro};
		total += c->bases[i]->nmro;
	}
	lists[c->nbases] = (Sequence){c->bases, c->nbases};
	c->mro = xcalloc((size_t)total, sizeof(PyClass *));
	c->mro[c->nmro++] = c;
	Status st = STATUS_OK;
	for (;;) {
		PyClass *next = NULL;
		bool left = false;
		for (int i = 0; i < nlists && !next; i++) {
			if (!lists[i].n)
				continue;
			left = true;
			if (!in_tail(lists, nlists, lists[i].items[0]))
				next = lists[i].items[0];
		}
		if (!left)
			break;
		if (!next) {
			Text names = {0};
			for (int i = 0; i < c->nbases; i++)
				text_addf(&names, "%s%s", i ? ", " : "", c->bases[i]->name.str->s);
			st = py_raise(b, "TypeError", "Cannot create a consistent method resolution\norder (MRO) for bases %s",
				text_str(&names));
			text_free(&names);
			break;
		}
		c->mro[c->nmro++] = next;
		for (int i = 0; i < nlists; i++)
			if (lists[i].n && lists[i].items[0] == next) {
				lists[i].items++;
				lists[i].n--;
			}
	}
	free(lists);
	return st;
}

static PyClass *class_alloc(Build *b, const char *name, const char *qualname, IValue module)
{
	PyClass *c = py_new(b, PY_CLASS, sizeof *c);
	c->name = ivalue_ref(py_name(b, name));
	c->qualname = ivalue_ref(py_name(b, qualname));
	c->module = ivalue_ref(module);
	c->bases_tuple = iv_none();
	c->ns = dict_new(&type_any, &type_any);
	b->class_version++;
	return c;
}

static void bases_set(Build *b, PyClass *c, PyClass *const *bases, int n)
{
	IValue *items = xcalloc((size_t)n + 1, sizeof *items);
	c->bases = xcalloc((size_t)n + 1, sizeof *c->bases);
	c->nbases = n;
	for (int i = 0; i < n; i++) {
		c->bases[i] = bases[i];
		items[i] = py_value(bases[i]);
	}
	c->bases_tuple = py_tuple_of(b, items, n);
	free(items);
}

static void inherit_from(PyClass *c, const PyClass *base)
{
	c->is_exception |= base->is_exception;
	c->is_enum |= base->is_enum;
	c->is_named_tuple |= base->is_named_tuple;
	c->is_dataclass |= base->is_dataclass;
	c->is_abc |= base->is_abc;
	if (!c->meta && base->meta)
		c->meta = PY_AS(PyClass, ivalue_ref(py_value(base->meta)));
	c->slow_getattr |= base->slow_getattr;
	if (!c->make)
		c->make = base->make;
	if (c->payload == PAYLOAD_NONE)
		c->payload = base->payload;
}

PyClass *class_new(Build *b, const char *name, const char *qualname, IValue module, PyClass *const *bases, int nbases)
{
	PyClass *c = class_alloc(b, name, qualname, module);
	bases_set(b, c, bases, nbases);
	Status st = mro_make(b, c);
	for (int i = 1; i < c->nmro && st == STATUS_OK; i++) {
		const PyClass *base = c->mro[i];
		if (base->payload != PAYLOAD_NONE && c->payload != PAYLOAD_NONE && base->payload != c->payload &&
			base->payload != PAYLOAD_OTHER && c->payload != PAYLOAD_OTHER)
			st = py_raise(b, "TypeError", "multiple bases have instance lay-out conflict");
		inherit_from(c, base);
	}
	if (st != STATUS_OK) {
		IValue v = py_value(c);
		ivalue_unref(&v);
		return NULL;
	}
	return c;
}

// The order of a class again, after that of a base has changed.
static Status mro_renew(Build *b, PyClass *c)
{
	PyClass **old = c->mro;
	int n = c->nmro;
	c->mro = NULL;
	c->nmro = 0;
	Status st = mro_make(b, c);
	if (st != STATUS_OK) {
		free(c->mro);
		c->mro = old;
		c->nmro = n;
		return st;
	}
	free(old);
	for (int i = 1; i < c->nmro; i++)
		inherit_from(c, c->mro[i]);
	class_touch(b, c);
	return STATUS_OK;
}

// cls.__bases__ = value.  The order of derived classes would change with it: there may be none.
Status class_rebase(Build *b, PyClass *c, IValue value)
{
	if (value.tag != TAG_TUPLE || !value.tuple->n)
		return py_raise(b, "TypeError", "can only assign non-empty tuple to %s.__bases__, not %s", c->name.str->s,
			value.tag == TAG_TUPLE ? "()" : py_type_name(b, value));
	for (PyObj *o = b->objects.next; o != &b->objects; o = o->next)
		if (o->kind == PY_CLASS && o != &c->o && py_subclass((PyClass *)o, c))
			return py_raise(b, "TypeError", "__bases__ of '%s' cannot be assigned: '%s' is derived from it", c->name.str->s,
				((PyClass *)o)->name.str->s);
	int n = (int)value.tuple->n;
	PyClass **bases = xcalloc((size_t)n, sizeof *bases);
	Status st = STATUS_OK;
	for (int i = 0; i < n && st == STATUS_OK; i++) {
		IValue v = value.tuple->items[i];
		if (!py_is(v, PY_CLASS))
			st = py_raise(b, "TypeError", "%s.__bases__ must be tuple of classes, not '%s'", c->name.str->s,
				py_type_name(b, v));
		else if (py_subclass(PY_AS(PyClass, v), c))
			st = py_raise(b, "TypeError", "a __bases__ item causes an inheritance cycle");
		else
			bases[i] = PY_AS(PyClass, v);
	}
	if (st != STATUS_OK) {
		free(bases);
		return st;
	}
	PyClass **old = c->bases;
	int nold = c->nbases;
	IValue old_tuple = c->bases_tuple;
	bases_set(b, c, bases, n);
	free(bases);
	st = mro_renew(b, c);
	if (st != STATUS_OK) {
		free(c->bases);
		ivalue_unref(&c->bases_tuple);
		c->bases = old;
		c->nbases = nold;
		c->bases_tuple = old_tuple;
		return st;
	}
	free(old);
	ivalue_unref(&old_tuple);
	return st;
}

// ---- native classes

PyClass *py_native_class(Build *b, const char *path, PyClass *base, Payload payload, NativeFn make,
	const NativeMethod *methods)
{
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
	IValue module = dot ? py_name(b, py_intern_n(b, path, (size_t)(dot - path))->s) : py_name(b, "builtins");
	PyClass *c = class_alloc(b, name, name, module);
	PyClass *object = b->types ? b->types->object : NULL;
	if (!base)
		base = object;
	// without the builtin tuple class tuples can still be made
	bases_set(b, c, &base, base ? 1 : 0);
	c->mro = xcalloc((size_t)(base ? base->nmro : 0) + 1, sizeof(PyClass *));
	c->mro[c->nmro++] = c;
	for (int i = 0; base && i < base->nmro; i++)
		c->mro[c->nmro++] = base->mro[i];
	c->is_native = true;
	c->payload = payload;
	c->make = make;
	if (base)
		inherit_from(c, base);
	py_class_methods(b, c, methods);
	return c;
}

void py_class_property(Build *b, PyClass *c, const char *name, NativeFn get, NativeFn set)
{
	PyProperty *p = py_new(b, PY_PROPERTY, sizeof *p);
	char *path = xcalloc(1, (size_t)c->module.str->n + (size_t)c->qualname.str->n + strlen(name) + 3);
	strcat(strcat(strcat(strcat(strcat(path, c->module.str->s), "."), c->qualname.str->s), "."), name);
	NativeFn fns[2] = {get, set};
	IValue *to[2] = {&p->get, &p->set};
	for (int i = 0; i < 2; i++) {
		*to[i] = iv_none();
		if (!fns[i])
			continue;
		*to[i] = py_native(b, path, fns[i], NULL);
		PY_AS(PyNative, *to[i])->is_method = true;
		PY_AS(PyNative, *to[i])->receiver = strcmp(c->module.str->s, "builtins") ? NULL : c;
	}
	free(path);
	py_class_set_take(b, c, name, py_value(p));
}

void py_class_static(Build *b, PyClass *c, const char *name, NativeFn fn)
{
	char *path = xcalloc(1, (size_t)c->module.str->n + (size_t)c->qualname.str->n + strlen(name) + 3);
	strcat(strcat(strcat(strcat(strcat(path, c->module.str->s), "."), c->qualname.str->s), "."), name);
	PyWrapped *w = py_new(b, PY_STATICMETHOD, sizeof *w);
	w->fn = py_native(b, path, fn, NULL);
	free(path);
	py_class_set_take(b, c, name, py_value(w));
}

// ---- class statements

static bool is_typing(const PyClass *c, const char *name)
{
	return c->is_native && !strcmp(c->name.str->s, name) && !strcmp(c->module.str->s, "typing");
}

static Status base_class(Frame *f, IValue v, PyClass **out)
{
	Build *b = f->b;
	*out = NULL;
	if (py_is(v, PY_CLASS)) {
		*out = PY_AS(PyClass, v);
		return STATUS_OK;
	}
	if (py_is(v, PY_MODULE) && PY_AS(PyModule, v)->is_absent)
		return absent_used(b, PY_AS(PyModule, v));
	if (py_is(v, PY_TYPEFORM)) { // Generic[T], List[int]: the class behind them
		const char *ctor = PY_AS(PyTypeForm, v)->ctor;
		if (!strcmp(ctor, "Generic") || !strcmp(ctor, "Protocol"))
			return STATUS_OK;
		bool found;
		IValue origin;
		TRY(py_getattr_opt(b, v, TYPES_NAME(b, origin), &origin, &found));
		if (found && py_is(origin, PY_CLASS)) {
			*out = PY_AS(PyClass, origin);
			ivalue_unref(&origin); // the class is held by its module
			return STATUS_OK;
		}
		ivalue_unref(&origin);
	}
	return py_raise(b, "TypeError", "bases must be types, found a value of type '%s'", py_type_name(b, v));
}

static Status bases_find(Frame *f, const CallArgs *a, PyClass ***bases, int *n)
{
	*bases = xcalloc((size_t)a->npos + 1, sizeof **bases);
	*n = 0;
	for (int i = 0; i < a->npos; i++) {
		PyClass *c;
		TRY(base_class(f, a->pos[i], &c));
		for (int k = 0; k < *n && c; k++)
			if ((*bases)[k] == c)
				return py_raise(f->b, "TypeError", "duplicate base class %s", c->name.str->s);
		if (c && !is_typing(c, "Generic") && !is_typing(c, "Protocol"))
			(*bases)[(*n)++] = c;
	}
	if (*n == 0)
		(*bases)[(*n)++] = f->b->types->object;
	return STATUS_OK;
}

// Runs the body; *ns is its namespace.
static Status body_run(Frame *f, const ClassDef *d, IValue *ns, PyCell **own_cell)
{
	Build *b = f->b;
	const PyScope *s = d->scope;
	Frame body = {.b = b, .scope = s, .name = d->name, .module = f->module, .globals = f->globals, .result = iv_none(),
		.fn = NULL};
	IValue *module = dict_find(f->globals, str_value(TYPES_NAME(b, name)));
	*ns = py_dict(b);
	body.ns = ns->dict;
	TRY(dict_set_take(ns->dict, ivalue_ref(str_value(TYPES_NAME(b, module))), module ? ivalue_ref(*module) : iv_none(),
		b->x.err));
	TRY(dict_set_take(ns->dict, ivalue_ref(str_value(TYPES_NAME(b, qualname))),
		ivalue_ref(py_name(b, s->qualname ? s->qualname : d->name)), b->x.err));
	if (d->doc)
		TRY(dict_set_take(ns->dict, ivalue_ref(str_value(TYPES_NAME(b, doc))), iv_cstr(d->doc), b->x.err));
	body.slots = xcalloc((size_t)s->nslots + 1, sizeof *body.slots);
	body.cells = xcalloc((size_t)(s->ncells + s->nfree) + 1, sizeof *body.cells);
	for (int i = 0; i < s->nslots; i++)
		body.slots[i] = iv_uninit();
	for (int i = 0; i < s->ncells; i++) {
		body.cells[i] = py_new(b, PY_CELL, sizeof(PyCell));
		body.cells[i]->value = iv_uninit();
	}
	for (int i = 0; i < s->nfree; i++)
		body.cells[s->ncells + i] = f->cells[s->free[i]];
	frame_enter(b, &body);
	Flow flow = exec_block(&body, &d->body);
	Status st = flow == FLOW_FAIL ? body.status : STATUS_OK;
	if (flow != FLOW_FAIL && flow != FLOW_NEXT)
		st = py_raise(b, "SyntaxError", "'return' outside function");
	frame_leave(&body, st);
	*own_cell = s->class_cell >= 0 && s->class_cell < s->ncells ? body.cells[s->class_cell] : NULL;
	if (*own_cell)
		ivalue_ref(py_value(*own_cell));
	for (int i = 0; i < s->nslots; i++)
		ivalue_unref(&body.slots[i]);
	for (int i = 0; i < s->ncells; i++) {
		IValue v = py_value(body.cells[i]);
		ivalue_unref(&v);
	}
	ivalue_unref(&body.result);
	free(body.slots);
	free(body.cells);
	return st;
}

static void own_function(PyClass *c, IValue v, int depth)
{
	if (py_is(v, PY_FUNCTION)) {
		PyFunction *fn = PY_AS(PyFunction, v);
		if (!fn->owner)
			fn->owner = c;
	} else if (depth < 3 && (py_is(v, PY_STATICMETHOD) || py_is(v, PY_CLASSMETHOD))) {
		own_function(c, PY_AS(PyWrapped, v)->fn, depth + 1);
	} else if (depth < 3 && py_is(v, PY_PROPERTY)) {
		own_function(c, PY_AS(PyProperty, v)->get, depth + 1);
		own_function(c, PY_AS(PyProperty, v)->set, depth + 1);
		own_function(c, PY_AS(PyProperty, v)->del, depth + 1);
	}
}

// Functions that become class or static methods by their name, owners, __getattribute__.
static void namespace_adopt(Build *b, PyClass *c)
{
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(c->ns, &pos));) {
		own_function(c, e->value, 0);
		if (e->key.tag != TAG_STR || !py_is(e->value, PY_FUNCTION))
			continue;
		bool classmethod = e->key.str == TYPES_NAME(b, init_subclass) || e->key.str == TYPES_NAME(b, class_getitem);
		if (classmethod || e->key.str == TYPES_NAME(b, new)) {
			PyWrapped *w = py_new(b, classmethod ? PY_CLASSMETHOD : PY_STATICMETHOD, sizeof *w);
			w->fn = e->value;
			e->value = py_value(w);
		} else if (e->key.str == TYPES_NAME(b, getattribute)) {
			c->slow_getattr = true;
		}
	}
	// a class that defines __eq__ but no __hash__ has none
	if (dict_find(c->ns, str_value(TYPES_NAME(b, eq))) && !dict_find(c->ns, str_value(TYPES_NAME(b, hash))))
		(void)dict_set_take(c->ns, ivalue_ref(str_value(TYPES_NAME(b, hash))), iv_none(), b->x.err);
}

static Status set_names(Build *b, PyClass *c)
{
	for (int64_t i = 0; i < c->ns->used; i++) {
		DictEntry *e = &c->ns->entries[i];
		if (!e->live || !py_is(e->value, PY_INSTANCE) ||
			!class_find(b, PY_AS(PyInstance, e->value)->cls, TYPES_NAME(b, set_name)))
			continue;
		IValue args[2] = {py_value(c), e->key}, out, v = ivalue_ref(e->value);
		Status st = py_call_method(b, v, "__set_name__", args, 2, &out);
		ivalue_unref(&v);
		TRY(st);
		ivalue_unref(&out);
	}
	return STATUS_OK;
}

static Status init_subclass(Build *b, PyClass *c, const CallArgs *a)
{
	IValue names[64], values[64];
	int n = 0;
	for (int i = 0; i < a->nkw && n < 64; i++)
		if (strcmp(a->kwnames[i].str->s, "metaclass")) {
			names[n] = a->kwnames[i];
			values[n++] = a->kw[i];
		}
	IValue *hook = NULL;
	PyClass *where = NULL;
	for (int i = 1; i < c->nmro && !hook; i++) {
		where = c->mro[i];
		hook = dict_find(where->ns, str_value(TYPES_NAME(b, init_subclass)));
	}
	if (!hook || where->is_native) {
		if (n > 0 && !c->is_enum && !c->is_native)
			return py_raise(b, "TypeError", "%s.__init_subclass__() takes no keyword arguments", c->name.str->s);
		return STATUS_OK;
	}
	IValue fn, out;
	TRY(descriptor_bind(b, *hook, iv_uninit(), c, &fn));
	Status st = py_call_full(b, fn, &(PyArgs){.self = iv_none(), .kwnames = names, .kw = values, .nkw = n}, &out);
	ivalue_unref(&fn);
	if (st == STATUS_OK)
		ivalue_unref(&out);
	return st;
}

// ---- abstract classes

static bool is_abstract(Build *b, IValue v)
{
	if (py_is(v, PY_PROPERTY))
		return is_abstract(b, PY_AS(PyProperty, v)->get) || is_abstract(b, PY_AS(PyProperty, v)->set);
	if (py_is(v, PY_STATICMETHOD) || py_is(v, PY_CLASSMETHOD))
		v = PY_AS(PyWrapped, v)->fn;
	DictObj *attrs = py_is(v, PY_FUNCTION) ? PY_AS(PyFunction, v)->attrs : NULL;
	return attrs && dict_find(attrs, py_name(b, "__isabstractmethod__"));
}

static int by_name(const void *l, const void *r)
{
	return strcmp((*(StrObj *const *)l)->s, (*(StrObj *const *)r)->s);
}

// Names that stay abstract: marked here, or marked in a base and not redefined on the way.
static Status abstract_finish(Build *b, PyClass *c)
{
	StrObj **names = NULL;
	int n = 0, cap = 0;
	for (int i = 0; i < c->nmro; i++) {
		int64_t pos = 0;
		for (DictEntry *e; c->mro[i]->ns && (e = dict_next(c->mro[i]->ns, &pos));) {
			if (e->key.tag != TAG_STR || !is_abstract(b, e->value))
				continue;
			bool known = false;
			for (int k = 0; k < n; k++)
				known |= ivalue_key_equal(str_value(names[k]), e->key);
			IValue *now = py_class_lookup(c, e->key.str, NULL);
			if (!known && now && is_abstract(b, *now))
				VEC_PUSH(names, n, cap, e->key.str);
		}
	}
	if (n)
		qsort(names, (size_t)n, sizeof *names, by_name);
	TupleObj *t = tuple_new(n, NULL);
	for (int i = 0; i < n; i++)
		t->items[i] = ivalue_ref(str_value(names[i]));
	free(names);
	c->is_abstract = n > 0;
	class_touch(b, c);
	return dict_set_take(c->ns, ivalue_ref(py_name(b, "__abstractmethods__")), iv_take_tuple(t), b->x.err);
}

static Status abstract_refuse(Build *b, const PyClass *c)
{
	IValue *names = dict_find(c->ns, py_name(b, "__abstractmethods__"));
	Text t = {0};
	int64_t n = names && names->tag == TAG_TUPLE ? names->tuple->n : 0;
	for (int64_t i = 0; i < n; i++)
		text_addf(&t, "%s%s", i ? ", " : "", names->tuple->items[i].str->s);
	Status st = py_raise(b, "TypeError", "Can't instantiate abstract class %s with abstract method%s %s", c->name.str->s,
		n == 1 ? "" : "s", text_str(&t));
	text_free(&t);
	return st;
}

static Status metaclass_check(Build *b, const CallArgs *a)
{
	for (int i = 0; i < a->nkw; i++)
		if (!strcmp(a->kwnames[i].str->s, "metaclass") && py_is(a->kw[i], PY_CLASS)) {
			PyClass *m = PY_AS(PyClass, a->kw[i]);
			static const char *const making[] = {"__new__", "__init__", "__prepare__"};
			for (size_t k = 0; k < sizeof making / sizeof *making; k++) {
				PyClass *where = NULL;
				IValue *v = py_class_lookup(m, py_intern(b, making[k]), &where);
				if (v && !where->is_native)
					return py_raise(b, "NotImplementedError", "metaclasses that make the class are not supported: %s.%s",
						m->name.str->s, making[k]);
			}
		}
	return STATUS_OK;
}

static Status class_make(Frame *f, ClassDef *d, const CallArgs *a, IValue *out)
{
	Build *b = f->b;
	PyClass **bases = NULL;
	int nbases;
	TRY(metaclass_check(b, a));
	for (int i = 0; i < a->npos; i++) // a class that lacks its base is missed where it is used, but the main file's at once
		if (py_is(a->pos[i], PY_MODULE) && PY_AS(PyModule, a->pos[i])->is_absent && f->module != b->main) {
			*out = absent_part(b, PY_AS(PyModule, a->pos[i]), d->name);
			return STATUS_OK;
		}
	Status st = bases_find(f, a, &bases, &nbases);
	IValue ns = iv_none();
	PyCell *cell = NULL;
	if (st == STATUS_OK)
		st = body_run(f, d, &ns, &cell);
	PyClass *c = NULL;
	if (st == STATUS_OK) {
		IValue *module = dict_find(ns.dict, str_value(TYPES_NAME(b, module)));
		bool tuple = nbases == 1 && is_typing(bases[0], "NamedTuple");
		PyClass *made = NULL;
		if (tuple) // its fields make a class of tuples, from which this one takes over
			st = named_tuple_base(b, d->name, ns.dict, &made);
		if (st == STATUS_OK) {
			c = class_new(b, d->name, d->scope->qualname ? d->scope->qualname : d->name, module ? *module : iv_none(),
				tuple ? &made : bases, nbases);
			st = c ? STATUS_OK : STATUS_TYPE;
		}
		if (made) {
			IValue v = py_value(made);
			ivalue_unref(&v);
		}
	}
	free(bases);
	if (c) {
		IValue empty = iv_take_dict(c->ns);
		c->ns = iv_ref_dict(ns.dict);
		ivalue_unref(&empty);
		dict_delete(c->ns, str_value(TYPES_NAME(b, qualname)));
		c->def = d;
		c->globals = f->module;
		c->text = f->fn ? f->fn->text : NULL;
		for (CodeText *t = b->texts; t && !c->text; t = t->next)
			if (t->ast->src == d->name_at.src)
				c->text = t;
		c->ncells = d->scope->nfree;
		c->cells = c->ncells ? xcalloc((size_t)c->ncells, sizeof *c->cells) : NULL;
		for (int i = 0; i < c->ncells; i++)
			c->cells[i] = ivalue_ref(py_value(f->cells[d->scope->free[i]]));
		namespace_adopt(b, c);
		class_touch(b, c);
		if (cell)
			ivalue_set(&cell->value, ivalue_ref(py_value(c)));
		*out = py_value(c);
		for (int i = 0; i < a->nkw; i++)
			c->is_abc |= !strcmp(a->kwnames[i].str->s, "metaclass") && py_is(a->kw[i], PY_CLASS) &&
				!strcmp(PY_AS(PyClass, a->kw[i])->name.str->s, "ABCMeta");
		for (int i = 0; i < a->nkw; i++)
			if (!strcmp(a->kwnames[i].str->s, "metaclass") && py_is(a->kw[i], PY_CLASS)) {
				IValue old = c->meta ? py_value(c->meta) : iv_none();
				c->meta = PY_AS(PyClass, ivalue_ref(a->kw[i]));
				ivalue_unref(&old);
			}
		if (c->is_abc)
			st = abstract_finish(b, c);
		if (st == STATUS_OK && c->is_enum)
			st = enum_finish(b, c);
		if (st == STATUS_OK)
			st = set_names(b, c);
		if (st == STATUS_OK)
			st = init_subclass(b, c, a);
		if (st != STATUS_OK)
			ivalue_unref(out);
	}
	if (cell) {
		IValue v = py_value(cell);
		ivalue_unref(&v);
	}
	ivalue_unref(&ns);
	return st;
}

Status exec_class(Frame *f, const Stmt *s)
{
	ClassDef *d = s->cls;
	CallArgs a;
	IValue v;
	Decorators decorators;
	TRY(decorators_eval(f, &d->decorators, &decorators));
	Status st = call_args_eval(f, &d->bases, d->kw, d->nkw, py_value(f->b->types->type), &a);
	if (st == STATUS_OK)
		st = class_make(f, d, &a, &v);
	call_args_free(&a);
	st = decorators_apply(f, &d->decorators, &decorators, st, &v);
	return st == STATUS_OK ? place_store_take(f, &d->place, v) : st;
}

// ---- instances

static PyClass *native_base(const PyClass *c)
{
	for (int i = 0; i < c->nmro; i++)
		if (c->mro[i]->is_native && c->mro[i]->make)
			return c->mro[i];
	return NULL;
}

// An instance without __init__, by what its class derives from.
Status class_allocate(Build *b, PyClass *cls, const PyArgs *a, IValue *out)
{
	PyClass *base = native_base(cls);
	if (!base) {
		*out = py_instance(b, cls, iv_uninit());
		return STATUS_OK;
	}
	PyArgs args = *a;
	switch (cls->payload) {
	case PAYLOAD_NONE:
		*out = py_instance(b, cls, iv_uninit());
		return STATUS_OK;
	case PAYLOAD_EXCEPTION: case PAYLOAD_OTHER:
		args.self = py_value(cls);
		return base->make(b, &args, out);
	case PAYLOAD_LIST: case PAYLOAD_DICT: case PAYLOAD_SET:
		args = (PyArgs){.callee = a->callee};
		break;
	default:
		break;
	}
	IValue made;
	args.self = py_value(base);
	TRY(base->make(b, &args, &made));
	if (py_is(made, PY_INSTANCE) && PY_AS(PyInstance, made)->cls == cls) {
		*out = made;
		return STATUS_OK;
	}
	*out = py_instance(b, cls, ivalue_ref(py_unwrap(made)));
	ivalue_unref(&made);
	return STATUS_OK;
}

static Status call_init(Build *b, PyClass *cls, IValue self, IValue *args, int n, const IValue *kwnames, const IValue *kw,
	int nkw, bool own_new)
{
	IValue *slot = class_find(b, cls, TYPES_NAME(b, init));
	if (!slot)
		return STATUS_OK;
	IValue init = *slot, out;
	bool native = py_is(init, PY_NATIVE);
	if (native) {
		PyClass *where;
		py_class_lookup(cls, TYPES_NAME(b, init), &where);
		if (where == b->types->object) {
			if ((n || nkw) && !own_new && cls->payload == PAYLOAD_NONE)
				return py_raise(b, "TypeError", "%s() takes no arguments", cls->name.str->s);
			return STATUS_OK;
		}
	}
	ivalue_ref(init);
	Status st;
	if (native || py_is(init, PY_FUNCTION)) {
		IValue keep = args[-1];
		args[-1] = self;
		st = call_values(b, init, args - 1, n + 1, kwnames, kw, nkw, &out);
		args[-1] = keep;
	} else {
		IValue bound;
		st = descriptor_bind(b, init, self, cls, &bound);
		if (st == STATUS_OK) {
			st = call_values(b, bound, args, n, kwnames, kw, nkw, &out);
			ivalue_unref(&bound);
		}
	}
	ivalue_unref(&init);
	TRY(st);
	if (out.tag != TAG_NONE) {
		st = py_raise(b, "TypeError", "__init__() should return None, not '%s'", py_type_name(b, out));
		ivalue_unref(&out);
	}
	return st;
}

static Status meta_call(Build *b, PyClass *cls, IValue call, IValue *args, int n, const IValue *kwnames, const IValue *kw,
	int nkw, IValue *out)
{
	IValue keep = args[-1], fn = ivalue_ref(call);
	args[-1] = ivalue_ref(py_value(cls));
	cls->in_meta_call = true;
	Status st = call_values(b, fn, args - 1, n + 1, kwnames, kw, nkw, out);
	cls->in_meta_call = false;
	ivalue_unref(&args[-1]);
	args[-1] = keep;
	ivalue_unref(&fn);
	return st;
}

Status class_call(Build *b, PyClass *cls, IValue *args, int n, const IValue *kwnames, const IValue *kw, int nkw,
	IValue *out)
{
	PyArgs a = {.self = py_value(cls), .pos = args, .npos = n, .kwnames = kwnames, .kw = kw, .nkw = nkw};
	*out = iv_none();
	if (!cls->ns)
		return fail(b->x.err, STATUS_CANCELLED, "the program has ended");
	TRY(build_stack_check(b));
	if (cls->is_native && cls->make) {
		Status st = cls->make(b, &a, out);
		if (st != STATUS_OK)
			*out = iv_none();
		return st;
	}
	if (cls->meta && !cls->in_meta_call) { // what the metaclass says calling is; type.__call__ comes back here
		IValue *call = class_find(b, cls->meta, TYPES_NAME(b, call));
		if (call && py_is(*call, PY_FUNCTION))
			return meta_call(b, cls, *call, args, n, kwnames, kw, nkw, out);
	}
	if (cls->is_enum && !cls->is_native)
		return enum_call(b, cls, args, n, out);
	if (cls->is_abstract)
		return abstract_refuse(b, cls);
	IValue *new = class_find(b, cls, TYPES_NAME(b, new));
	IValue made;
	bool own_new = new && py_is(*new, PY_STATICMETHOD) && py_is(PY_AS(PyWrapped, *new)->fn, PY_FUNCTION);
	ivalue_ref(py_value(cls));
	Status st;
	if (own_new) {
		IValue keep = args[-1], fn = ivalue_ref(PY_AS(PyWrapped, *new)->fn);
		args[-1] = py_value(cls);
		st = call_values(b, fn, args - 1, n + 1, kwnames, kw, nkw, &made);
		args[-1] = keep;
		ivalue_unref(&fn);
	} else {
		st = class_allocate(b, cls, &a, &made);
	}
	if (st == STATUS_OK) {
		if (!own_new || py_subclass(py_type(b, made), cls))
			st = call_init(b, cls, made, args, n, kwnames, kw, nkw, own_new);
		if (st == STATUS_OK)
			*out = made;
		else
			ivalue_unref(&made);
	}
	IValue held = py_value(cls);
	ivalue_unref(&held);
	return st;
}
