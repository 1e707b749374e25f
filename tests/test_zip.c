// SPDX-License-Identifier: BSD-3-Clause
// The zip reader and writer: what PyTorch's and other tools write, and what must be refused.
#include "format/crc.h"
#include "format/zip.h"
#include "format/zip_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/zip_bytes.h"

static Zip *open_text(const Text *t, Error *err)
{
	Bytes *b;
	Zip *z;
	assert_int_equal(bytes_copy(t->data, t->size, &b, err), STATUS_OK);
	zip_open(b, &z, err);
	bytes_unref(&b);
	return z;
}

// The archive opens, or fails with a message that contains `why`.
static Zip *expect(const ZipBytes *z, const char *why)
{
	Error err = ERROR_INIT;
	Zip *opened = open_text(&z->file, &err);
	if (why) {
		assert_null(opened);
		if (!strstr(err.message, why))
			fail_msg("'%s' does not say '%s'", err.message, why);
	} else if (!opened) {
		fail_msg("%s", err.message);
	}
	error_clear(&err);
	return opened;
}

static void expect_content(Zip *z, const char *name, const char *want)
{
	Error err = ERROR_INIT;
	ZipContent c;
	const ZipEntry *e = zip_find(z, name);
	assert_non_null(e);
	assert_int_equal(zip_read(z, e, &c, &err), STATUS_OK);
	assert_int_equal(c.size, strlen(want));
	assert_memory_equal(c.data, want, c.size);
	zip_content_free(&c);
}

static void reads_plain_archives(void **state)
{
	(void)state;
	for (int form = 0; form < 4; form++) {
		ZipBytes b = {.align = form & 1 ? 64 : 0};
		zip_add(&b, "my model.v2/", "", 0);
		zip_add_text(&b, "my model.v2/version", "3\n");
		zip_record(&b, "my model.v2/a", 13, "aaaaaaaaaaaaaaaaaaaaaaaa", 24, true, NULL);
		zip_add_text(&b, "my model.v2/version", "second of the name");
		zip_add(&b, "my model.v2/empty", "", 0);
		zip_add_text(&b, "other/x", "y");
		if (form & 2)
			zip_end64(&b);
		else
			zip_end(&b);
		text_add(&b.file, "bytes after the end");
		Zip *z = expect(&b, NULL);
		assert_string_equal(z->root, "my model.v2");
		expect_content(z, "my model.v2/version", "3\n");
		expect_content(z, "my model.v2/a", "aaaaaaaaaaaaaaaaaaaaaaaa");
		expect_content(z, "my model.v2/empty", "");
		assert_non_null(zip_find_in_root(z, "", "version"));
		assert_null(zip_find_in_root(z, "", "x"));
		zip_unref(&z);
		zip_bytes_free(&b);
	}
}

static void finds_the_root(void **state)
{
	(void)state;
	ZipBytes b = {0};
	zip_add_text(&b, "/data.pkl", "x");
	zip_end(&b);
	Zip *z = expect(&b, NULL);
	assert_string_equal(z->root, "");
	assert_non_null(zip_find_in_root(z, "", "data.pkl"));
	zip_unref(&z);
	zip_bytes_free(&b);
	zip_add_text(&b, "loose", "x");
	zip_add_text(&b, "a/b", "x");
	zip_end(&b);
	z = expect(&b, NULL);
	assert_null(z->root);
	zip_unref(&z);
	zip_bytes_free(&b);
}

static void refuse(const char *name, size_t nname, ZipLie lie, bool deflated, const char *why)
{
	ZipBytes b = {0};
	zip_add_text(&b, "r/first", "0123456789");
	zip_record(&b, name, nname, "content", 7, deflated, &lie);
	zip_end(&b);
	Zip *z = expect(&b, why);
	assert_null(z);
	zip_bytes_free(&b);
}

static void refuses_odd_entries(void **state)
{
	(void)state;
	refuse("r/x", 3, (ZipLie){.flags = 1}, false, "encrypted");
	refuse("r/x", 3, (ZipLie){.method = 12}, false, "compression method 12");
	refuse("r/x", 3, (ZipLie){.size = 8}, false, "two sizes differ");
	refuse("r/x", 3, (ZipLie){.size = 1000000, .csize = 1000000}, false, "reaches beyond");
	refuse("r/x", 3, (ZipLie){.size = 0x7fffffff}, true, "impossible");
	refuse("r/x", 3, (ZipLie){.begin = 1}, false, "overlap");
	refuse("r/x", 3, (ZipLie){.begin = 6}, false, "no local header");
	refuse("r/x", 3, (ZipLie){.begin = 100000}, false, "no local header");
	refuse("r/x", 3, (ZipLie){.size = 0xffffffff}, false, "64-bit sizes");
	refuse("r/../x", 6, (ZipLie){0}, false, "\"..\"");
	refuse("..", 2, (ZipLie){0}, false, "\"..\"");
	refuse("r/a\0b", 5, (ZipLie){0}, false, "NUL");
}

static void refuses_prefixes_and_truncation(void **state)
{
	(void)state;
	ZipBytes b = {0};
	zip_add_text(&b, "r/first", "0123456789");
	zip_end(&b);
	Text prefixed = {0};
	text_add(&prefixed, "MZ");
	text_addn(&prefixed, b.file.data, b.file.size);
	Error err = ERROR_INIT;
	assert_null(open_text(&prefixed, &err));
	error_clear(&err);
	text_free(&prefixed);
	for (size_t n = 0; n < b.file.size; n++) {
		// A copy of exactly n bytes, so that reading beyond them is seen.
		Text part = {0};
		text_addn(&part, b.file.data, n);
		assert_null(open_text(&part, &err));
		assert_non_null(err.message);
		error_clear(&err);
		text_free(&part);
	}
	zip_bytes_free(&b);
}

static void checks_crc_and_limits(void **state)
{
	(void)state;
	Error err = ERROR_INIT;
	ZipBytes b = {0};
	ZipContent c;
	zip_record(&b, "r/bad", 5, "content", 7, false, &(ZipLie){.crc = 1});
	zip_record(&b, "r/bad8", 6, "content", 7, true, &(ZipLie){.crc = 1});
	zip_record(&b, "r/none", 6, "content", 7, false, &(ZipLie){.no_crc = true});
	zip_record(&b, "r/short", 7, "content", 7, true, &(ZipLie){.size = 9});
	zip_record(&b, "r/long", 6, "content", 7, true, &(ZipLie){.size = 3});
	zip_record(&b, "r/full", 6, "content", 7, true, NULL);
	zip_end(&b);
	Zip *z = expect(&b, NULL);
	static const struct { const char *name, *why; } bad[] = {{"r/bad", "CRC-32"}, {"r/bad8", "CRC-32"},
		{"r/short", "does not inflate"}, {"r/long", "does not inflate"}};
	for (int i = 0; i < 4; i++) {
		assert_int_equal(zip_read(z, zip_find(z, bad[i].name), &c, &err), STATUS_FORMAT);
		assert_non_null(strstr(err.message, bad[i].why));
		error_clear(&err);
	}
	expect_content(z, "r/none", "content");
	z->max_inflated = z->inflated + 7;
	expect_content(z, "r/full", "content");
	assert_int_equal(zip_read(z, zip_find(z, "r/full"), &c, &err), STATUS_LIMIT);
	error_clear(&err);
	zip_unref(&z);
	zip_bytes_free(&b);
}

static void storages_are_views(void **state)
{
	(void)state;
	Error err = ERROR_INIT;
	for (size_t align = 0; align <= 64; align += 64) {
		ZipBytes b = {.align = align};
		zip_add_text(&b, "r/floats", "0123456789abcdef");
		zip_end(&b);
		Zip *z = expect(&b, NULL);
		const ZipEntry *e = zip_find(z, "r/floats");
		const uint8_t *content = z->bytes->data + e->data;
		Storage *s, *copy;
		assert_int_equal(zip_storage(z, e, 8, 4, false, &s, &err), STATUS_OK);
		assert_int_equal(zip_storage(z, e, 8, 4, true, &copy, &err), STATUS_OK);
		assert_int_equal(s->data == content, align == 64 || e->data % 4 == 0);
		assert_ptr_not_equal(copy->data, content);
		Storage *none;
		assert_int_equal(zip_storage(z, e, 17, 1, false, &none, &err), STATUS_FORMAT);
		error_clear(&err);
		zip_unref(&z); // the storage keeps the bytes
		assert_memory_equal(s->data, "01234567", 8);
		s->data[0] = 'x';
		assert_memory_equal(copy->data, "01234567", 8);
		storage_unref(&s);
		storage_unref(&copy);
		zip_bytes_free(&b);
	}
}

static void writes_what_it_reads(void **state)
{
	(void)state;
	char path[] = "/tmp/wick-test-XXXXXX";
	Error err = ERROR_INIT;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	char *zeros = calloc(1, 100000);
	ZipWriter w;
	assert_int_equal(zip_writer_open(&w, path, 64, &err), STATUS_OK);
	assert_int_equal(zip_writer_add(&w, "m/data/0", "0123", 4, false, &err), STATUS_OK);
	assert_int_equal(zip_writer_add(&w, "m/code/z.py", zeros, 100000, true, &err), STATUS_OK);
	assert_int_equal(zip_writer_add(&w, "m/version", "3\n", 2, true, &err), STATUS_OK);
	assert_int_equal(zip_writer_finish(&w, &err), STATUS_OK);
	Bytes *b;
	Zip *z;
	assert_int_equal(bytes_map_file(path, &b, &err), STATUS_OK);
	assert_true(b->size < 10000);
	assert_int_equal(zip_open(b, &z, &err), STATUS_OK);
	for (int i = 0; i < z->n; i++)
		assert_int_equal(z->entries[i].data % 64, 0);
	expect_content(z, "m/data/0", "0123");
	expect_content(z, "m/version", "3\n");
	ZipContent c;
	assert_int_equal(zip_read(z, zip_find(z, "m/code/z.py"), &c, &err), STATUS_OK);
	assert_int_equal(c.size, 100000);
	assert_memory_equal(c.data, zeros, c.size);
	zip_content_free(&c);
	// Writing to a view of the mapping does not reach the file.
	Storage *s;
	assert_int_equal(zip_storage(z, zip_find(z, "m/data/0"), 4, 4, false, &s, &err), STATUS_OK);
	s->data[0] = '9';
	storage_unref(&s);
	zip_unref(&z);
	bytes_unref(&b);
	assert_int_equal(bytes_map_file(path, &b, &err), STATUS_OK);
	assert_int_equal(b->data[64], '0');
	bytes_unref(&b);
	assert_int_equal(zip_writer_open(&w, path, 1, &err), STATUS_OK);
	zip_writer_abandon(&w); // the old file stays
	assert_int_equal(access(path, R_OK), 0);
	unlink(path);
	free(zeros);
	assert_int_equal(zip_writer_open(&w, "/nonexistent/x.zip", 1, &err), STATUS_IO);
	error_clear(&err);
}

static void crc_is_that_of_zlib(void **state)
{
	(void)state;
	uint8_t bytes[1100];
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
	for (size_t n = 0; n < 1024; n++)
		assert_int_equal(crc_of_bytes(bytes + n % 17, n), crc32(0, bytes + n % 17, (uInt)n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_plain_archives),
		cmocka_unit_test(finds_the_root),
		cmocka_unit_test(refuses_odd_entries),
		cmocka_unit_test(refuses_prefixes_and_truncation),
		cmocka_unit_test(checks_crc_and_limits),
		cmocka_unit_test(storages_are_views),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(crc_is_that_of_zlib),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
