// SPDX-License-Identifier: BSD-3-Clause
// Storages as views of archive records, shared or copied as the kind of archive asks.
#include "format/records.h"

#include <stdlib.h>

#include "core/arena.h"

typedef struct SeenRecord { Storage *storage; DType dtype; } SeenRecord;

void swap_elements(uint8_t *data, size_t nbytes, DType d)
{
	size_t n = dtype_size(d) / (dtype_is_complex(d) ? 2 : 1);
	if (n < 2)
		return;
	for (size_t at = 0; at + n <= nbytes; at += n) {
		for (size_t i = 0; i < n / 2; i++) {
			uint8_t b = data[at + i];
			data[at + i] = data[at + n - 1 - i];
			data[at + n - 1 - i] = b;
		}
	}
}

void normalise_bools(Storage *s)
{
	for (size_t i = 0; i < s->nbytes; i++) {
		if (s->data[i] > 1)
			s->data[i] = 1;
	}
}

// What an element must be aligned to in memory.
static size_t alignment(const StorageId *id)
{
	if (id->untyped)
		return sizeof(double);
	return dtype_size(id->dtype) / (dtype_is_complex(id->dtype) ? 2 : 1);
}

static Status read_record(StorageRecords *r, const StorageId *id, bool again, Storage **out, Error *err)
{
	const ZipEntry *e = zip_find_in_root(r->zip, r->folder, id->key);
	if (!e)
		return fail(err, STATUS_FORMAT, "record '%s%.200s' with the bytes of a tensor is missing", r->folder, id->key);
	if ((uint64_t)id->nbytes > e->size)
		return fail(err, STATUS_FORMAT, "record '%s%.200s' holds %llu bytes, but a storage of %lld elements needs %lld",
			r->folder, id->key, (unsigned long long)e->size, (long long)id->numel, (long long)id->nbytes);
	if (r->swap && id->untyped)
		return fail(err, STATUS_UNSUPPORTED, "untyped storages of a big-endian file");
	TRY(zip_storage(r->zip, e, (size_t)id->nbytes, alignment(id), again || r->swap, out, err));
	if (r->swap)
		swap_elements((*out)->data, (*out)->nbytes, id->dtype);
	if (id->dtype == DT_BOOL)
		normalise_bools(*out);
	return STATUS_OK;
}

Status storage_records_get(void *records, const StorageId *id, Storage **out, Error *err)
{
	StorageRecords *r = records;
	if (id->nbytes == 0)
		return storage_new(0, out, err);
	SeenRecord *seen = map_get(&r->seen, id->key);
	if (seen && r->by_key) {
		if (seen->dtype != id->dtype || seen->storage->nbytes != (size_t)id->nbytes)
			return fail(err, STATUS_FORMAT, "storage '%.200s' is used with two types or sizes", id->key);
		*out = storage_ref(seen->storage);
		return STATUS_OK;
	}
	TRY(read_record(r, id, seen != NULL, out, err));
	if (!seen) {
		seen = xcalloc(1, sizeof *seen);
		seen->dtype = id->dtype;
		seen->storage = r->by_key ? storage_ref(*out) : NULL;
		map_set(&r->seen, id->key, seen);
	}
	return STATUS_OK;
}

void storage_records_free(StorageRecords *r)
{
	for (int i = 0; i < r->seen.n; i++) {
		SeenRecord *seen = r->seen.entries[i].value;
		storage_unref(&seen->storage);
		free(seen);
	}
	map_free(&r->seen);
}
