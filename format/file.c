// SPDX-License-Identifier: BSD-3-Clause
// Mapping files, and writing them through a temporary that is renamed.
#include "format/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/text.h"

#define BYTES_ALIGN 64

static Status bytes_alloc(size_t size, Bytes **out, Error *err)
{
	if (size > SIZE_MAX - 2 * BYTES_ALIGN)
		return fail_memory(err, size);
	uint8_t *data = aligned_alloc(BYTES_ALIGN, (size + BYTES_ALIGN) / BYTES_ALIGN * BYTES_ALIGN);
	if (!data)
		return fail_memory(err, size);
	Bytes *b = xcalloc(1, sizeof *b);
	b->refs = 1;
	b->data = data;
	b->size = size;
	*out = b;
	return STATUS_OK;
}

Status bytes_copy(const void *data, size_t size, Bytes **out, Error *err)
{
	TRY(bytes_alloc(size, out, err));
	if (size)
		memcpy((*out)->data, data, size);
	return STATUS_OK;
}

static Status read_stream(int fd, const char *path, Bytes **out, Error *err)
{
	uint8_t *data = NULL;
	size_t size = 0, cap = 0;
	for (;;) {
		if (size == cap) {
			size_t want = cap ? 2 * cap : 65536;
			uint8_t *grown = realloc(data, want);
			if (!grown) {
				free(data);
				return fail_memory(err, want);
			}
			data = grown;
			cap = want;
		}
		ssize_t n = read(fd, data + size, cap - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int code = errno;
			free(data);
			return fail(err, STATUS_IO, "%s: %s", path, strerror(code));
		}
		if (n == 0)
			break;
		size += (size_t)n;
	}
	Status s = bytes_copy(data, size, out, err);
	free(data);
	return s;
}

Status bytes_map_file(const char *path, Bytes **out, Error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, STATUS_IO, "%s: %s", path, strerror(errno));
	struct stat st;
	Status s = STATUS_OK;
	if (fstat(fd, &st) != 0) {
		s = fail(err, STATUS_IO, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		s = fail(err, STATUS_IO, "%s: is a directory", path);
	} else if (!S_ISREG(st.st_mode)) {
		s = read_stream(fd, path, out, err);
	} else if (st.st_size == 0) {
		s = bytes_alloc(0, out, err);
	} else {
		void *data = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED) {
			s = fail(err, STATUS_IO, "%s: cannot map %jd bytes: %s", path, (intmax_t)st.st_size,
				strerror(errno));
		} else {
			Bytes *b = xcalloc(1, sizeof *b);
			*b = (Bytes){.refs = 1, .data = data, .size = (size_t)st.st_size, .mapped = true};
			*out = b;
		}
	}
	close(fd);
	return s;
}

Bytes *bytes_ref(Bytes *b)
{
	b->refs++;
	return b;
}

void bytes_unref(Bytes **b)
{
	Bytes *old = *b;
	*b = NULL;
	if (!old || --old->refs)
		return;
	if (old->mapped)
		munmap(old->data, old->size);
	else
		free(old->data);
	free(old);
}

static void release_view(void *owner, void *data, size_t nbytes)
{
	(void)data, (void)nbytes;
	Bytes *b = owner;
	bytes_unref(&b);
}

Storage *bytes_storage(Bytes *b, size_t offset, size_t size)
{
	return storage_wrap(b->data + offset, size, release_view, bytes_ref(b));
}

Status file_writer_open(FileWriter *w, const char *path, Error *err)
{
	*w = (FileWriter){0};
	w->path = xstrdup(path);
	int fd = -1;
	// Not mkstemp: its files are private, and this one will be somebody's model.
	for (int attempt = 0; fd < 0 && attempt < 1000; attempt++) {
		Text name = {0};
		text_addf(&name, "%s.%ld-%d.part", path, (long)getpid(), attempt);
		free(w->temporary);
		w->temporary = text_take(&name);
		fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0) {
		int code = errno;
		free(w->temporary);
		w->temporary = NULL;
		file_writer_abandon(w);
		return fail(err, STATUS_IO, "%s: %s", path, strerror(code));
	}
	w->out = fdopen(fd, "wb");
	if (!w->out) {
		close(fd);
		file_writer_abandon(w);
		return fail(err, STATUS_IO, "%s: cannot open a stream", path);
	}
	return STATUS_OK;
}

Status file_writer_write(FileWriter *w, const void *data, size_t size, Error *err)
{
	if (size && fwrite(data, 1, size, w->out) != size)
		return fail(err, STATUS_IO, "%s: %s", w->path, strerror(errno));
	w->offset += size;
	return STATUS_OK;
}

Status file_writer_commit(FileWriter *w, Error *err)
{
	int bad = fflush(w->out) != 0;
	// The name must not come before the contents, should the machine stop; what cannot be synced is no regular file.
	bad |= !bad && fsync(fileno(w->out)) != 0 && errno != EINVAL && errno != EROFS;
	bad |= fclose(w->out) != 0;
	w->out = NULL;
	if (bad || rename(w->temporary, w->path) != 0) {
		Status s = fail(err, STATUS_IO, "%s: %s", w->path, strerror(errno));
		file_writer_abandon(w);
		return s;
	}
	free(w->temporary);
	w->temporary = NULL;
	file_writer_abandon(w);
	return STATUS_OK;
}

void file_writer_abandon(FileWriter *w)
{
	if (w->out)
		fclose(w->out);
	if (w->temporary)
		unlink(w->temporary);
	free(w->temporary);
	free(w->path);
	*w = (FileWriter){0};
}
