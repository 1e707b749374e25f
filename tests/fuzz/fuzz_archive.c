// SPDX-License-Identifier: BSD-3-Clause
// Any bytes, taken as an archive, as a file of torch.save, and as a pickle of either dialect, give a value or an
// error: no crash, no leak, no hang, no memory beyond what the limits allow.
//
// Checksums would stop most changes at the door, so inputs are patched first: every CRC in a central directory
// becomes 0, "not computed".  What was read from a pickle of torch.save and can be written can be read again.
#include <stdlib.h>
#include <string.h>

#include "core/budget.h"
#include "format/model.h"
#include "format/pickle_write.h"
#include "format/values.h"
#include "frontend/frontend.h"

static void forget_checksums(uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 20 <= size; i++) {
		if (!memcmp(data + i, "PK\1\2", 4))
			memset(data + i + 16, 0, 4);
	}
}

static Status small_storage(void *ctx, const StorageId *id, Storage **out, Error *err)
{
	(void)ctx;
	if (id->nbytes > 4096)
		return fail(err, STATUS_FORMAT, "too large");
	TRY(storage_new((size_t)id->nbytes, out, err));
	if (id->nbytes)
		memset((*out)->data, 0, (size_t)id->nbytes);
	return STATUS_OK;
}

static void try_again(IValue v)
{
	PickleWriter w = {.dialect = PICKLE_SAVE};
	PickleHost host = {.dialect = PICKLE_SAVE, .storage = small_storage};
	Text bytes = {0};
	IValue back;
	if (pickle_write(&w, v, &bytes, NULL) == STATUS_OK) {
		if (pickle_read((const uint8_t *)bytes.data, bytes.size, &host, &back, NULL, NULL) != STATUS_OK)
			abort();
		ivalue_unref(&back);
	}
	pickle_writer_free(&w);
	text_free(&bytes);
}

static void try_pickle(const uint8_t *data, size_t size, PickleDialect dialect)
{
	PickleHost host = {.dialect = dialect, .storage = small_storage};
	Error err = ERROR_INIT;
	IValue v;
	if (pickle_read(data, size, &host, &v, NULL, &err) == STATUS_OK) {
		if (dialect == PICKLE_SAVE)
			try_again(v);
		ivalue_unref(&v);
	} else if (!err.message) {
		abort(); // a failure says why
	}
	error_clear(&err);
}

static void try_value(uint8_t *data, size_t size)
{
	Error err = ERROR_INIT;
	IValue v = iv_none();
	Bytes *b;
	Zip *z;
	if (bytes_copy(data, size, &b, &err) != STATUS_OK)
		abort();
	if (npy_is_npy(data, size)) {
		npy_load(b, b->data, b->size, &v, &err);
	} else if (safetensors_is_safetensors(b)) {
		safetensors_load(b, &v, &err);
	} else if (torchsave_is_stream(b)) {
		torchsave_load_stream(b, &v, &err);
	} else if (zip_open(b, &z, &err) == STATUS_OK) {
		z->max_inflated = 1 << 24;
		if (npz_is_npz(z))
			npz_load(z, &v, &err);
		else
			torchsave_load_zip(z, &v, &err);
		zip_unref(&z);
	}
	ivalue_unref(&v);
	bytes_unref(&b);
	error_clear(&err);
}

static void try_model(const uint8_t *data, size_t size)
{
	Error err = ERROR_INIT;
	Model *m;
	LoadOptions opt = {.max_inflated = 1 << 24, .lazy = true};
	if (model_load_memory(data, size, &opt, &m, &err) == STATUS_OK) {
		IValue v;
		if (model_state(m, &v, &err) == STATUS_OK)
			ivalue_unref(&v);
		PickleWriter w = {.dialect = PICKLE_JIT};
		Text bytes = {0};
		pickle_write(&w, m->root, &bytes, NULL);
		pickle_writer_free(&w);
		text_free(&bytes);
		model_unref(&m);
	} else if (!err.message) {
		abort();
	}
	error_clear(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Budget *budget = budget_new((size_t)256 << 20, 5);
	Budget *before = budget_enter(budget);
	if (size && data[0] == 0x80) {
		try_pickle(data, size, PICKLE_JIT);
		try_pickle(data, size, PICKLE_SAVE);
	}
	uint8_t *copy = malloc(size + 1);
	memcpy(copy, data, size);
	forget_checksums(copy, size);
	try_value(copy, size);
	try_model(copy, size);
	free(copy);
	budget_leave(before);
	budget_unref(&budget);
	return 0;
}
