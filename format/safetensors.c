// SPDX-License-Identifier: BSD-3-Clause
// safetensors files.
//
//   u64 size of the header, little-endian
//   header: JSON {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …, "__metadata__": {…}},
//           filled up with blanks so that the data begin at a multiple of 8
//   data: the tensors, contiguous, one after the other without holes; offsets count from here
//
// jansson reads and writes the JSON.  Every offset is checked against the size that dtype and shape ask for, and all of
// them together against the file, before a tensor is made; the tensors are views of the mapped file.
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "core/arena.h"
#include "format/elements.h"
#include "format/model.h"
#include "format/records.h"
#include "format/values.h"

#define MAX_HEADER ((uint64_t)100000000) // bytes; the format's own limit
enum { MAX_COMMAS = 4000000 }; // in the header: half a million tensors; parsed, it is some 50 times as large
#define METADATA "__metadata__"

// In the order in which the reference writes them: its enumeration from the end.
static const struct { const char *name; DType dtype; } dtypes[] = {
	{"U64", DT_U64}, {"I64", DT_I64}, {"F64", DT_F64}, {"C64", DT_C64}, {"F32", DT_F32}, {"U32", DT_U32}, {"I32", DT_I32},
	{"BF16", DT_BF16}, {"F16", DT_F16}, {"U16", DT_U16}, {"I16", DT_I16}, {"I8", DT_I8}, {"U8", DT_U8}, {"BOOL", DT_BOOL},
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

// Known to the format, and no element type of ours.
static const char *const foreign[] = {"F8_E5M2", "F8_E4M3", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4"};

// Place in the table; -1: none.
static int dtype_rank(DType d)
{
	for (int i = 0; i < DTYPES; i++) {
		if (dtypes[i].dtype == d)
			return i;
	}
	return -1;
}

// ---- reading

typedef struct Entry {
	const char *name;   // the JSON's
	DType dtype;
	int ndim;
	int64_t sizes[MAX_DIMS];
	uint64_t begin, end; // in the data
} Entry;

typedef struct Header {
	json_t *json;
	Entry *entries;
	int n, cap;
	size_t data;        // where the data begin in the file
	Error *err;
} Header;

#define refuse(h, ...) fail((h)->err, STATUS_FORMAT, "safetensors: " __VA_ARGS__)

bool safetensors_is_safetensors(const Bytes *b)
{
	return b->size > 8 && b->data[8] == '{' && read_u64(b->data) <= MAX_HEADER;
}

static Status read_dtype(Header *h, Entry *e, const json_t *v)
{
	const char *name = json_string_value(v);
	if (!name)
		return refuse(h, "tensor '%.200s' has no dtype", e->name);
	for (int i = 0; i < DTYPES; i++) {
		if (!strcmp(dtypes[i].name, name)) {
			e->dtype = dtypes[i].dtype;
			return STATUS_OK;
		}
	}
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		if (!strcmp(foreign[i], name))
			return fail(h->err, STATUS_UNSUPPORTED, "safetensors: tensor '%.200s' has dtype %s", e->name, name);
	}
	return refuse(h, "tensor '%.200s' has the unknown dtype '%.50s'", e->name, name);
}

static Status read_shape(Header *h, Entry *e, const json_t *v, uint64_t *nbytes)
{
	if (!json_is_array(v))
		return refuse(h, "tensor '%.200s' has no shape", e->name);
	if (json_array_size(v) > MAX_DIMS)
		return fail(h->err, STATUS_LIMIT, "safetensors: tensor '%.200s' has %zu dimensions; at most %d are possible", e->name,
			json_array_size(v), MAX_DIMS);
	e->ndim = (int)json_array_size(v);
	for (int i = 0; i < e->ndim; i++) {
		const json_t *size = json_array_get(v, (size_t)i);
		if (!json_is_integer(size) || json_integer_value(size) < 0)
			return refuse(h, "the shape of tensor '%.200s' is not made of sizes", e->name);
		e->sizes[i] = json_integer_value(size);
	}
	int64_t numel, bytes;
	if (!sizes_product(e->sizes, e->ndim, &numel) || __builtin_mul_overflow(numel, (int64_t)dtype_size(e->dtype), &bytes))
		return refuse(h, "the number of elements of tensor '%.200s' does not fit 64 bits", e->name);
	*nbytes = (uint64_t)bytes;
	return STATUS_OK;
}

static Status read_offsets(Header *h, Entry *e, const json_t *v, uint64_t nbytes)
{
	const json_t *begin = json_array_get(v, 0), *end = json_array_get(v, 1);
	if (json_array_size(v) != 2 || !json_is_integer(begin) || !json_is_integer(end))
		return refuse(h, "tensor '%.200s' has no data_offsets", e->name);
	int64_t a = json_integer_value(begin), b = json_integer_value(end);
	if (a < 0 || b < a)
		return refuse(h, "tensor '%.200s' lies at offsets %" PRId64 " to %" PRId64, e->name, a, b);
	if ((uint64_t)(b - a) != nbytes)
		return refuse(h, "tensor '%.200s' has %" PRId64 " bytes where its dtype and shape ask for %" PRIu64, e->name, b - a,
			nbytes);
	e->begin = (uint64_t)a;
	e->end = (uint64_t)b;
	return STATUS_OK;
}

static Status read_metadata(Header *h, json_t *v)
{
	const char *key;
	json_t *item;
	if (!json_is_object(v))
		return refuse(h, METADATA " is not an object");
	json_object_foreach(v, key, item) {
		if (!json_is_string(item))
			return refuse(h, "the metadata '%.200s' is not a string", key);
	}
	return STATUS_OK;
}

static Status read_entry(Header *h, const char *name, json_t *v)
{
	Entry e = {.name = name};
	uint64_t nbytes = 0;
	if (!json_is_object(v))
		return refuse(h, "the entry '%.200s' is not an object", name);
	TRY(read_dtype(h, &e, json_object_get(v, "dtype")));
	TRY(read_shape(h, &e, json_object_get(v, "shape"), &nbytes));
	TRY(read_offsets(h, &e, json_object_get(v, "data_offsets"), nbytes));
	VEC_PUSH(h->entries, h->n, h->cap, e);
	return STATUS_OK;
}

static int by_offset(const void *a, const void *b)
{
	const Entry *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return strcmp(x->name, y->name);
}

// One after the other from the first byte of the data to the last.
static Status check_cover(Header *h, uint64_t size)
{
	uint64_t at = 0;
	if (h->n)
		qsort(h->entries, (size_t)h->n, sizeof *h->entries, by_offset);
	for (int i = 0; i < h->n; i++) {
		const Entry *e = &h->entries[i];
		if (e->begin != at)
			return refuse(h, "tensor '%.200s' begins at offset %" PRIu64 ", which is %s the tensor before it", e->name, e->begin,
				e->begin < at ? "inside" : "not the end of");
		at = e->end;
	}
	if (at > size)
		return refuse(h, "truncated: the tensors need %" PRIu64 " bytes, the file has %" PRIu64, at, size);
	if (at < size)
		return refuse(h, "%" PRIu64 " bytes at the end belong to no tensor", size - at);
	return STATUS_OK;
}

static Status check_items(Header *h, const uint8_t *text, size_t size)
{
	int commas = 0;
	for (const uint8_t *p = text, *end = text + size; (p = memchr(p, ',', (size_t)(end - p))); p++) {
		if (++commas > MAX_COMMAS)
			return fail(h->err, STATUS_LIMIT, "safetensors: the header has more than %d items", MAX_COMMAS);
	}
	return STATUS_OK;
}

static Status read_header(Header *h, const Bytes *b)
{
	uint64_t size = read_u64(b->data);
	if (size > b->size - 8)
		return refuse(h, "truncated: the header has %" PRIu64 " bytes, the file %zu", size, b->size - 8);
	TRY(check_items(h, b->data + 8, (size_t)size));
	h->data = 8 + (size_t)size;
	json_error_t why;
	h->json = json_loadb((const char *)b->data + 8, (size_t)size, JSON_REJECT_DUPLICATES, &why);
	if (!h->json)
		return refuse(h, "the header is not valid JSON: %s at byte %d", why.text, why.position);
	if (!json_is_object(h->json))
		return refuse(h, "the header is not an object");
	const char *name;
	json_t *v;
	json_object_foreach(h->json, name, v)
		TRY(!strcmp(name, METADATA) ? read_metadata(h, v) : read_entry(h, name, v));
	return check_cover(h, b->size - h->data);
}

static Status make_tensor(const Header *h, const Entry *e, Bytes *b, Tensor **out)
{
	size_t nbytes = (size_t)(e->end - e->begin), at = h->data + (size_t)e->begin;
	size_t part = dtype_size(e->dtype) / (dtype_is_complex(e->dtype) ? 2 : 1);
	Storage *s;
	if (at % part == 0) {
		s = bytes_storage(b, at, nbytes);
	} else {
		TRY(storage_new(nbytes, &s, h->err));
		if (nbytes)
			memcpy(s->data, b->data + at, nbytes);
	}
	if (e->dtype == DT_BOOL)
		normalise_bools(s);
	int64_t strides[MAX_DIMS];
	contiguous_strides(e->sizes, e->ndim, strides);
	*out = tensor_over(s, e->dtype, e->sizes, strides, e->ndim, 0);
	storage_unref(&s);
	return STATUS_OK;
}

Status safetensors_load(Bytes *b, IValue *out, Error *err)
{
	Header h = {.err = err};
	DictObj *d = dict_new(&type_str, &type_tensor);
	*out = iv_take_dict(d);
	Status s = read_header(&h, b);
	for (int i = 0; i < h.n && s == STATUS_OK; i++) {
		Tensor *t;
		s = make_tensor(&h, &h.entries[i], b, &t);
		if (s == STATUS_OK)
			s = dict_set_take(d, iv_cstr(h.entries[i].name), iv_take_tensor(t), err);
	}
	json_decref(h.json);
	free(h.entries);
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

// ---- writing

typedef struct Written {
	const char *name;
	Tensor *tensor; // borrowed
	int rank;
} Written;

static int by_dtype_and_name(const void *a, const void *b)
{
	const Written *x = a, *y = b;
	return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}

static Status collect(const DictObj *d, Written *list, Error *err)
{
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(d, &pos)); list++) {
		if (e->key.tag != TAG_STR || e->value.tag != TAG_TENSOR)
			return fail(err, STATUS_ARGUMENT, "safetensors: expected a dict from str to Tensor");
		const StrObj *name = e->key.str;
		DType dtype = tensor_dtype(e->value.tensor);
		*list = (Written){name->s, e->value.tensor, dtype_rank(dtype)};
		if (memchr(name->s, 0, (size_t)name->n) || !strcmp(name->s, METADATA))
			return fail(err, STATUS_ARGUMENT, "safetensors: no tensor can have the name '%.200s'", name->s);
		if (list->rank < 0 || e->value.tensor->quant)
			return fail(err, STATUS_UNSUPPORTED, "safetensors: there is no dtype for tensor '%.200s' of dtype %s", name->s,
				dtype_name(dtype));
	}
	return STATUS_OK;
}

// The header's text; offsets follow from the order of the list.
static Status encode_header(const Written *list, int n, Text *out, Error *err)
{
	json_t *root = json_object();
	json_object_set_new(root, METADATA, json_pack("{s:s}", "format", "pt"));
	json_int_t at = 0;
	Status s = STATUS_OK;
	for (int i = 0; i < n && s == STATUS_OK; i++) {
		const Tensor *t = list[i].tensor;
		json_int_t end = at + (json_int_t)t->numel * (json_int_t)dtype_size(tensor_dtype(t));
		json_t *shape = json_array();
		for (int k = 0; k < t->ndim; k++)
			json_array_append_new(shape, json_integer(t->sizes[k]));
		if (json_object_set_new(root, list[i].name, json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtypes[list[i].rank].name,
			"shape", shape, "data_offsets", at, end)))
			s = fail(err, STATUS_ARGUMENT, "safetensors: the name '%.200s' is not UTF-8", list[i].name);
		at = end;
	}
	char *json = s == STATUS_OK ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (s == STATUS_OK && !json)
		s = fail_memory(err, 0);
	if (json) {
		text_add(out, json);
		text_fill(out, ' ', (8 - out->size % 8) % 8);
	}
	free(json);
	if (s == STATUS_OK && out->size > MAX_HEADER)
		s = fail(err, STATUS_LIMIT, "safetensors: the header has %zu bytes, more than the format's limit", out->size);
	return s;
}

static Status write_all(FileWriter *w, const Written *list, int n, const Text *header, Error *err)
{
	uint8_t size[8];
	write_u64(size, header->size);
	TRY(file_writer_write(w, size, sizeof size, err));
	TRY(file_writer_write(w, header->data, header->size, err));
	for (int i = 0; i < n; i++) {
		Tensor *flat;
		Status s = tensor_flatten(list[i].tensor, &flat, err);
		if (s != STATUS_OK) {
			error_prefix(err, "safetensors: tensor '%.200s'", list[i].name);
			return s;
		}
		s = file_writer_write(w, tensor_data(flat), (size_t)flat->numel * dtype_size(tensor_dtype(flat)), err);
		tensor_unref(&flat);
		TRY(s);
	}
	return STATUS_OK;
}

Status safetensors_save_file(const char *path, IValue tensors, Error *err)
{
	if (tensors.tag != TAG_DICT || tensors.dict->n > INT32_MAX)
		return fail(err, STATUS_ARGUMENT, "safetensors: expected a dict from str to Tensor");
	int n = (int)tensors.dict->n;
	Written *list = xcalloc((size_t)n + 1, sizeof *list);
	Text header = {0};
	FileWriter w = {0};
	Status s = collect(tensors.dict, list, err);
	if (s == STATUS_OK) {
		qsort(list, (size_t)n, sizeof *list, by_dtype_and_name);
		s = encode_header(list, n, &header, err);
	}
	if (s == STATUS_OK)
		s = file_writer_open(&w, path, err);
	if (s == STATUS_OK)
		s = write_all(&w, list, n, &header, err);
	if (s == STATUS_OK)
		s = file_writer_commit(&w, err);
	file_writer_abandon(&w);
	text_free(&header);
	free(list);
	return s;
}
