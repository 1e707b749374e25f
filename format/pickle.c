// SPDX-License-Identifier: BSD-3-Clause
// The pickle machine: a table of opcodes, a stack, marks and a memo.
#include "format/pickle.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/arena.h"
#include "format/file.h"
#include "format/pickle_machine.h"
#include "format/retype.h"

// A place on the stack or in the memo.
typedef struct Slot {
	IValue v;
	uint32_t memo;   // 1 + where a container was put; 0 = nowhere
	uint16_t depth;  // how deep containers nest below
	bool shut;       // a container that may not grow: it was taken from the memo
	bool token;      // a token, or a tuple with one inside
} Slot;

typedef struct Machine {
	PickleReader reader;
	PickleDialect dialect;
	const uint8_t *data;
	size_t size, at;
	Slot *stack;
	int n, cap;
	int *marks;
	int nmarks, cap_marks;
	Slot *memo;      // tag TAG_UNINIT = empty
	bool *taken;     // a BINGET has read this entry, ever
	size_t nmemo;
	bool stopped;
} Machine;

typedef struct Opcode {
	const char *name;
	unsigned dialects;
	Status (*run)(Machine *m);
} Opcode;

static void token_free(void *data)
{
	PickleToken *t = data;
	storage_unref(&t->storage);
	free(t->name);
	free(t);
}

IValue token_new(TokenKind kind, const char *name)
{
	PickleToken *t = xcalloc(1, sizeof *t);
	t->kind = kind;
	t->name = name ? xstrdup(name) : NULL;
	t->dtype = DT_NONE;
	CapsuleObj *c = xcalloc(1, sizeof *c);
	c->h.refs = 1;
	c->data = t;
	c->release = token_free;
	return (IValue){.capsule = c, .tag = TAG_CAPSULE};
}

PickleToken *token_of(IValue v)
{
	return v.tag == TAG_CAPSULE && v.capsule->release == token_free ? v.capsule->data : NULL;
}

#define mfail(m, ...) pickle_fail(&(m)->reader, __VA_ARGS__)

static Status token_misplaced(Machine *m, IValue v)
{
	const PickleToken *t = token_of(v);
	if (t && t->name)
		return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: '%s' is not a value that can be read; only tensors, "
			"numbers, strings and containers of them are", t->name);
	return mfail(m, "a storage or an unfinished object stands where a value was expected, before byte %zu", m->at);
}

// Operand bytes.
static Status take(Machine *m, size_t n, const uint8_t **p)
{
	*p = m->data;
	if (n > m->size - m->at)
		return mfail(m, "truncated: %zu more bytes are needed at byte %zu of %zu", n, m->at, m->size);
	*p = m->data + m->at;
	m->at += n;
	return STATUS_OK;
}

static void push_slot(Machine *m, Slot s)
{
	VEC_PUSH(m->stack, m->n, m->cap, s);
}

static void push(Machine *m, IValue v) // takes v
{
	push_slot(m, (Slot){.v = v, .token = token_of(v) != NULL});
}

// First stack place above the last mark.
static int floor_of(const Machine *m)
{
	return m->nmarks ? m->marks[m->nmarks - 1] : 0;
}

static Status need(Machine *m, int count)
{
	if (m->n - floor_of(m) < count)
		return mfail(m, "the stack is empty at byte %zu", m->at - 1);
	return STATUS_OK;
}

static Status pop_mark(Machine *m, int *first)
{
	*first = 0;
	if (!m->nmarks)
		return mfail(m, "there is no mark at byte %zu", m->at - 1);
	*first = m->marks[--m->nmarks];
	return STATUS_OK;
}

static void drop_to(Machine *m, int n)
{
	while (m->n > n)
		ivalue_unref(&m->stack[--m->n].v);
}

static Status grow_depth(Machine *m, Slot *into, const Slot *child)
{
	if (child->depth + 1 > PICKLE_MAX_DEPTH)
		return fail(m->reader.err, STATUS_LIMIT, "pickle: values are nested deeper than %d", PICKLE_MAX_DEPTH);
	if (child->depth + 1 > into->depth)
		into->depth = (uint16_t)(child->depth + 1);
	return STATUS_OK;
}

// A container on the stack that is about to get more items.
static Status open_container(Machine *m, Slot *s, Tag tag)
{
	if (s->v.tag != tag)
		return mfail(m, "a %s was expected at byte %zu", tag == TAG_LIST ? "list" : "dict", m->at - 1);
	if (s->shut || (s->memo && m->taken[s->memo - 1]))
		return mfail(m, "a %s grows at byte %zu after it was used (recursive values are refused)",
			tag == TAG_LIST ? "list" : "dict", m->at - 1);
	return STATUS_OK;
}

// The memo's copy of a container learns how deep it has become.
static void close_container(Machine *m, const Slot *s)
{
	if (s->memo && m->memo[s->memo - 1].v.tag == s->v.tag && m->memo[s->memo - 1].v.obj == s->v.obj)
		m->memo[s->memo - 1].depth = s->depth;
}

// Moves a stack place into a container; bare storages of torch.save files become tensors.
static Status take_value(Machine *m, Slot *from, Slot *into, IValue *out)
{
	const PickleToken *t = token_of(from->v);
	if (t && t->kind == TOKEN_STORAGE && m->dialect == PICKLE_SAVE) {
		ivalue_set(&from->v, pickle_storage_tensor(t));
		from->token = false;
	}
	if (from->token)
		return token_misplaced(m, from->v);
	TRY(grow_depth(m, into, from));
	*out = from->v;
	from->v = iv_none();
	return STATUS_OK;
}

static Status run_proto(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 1, &p));
	if (*p == 2 || (*p == 3 && m->dialect == PICKLE_SAVE))
		return STATUS_OK;
	return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: protocol %d; PyTorch writes protocol 2", *p);
}

static Status run_stop(Machine *m)
{
	TRY(need(m, 1));
	m->stopped = true;
	return STATUS_OK;
}

static Status run_none(Machine *m) { return push(m, iv_none()), STATUS_OK; }
static Status run_true(Machine *m) { return push(m, iv_bool(true)), STATUS_OK; }
static Status run_false(Machine *m) { return push(m, iv_bool(false)), STATUS_OK; }

static Status run_binint1(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 1, &p));
	push(m, iv_int(*p));
	return STATUS_OK;
}

static Status run_binint2(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 2, &p));
	push(m, iv_int(read_u16(p)));
	return STATUS_OK;
}

static Status run_binint(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 4, &p));
	push(m, iv_int((int32_t)read_u32(p)));
	return STATUS_OK;
}

static Status run_long1(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 1, &p));
	size_t n = *p;
	if (m->dialect == PICKLE_JIT && n != 8)
		return mfail(m, "an integer of %zu bytes at byte %zu; TorchScript archives use 8", n, m->at - 2);
	TRY(take(m, n, &p));
	bool negative = n && p[n - 1] & 0x80;
	uint64_t v = negative ? UINT64_MAX : 0;
	for (size_t i = n < 8 ? n : 8; i-- > 0;)
		v = v << 8 | p[i];
	// Beyond eight bytes only copies of the sign may follow.
	for (size_t i = 8; i < n; i++) {
		if (p[i] != (negative ? 0xff : 0) || (p[7] & 0x80) != (negative ? 0x80 : 0))
			return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: an integer of %zu bytes does not fit 64 bits", n);
	}
	push(m, iv_int((int64_t)v));
	return STATUS_OK;
}

static Status run_binfloat(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 8, &p));
	uint64_t bits = 0;
	for (int i = 0; i < 8; i++)
		bits = bits << 8 | p[i];
	double f;
	memcpy(&f, &bits, 8);
	push(m, iv_float(f));
	return STATUS_OK;
}

static Status push_string(Machine *m, uint64_t n)
{
	const uint8_t *p;
	if (n > m->size)
		n = SIZE_MAX; // reported by take
	TRY(take(m, (size_t)n, &p));
	push(m, iv_str((const char *)p, (size_t)n));
	return STATUS_OK;
}

static Status run_string1(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 1, &p));
	return push_string(m, *p);
}

static Status run_string4(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 4, &p));
	return push_string(m, read_u32(p));
}

static Status run_string8(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 8, &p));
	return push_string(m, read_u64(p));
}

// Makes a tuple of the stack from `first` on.  Tokens may be in it: it can be an argument list.
static Status make_tuple(Machine *m, int first)
{
	int n = m->n - first;
	Slot s = {0};
	for (int i = 0; i < n; i++) {
		TRY(grow_depth(m, &s, &m->stack[first + i]));
		s.token |= m->stack[first + i].token;
	}
	TupleObj *t = tuple_new(n, NULL);
	for (int i = 0; i < n; i++) {
		t->items[i] = m->stack[first + i].v;
		m->stack[first + i].v = iv_none();
	}
	m->n = first;
	s.v = iv_take_tuple(t);
	push_slot(m, s);
	return STATUS_OK;
}

static Status make_short_tuple(Machine *m, int n)
{
	TRY(need(m, n));
	return make_tuple(m, m->n - n);
}

static Status run_empty_tuple(Machine *m) { return make_short_tuple(m, 0); }
static Status run_tuple1(Machine *m) { return make_short_tuple(m, 1); }
static Status run_tuple2(Machine *m) { return make_short_tuple(m, 2); }
static Status run_tuple3(Machine *m) { return make_short_tuple(m, 3); }

static Status run_mark(Machine *m)
{
	VEC_PUSH(m->marks, m->nmarks, m->cap_marks, m->n);
	return STATUS_OK;
}

static Status run_tuple(Machine *m)
{
	int first;
	TRY(pop_mark(m, &first));
	return make_tuple(m, first);
}

static Status run_empty_list(Machine *m)
{
	push(m, iv_take_list(list_new(&type_any, 0)));
	return STATUS_OK;
}

static Status run_empty_dict(Machine *m)
{
	push(m, iv_take_dict(dict_new(&type_any, &type_any)));
	return STATUS_OK;
}

// Moves the stack from `first` on into the list at first - 1.
static Status append_items(Machine *m, int first)
{
	if (first - 1 < floor_of(m))
		return mfail(m, "there is no list below the items at byte %zu", m->at - 1);
	Slot *list = &m->stack[first - 1];
	TRY(open_container(m, list, TAG_LIST));
	TRY(list_reserve(list->v.list, list->v.list->n + (m->n - first), m->reader.err));
	for (int i = first; i < m->n; i++) {
		IValue v;
		TRY(take_value(m, &m->stack[i], list, &v));
		TRY(list_append_take(list->v.list, v, m->reader.err));
	}
	close_container(m, list);
	m->n = first;
	return STATUS_OK;
}

static Status set_items(Machine *m, int first)
{
	if (first - 1 < floor_of(m))
		return mfail(m, "there is no dict below the items at byte %zu", m->at - 1);
	if ((m->n - first) % 2)
		return mfail(m, "a dict gets a key without a value at byte %zu", m->at - 1);
	Slot *dict = &m->stack[first - 1];
	TRY(open_container(m, dict, TAG_DICT));
	for (int i = first; i < m->n; i += 2) {
		if (!pickle_is_key(m->dialect, m->stack[i].v) || m->stack[i].token)
			return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: a dict key before byte %zu is not a number, "
				"string, device, tensor or short tuple", m->at);
		IValue key, value;
		TRY(take_value(m, &m->stack[i], dict, &key));
		Status s = take_value(m, &m->stack[i + 1], dict, &value);
		if (s != STATUS_OK) {
			ivalue_unref(&key);
			return s;
		}
		TRY(dict_set_take(dict->v.dict, key, value, m->reader.err));
	}
	close_container(m, dict);
	m->n = first;
	return STATUS_OK;
}

static Status run_append(Machine *m)
{
	TRY(need(m, 2));
	return append_items(m, m->n - 1);
}

static Status run_appends(Machine *m)
{
	int first;
	TRY(pop_mark(m, &first));
	return append_items(m, first);
}

static Status run_setitem(Machine *m)
{
	TRY(need(m, 3));
	return set_items(m, m->n - 2);
}

static Status run_setitems(Machine *m)
{
	int first;
	TRY(pop_mark(m, &first));
	return set_items(m, first);
}

// LIST and DICT put an empty container where the mark was and fill it.
static Status from_mark(Machine *m, IValue container, bool is_list)
{
	int first;
	Status s = pop_mark(m, &first);
	if (s != STATUS_OK) {
		ivalue_unref(&container);
		return s;
	}
	push(m, container);
	Slot c = m->stack[m->n - 1];
	memmove(&m->stack[first + 1], &m->stack[first], (size_t)(m->n - 1 - first) * sizeof c);
	m->stack[first] = c;
	return is_list ? append_items(m, first + 1) : set_items(m, first + 1);
}

static Status run_list(Machine *m) { return from_mark(m, iv_take_list(list_new(&type_any, 0)), true); }
static Status run_dict(Machine *m) { return from_mark(m, iv_take_dict(dict_new(&type_any, &type_any)), false); }

// "module\nname\n" as two owned strings in one block, and the joined name.
static Status take_line(Machine *m, char **out)
{
	const uint8_t *p = m->data + m->at;
	const uint8_t *end = memchr(p, '\n', m->size - m->at);
	if (!end)
		return mfail(m, "truncated: a global's name does not end");
	if (end - p > 4096)
		return fail(m->reader.err, STATUS_LIMIT, "pickle: a global's name of %td bytes is too long", end - p);
	if (memchr(p, 0, (size_t)(end - p)))
		return mfail(m, "a global's name contains a NUL byte");
	m->at += (size_t)(end - p) + 1;
	*out = xstrndup((const char *)p, (size_t)(end - p));
	return STATUS_OK;
}

static bool storage_type(const char *module, const char *name, IValue *out)
{
	size_t n = strlen(name);
	if (n <= 7 || strcmp(name + n - 7, "Storage") != 0)
		return false;
	bool untyped = !strcmp(module, "torch.storage") && !strcmp(name, "UntypedStorage");
	bool torch = !strcmp(module, "torch") || !strcmp(module, "torch.cuda");
	if (!untyped && !torch)
		return false;
	*out = token_new(TOKEN_STORAGE_TYPE, name);
	PickleToken *t = token_of(*out);
	t->untyped = untyped;
	t->dtype = untyped ? DT_U8 : dtype_from_class_name(name, n - 7); // DT_NONE is reported when it is used
	return true;
}

static Status push_global(Machine *m, const char *module, const char *name)
{
	const PickleHost *host = m->reader.host;
	const PickleGlobal *row = pickle_global_find(module, name, m->dialect);
	Text full = {0};
	text_addf(&full, "%s%s%s", module, *module ? "." : "", name);
	IValue v = iv_none();
	Status s = STATUS_OK;
	const Type *type = NULL;
	if (row && !row->call && row->constant >= 0) {
		v = iv_int(row->constant);
	} else if (row) {
		v = token_new(row->call ? TOKEN_FUNCTION : TOKEN_NAME, text_str(&full));
		token_of(v)->global = row;
	} else if (storage_type(module, name, &v)) {
		;
	} else if (!strcmp(module, "torch") && m->dialect == PICKLE_SAVE && dtype_from_name(name) != DT_NONE) {
		v = iv_int(dtype_from_name(name));
	} else if (m->dialect == PICKLE_SAVE) {
		v = token_new(TOKEN_UNKNOWN, text_str(&full));
	} else {
		if (!host->find_type)
			s = fail(m->reader.err, STATUS_FORMAT, "pickle: unknown global '%s'", text_str(&full));
		else
			s = host->find_type(host->ctx, text_str(&full), &type, m->reader.err);
		if (s == STATUS_OK && (!type || (type->kind != TYPE_CLASS && type->kind != TYPE_ENUM)))
			s = fail(m->reader.err, STATUS_FORMAT, "pickle: the global '%s' is neither a function that loading may "
				"call nor a class of the archive", text_str(&full));
		if (s == STATUS_OK) {
			v = token_new(TOKEN_TYPE, text_str(&full));
			token_of(v)->type = type;
		}
	}
	if (s == STATUS_OK)
		push(m, v);
	text_free(&full);
	return s;
}

static Status run_global(Machine *m)
{
	char *module = NULL, *name = NULL;
	Status s = take_line(m, &module);
	if (s == STATUS_OK)
		s = take_line(m, &name);
	if (s == STATUS_OK)
		s = push_global(m, module, name);
	free(module);
	free(name);
	return s;
}

static Status call_enum(Machine *m, const Type *t, IValue raw, IValue *out)
{
	for (int i = 0; i < t->enm->nmembers; i++) {
		const IValue *member = t->enm->members[i].value;
		if (member->tag == raw.tag && (raw.tag == TAG_INT || raw.tag == TAG_FLOAT || raw.tag == TAG_STR) &&
			ivalue_key_equal(*member, raw)) {
			*out = iv_enum(t, i);
			return STATUS_OK;
		}
	}
	Text shown = {0};
	if (raw.tag == TAG_INT || raw.tag == TAG_FLOAT || raw.tag == TAG_STR)
		ivalue_repr(&shown, raw);
	else
		text_add(&shown, "a value that is neither a number nor a string");
	Status s = mfail(m, "%.200s is no member of enum '%s'", text_str(&shown), t->name);
	text_free(&shown);
	return s;
}

// Replaces a callee and its arguments by what comes out; takes result.
static Status push_result(Machine *m, IValue result)
{
	Slot s = {.v = result, .token = token_of(result) != NULL};
	if (result.tag != TAG_TENSOR)
		s.depth = m->stack[m->n - 1].depth;
	drop_to(m, m->n - 2);
	push_slot(m, s);
	return STATUS_OK;
}

// The function `t` of the table with the top of the stack as its arguments.
static Status call_function(Machine *m, const PickleToken *t)
{
	IValue args = m->stack[m->n - 1].v, result = iv_none();
	if (args.tag != TAG_TUPLE)
		return mfail(m, "the arguments of '%s' are not a tuple", t->name);
	TRY(t->global->call(&m->reader, t->global, args.tuple, &result));
	return push_result(m, result);
}

static Status run_reduce(Machine *m)
{
	TRY(need(m, 2));
	const PickleToken *t = token_of(m->stack[m->n - 2].v);
	if (t && t->kind == TOKEN_TYPE && t->type->kind == TYPE_ENUM) {
		IValue result;
		TRY(call_enum(m, t->type, m->stack[m->n - 1].v, &result));
		return push_result(m, result);
	}
	if (t && t->kind == TOKEN_FUNCTION)
		return call_function(m, t);
	if (t && t->name)
		return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: '%s' is not among the functions that loading data may "
			"call", t->name);
	return mfail(m, "REDUCE of something that is not a function at byte %zu", m->at - 1);
}

static Status run_newobj(Machine *m)
{
	TRY(need(m, 2));
	const PickleToken *t = token_of(m->stack[m->n - 2].v);
	IValue args = m->stack[m->n - 1].v;
	if (t && t->kind == TOKEN_FUNCTION && m->dialect == PICKLE_SAVE)
		return call_function(m, t);
	if (t && t->kind == TOKEN_UNKNOWN)
		return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: the file holds an object of class '%s'; only tensors, "
			"numbers, strings and containers of them can be read", t->name);
	if (!t || t->kind != TOKEN_TYPE || t->type->kind != TYPE_CLASS)
		return mfail(m, "NEWOBJ of something that is not a class at byte %zu", m->at - 1);
	if (args.tag != TAG_TUPLE || args.tuple->n)
		return mfail(m, "'%s' is created with arguments", t->name);
	IValue shell = token_new(TOKEN_SHELL, NULL);
	token_of(shell)->type = t->type;
	drop_to(m, m->n - 2);
	push(m, shell);
	return STATUS_OK;
}

static Status run_build(Machine *m)
{
	TRY(need(m, 2));
	Slot *object = &m->stack[m->n - 2], *state = &m->stack[m->n - 1];
	const PickleToken *t = token_of(object->v);
	const PickleHost *host = m->reader.host;
	if (m->dialect == PICKLE_SAVE && (object->v.tag == TAG_DICT || object->v.tag == TAG_STR)) {
		drop_to(m, m->n - 1); // attributes of an OrderedDict or of a str, such as _metadata
		return STATUS_OK;
	}
	if (!t || t->kind != TOKEN_SHELL || !host->build)
		return mfail(m, "BUILD of something that is not a new object at byte %zu", m->at - 1);
	if (state->token)
		return token_misplaced(m, state->v);
	Slot s = {0};
	TRY(grow_depth(m, &s, state));
	TRY(host->build(host->ctx, t->type, state->v, &s.v, m->reader.err));
	drop_to(m, m->n - 2);
	push_slot(m, s);
	return STATUS_OK;
}

// ("storage", type, key, location, numel), and in the oldest files a sixth item for views.
static Status run_binpersid(Machine *m)
{
	TRY(need(m, 1));
	IValue id = m->stack[m->n - 1].v;
	const IValue *item = id.tag == TAG_TUPLE ? id.tuple->items : NULL;
	if (!item || id.tuple->n < 5 || id.tuple->n > 6 || item[0].tag != TAG_STR || strcmp(item[0].str->s, "storage") ||
		item[2].tag != TAG_STR || item[3].tag != TAG_STR || item[4].tag != TAG_INT)
		return mfail(m, "a persistent id is not (\"storage\", type, key, location, count)");
	if (id.tuple->n == 6 && !iv_is_none(item[5]))
		return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: storage views of PyTorch before 0.4");
	const PickleToken *t = token_of(item[1]);
	if (!t || t->kind != TOKEN_STORAGE_TYPE)
		return mfail(m, "the type of a storage is not a storage type");
	if (t->dtype == DT_NONE || (t->untyped && m->dialect == PICKLE_JIT))
		return fail(m->reader.err, STATUS_UNSUPPORTED, "pickle: storages of type torch.%s", t->name);
	Device device;
	const char *where = item[3].str->s;
	TRY(device_parse(where, (size_t)item[3].str->n, &device, m->reader.err));
	StorageId sid = {.key = item[2].str->s, .key_len = (size_t)item[2].str->n, .dtype = t->dtype,
		.untyped = t->untyped, .meta = device >> 8 == DEVICE_TYPE_META, .numel = item[4].i};
	if (sid.numel < 0 || __builtin_mul_overflow(sid.numel, (int64_t)dtype_size(sid.dtype), &sid.nbytes))
		return mfail(m, "a storage of %" PRId64 " elements", sid.numel);
	if (memchr(sid.key, 0, sid.key_len))
		return mfail(m, "the key of a storage contains a NUL byte");
	IValue v = token_new(TOKEN_STORAGE, NULL);
	PickleToken *st = token_of(v);
	st->dtype = sid.dtype;
	st->untyped = sid.untyped;
	Status s = STATUS_OK;
	if (sid.meta) {
		st->storage = storage_wrap(NULL, 0, NULL, NULL);
		st->storage->device = DEVICE_META;
	} else {
		s = m->reader.host->storage(m->reader.host->ctx, &sid, &st->storage, m->reader.err);
	}
	if (s != STATUS_OK) {
		ivalue_unref(&v);
		return s;
	}
	drop_to(m, m->n - 1);
	push(m, v);
	return STATUS_OK;
}

static Status memo_put(Machine *m, size_t i)
{
	TRY(need(m, 1));
	// Writers number the memo from 0; an index cannot sensibly exceed the number of bytes.
	if (i > m->size)
		return fail(m->reader.err, STATUS_LIMIT, "pickle: memo index %zu in a pickle of %zu bytes", i, m->size);
	if (i >= m->nmemo) {
		size_t n = m->nmemo ? m->nmemo : 64;
		while (n <= i)
			n *= 2;
		m->memo = xrealloc(m->memo, n * sizeof *m->memo);
		m->taken = xrealloc(m->taken, n * sizeof *m->taken);
		for (size_t k = m->nmemo; k < n; k++) {
			m->memo[k] = (Slot){.v = iv_uninit()};
			m->taken[k] = false;
		}
		m->nmemo = n;
	}
	Slot *top = &m->stack[m->n - 1];
	if (top->memo && top->memo != i + 1)
		top->shut = true; // put twice: from now on only one of the places would be watched
	top->memo = (uint32_t)i + 1;
	ivalue_unref(&m->memo[i].v);
	m->memo[i] = *top;
	m->memo[i].v = ivalue_ref(top->v);
	return STATUS_OK;
}

static Status memo_get(Machine *m, size_t i)
{
	if (i >= m->nmemo || m->memo[i].v.tag == TAG_UNINIT)
		return mfail(m, "memo entry %zu is read at byte %zu before it was written", i, m->at);
	const PickleToken *t = token_of(m->memo[i].v);
	if (t && t->kind == TOKEN_SHELL)
		return mfail(m, "memo entry %zu is an object that is not built yet (recursive objects are refused)", i);
	m->taken[i] = true;
	Slot s = m->memo[i];
	s.v = ivalue_ref(s.v);
	s.shut = true;
	push_slot(m, s);
	return STATUS_OK;
}

static Status run_binput(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 1, &p));
	return memo_put(m, *p);
}

static Status run_long_binput(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 4, &p));
	return memo_put(m, read_u32(p));
}

static Status run_binget(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 1, &p));
	return memo_get(m, *p);
}

static Status run_long_binget(Machine *m)
{
	const uint8_t *p;
	TRY(take(m, 4, &p));
	return memo_get(m, read_u32(p));
}

enum { JIT = PICKLE_JIT, SAVE = PICKLE_SAVE, BOTH = PICKLE_JIT | PICKLE_SAVE };

// Everything a dialect understands; a byte without a row, or without the dialect, is refused.
static const Opcode opcodes[256] = {
	[0x80] = {"PROTO", BOTH, run_proto},
	['.'] = {"STOP", BOTH, run_stop},
	['N'] = {"NONE", BOTH, run_none},
	[0x88] = {"NEWTRUE", BOTH, run_true},
	[0x89] = {"NEWFALSE", BOTH, run_false},
	['K'] = {"BININT1", BOTH, run_binint1},
	['M'] = {"BININT2", BOTH, run_binint2},
	['J'] = {"BININT", BOTH, run_binint},
	[0x8a] = {"LONG1", BOTH, run_long1},
	['G'] = {"BINFLOAT", BOTH, run_binfloat},
	['X'] = {"BINUNICODE", BOTH, run_string4},
	[0x8d] = {"BINUNICODE8", JIT, run_string8},
	['U'] = {"SHORT_BINSTRING", SAVE, run_string1},
	['C'] = {"SHORT_BINBYTES", SAVE, run_string1},
	['B'] = {"BINBYTES", SAVE, run_string4},
	[')'] = {"EMPTY_TUPLE", BOTH, run_empty_tuple},
	[0x85] = {"TUPLE1", BOTH, run_tuple1},
	[0x86] = {"TUPLE2", BOTH, run_tuple2},
	[0x87] = {"TUPLE3", BOTH, run_tuple3},
	['('] = {"MARK", BOTH, run_mark},
	['t'] = {"TUPLE", BOTH, run_tuple},
	[']'] = {"EMPTY_LIST", BOTH, run_empty_list},
	['a'] = {"APPEND", BOTH, run_append},
	['e'] = {"APPENDS", BOTH, run_appends},
	['l'] = {"LIST", JIT, run_list},
	['d'] = {"DICT", JIT, run_dict},
	['}'] = {"EMPTY_DICT", BOTH, run_empty_dict},
	['s'] = {"SETITEM", BOTH, run_setitem},
	['u'] = {"SETITEMS", BOTH, run_setitems},
	['c'] = {"GLOBAL", BOTH, run_global},
	['R'] = {"REDUCE", BOTH, run_reduce},
	[0x81] = {"NEWOBJ", BOTH, run_newobj},
	['b'] = {"BUILD", BOTH, run_build},
	['Q'] = {"BINPERSID", BOTH, run_binpersid},
	['q'] = {"BINPUT", BOTH, run_binput},
	['r'] = {"LONG_BINPUT", BOTH, run_long_binput},
	['h'] = {"BINGET", BOTH, run_binget},
	['j'] = {"LONG_BINGET", BOTH, run_long_binget},
};

static Status run(Machine *m)
{
	for (int64_t steps = 0; !m->stopped; steps++) {
		if (steps == PICKLE_MAX_STEPS)
			return fail(m->reader.err, STATUS_LIMIT, "pickle: more than %d operations", PICKLE_MAX_STEPS);
		const uint8_t *p;
		TRY(take(m, 1, &p));
		const Opcode *op = &opcodes[*p];
		if (!op->run || !(op->dialects & m->dialect))
			return mfail(m, "opcode 0x%02x%s%s at byte %zu is not used by %s", *p, op->name ? " " : "",
				op->name ? op->name : "", m->at - 1,
				m->dialect == PICKLE_JIT ? "TorchScript archives" : "torch.save with protocol 2");
		TRY(op->run(m));
	}
	return STATUS_OK;
}

// The finished value: no tokens, and in torch.save files containers typed by what they hold.
static Status finish(Machine *m, IValue *out)
{
	Slot root = {0};
	TRY(take_value(m, &m->stack[m->n - 1], &root, out));
	if (m->dialect == PICKLE_SAVE) {
		TypePool *pool = type_pool_new();
		value_infer_types(pool, *out);
		type_pool_unref(&pool);
	}
	return STATUS_OK;
}

Status pickle_read(const uint8_t *data, size_t size, const PickleHost *host, IValue *out, size_t *used, Error *err)
{
	Machine m = {.reader = {.host = host, .err = err}, .dialect = host->dialect, .data = data, .size = size};
	if (size > UINT32_MAX / 2)
		return fail(err, STATUS_LIMIT, "pickle: %zu bytes are too many", size);
	Status s = run(&m);
	if (s == STATUS_OK)
		s = finish(&m, out);
	if (used)
		*used = m.at;
	drop_to(&m, 0);
	for (size_t i = 0; i < m.nmemo; i++)
		ivalue_unref(&m.memo[i].v);
	free(m.stack);
	free(m.marks);
	free(m.memo);
	free(m.taken);
	return s;
}
