// SPDX-License-Identifier: BSD-3-Clause
// The storages of a zip archive, by key, as a pickle asks for them.
#ifndef WICK_FORMAT_RECORDS_H
#define WICK_FORMAT_RECORDS_H

#include "format/pickle.h"
#include "format/zip.h"

typedef struct StorageRecords {
	Zip *zip;             // borrowed
	const char *folder;   // "data/" or "constants/"
	bool by_key;          // the key identifies a storage (torch.save); else each request is a new one (TorchScript)
	bool swap;            // the archive is big-endian
	Map seen;             // key → struct SeenRecord *
} StorageRecords;

Status storage_records_get(void *records, const StorageId *id, Storage **out, Error *err);
void storage_records_free(StorageRecords *r);

// Reverses the bytes of every element in place; complex numbers by their parts.
void swap_elements(uint8_t *data, size_t nbytes, DType d);
// Bytes other than 0 and 1 would be undefined values of C's bool.
void normalise_bools(Storage *s);

#endif
