// SPDX-License-Identifier: BSD-3-Clause
// Reading zip archives whose bytes are hostile until checked.
//
//   record, record, …, central directory, [zip64 end record, locator,] end record, trailing bytes
//
// Only the central directory is believed, and only after every entry was found to lie inside the file and
// apart from every other; sizes in local headers are not read.  Stored records are views of the mapping.
#ifndef WICK_FORMAT_ZIP_H
#define WICK_FORMAT_ZIP_H

#include "core/text.h"
#include "format/file.h"

typedef struct ZipEntry {
	char *name;          // full name; no NUL, no ".." component
	uint64_t begin;      // of the local header
	uint64_t data;       // of the content, compressed or not
	uint64_t csize;      // bytes in the file
	uint64_t size;       // bytes of the content
	uint32_t crc;        // 0 = was not computed
	uint16_t method;     // 0 stored, 8 deflated
} ZipEntry;

typedef struct Zip {
	_Atomic uint32_t refs;
	Bytes *bytes;
	ZipEntry *entries;   // central directory order
	int n, cap;
	Map index;           // full name → ZipEntry *; of duplicates the first
	char *root;          // folder of the first entry without its '/'; NULL when the first entry has none
	bool verify;         // check the CRC of large records too
	size_t max_inflated;
	_Atomic size_t inflated;
} Zip;

// Records up to this size always have their CRC checked.
#define ZIP_ALWAYS_VERIFIED ((size_t)1 << 20)

bool zip_is_zip(const Bytes *b);                   // begins with a local header or an empty directory
Status zip_open(Bytes *b, Zip **out, Error *err);  // takes a new reference to b; max_inflated is 4 GiB
Zip *zip_ref(Zip *z);
void zip_unref(Zip **z);
const ZipEntry *zip_find(const Zip *z, const char *name);                      // full name; NULL when absent
const ZipEntry *zip_find_in_root(const Zip *z, const char *folder, const char *name); // ROOT/folder + name

// Content of a record.  Stored records are borrowed from the archive, deflated ones are in `heap`.
typedef struct ZipContent { const uint8_t *data; size_t size; void *heap; } ZipContent;
Status zip_read(Zip *z, const ZipEntry *e, ZipContent *out, Error *err);
void zip_content_free(ZipContent *c);
// The first nbytes of a record as a storage: a copy-on-write view of the file where the record is stored and
// aligned to `align`, else a copy.  `copy` asks for memory that no other storage of the same record shares.
Status zip_storage(Zip *z, const ZipEntry *e, size_t nbytes, size_t align, bool copy, Storage **out, Error *err);

#endif
