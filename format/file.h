// SPDX-License-Identifier: BSD-3-Clause
// Files as memory, and files that appear whole or not at all.
//
// A file is read by mapping it privately and writable: reading touches only the pages that are needed, and a
// tensor that is a view of the mapping can be written without the file noticing.  Whoever points into the
// bytes holds a reference.
#ifndef WICK_FORMAT_FILE_H
#define WICK_FORMAT_FILE_H

#include <stdio.h>

#include "core/tensor.h"

typedef struct Bytes {
	_Atomic uint32_t refs;
	uint8_t *data; // aligned to 64; never NULL
	size_t size;
	bool mapped;
} Bytes;

// Maps a regular file; anything else (a pipe) is read to its end.
Status bytes_map_file(const char *path, Bytes **out, Error *err);
Status bytes_copy(const void *data, size_t size, Bytes **out, Error *err);
Bytes *bytes_ref(Bytes *b);
void bytes_unref(Bytes **b);
// A storage that is a view of bytes [offset, offset + size), which the caller has checked.
Storage *bytes_storage(Bytes *b, size_t offset, size_t size);

// A file that is written beside its final name and takes that name only when it is complete.
typedef struct FileWriter {
	FILE *out;
	char *path, *temporary;
	uint64_t offset; // bytes written
} FileWriter;

Status file_writer_open(FileWriter *w, const char *path, Error *err);
Status file_writer_write(FileWriter *w, const void *data, size_t size, Error *err);
Status file_writer_commit(FileWriter *w, Error *err); // frees w's members, also on failure
void file_writer_abandon(FileWriter *w);              // removes the temporary; harmless after commit

static inline uint16_t read_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t read_u32(const uint8_t *p) { return read_u16(p) | (uint32_t)read_u16(p + 2) << 16; }
static inline uint64_t read_u64(const uint8_t *p) { return read_u32(p) | (uint64_t)read_u32(p + 4) << 32; }
static inline void write_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}
static inline void write_u32(uint8_t *p, uint32_t v)
{
	write_u16(p, (uint16_t)v);
	write_u16(p + 2, (uint16_t)(v >> 16));
}
static inline void write_u64(uint8_t *p, uint64_t v)
{
	write_u32(p, (uint32_t)v);
	write_u32(p + 4, (uint32_t)(v >> 32));
}

#endif
