// SPDX-License-Identifier: BSD-3-Clause
// Lines from the user, on libedit.
//
// libedit reads a character again when a signal interrupts it; characters therefore come through a function of ours,
// which gives up when Ctrl-C was pressed.
#include "tools/line.h"

#include "tools/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_MAX = 2000, INDENT = 4 };

struct LineReader {
	EditLine *edit;      // NULL when stdin is no terminal
	History *history;
	char *history_file;  // NULL: not kept
	const char *prompt;
	LineComplete *complete;
	void *user;
	char *line;          // of getline
	size_t cap;
};

static char *prompt_of(EditLine *e)
{
	LineReader *r;
	el_get(e, EL_CLIENTDATA, &r);
	return (char *)r->prompt;
}

// Waits for input or for Ctrl-C, which is noticed also when it comes between looking and waiting.
static bool wait_for_input(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	sigset_t interrupt, old;
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &old);
	while (!interrupt_pending() && ppoll(&in, 1, NULL, &old) < 0 && errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return !interrupt_pending();
}

static int read_char(EditLine *e, wchar_t *out)
{
	(void)e;
	mbstate_t state = {0};
	for (;;) {
		char c;
		if (!wait_for_input())
			return -1;
		ssize_t n = read(STDIN_FILENO, &c, 1);
		if (n == 0)
			return 0;
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		size_t used = mbrtowc(out, &c, 1, &state);
		if (used == (size_t)-1) { // not a character: dropped
			state = (mbstate_t){0};
			continue;
		}
		if (used != (size_t)-2)
			return 1;
	}
}

// ---- completion

void line_words_free(char **words, int n)
{
	for (int i = 0; i < n; i++)
		free(words[i]);
	free(words);
}

static size_t common_prefix(char **words, int n)
{
	size_t len = strlen(words[0]);
	for (int i = 1; i < n; i++) {
		size_t k = 0;
		while (k < len && words[i][k] == words[0][k])
			k++;
		len = k;
	}
	while (len && ((unsigned char)words[0][len] & 0xc0) == 0x80) // not within a character
		len--;
	return len;
}

// In columns, down then across.
static void show_words(char **words, int n)
{
	struct winsize size;
	size_t width = 80, longest = 1;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
		width = size.ws_col;
	for (int i = 0; i < n; i++)
		if (strlen(words[i]) > longest)
			longest = strlen(words[i]);
	int columns = (int)(width / (longest + 2));
	if (columns < 1)
		columns = 1;
	int rows = (n + columns - 1) / columns;
	putchar('\n');
	for (int row = 0; row < rows; row++) {
		for (int i = row; i < n; i += rows)
			printf("%-*s", i + rows < n ? (int)longest + 2 : 0, words[i]);
		putchar('\n');
	}
	fflush(stdout);
}


static unsigned char on_tab(EditLine *e, int key)
{
	(void)key;
	LineReader *r;
	el_get(e, EL_CLIENTDATA, &r);
	const LineInfo *info = el_line(e);
	size_t cursor = (size_t)(info->cursor - info->buffer), size = (size_t)(info->lastchar - info->buffer), blanks = 0;
	while (blanks < cursor && (info->buffer[blanks] == ' ' || info->buffer[blanks] == '\t'))
		blanks++;
	if (blanks == cursor) { // nothing to complete: indentation
		char spaces[INDENT + 1];
		int n = INDENT - (int)(cursor % INDENT);
		memset(spaces, ' ', (size_t)n);
		spaces[n] = '\0';
		return el_insertstr(e, spaces) < 0 ? CC_ERROR : CC_REFRESH;
	}
	char *line = strndup(info->buffer, size), **words = NULL;
	if (!line)
		abort();
	size_t from = cursor;
	int n = r->complete ? r->complete(r->user, line, cursor, &from, &words) : 0;
	free(line);
	if (!n) {
		line_words_free(words, 0);
		return CC_REFRESH_BEEP;
	}
	size_t have = cursor - from, prefix = common_prefix(words, n);
	unsigned char done = CC_REFRESH;
	if (prefix > have) {
		char *more = strndup(words[0] + have, prefix - have);
		if (!more || el_insertstr(e, more) < 0)
			done = CC_ERROR;
		free(more);
	} else if (n > 1) {
		show_words(words, n);
		done = CC_REDISPLAY;
	}
	line_words_free(words, n);
	return done;
}

// ---- history

// Only a file that this user may write, or can make, is kept.
static bool is_writable(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void history_open(LineReader *r, const char *path)
{
	HistEvent ev;
	r->history = history_init();
	if (!r->history)
		abort();
	history(r->history, &ev, H_SETSIZE, HISTORY_MAX);
	history(r->history, &ev, H_SETUNIQUE, 1);
	if (path && is_writable(path)) {
		r->history_file = strdup(path);
		history(r->history, &ev, H_LOAD, path);
	}
	el_set(r->edit, EL_HIST, history, r->history);
}

// ---- reading

LineReader *line_reader_new(bool terminal, const char *history, LineComplete *complete, void *user)
{
	LineReader *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->complete = complete;
	r->user = user;
	if (!terminal)
		return r;
	if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
	r->edit = el_init("wick", stdin, stdout, stderr);
	if (!r->edit)
		return r;
	el_set(r->edit, EL_CLIENTDATA, r);
	el_set(r->edit, EL_PROMPT, prompt_of);
	el_set(r->edit, EL_EDITOR, "emacs");
	el_set(r->edit, EL_GETCFN, read_char);
	el_set(r->edit, EL_ADDFN, "wick-complete", "complete the name", on_tab);
	el_set(r->edit, EL_BIND, "^I", "wick-complete", NULL);
	el_set(r->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	history_open(r, history);
	el_source(r->edit, NULL); // ~/.editrc
	return r;
}

static bool is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static LineEvent line_edit(LineReader *r, const char **line)
{
	int n = 0;
	el_set(r->edit, EL_PREP_TERM, 1); // before the prompt invites: what is typed then is for the editor
	*line = el_gets(r->edit, &n);
	if (interrupt_taken()) {
		el_reset(r->edit);
		putchar('\n');
		return LINE_INTERRUPTED;
	}
	if (!*line || n <= 0) {
		putchar('\n');
		return LINE_END;
	}
	HistEvent ev;
	if (!is_blank(*line))
		history(r->history, &ev, H_ENTER, *line);
	return LINE_TEXT;
}

LineEvent line_read(LineReader *r, const char *prompt, const char **line)
{
	fflush(stdout);
	r->prompt = prompt;
	if (r->edit)
		return line_edit(r, line);
	errno = 0;
	ssize_t n = getline(&r->line, &r->cap, stdin);
	*line = n >= 0 ? r->line : "";
	if (interrupt_taken()) {
		clearerr(stdin);
		return LINE_INTERRUPTED;
	}
	return n >= 0 ? LINE_TEXT : LINE_END;
}

void line_reader_free(LineReader *r)
{
	if (!r)
		return;
	if (r->edit) {
		HistEvent ev;
		if (r->history_file)
			history(r->history, &ev, H_SAVE, r->history_file);
		history_end(r->history);
		el_end(r->edit);
	}
	free(r->history_file);
	free(r->line);
	free(r);
}
