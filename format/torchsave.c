// SPDX-License-Identifier: BSD-3-Clause
// Files of torch.save.
//
//   zip:     ROOT/data.pkl, ROOT/data/KEY …, ROOT/byteorder, ROOT/version
//   stream:  pickles of a magic number, a protocol number, facts about the machine, the object and the
//            list of storage keys; then for each key its element count and raw bytes
#include <stdlib.h>

#include "core/arena.h"
#include "format/model.h"
#include "format/pickle.h"
#include "format/records.h"
#include "format/values.h"

static Status read_byteorder(Zip *z, bool *big, Error *err)
{
	const ZipEntry *e = zip_find_in_root(z, "", "byteorder");
	*big = false;
	if (!e)
		return STATUS_OK;
	ZipContent c;
	if (e->size > 16)
		return fail(err, STATUS_FORMAT, "the byteorder record has %llu bytes", (unsigned long long)e->size);
	TRY(zip_read(z, e, &c, err));
	Status s = STATUS_OK;
	if (c.size == 3 && !memcmp(c.data, "big", 3))
		*big = true;
	else if (c.size != 6 || memcmp(c.data, "little", 6))
		s = fail(err, STATUS_FORMAT, "the byteorder record is neither 'little' nor 'big'");
	zip_content_free(&c);
	return s;
}

Status torchsave_load_zip(Zip *z, IValue *out, Error *err)
{
	const ZipEntry *e = zip_find_in_root(z, "", "data.pkl");
	if (!e)
		return fail(err, STATUS_FORMAT, "not a file of torch.save: there is no record data.pkl");
	StorageRecords records = {.zip = z, .folder = "data/", .by_key = true};
	TRY(read_byteorder(z, &records.swap, err));
	ZipContent c;
	TRY(zip_read(z, e, &c, err));
	PickleHost host = {.dialect = PICKLE_SAVE, .storage = storage_records_get, .ctx = &records};
	Status s = pickle_read(c.data, c.size, &host, out, NULL, err);
	zip_content_free(&c);
	storage_records_free(&records);
	return s;
}

// ---- the old stream

// PROTO 2, LONG1 of the ten bytes of the magic number, STOP
static const uint8_t stream_magic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
	0x2e};

// A storage that the object mentions and whose bytes come later.
typedef struct Awaited { Storage *storage; DType dtype; int64_t numel; bool filled; } Awaited;
typedef struct StreamStorages {
	Map awaited;
	size_t promised, available;
	bool quantised;
} StreamStorages;

bool torchsave_is_stream(const Bytes *b)
{
	return b->size >= 2 && b->data[0] == 0x80 && b->data[1] == 0x02;
}

static Status await_storage(void *ctx, const StorageId *id, Storage **out, Error *err)
{
	StreamStorages *s = ctx;
	Awaited *a = map_get(&s->awaited, id->key);
	if (a && (a->dtype != id->dtype || a->numel != id->numel))
		return fail(err, STATUS_FORMAT, "storage '%.200s' is used with two types or sizes", id->key);
	if (!a) {
		// The bytes have to be in the file, so that no allocation can exceed it.
		if ((size_t)id->nbytes > s->available - s->promised)
			return fail(err, STATUS_FORMAT, "storage '%.200s' has more bytes than the file", id->key);
		s->promised += (size_t)id->nbytes;
		Storage *storage;
		TRY(storage_new((size_t)id->nbytes, &storage, err));
		if (id->nbytes)
			memset(storage->data, 0, (size_t)id->nbytes);
		s->quantised |= dtype_is_quantized(id->dtype);
		a = xcalloc(1, sizeof *a);
		*a = (Awaited){.storage = storage, .dtype = id->dtype, .numel = id->numel};
		map_set(&s->awaited, id->key, a);
	}
	*out = storage_ref(a->storage);
	return STATUS_OK;
}

static Status no_storage(void *ctx, const StorageId *id, Storage **out, Error *err)
{
	(void)ctx, (void)id, (void)out;
	return fail(err, STATUS_FORMAT, "a storage in the header of a torch.save stream");
}

static Status fill_storages(StreamStorages *s, IValue keys, const uint8_t *data, size_t size, bool big, Error *err)
{
	if (keys.tag != TAG_LIST)
		return fail(err, STATUS_FORMAT, "the storage keys of the torch.save stream are not a list");
	size_t at = 0;
	for (int64_t i = 0; i < keys.list->n; i++) {
		IValue key = keys.list->items[i];
		Awaited *a = key.tag == TAG_STR ? map_get(&s->awaited, key.str->s) : NULL;
		if (!a || a->filled)
			return fail(err, STATUS_FORMAT, "the torch.save stream has a storage that its object does not use");
		if (size - at < 8)
			return fail(err, STATUS_FORMAT, "truncated: storage '%.200s' is missing", key.str->s);
		uint64_t numel = read_u64(data + at);
		if (big)
			numel = __builtin_bswap64(numel);
		at += 8;
		if (numel != (uint64_t)a->numel)
			return fail(err, STATUS_FORMAT, "storage '%.200s' has %llu elements where %lld were expected", key.str->s,
				(unsigned long long)numel, (long long)a->numel);
		if (size - at < a->storage->nbytes)
			return fail(err, STATUS_FORMAT, "truncated: storage '%.200s' is incomplete", key.str->s);
		if (a->storage->nbytes)
			memcpy(a->storage->data, data + at, a->storage->nbytes);
		at += a->storage->nbytes;
		if (big)
			swap_elements(a->storage->data, a->storage->nbytes, a->dtype);
		if (a->dtype == DT_BOOL)
			normalise_bools(a->storage);
		a->filled = true;
	}
	for (int i = 0; i < s->awaited.n; i++) {
		const Awaited *a = s->awaited.entries[i].value;
		if (!a->filled)
			return fail(err, STATUS_FORMAT, "storage '%.200s' is missing", s->awaited.entries[i].key);
	}
	return STATUS_OK;
}

static bool says_big_endian(IValue facts)
{
	if (facts.tag != TAG_DICT)
		return false;
	IValue key = iv_cstr("little_endian");
	const IValue *v = dict_find(facts.dict, key);
	bool big = v && v->tag == TAG_BOOL && !v->b;
	ivalue_unref(&key);
	return big;
}

static Status read_stream(StreamStorages *s, const uint8_t *data, size_t size, IValue parts[4], Error *err)
{
	PickleHost header = {.dialect = PICKLE_SAVE, .storage = no_storage};
	PickleHost object = {.dialect = PICKLE_SAVE, .storage = await_storage, .ctx = s};
	size_t at = sizeof stream_magic, begin = 0;
	for (int i = 0; i < 4; i++) { // protocol, facts, object, keys
		size_t used;
		if (i == 2)
			begin = at;
		s->available = size - at;
		TRY(pickle_read(data + at, size - at, i == 2 ? &object : &header, &parts[i], &used, err));
		at += used;
		if (i == 0 && (parts[0].tag != TAG_INT || parts[0].i != 1001))
			return fail(err, STATUS_UNSUPPORTED, "a torch.save stream with another protocol than 1001");
	}
	TRY(fill_storages(s, parts[3], data + at, size - at, says_big_endian(parts[1]), err));
	if (!s->quantised)
		return STATUS_OK;
	// The scales of channels are read while tensors are built, so they are built again from what is known now.
	ivalue_unref(&parts[2]);
	return pickle_read(data + begin, size - begin, &object, &parts[2], NULL, err);
}

Status torchsave_load_stream(Bytes *b, IValue *out, Error *err)
{
	if (b->size < sizeof stream_magic || memcmp(b->data, stream_magic, sizeof stream_magic))
		return fail(err, STATUS_FORMAT, "the file is a pickle, but not one that torch.save wrote");
	StreamStorages s = {0};
	IValue parts[4] = {iv_none(), iv_none(), iv_none(), iv_none()};
	Status status = read_stream(&s, b->data, b->size, parts, err);
	for (int i = 0; i < 4; i++) {
		if (i == 2 && status == STATUS_OK)
			*out = parts[i];
		else
			ivalue_unref(&parts[i]);
	}
	for (int i = 0; i < s.awaited.n; i++) {
		Awaited *a = s.awaited.entries[i].value;
		storage_unref(&a->storage);
		free(a);
	}
	map_free(&s.awaited);
	return status;
}

Status torchsave_load_memory(const void *data, size_t size, IValue *out, Error *err)
{
	Bytes *b;
	TRY(bytes_copy(data, size, &b, err));
	Status s;
	Zip *z = NULL;
	if (torchsave_is_stream(b)) {
		s = torchsave_load_stream(b, out, err);
	} else {
		s = zip_open(b, &z, err);
		if (s == STATUS_OK)
			s = torchsave_load_zip(z, out, err);
	}
	zip_unref(&z);
	bytes_unref(&b);
	return s;
}
