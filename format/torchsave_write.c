// SPDX-License-Identifier: BSD-3-Clause
// Writing files of torch.save, record for record as PyTorch 2.13 does; readers from 1.6 on load them.
#include <stdlib.h>

#include "core/arena.h"
#include "format/model.h"
#include "format/values.h"
#include "format/zip_write.h"

enum { ALIGNMENT = 64 };

typedef struct SaveFile {
	ZipWriter zip;
	char *root; // folder of all records
	Error *err;
} SaveFile;

static Status add_record(SaveFile *f, const char *name, const void *data, size_t size)
{
	Text full = {0};
	text_addf(&full, "%s/%s", f->root, name);
	Status s = zip_writer_add(&f->zip, text_str(&full), data, size, false, f->err);
	text_free(&full);
	return s;
}

static Status add_text(SaveFile *f, const char *name, const char *text)
{
	return add_record(f, name, text, strlen(text));
}

static Status add_records(SaveFile *f, const PickleWriter *w, const Text *pickle)
{
	TRY(add_record(f, "data.pkl", pickle->data, pickle->size));
	TRY(add_text(f, ".format_version", "1"));
	TRY(add_text(f, ".storage_alignment", "64"));
	TRY(add_text(f, "byteorder", "little"));
	for (int i = 0; i < w->nstorages; i++) {
		char name[32];
		snprintf(name, sizeof name, "data/%d", i);
		if (w->storages[i]->device != DEVICE_META)
			TRY(add_record(f, name, w->storages[i]->data, w->storages[i]->nbytes));
	}
	return add_text(f, "version", "3\n");
}

// The name of the file without its folder and its last extension.
static char *file_stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t n = dot && dot > name ? (size_t)(dot - name) : strlen(name);
	if (n == strspn(name, ".")) // no name, or one that a folder cannot have
		return xstrdup("archive");
	return xstrndup(name, n);
}

Status torchsave_write(const char *path, PickleWriter *w, IValue v, Error *err)
{
	Text pickle = {0};
	SaveFile f = {.err = err};
	Status s = pickle_write(w, v, &pickle, err);
	if (s == STATUS_OK)
		s = zip_writer_open(&f.zip, path, ALIGNMENT, err);
	if (s == STATUS_OK) {
		f.root = file_stem(path);
		s = add_records(&f, w, &pickle);
		if (s == STATUS_OK)
			s = zip_writer_finish(&f.zip, err);
		else
			zip_writer_abandon(&f.zip);
		free(f.root);
	}
	text_free(&pickle);
	return s;
}

Status torchsave_save_file(const char *path, IValue v, bool ordered, Error *err)
{
	PickleWriter w = {.dialect = PICKLE_SAVE, .ordered = ordered};
	Status s = torchsave_write(path, &w, v, err);
	pickle_writer_free(&w);
	return s;
}
