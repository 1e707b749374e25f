// SPDX-License-Identifier: BSD-3-Clause
// NumPy files: .npy is one array, .npz a zip of them.
//
//   \x93NUMPY major minor  header length  {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  elements
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/arena.h"
#include "format/model.h"
#include "format/records.h"
#include "format/values.h"
#include "format/zip_write.h"

static const char npy_magic[] = "\x93NUMPY";

static const struct { const char *code; DType dtype; } descriptors[] = {
	{"b1", DT_BOOL}, {"u1", DT_U8}, {"i1", DT_I8}, {"i2", DT_I16}, {"i4", DT_I32}, {"i8", DT_I64}, {"u2", DT_U16},
	{"u4", DT_U32}, {"u8", DT_U64}, {"f2", DT_F16}, {"f4", DT_F32}, {"f8", DT_F64}, {"c8", DT_C64}, {"c16", DT_C128},
};
enum { DESCRIPTORS = sizeof descriptors / sizeof *descriptors };

typedef struct NpyHeader {
	DType dtype;
	bool swap, fortran;
	int64_t sizes[MAX_DIMS];
	int ndim;
	size_t content; // offset of the elements
} NpyHeader;

bool npy_is_npy(const uint8_t *data, size_t size)
{
	return size >= 6 && !memcmp(data, npy_magic, 6);
}

// ---- the header: a Python dict literal with three known keys

typedef struct Scan { const char *p, *end; } Scan;

static void skip_blanks(Scan *s)
{
	while (s->p < s->end && isspace((unsigned char)*s->p))
		s->p++;
}

static bool accept(Scan *s, const char *word)
{
	size_t n = strlen(word);
	skip_blanks(s);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n))
		return false;
	s->p += n;
	return true;
}

static bool scan_string(Scan *s, char *out, size_t cap)
{
	skip_blanks(s);
	if (s->p == s->end || (*s->p != '\'' && *s->p != '"'))
		return false;
	char quote = *s->p++;
	size_t n = 0;
	for (; s->p < s->end && *s->p != quote; s->p++) {
		if (n + 1 == cap)
			return false;
		out[n++] = *s->p;
	}
	out[n] = 0;
	return s->p < s->end && *s->p++ == quote;
}

static bool scan_shape(Scan *s, NpyHeader *h)
{
	if (!accept(s, "("))
		return false;
	while (!accept(s, ")")) {
		int64_t v = 0;
		skip_blanks(s);
		if (s->p == s->end || !isdigit((unsigned char)*s->p) || h->ndim == MAX_DIMS)
			return false;
		for (; s->p < s->end && isdigit((unsigned char)*s->p); s->p++) {
			if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s->p - '0', &v))
				return false;
		}
		accept(s, "L"); // Python 2
		h->sizes[h->ndim++] = v;
		if (accept(s, ")"))
			break;
		if (!accept(s, ","))
			return false;
	}
	return true;
}

static Status read_descriptor(const char *descr, NpyHeader *h, Error *err)
{
	if (strchr("<>|=", descr[0]) && descr[0]) {
		for (int i = 0; i < DESCRIPTORS; i++) {
			if (!strcmp(descr + 1, descriptors[i].code)) {
				h->dtype = descriptors[i].dtype;
				h->swap = descr[0] == '>';
				return STATUS_OK;
			}
		}
	}
	return fail(err, STATUS_UNSUPPORTED, "npy: arrays of dtype '%s'", descr);
}

static Status scan_header(Scan s, NpyHeader *h, Error *err)
{
	char key[32], descr[32] = "";
	bool shape = false, order = false;
	if (!accept(&s, "{"))
		return fail(err, STATUS_FORMAT, "npy: the header is not a dict");
	while (!accept(&s, "}")) {
		bool ok = scan_string(&s, key, sizeof key) && accept(&s, ":");
		if (ok && !strcmp(key, "descr")) {
			if (accept(&s, "["))
				return fail(err, STATUS_UNSUPPORTED, "npy: structured arrays");
			ok = scan_string(&s, descr, sizeof descr);
		} else if (ok && !strcmp(key, "fortran_order")) {
			h->fortran = accept(&s, "True");
			ok = h->fortran || accept(&s, "False");
			order = true;
		} else if (ok && !strcmp(key, "shape") && !shape) {
			ok = scan_shape(&s, h);
			shape = true;
		} else {
			ok = false;
		}
		if (!ok)
			return fail(err, STATUS_FORMAT, "npy: the header cannot be understood");
		if (!accept(&s, ",") && s.p < s.end && *s.p != '}')
			return fail(err, STATUS_FORMAT, "npy: the header cannot be understood");
	}
	if (!shape || !order || !*descr)
		return fail(err, STATUS_FORMAT, "npy: the header lacks descr, fortran_order or shape");
	return read_descriptor(descr, h, err);
}

static Status read_header(const uint8_t *data, size_t size, NpyHeader *h, Error *err)
{
	*h = (NpyHeader){0};
	if (size < 10 || !npy_is_npy(data, size))
		return fail(err, STATUS_FORMAT, "npy: the file is too short");
	int major = data[6];
	size_t at = major == 1 ? 10 : 12;
	if (major < 1 || major > 3)
		return fail(err, STATUS_UNSUPPORTED, "npy: format version %d", major);
	if (size < at)
		return fail(err, STATUS_FORMAT, "npy: the file is too short");
	size_t n = major == 1 ? read_u16(data + 8) : read_u32(data + 8);
	if (n > size - at)
		return fail(err, STATUS_FORMAT, "npy: the header is truncated");
	TRY(scan_header((Scan){(const char *)data + at, (const char *)data + at + n}, h, err));
	h->content = at + n;
	int64_t numel;
	if (!sizes_product(h->sizes, h->ndim, &numel) || (uint64_t)numel > (size - h->content) / dtype_size(h->dtype))
		return fail(err, STATUS_FORMAT, "npy: the file has %zu bytes of elements, fewer than its shape asks for",
			size - h->content);
	return STATUS_OK;
}

Status npy_load(Bytes *owner, const uint8_t *data, size_t size, IValue *out, Error *err)
{
	NpyHeader h;
	TRY(read_header(data, size, &h, err));
	int64_t strides[MAX_DIMS], numel = 1;
	for (int i = 0; i < h.ndim; i++) {
		int at = h.fortran ? i : h.ndim - 1 - i;
		strides[at] = numel;
		if (h.sizes[at] > 1 && __builtin_mul_overflow(numel, h.sizes[at], &numel))
			return fail(err, STATUS_FORMAT, "npy: the number of elements does not fit 64 bits");
	}
	sizes_product(h.sizes, h.ndim, &numel);
	size_t nbytes = (size_t)numel * dtype_size(h.dtype);
	const uint8_t *content = data + h.content;
	size_t part = dtype_size(h.dtype) / (dtype_is_complex(h.dtype) ? 2 : 1);
	Storage *s;
	if (owner && !h.swap && (uintptr_t)content % part == 0) {
		s = bytes_storage(owner, (size_t)(content - owner->data), nbytes);
	} else {
		TRY(storage_new(nbytes, &s, err));
		if (nbytes)
			memcpy(s->data, content, nbytes);
		if (h.swap)
			swap_elements(s->data, nbytes, h.dtype);
	}
	if (h.dtype == DT_BOOL)
		normalise_bools(s);
	*out = iv_take_tensor(tensor_over(s, h.dtype, h.sizes, strides, h.ndim, 0));
	storage_unref(&s);
	return STATUS_OK;
}

// ---- npz

static bool is_array_name(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && !strcmp(name + n - 4, ".npy");
}

bool npz_is_npz(const Zip *z)
{
	for (int i = 0; i < z->n; i++) {
		if (!is_array_name(z->entries[i].name))
			return false;
	}
	return true; // an empty npz is an empty zip
}

static Status load_arrays(Zip *z, DictObj *d, Error *err)
{
	for (int i = 0; i < z->n; i++) {
		const ZipEntry *e = &z->entries[i];
		if (zip_find(z, e->name) != e)
			continue;
		ZipContent c;
		IValue v;
		TRY(zip_read(z, e, &c, err));
		Status s = npy_load(c.heap ? NULL : z->bytes, c.data, c.size, &v, err);
		zip_content_free(&c);
		if (s != STATUS_OK) {
			error_prefix(err, "%.200s", e->name);
			return s;
		}
		TRY(dict_set_take(d, iv_str(e->name, strlen(e->name) - 4), v, err));
	}
	return STATUS_OK;
}

Status npz_load(Zip *z, IValue *out, Error *err)
{
	DictObj *d = dict_new(&type_str, &type_tensor);
	*out = iv_take_dict(d);
	Status s = load_arrays(z, d, err);
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

// ---- writing

// The whole file of one tensor: header, then elements in row-major order with lazy bits applied.
static Status npy_encode(const Tensor *t, Text *out, Error *err)
{
	const char *code = NULL;
	DType d = tensor_dtype(t);
	for (int i = 0; i < DESCRIPTORS; i++) {
		if (descriptors[i].dtype == d)
			code = descriptors[i].code;
	}
	if (!code)
		return fail(err, STATUS_UNSUPPORTED, "npy: NumPy has no dtype for %s", dtype_name(d));
	if (tensor_device(t) != DEVICE_CPU)
		return fail(err, STATUS_UNSUPPORTED, "npy: a tensor without bytes in main memory");
	Text head = {0};
	text_addf(&head, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", dtype_size(d) == 1 ? '|' : '<', code);
	for (int i = 0; i < t->ndim; i++)
		text_addf(&head, "%s%" PRId64 "%s", i ? ", " : "", t->sizes[i], t->ndim == 1 ? "," : "");
	text_add(&head, "), }");
	text_fill(&head, ' ', (64 - (10 + head.size + 1) % 64) % 64);
	text_addc(&head, '\n');
	uint8_t intro[10] = "\x93NUMPY\x01";
	write_u16(intro + 8, (uint16_t)head.size);
	text_addn(out, (const char *)intro, 10);
	text_addn(out, head.data, head.size);
	text_free(&head);
	if (t->numel == 0)
		return STATUS_OK;
	size_t item = dtype_size(d);
	const uint8_t *data = tensor_data(t);
	if (tensor_is_contiguous(t) && !t->conj && !t->neg) {
		text_addn(out, (const char *)data, (size_t)t->numel * item);
		return STATUS_OK;
	}
	ElemIter it;
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t)) {
		_Alignas(16) uint8_t element[16];
		memcpy(element, data + it.offset * (int64_t)item, item);
		if (t->conj || t->neg) {
			double re, im;
			element_c128(element, d, &re, &im);
			im = t->conj ? -im : im;
			element_set_c128(element, d, t->neg ? -re : re, t->neg ? -im : im);
		}
		text_addn(out, (const char *)element, item);
	}
	return STATUS_OK;
}

Status npy_save_file(const char *path, const Tensor *t, Error *err)
{
	Text bytes = {0};
	FileWriter w = {0};
	Status s = npy_encode(t, &bytes, err);
	if (s == STATUS_OK)
		s = file_writer_open(&w, path, err);
	if (s == STATUS_OK)
		s = file_writer_write(&w, bytes.data, bytes.size, err);
	if (s == STATUS_OK)
		s = file_writer_commit(&w, err);
	file_writer_abandon(&w);
	text_free(&bytes);
	return s;
}

static Status add_array(ZipWriter *w, const DictEntry *e, Error *err)
{
	if (e->key.tag != TAG_STR || e->value.tag != TAG_TENSOR)
		return fail(err, STATUS_ARGUMENT, "npz: expected a dict from str to Tensor");
	Text name = {0}, bytes = {0};
	text_addf(&name, "%s.npy", e->key.str->s);
	Status s = npy_encode(e->value.tensor, &bytes, err);
	if (s == STATUS_OK)
		s = zip_writer_add(w, text_str(&name), bytes.data, bytes.size, false, err);
	text_free(&name);
	text_free(&bytes);
	return s;
}

Status npz_save_file(const char *path, IValue tensors, Error *err)
{
	if (tensors.tag != TAG_DICT)
		return fail(err, STATUS_ARGUMENT, "npz: expected a dict from str to Tensor");
	ZipWriter w;
	TRY(zip_writer_open(&w, path, 64, err));
	Status s = STATUS_OK;
	int64_t pos = 0;
	for (DictEntry *e; s == STATUS_OK && (e = dict_next(tensors.dict, &pos));)
		s = add_array(&w, e, err);
	if (s == STATUS_OK)
		return zip_writer_finish(&w, err);
	zip_writer_abandon(&w);
	return s;
}
