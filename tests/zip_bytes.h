// SPDX-License-Identifier: BSD-3-Clause
// Zip archives in memory for tests: as plain as the format allows, and bent on request.
#ifndef WICK_TESTS_ZIP_BYTES_H
#define WICK_TESTS_ZIP_BYTES_H

#include <string.h>
#include <zlib.h>

#include "core/text.h"
#include "format/file.h"

typedef struct ZipBytes {
	Text file, directory;
	int n;
	size_t align; // of contents; 0 = none
} ZipBytes;

// What an entry's directory record claims instead of the truth; zero members mean the truth.
typedef struct ZipLie {
	uint16_t flags, method;
	uint32_t crc, size, csize, begin;
	bool no_crc;
} ZipLie;

static inline void zip_number(Text *t, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		text_addc(t, (char)(v >> 8 * i));
}

static inline void zip_record(ZipBytes *z, const char *name, size_t nname, const void *data, size_t size, bool deflated,
	const ZipLie *lie)
{
	static const ZipLie truth;
	const ZipLie *l = lie ? lie : &truth;
	uint8_t packed[1 << 16];
	uint32_t crc = l->no_crc ? 0 : (uint32_t)crc32(0, data, (uInt)size);
	size_t csize = size;
	const void *content = data;
	if (deflated) {
		z_stream s = {.next_in = (uint8_t *)data, .avail_in = (uInt)size, .next_out = packed, .avail_out = sizeof packed};
		deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 9, 0);
		deflate(&s, Z_FINISH);
		csize = s.total_out;
		content = packed;
		deflateEnd(&s);
	}
	uint32_t begin = (uint32_t)z->file.size;
	size_t pad = z->align ? (z->align - (begin + 30 + nname) % z->align) % z->align : 0;
	uint16_t method = deflated ? 8 : 0;
	zip_number(&z->file, 0x04034b50, 4);
	zip_number(&z->file, 20, 2);
	zip_number(&z->file, 0, 2);
	zip_number(&z->file, method, 2);
	zip_number(&z->file, 0, 4);
	zip_number(&z->file, crc, 4);
	zip_number(&z->file, csize, 4);
	zip_number(&z->file, size, 4);
	zip_number(&z->file, nname, 2);
	zip_number(&z->file, pad, 2);
	text_addn(&z->file, name, nname);
	text_fill(&z->file, 'Z', pad);
	text_addn(&z->file, content, csize);
	zip_number(&z->directory, 0x02014b50, 4);
	zip_number(&z->directory, 20, 2);
	zip_number(&z->directory, 20, 2);
	zip_number(&z->directory, l->flags, 2);
	zip_number(&z->directory, l->method ? l->method : method, 2);
	zip_number(&z->directory, 0, 4);
	zip_number(&z->directory, l->crc ? l->crc : crc, 4);
	zip_number(&z->directory, l->csize ? l->csize : csize, 4);
	zip_number(&z->directory, l->size ? l->size : size, 4);
	zip_number(&z->directory, nname, 2);
	zip_number(&z->directory, 0, 8); // extra, comment, disk, attributes
	zip_number(&z->directory, 0, 4);
	zip_number(&z->directory, l->begin ? l->begin - 1 : begin, 4);
	text_addn(&z->directory, name, nname);
	z->n++;
}

static inline void zip_add(ZipBytes *z, const char *name, const void *data, size_t size)
{
	zip_record(z, name, strlen(name), data, size, false, NULL);
}

static inline void zip_add_text(ZipBytes *z, const char *name, const char *text)
{
	zip_add(z, name, text, strlen(text));
}

// Appends the directory; the archive is then z->file.
static inline void zip_end(ZipBytes *z)
{
	size_t begin = z->file.size;
	text_addn(&z->file, z->directory.data ? z->directory.data : "", z->directory.size);
	zip_number(&z->file, 0x06054b50, 4);
	zip_number(&z->file, 0, 4);
	zip_number(&z->file, (uint64_t)z->n, 2);
	zip_number(&z->file, (uint64_t)z->n, 2);
	zip_number(&z->file, z->directory.size, 4);
	zip_number(&z->file, begin, 4);
	zip_number(&z->file, 0, 2);
}

// The same with 64-bit end records and every 32-bit field of the end record full.
static inline void zip_end64(ZipBytes *z)
{
	size_t begin = z->file.size;
	text_addn(&z->file, z->directory.data, z->directory.size);
	size_t end64 = z->file.size;
	zip_number(&z->file, 0x06064b50, 4);
	zip_number(&z->file, 44, 8);
	zip_number(&z->file, 45, 2);
	zip_number(&z->file, 45, 2);
	zip_number(&z->file, 0, 8);
	zip_number(&z->file, (uint64_t)z->n, 8);
	zip_number(&z->file, (uint64_t)z->n, 8);
	zip_number(&z->file, z->directory.size, 8);
	zip_number(&z->file, begin, 8);
	zip_number(&z->file, 0x07064b50, 4);
	zip_number(&z->file, 0, 4);
	zip_number(&z->file, end64, 8);
	zip_number(&z->file, 1, 4);
	zip_number(&z->file, 0x06054b50, 4);
	zip_number(&z->file, 0, 4);
	zip_number(&z->file, 0xffffffffffffffff, 8);
	zip_number(&z->file, 0xffffffff, 4);
	zip_number(&z->file, 0, 2);
}

static inline void zip_bytes_free(ZipBytes *z)
{
	text_free(&z->file);
	text_free(&z->directory);
	*z = (ZipBytes){.align = z->align};
}

#endif
