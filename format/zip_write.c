// SPDX-License-Identifier: BSD-3-Clause
// The zip writer: true sizes and CRC in every local header, padding in an extra field 'FB' as PyTorch's writer
// has it, 64-bit fields only where a number needs them.
#include "format/zip_write.h"

#include <stdlib.h>
#include <zlib.h>

#include "core/arena.h"
#include "format/crc.h"

enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, FLAG_UTF8 = 0x0800 };

Status zip_writer_open(ZipWriter *w, const char *path, size_t align, Error *err)
{
	*w = (ZipWriter){.align = align ? align : 1};
	return file_writer_open(&w->file, path, err);
}

// Deflates into *out; leaves it NULL when that does not pay.
static void deflate_content(const void *data, size_t size, uint8_t **out, size_t *csize)
{
	*out = NULL;
	z_stream strm = {0};
	if (size < 64 || size > UINT32_MAX / 2 || deflateInit2(&strm, 6, Z_DEFLATED, -MAX_WBITS, 8, 0) != Z_OK)
		return;
	uint8_t *buffer = malloc(size);
	if (buffer) {
		strm.next_in = (uint8_t *)data;
		strm.avail_in = (uInt)size;
		strm.next_out = buffer;
		strm.avail_out = (uInt)size;
		if (deflate(&strm, Z_FINISH) == Z_STREAM_END && strm.total_out < size) {
			*csize = strm.total_out;
			*out = buffer;
			buffer = NULL;
		}
	}
	free(buffer);
	deflateEnd(&strm);
}

static Status write_local(ZipWriter *w, const ZipWritten *e, Error *err)
{
	size_t n = strlen(e->name);
	uint8_t h[LOCAL_SIZE] = {0}, extra[24] = {0};
	size_t nextra = 0;
	bool big = e->size >= UINT32_MAX || e->csize >= UINT32_MAX;
	if (big) {
		write_u16(extra, 1);
		write_u16(extra + 2, 16);
		write_u64(extra + 4, e->size);
		write_u64(extra + 12, e->csize);
		nextra = 20;
	}
	size_t padding = 0;
	bool pad = w->align > 1;
	if (pad) {
		uint64_t start = w->file.offset + LOCAL_SIZE + n + nextra + 4;
		padding = (w->align - start % w->align) % w->align;
	}
	write_u32(h, 0x04034b50);
	write_u16(h + 4, big ? 45 : e->method ? 20 : 0);
	write_u16(h + 6, FLAG_UTF8);
	write_u16(h + 8, e->method);
	write_u32(h + 14, e->crc);
	write_u32(h + 18, big ? UINT32_MAX : (uint32_t)e->csize);
	write_u32(h + 22, big ? UINT32_MAX : (uint32_t)e->size);
	write_u16(h + 26, (uint16_t)n);
	write_u16(h + 28, (uint16_t)(nextra + (pad ? 4 + padding : 0)));
	TRY(file_writer_write(&w->file, h, sizeof h, err));
	TRY(file_writer_write(&w->file, e->name, n, err));
	TRY(file_writer_write(&w->file, extra, nextra, err));
	if (pad) {
		uint8_t head[4] = {'F', 'B'};
		write_u16(head + 2, (uint16_t)padding);
		TRY(file_writer_write(&w->file, head, 4, err));
		for (size_t i = 0; i < padding; i++)
			TRY(file_writer_write(&w->file, "Z", 1, err));
	}
	return STATUS_OK;
}

Status zip_writer_add(ZipWriter *w, const char *name, const void *data, size_t size, bool deflate, Error *err)
{
	if (strlen(name) > UINT16_MAX)
		return fail(err, STATUS_LIMIT, "zip: the name of a record has more than 65535 bytes");
	ZipWritten e = {.begin = w->file.offset, .size = size, .csize = size, .crc = crc_of_bytes(data, size)};
	uint8_t *packed = NULL;
	if (deflate) {
		size_t csize = 0;
		deflate_content(data, size, &packed, &csize);
		if (packed) {
			e.method = 8;
			e.csize = csize;
		}
	}
	e.name = xstrdup(name);
	VEC_PUSH(w->entries, w->n, w->cap, e);
	Status s = write_local(w, &e, err);
	if (s == STATUS_OK)
		s = file_writer_write(&w->file, packed ? packed : data, (size_t)e.csize, err);
	free(packed);
	return s;
}

static Status write_central(ZipWriter *w, const ZipWritten *e, Error *err)
{
	uint8_t h[CENTRAL_SIZE] = {0}, extra[28];
	size_t n = strlen(e->name), nextra = 0;
	uint64_t values[3] = {e->size, e->csize, e->begin};
	bool wide = false;
	for (int i = 0; i < 3; i++) {
		if (values[i] >= UINT32_MAX) {
			write_u64(extra + 4 + nextra, values[i]);
			nextra += 8;
			wide = true;
		}
	}
	if (wide) {
		write_u16(extra, 1);
		write_u16(extra + 2, (uint16_t)nextra);
		nextra += 4;
	}
	write_u32(h, 0x02014b50);
	write_u16(h + 4, wide ? 45 : 20);
	write_u16(h + 6, wide ? 45 : e->method ? 20 : 0);
	write_u16(h + 8, FLAG_UTF8);
	write_u16(h + 10, e->method);
	write_u32(h + 16, e->crc);
	write_u32(h + 20, e->csize >= UINT32_MAX ? UINT32_MAX : (uint32_t)e->csize);
	write_u32(h + 24, e->size >= UINT32_MAX ? UINT32_MAX : (uint32_t)e->size);
	write_u16(h + 28, (uint16_t)n);
	write_u16(h + 30, (uint16_t)nextra);
	write_u32(h + 42, e->begin >= UINT32_MAX ? UINT32_MAX : (uint32_t)e->begin);
	TRY(file_writer_write(&w->file, h, sizeof h, err));
	TRY(file_writer_write(&w->file, e->name, n, err));
	return file_writer_write(&w->file, extra, nextra, err);
}

static Status write_directory(ZipWriter *w, Error *err)
{
	uint64_t begin = w->file.offset;
	for (int i = 0; i < w->n; i++)
		TRY(write_central(w, &w->entries[i], err));
	uint64_t end = w->file.offset, size = end - begin;
	bool wide = w->n >= UINT16_MAX || begin >= UINT32_MAX || size >= UINT32_MAX;
	if (wide) {
		uint8_t h[56 + 20] = {0};
		write_u32(h, 0x06064b50);
		write_u64(h + 4, 44);
		write_u16(h + 12, 0x031e);
		write_u16(h + 14, 45);
		write_u64(h + 24, (uint64_t)w->n);
		write_u64(h + 32, (uint64_t)w->n);
		write_u64(h + 40, size);
		write_u64(h + 48, begin);
		write_u32(h + 56, 0x07064b50);
		write_u64(h + 64, end);
		write_u32(h + 72, 1);
		TRY(file_writer_write(&w->file, h, sizeof h, err));
	}
	uint8_t h[22] = {0};
	uint16_t n = wide ? UINT16_MAX : (uint16_t)w->n;
	write_u32(h, 0x06054b50);
	write_u16(h + 8, n);
	write_u16(h + 10, n);
	write_u32(h + 12, wide ? UINT32_MAX : (uint32_t)size);
	write_u32(h + 16, wide ? UINT32_MAX : (uint32_t)begin);
	return file_writer_write(&w->file, h, sizeof h, err);
}

static void free_entries(ZipWriter *w)
{
	for (int i = 0; i < w->n; i++)
		free(w->entries[i].name);
	free(w->entries);
	w->entries = NULL;
	w->n = w->cap = 0;
}

Status zip_writer_finish(ZipWriter *w, Error *err)
{
	Status s = write_directory(w, err);
	if (s == STATUS_OK)
		s = file_writer_commit(&w->file, err);
	zip_writer_abandon(w);
	return s;
}

void zip_writer_abandon(ZipWriter *w)
{
	free_entries(w);
	file_writer_abandon(&w->file);
}
