// SPDX-License-Identifier: BSD-3-Clause
// The pickle writer: what it writes, the reader reads back as the same value, with the same things shared.
#include "format/pickle_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct Host {
	PickleWriter w;
	Text tags; // every type tag, in order
} Host;

static Status give_storage(void *ctx, const StorageId *id, Storage **out, Error *err)
{
	Host *h = ctx;
	int key = atoi(id->key);
	if (key >= h->w.nstorages || (size_t)id->nbytes > h->w.storages[key]->nbytes)
		return (fail)(err, STATUS_FORMAT, "no storage %s", id->key);
	*out = storage_ref(h->w.storages[key]);
	return STATUS_OK;
}

static Status note_tag(void *ctx, IValue *container, const char *tag, Error *err)
{
	(void)container, (void)err;
	Host *h = ctx;
	text_addf(&h->tags, "%s;", tag);
	return STATUS_OK;
}

static void host_free(Host *h)
{
	pickle_writer_free(&h->w);
	text_free(&h->tags);
}

// Writes v and reads it back.
static IValue around(Host *h, PickleDialect dialect, IValue v)
{
	Text bytes = {0};
	Error err = ERROR_INIT;
	IValue back = iv_none();
	*h = (Host){.w = {.dialect = dialect}};
	if (pickle_write(&h->w, v, &bytes, &err) != STATUS_OK)
		fail_msg("%s", err.message);
	PickleHost host = {.dialect = dialect, .storage = give_storage, .retag = note_tag, .ctx = h};
	size_t used;
	if (pickle_read((const uint8_t *)bytes.data, bytes.size, &host, &back, &used, &err) != STATUS_OK)
		fail_msg("%s", err.message);
	assert_int_equal(used, bytes.size);
	text_free(&bytes);
	return back;
}

static void assert_refused(PickleDialect dialect, IValue v, Status status, const char *message)
{
	Text bytes = {0};
	Error err = ERROR_INIT;
	PickleWriter w = {.dialect = dialect};
	assert_int_equal(pickle_write(&w, v, &bytes, &err), status);
	if (!strstr(err.message, message))
		fail_msg("'%s' is not in '%s'", message, err.message);
	pickle_writer_free(&w);
	text_free(&bytes);
	error_clear(&err);
}

static ListObj *list_of(const Type *elem, int n, ...)
{
	ListObj *l = list_new(elem, n);
	va_list ap;
	va_start(ap, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(list_append_take(l, va_arg(ap, IValue), NULL), STATUS_OK);
	va_end(ap);
	return l;
}

static Tensor *matrix(DType d)
{
	Tensor *t;
	assert_int_equal(tensor_zeros(d, (const int64_t[]){2, 3}, 2, &t, NULL), STATUS_OK);
	return t;
}

static void keeps_immediate_values(void **state)
{
	(void)state;
	static const int64_t ints[] = {0, 255, 256, 65535, 65536, -1, INT32_MAX, INT32_MIN, (int64_t)INT32_MAX + 1, INT64_MIN,
		INT64_MAX};
	int n = sizeof ints / sizeof *ints;
	for (int d = PICKLE_JIT; d <= PICKLE_SAVE; d++) {
		ListObj *l = list_of(&type_any, 6, iv_none(), iv_bool(true), iv_float(-1.5e300), iv_complex(1, -2),
			iv_device(DEVICE_CPU), iv_cstr("a\xc3\xa4"));
		for (int i = 0; i < n; i++)
			list_append_take(l, iv_int(ints[i]), NULL);
		IValue v = iv_take_list(l);
		Host h;
		IValue back = around(&h, (PickleDialect)d, v);
		Text a = {0}, b = {0};
		ivalue_repr(&a, v);
		ivalue_repr(&b, back);
		assert_string_equal(text_str(&a), text_str(&b));
		text_free(&a);
		text_free(&b);
		ivalue_unref(&v);
		ivalue_unref(&back);
		host_free(&h);
	}
}

static void tags_containers(void **state)
{
	(void)state;
	TypePool *pool = type_pool_new();
	IValue v = iv_take_list(list_of(&type_any, 6, iv_take_list(list_of(&type_int, 1, iv_int(1))),
		iv_take_list(list_new(&type_float, 0)), iv_take_list(list_new(&type_bool, 0)),
		iv_take_list(list_new(&type_tensor, 0)), iv_take_list(list_new(type_optional(pool, &type_int), 0)),
		iv_take_dict(dict_new(&type_str, type_list(pool, &type_int)))));
	Host h;
	IValue back = around(&h, PICKLE_JIT, v);
	assert_string_equal(text_str(&h.tags), "List[int];List[float];List[bool];List[Tensor];List[Optional[int]];"
		"Dict[str, List[int]];List[Any];");
	assert_int_equal(back.list->n, 6);
	ivalue_unref(&v);
	ivalue_unref(&back);
	type_pool_unref(&pool);
	host_free(&h);
}

static void keeps_sharing(void **state)
{
	(void)state;
	for (int d = PICKLE_JIT; d <= PICKLE_SAVE; d++) {
		Tensor *t = matrix(DT_F32);
		Tensor *row = tensor_view(t, (const int64_t[]){3}, (const int64_t[]){1}, 1, 3);
		IValue tensor = iv_take_tensor(t), inner = iv_take_list(list_of(&type_int, 1, iv_int(7)));
		IValue v = iv_take_list(list_of(&type_any, 5, ivalue_ref(inner), ivalue_ref(tensor), ivalue_ref(inner),
			iv_take_tensor(row), ivalue_ref(tensor)));
		Host h;
		IValue back = around(&h, (PickleDialect)d, v);
		const IValue *item = back.list->items;
		assert_ptr_equal(item[0].list, item[2].list);
		assert_ptr_equal(item[1].tensor, item[4].tensor);
		assert_ptr_equal(item[1].tensor->storage, item[3].tensor->storage);
		assert_int_equal(item[3].tensor->offset, 3);
		assert_int_equal(h.w.nstorages, 1);
		ivalue_unref(&v);
		ivalue_unref(&inner);
		ivalue_unref(&tensor);
		ivalue_unref(&back);
		host_free(&h);
	}
}

static void keeps_tensors(void **state)
{
	(void)state;
	Tensor *wide = matrix(DT_U16), *grad = matrix(DT_F64), *conj = matrix(DT_C64), *q = matrix(DT_QI8), *p = matrix(DT_BF16);
	grad->requires_grad = true;
	p->requires_grad = p->is_parameter = true;
	conj->conj = true;
	q->quant = calloc(1, sizeof *q->quant);
	*q->quant = (Quantizer){.refs = 1, .scheme = Q_PER_TENSOR_AFFINE, .scale = 0.5, .zero_point = 3};
	IValue v = iv_take_list(list_of(&type_tensor, 5, iv_take_tensor(wide), iv_take_tensor(grad), iv_take_tensor(conj),
		iv_take_tensor(q), iv_take_tensor(p)));
	Host h;
	IValue back = around(&h, PICKLE_SAVE, v);
	for (int i = 0; i < 5; i++) {
		const Tensor *a = v.list->items[i].tensor, *b = back.list->items[i].tensor;
		assert_int_equal(a->dtype, b->dtype);
		assert_true(sizes_equal(a, b));
		assert_int_equal(a->requires_grad, b->requires_grad);
		assert_int_equal(a->is_parameter, b->is_parameter);
		assert_int_equal(a->conj, b->conj);
	}
	assert_int_equal(back.list->items[3].tensor->quant->zero_point, 3);
	ivalue_unref(&back);
	host_free(&h);
	// Older readers of archives do not know the lazy bits.
	IValue lazy = ivalue_ref(v.list->items[2]);
	((c64_t *)tensor_data(conj))[1] = CMPLXF(1, 2);
	back = around(&h, PICKLE_JIT, lazy);
	assert_false(back.tensor->conj);
	assert_true(((c64_t *)tensor_data(back.tensor))[1] == CMPLXF(1, -2));
	ivalue_unref(&lazy);
	ivalue_unref(&v);
	ivalue_unref(&back);
	host_free(&h);
}

// Text that is not UTF-8 is bytes to Python.
static void writes_bytes(void **state)
{
	(void)state;
	IValue v = iv_str("\xff\0a\x80", 4);
	Host h;
	IValue back = around(&h, PICKLE_SAVE, v);
	assert_int_equal(back.str->n, 4);
	assert_memory_equal(back.str->s, v.str->s, 4);
	ivalue_unref(&v);
	ivalue_unref(&back);
	host_free(&h);
}

// Objects that only a callback knows: kept is the form that the next one is written in.
static const HostKind test_kind = {.name = "thing"};
typedef struct Thing { HostObj h; PickleForm form; IValue v; } Thing;

static Status lower(void *ctx, HostObj *o, PickleForm *form, IValue *out, Error *err)
{
	(void)ctx, (void)err;
	*form = ((Thing *)o)->form;
	*out = ivalue_ref(((Thing *)o)->v);
	return STATUS_OK;
}

static void writes_forms(void **state)
{
	(void)state;
	TupleObj *size = tuple_new(2, NULL);
	size->items[0] = iv_int(2);
	size->items[1] = iv_int(3);
	DictObj *dict = dict_new(&type_str, &type_int);
	dict_set_take(dict, iv_cstr("a"), iv_int(1), NULL);
	Thing things[] = {
		{.form = PICKLE_AS_VALUE, .v = iv_int(5)}, {.form = PICKLE_AS_ORDERED_DICT, .v = iv_take_dict(dict)},
		{.form = PICKLE_AS_SIZE, .v = iv_take_tuple(size)}, {.form = PICKLE_AS_DTYPE, .v = iv_int(DT_F32)},
		{.form = PICKLE_AS_BYTES, .v = iv_str("b\xff", 2)}, {.form = PICKLE_AS_SET, .v = iv_take_list(list_of_ints((int64_t[]){7}, 1))},
	};
	enum { THINGS = sizeof things / sizeof *things };
	IValue v = iv_take_list(list_new(&type_any, 0));
	for (int i = 0; i < 2 * THINGS; i++) { // each twice: the second is the same value
		things[i / 2].h = (HostObj){.h = {.refs = 100}, .kind = &test_kind};
		list_append_take(v.list, (IValue){.host = &things[i / 2].h, .tag = TAG_HOST}, NULL);
	}
	assert_refused(PICKLE_SAVE, v, STATUS_UNSUPPORTED, "a value of type 'thing'");
	Text bytes = {0}, shown = {0};
	Error err = ERROR_INIT;
	PickleWriter w = {.dialect = PICKLE_SAVE, .lower = lower};
	PickleHost host = {.dialect = PICKLE_SAVE};
	IValue back = iv_none();
	if (pickle_write(&w, v, &bytes, &err) != STATUS_OK ||
		pickle_read((const uint8_t *)bytes.data, bytes.size, &host, &back, NULL, &err) != STATUS_OK)
		fail_msg("%s", err.message);
	ivalue_repr(&shown, back);
	assert_string_equal(text_str(&shown), "[5, 5, {'a': 1}, {'a': 1}, [2, 3], [2, 3], 6, 6, 'b\\xff', 'b\\xff', [7], [7]]");
	assert_non_null(memmem(bytes.data, bytes.size, "ctorch\nfloat32\n", 15));
	pickle_writer_free(&w);
	text_free(&bytes);
	text_free(&shown);
	ivalue_unref(&back);
	ivalue_unref(&v);
	for (int i = 0; i < THINGS; i++)
		ivalue_unref(&things[i].v);
}

static void refuses_what_cannot_be_written(void **state)
{
	(void)state;
	ListObj *l = list_new(&type_any, 1);
	IValue v = iv_take_list(l);
	list_append_take(l, ivalue_ref(v), NULL);
	assert_refused(PICKLE_JIT, v, STATUS_UNSUPPORTED, "a list that contains itself");
	assert_refused(PICKLE_SAVE, v, STATUS_UNSUPPORTED, "a list that contains itself");
	ivalue_unref(&l->items[0]);
	l->n = 0;
	ivalue_unref(&v);

	v = iv_none();
	for (int i = 0; i < 100000; i++)
		v = iv_take_list(list_of(&type_any, 1, v));
	assert_refused(PICKLE_JIT, v, STATUS_LIMIT, "nested deeper");
	ivalue_unref(&v);

	v = iv_take_future(iv_none());
	assert_refused(PICKLE_SAVE, v, STATUS_UNSUPPORTED, "Unknown IValue type for pickling: Future");
	ivalue_unref(&v);

	Tensor *t = matrix(DT_F32);
	Tensor *other = tensor_over(t->storage, DT_I32, t->sizes, t->strides, 2, 0);
	v = iv_take_list(list_of(&type_tensor, 2, iv_take_tensor(t), iv_take_tensor(other)));
	assert_refused(PICKLE_SAVE, v, STATUS_RUNTIME, "Cannot save multiple tensors or storages that view the same data");
	Host h;
	IValue back = around(&h, PICKLE_JIT, v);
	assert_int_equal(h.w.nstorages, 1);
	ivalue_unref(&v);
	ivalue_unref(&back);
	host_free(&h);
}

// As deep as the writer goes, the reader follows.
static void reader_takes_the_deepest(void **state)
{
	(void)state;
	IValue v = iv_int(1);
	for (int i = 1; i < PICKLE_WRITE_DEPTH; i++)
		v = iv_take_list(list_of(&type_any, 1, v));
	for (int d = PICKLE_JIT; d <= PICKLE_SAVE; d++) {
		Host h;
		IValue back = around(&h, (PickleDialect)d, v);
		ivalue_unref(&back);
		host_free(&h);
	}
	ivalue_unref(&v);
}

// 2^60 paths through shared tuples are 60 tuples; more than 256 memo entries need the long forms.
static void writes_shared_parts_once(void **state)
{
	(void)state;
	IValue v = iv_take_list(list_new(&type_any, 0));
	for (int i = 0; i < 300; i++)
		list_append_take(v.list, iv_take_list(list_of(&type_any, 1, iv_str((const char *)&i, sizeof i))), NULL);
	for (int i = 0; i < 60; i++) {
		TupleObj *t = tuple_new(2, NULL);
		t->items[0] = v;
		t->items[1] = ivalue_ref(v);
		v = iv_take_tuple(t);
	}
	Host h;
	IValue back = around(&h, PICKLE_JIT, v);
	assert_ptr_equal(back.tuple->items[0].obj, back.tuple->items[1].obj);
	ivalue_unref(&v);
	ivalue_unref(&back);
	host_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_immediate_values),
		cmocka_unit_test(tags_containers),
		cmocka_unit_test(keeps_sharing),
		cmocka_unit_test(keeps_tensors),
		cmocka_unit_test(writes_bytes),
		cmocka_unit_test(writes_forms),
		cmocka_unit_test(refuses_what_cannot_be_written),
		cmocka_unit_test(reader_takes_the_deepest),
		cmocka_unit_test(writes_shared_parts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
