// SPDX-License-Identifier: BSD-3-Clause
// Writing zip archives whose record contents start at aligned offsets, so that they can be mapped.
#ifndef WICK_FORMAT_ZIP_WRITE_H
#define WICK_FORMAT_ZIP_WRITE_H

#include "format/file.h"

typedef struct ZipWritten {
	char *name;
	uint64_t begin, csize, size;
	uint32_t crc;
	uint16_t method;
} ZipWritten;

typedef struct ZipWriter {
	FileWriter file;
	size_t align;          // content offsets are multiples of this; 1 = no padding
	ZipWritten *entries;
	int n, cap;
} ZipWriter;

Status zip_writer_open(ZipWriter *w, const char *path, size_t align, Error *err);
// One record under its full name; deflated where that is asked for and makes it smaller.
Status zip_writer_add(ZipWriter *w, const char *name, const void *data, size_t size, bool deflate, Error *err);
// Central directory, then the file gets its name.  Frees w, also on failure.
Status zip_writer_finish(ZipWriter *w, Error *err);
void zip_writer_abandon(ZipWriter *w); // nothing is left of the file; harmless after finish

#endif
