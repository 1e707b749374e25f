// SPDX-License-Identifier: BSD-3-Clause
// The zip reader: end records, central directory, checks on where entries lie, inflating with limits.
#include "format/zip.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/arena.h"
#include "format/crc.h"

#define SIG_LOCAL 0x04034b50u
#define SIG_CENTRAL 0x02014b50u
#define SIG_END 0x06054b50u
#define SIG_END64 0x06064b50u
#define SIG_LOCATOR64 0x07064b50u

enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR64_SIZE = 20 };

// The end record is looked for in this many last bytes: its comment has at most 65535, and what tools
// append after it (signatures, padding) is tolerated within the same room.
#define END_SEARCH (END_SIZE + 2 * 65536)
// Deflate cannot do better than 1032 : 1.
#define MAX_RATIO 1040

typedef struct Directory { uint64_t offset, size, count; } Directory;

bool zip_is_zip(const Bytes *b)
{
	return b->size >= 4 && (read_u32(b->data) == SIG_LOCAL || read_u32(b->data) == SIG_END);
}

// Reads the end record at `at`; false when what stands there is no end record of this file.
static bool end_record(const Bytes *b, size_t at, Directory *dir)
{
	const uint8_t *p = b->data + at;
	if (read_u16(p + 4) != 0 && read_u16(p + 4) != 0xffff)
		return false; // a multi-disk archive
	if (read_u16(p + 8) != read_u16(p + 10))
		return false;
	*dir = (Directory){.count = read_u16(p + 10), .size = read_u32(p + 12), .offset = read_u32(p + 16)};
	uint64_t limit = at;
	if (at >= LOCATOR64_SIZE && read_u32(p - LOCATOR64_SIZE) == SIG_LOCATOR64) {
		uint64_t end64 = read_u64(p - LOCATOR64_SIZE + 8);
		if (at - LOCATOR64_SIZE < END64_SIZE || end64 > at - LOCATOR64_SIZE - END64_SIZE)
			return false;
		const uint8_t *q = b->data + end64;
		if (read_u32(q) != SIG_END64 || read_u32(q + 16) != 0 || read_u32(q + 20) != 0)
			return false;
		*dir = (Directory){.count = read_u64(q + 32), .size = read_u64(q + 40), .offset = read_u64(q + 48)};
		limit = end64;
	}
	if (dir->offset > limit || dir->size > limit - dir->offset || dir->count > dir->size / CENTRAL_SIZE)
		return false;
	return dir->count == 0 || read_u32(b->data + dir->offset) == SIG_CENTRAL;
}

static Status find_directory(const Bytes *b, Directory *dir, Error *err)
{
	if (b->size < END_SIZE)
		return fail(err, STATUS_FORMAT, "not a zip archive: %zu bytes are too few", b->size);
	size_t last = b->size - END_SIZE;
	size_t first = last > END_SEARCH ? last - END_SEARCH : 0;
	for (size_t at = last + 1; at-- > first;) {
		if (b->data[at] == 'P' && read_u32(b->data + at) == SIG_END && end_record(b, at, dir))
			return STATUS_OK;
	}
	return fail(err, STATUS_FORMAT, "not a zip archive, or a truncated one: there is no valid central directory");
}

// In the 64-bit extra field the values stand whose 32-bit fields are full, in a fixed order.
static bool extra_zip64(const uint8_t *p, size_t n, ZipEntry *e)
{
	bool need_size = e->size == UINT32_MAX, need_csize = e->csize == UINT32_MAX, need_begin = e->begin == UINT32_MAX;
	if (!need_size && !need_csize && !need_begin)
		return true;
	while (n >= 4) {
		uint16_t id = read_u16(p), len = read_u16(p + 2);
		p += 4;
		n -= 4;
		if (len > n)
			return false;
		if (id == 1) {
			uint64_t *want[3] = {need_size ? &e->size : NULL, need_csize ? &e->csize : NULL,
				need_begin ? &e->begin : NULL};
			size_t used = 0;
			for (int i = 0; i < 3; i++) {
				if (!want[i])
					continue;
				if (used + 8 > len)
					return false;
				*want[i] = read_u64(p + used);
				used += 8;
			}
			return true;
		}
		p += len;
		n -= len;
	}
	return false;
}

static Status check_name(const uint8_t *name, size_t n, Error *err)
{
	if (memchr(name, 0, n))
		return fail(err, STATUS_FORMAT, "zip: the name of an entry contains a NUL byte");
	for (size_t i = 0; i + 2 <= n; i++) {
		bool starts = i == 0 || name[i - 1] == '/';
		bool ends = i + 2 == n || name[i + 2] == '/';
		if (starts && ends && name[i] == '.' && name[i + 1] == '.')
			return fail(err, STATUS_FORMAT, "zip: the name of an entry contains \"..\"");
	}
	return STATUS_OK;
}

// One central directory entry at p, with `left` bytes of directory after it; *used is its length.
static Status read_entry(Zip *z, const uint8_t *p, size_t left, uint64_t limit, size_t *used, Error *err)
{
	if (left < CENTRAL_SIZE || read_u32(p) != SIG_CENTRAL)
		return fail(err, STATUS_FORMAT, "zip: entry %d of the central directory is damaged", z->n);
	size_t nname = read_u16(p + 28), nextra = read_u16(p + 30), ncomment = read_u16(p + 32);
	*used = CENTRAL_SIZE + nname + nextra + ncomment;
	if (*used > left)
		return fail(err, STATUS_FORMAT, "zip: entry %d of the central directory is truncated", z->n);
	uint16_t flags = read_u16(p + 8);
	ZipEntry e = {.method = read_u16(p + 10), .crc = read_u32(p + 16), .csize = read_u32(p + 20),
		.size = read_u32(p + 24), .begin = read_u32(p + 42)};
	TRY(check_name(p + CENTRAL_SIZE, nname, err));
	const char *name = (const char *)p + CENTRAL_SIZE;
	int shown = (int)(nname < 200 ? nname : 200);
	if (!extra_zip64(p + CENTRAL_SIZE + nname, nextra, &e))
		return fail(err, STATUS_FORMAT, "zip: '%.*s' lacks its 64-bit sizes", shown, name);
	if (flags & 0x2041)
		return fail(err, STATUS_FORMAT, "zip: '%.*s' is encrypted", shown, name);
	if (read_u16(p + 34) != 0 && read_u16(p + 34) != 0xffff)
		return fail(err, STATUS_FORMAT, "zip: '%.*s' lies on another disk", shown, name);
	if (e.method != 0 && e.method != 8)
		return fail(err, STATUS_UNSUPPORTED, "zip: '%.*s' uses compression method %d; only stored (0) and deflated "
			"(8) can be read", shown, name, e.method);
	if (e.method == 0 && e.size != e.csize)
		return fail(err, STATUS_FORMAT, "zip: '%.*s' is stored but its two sizes differ", shown, name);
	if (e.begin > limit || limit - e.begin < LOCAL_SIZE || read_u32(z->bytes->data + e.begin) != SIG_LOCAL)
		return fail(err, STATUS_FORMAT, "zip: '%.*s' has no local header at offset %" PRIu64, shown, name, e.begin);
	const uint8_t *local = z->bytes->data + e.begin;
	e.data = e.begin + LOCAL_SIZE + read_u16(local + 26) + read_u16(local + 28);
	if (e.data > limit || e.csize > limit - e.data)
		return fail(err, STATUS_FORMAT, "zip: '%.*s' reaches beyond the end of the records", shown, name);
	if (e.method == 8 && e.size / MAX_RATIO > e.csize)
		return fail(err, STATUS_FORMAT, "zip: '%.*s' claims to shrink %" PRIu64 " bytes to %" PRIu64
			", which is impossible", shown, name, e.size, e.csize);
	e.name = xstrndup(name, nname);
	VEC_PUSH(z->entries, z->n, z->cap, e);
	return STATUS_OK;
}

static int compare_begin(const void *a, const void *b)
{
	const ZipEntry *x = *(const ZipEntry *const *)a, *y = *(const ZipEntry *const *)b;
	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static Status check_overlap(const Zip *z, Error *err)
{
	const ZipEntry **sorted = xmalloc(((size_t)z->n + 1) * sizeof *sorted);
	for (int i = 0; i < z->n; i++)
		sorted[i] = &z->entries[i];
	qsort(sorted, (size_t)z->n, sizeof *sorted, compare_begin);
	Status s = STATUS_OK;
	for (int i = 1; i < z->n && s == STATUS_OK; i++) {
		if (sorted[i]->begin < sorted[i - 1]->data + sorted[i - 1]->csize)
			s = fail(err, STATUS_FORMAT, "zip: '%.200s' and '%.200s' overlap", sorted[i - 1]->name,
				sorted[i]->name);
	}
	free(sorted);
	return s;
}

static Status read_directory(Zip *z, Error *err)
{
	Directory dir = {0};
	TRY(find_directory(z->bytes, &dir, err));
	if (dir.count > INT32_MAX / 2)
		return fail(err, STATUS_LIMIT, "zip: %" PRIu64 " entries are too many", dir.count);
	const uint8_t *p = z->bytes->data + dir.offset;
	size_t left = dir.size, used = 0;
	for (uint64_t i = 0; i < dir.count; i++, p += used, left -= used)
		TRY(read_entry(z, p, left, dir.offset, &used, err));
	TRY(check_overlap(z, err));
	for (int i = 0; i < z->n; i++) {
		if (!map_has(&z->index, z->entries[i].name))
			map_set(&z->index, z->entries[i].name, &z->entries[i]);
	}
	if (z->n) {
		const char *slash = strchr(z->entries[0].name, '/');
		if (slash)
			z->root = xstrndup(z->entries[0].name, (size_t)(slash - z->entries[0].name));
	}
	return STATUS_OK;
}

Status zip_open(Bytes *b, Zip **out, Error *err)
{
	Zip *z = xcalloc(1, sizeof *z);
	z->refs = 1;
	z->bytes = bytes_ref(b);
	z->max_inflated = (size_t)4 << 30;
	Status s = read_directory(z, err);
	if (s != STATUS_OK)
		zip_unref(&z);
	*out = z;
	return s;
}

Zip *zip_ref(Zip *z)
{
	z->refs++;
	return z;
}

void zip_unref(Zip **z)
{
	Zip *old = *z;
	*z = NULL;
	if (!old || --old->refs)
		return;
	for (int i = 0; i < old->n; i++)
		free(old->entries[i].name);
	free(old->entries);
	map_free(&old->index);
	free(old->root);
	bytes_unref(&old->bytes);
	free(old);
}

const ZipEntry *zip_find(const Zip *z, const char *name)
{
	return map_get(&z->index, name);
}

const ZipEntry *zip_find_in_root(const Zip *z, const char *folder, const char *name)
{
	if (!z->root)
		return NULL;
	Text full = {0};
	text_addf(&full, "%s/%s%s", z->root, folder, name);
	const ZipEntry *e = zip_find(z, text_str(&full));
	text_free(&full);
	return e;
}

static Status check_crc(const Zip *z, const ZipEntry *e, const uint8_t *data, Error *err)
{
	if (e->crc == 0 || (!z->verify && e->size > ZIP_ALWAYS_VERIFIED))
		return STATUS_OK;
	uint32_t crc = crc_of_bytes(data, (size_t)e->size);
	if (crc != e->crc)
		return fail(err, STATUS_FORMAT, "zip: '%.200s' is damaged: its CRC-32 is %08" PRIx32 ", recorded is %08"
			PRIx32, e->name, crc, e->crc);
	return STATUS_OK;
}

// Inflates e into the e->size bytes at dst.
static Status inflate_entry(Zip *z, const ZipEntry *e, uint8_t *dst, Error *err)
{
	z_stream strm = {0};
	if (inflateInit2(&strm, -MAX_WBITS) != Z_OK)
		return fail_memory(err, 65536);
	const uint8_t *src = z->bytes->data + e->data;
	uint64_t left_in = e->csize, left_out = e->size;
	uint8_t overflow;
	int rc = Z_OK;
	strm.next_in = (uint8_t *)src;
	strm.next_out = dst;
	while (rc == Z_OK) {
		if (strm.avail_in == 0 && left_in) {
			strm.avail_in = (uInt)(left_in < (1u << 30) ? left_in : 1u << 30);
			left_in -= strm.avail_in;
		}
		if (strm.avail_out == 0 && left_out) {
			strm.avail_out = (uInt)(left_out < (1u << 30) ? left_out : 1u << 30);
			left_out -= strm.avail_out;
		} else if (strm.avail_out == 0) {
			// One byte of room, so that zlib can meet the end mark, and so that too long a stream shows.
			if (strm.next_out == &overflow + 1)
				break;
			strm.next_out = &overflow;
			strm.avail_out = 1;
		}
		rc = inflate(&strm, Z_NO_FLUSH);
	}
	inflateEnd(&strm);
	if (rc != Z_STREAM_END || strm.total_out != e->size)
		return fail(err, STATUS_FORMAT, "zip: '%.200s' does not inflate to its %" PRIu64 " bytes", e->name, e->size);
	return check_crc(z, e, dst, err);
}

static Status charge_inflated(Zip *z, const ZipEntry *e, Error *err)
{
	size_t before = atomic_fetch_add(&z->inflated, e->size);
	if (before > z->max_inflated || e->size > z->max_inflated - before)
		return fail(err, STATUS_LIMIT, "zip: '%.200s' would take %" PRIu64 " bytes of memory; with what was read before "
			"that exceeds the limit of %zu", e->name, e->size, z->max_inflated);
	return STATUS_OK;
}

Status zip_read(Zip *z, const ZipEntry *e, ZipContent *out, Error *err)
{
	*out = (ZipContent){.size = (size_t)e->size};
	if (e->method == 0) {
		out->data = z->bytes->data + e->data;
		return check_crc(z, e, out->data, err);
	}
	TRY(charge_inflated(z, e, err));
	uint8_t *heap = malloc((size_t)e->size + 1);
	if (!heap)
		return fail_memory(err, (size_t)e->size);
	Status s = inflate_entry(z, e, heap, err);
	if (s != STATUS_OK) {
		free(heap);
		return s;
	}
	out->data = out->heap = heap;
	return STATUS_OK;
}

void zip_content_free(ZipContent *c)
{
	free(c->heap);
	*c = (ZipContent){0};
}

Status zip_storage(Zip *z, const ZipEntry *e, size_t nbytes, size_t align, bool copy, Storage **out, Error *err)
{
	if (nbytes > e->size)
		return fail(err, STATUS_FORMAT, "zip: '%.200s' holds %" PRIu64 " bytes, but %zu are needed", e->name, e->size,
			nbytes);
	if (e->method == 0) {
		const uint8_t *data = z->bytes->data + e->data;
		TRY(check_crc(z, e, data, err));
		if (!copy && e->data % (align ? align : 1) == 0) {
			*out = bytes_storage(z->bytes, (size_t)e->data, nbytes);
			return STATUS_OK;
		}
		if (copy) // copies of one record count like inflated bytes: a small file can ask for many
			TRY(charge_inflated(z, e, err));
		TRY(storage_new(nbytes, out, err));
		if (nbytes)
			memcpy((*out)->data, data, nbytes);
		return STATUS_OK;
	}
	TRY(charge_inflated(z, e, err));
	TRY(storage_new((size_t)e->size, out, err));
	Status s = e->size ? inflate_entry(z, e, (*out)->data, err) : STATUS_OK;
	if (s == STATUS_OK && nbytes < e->size)
		s = storage_resize(*out, nbytes, err);
	if (s != STATUS_OK)
		storage_unref(out);
	return s;
}
