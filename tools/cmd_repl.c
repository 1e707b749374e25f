// SPDX-License-Identifier: BSD-3-Clause
// wick repl: the prompt.
//
// Lines are collected until they are a statement.  On a terminal an empty line ends a block, as in Python; from a pipe
// the next line decides, so that a file can be piped in as it is.
#include "tools/line.h"
#include "tools/program.h"

#include "core/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Prompt {
	wick_context *cx;
	wick_program *p;
	LineReader *reader;
	bool terminal, failed, leave;
	int status;
	Text text;           // the statement so far
	char *next;          // a line that was read ahead, or NULL
} Prompt;

// ---- statements

static bool is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static bool starts_with_word(const char *line, const char *word)
{
	size_t n = strlen(word);
	return !strncmp(line, word, n) && (line[n] == ' ' || line[n] == ':' || line[n] == '\n' || line[n] == '\r');
}

// From a pipe: does this line belong to the statement before it?
static bool continues(const char *line)
{
	return *line == ' ' || *line == '\t' || *line == '#' || is_blank(line) || starts_with_word(line, "else") ||
		starts_with_word(line, "elif") || starts_with_word(line, "except") || starts_with_word(line, "finally");
}

// An open bracket or string, whatever blocks there are.
static bool is_open(const Text *t)
{
	Text closed = {0};
	text_addn(&closed, text_str(t), t->size);
	text_add(&closed, "\n\n");
	bool open = wick_program_incomplete(text_str(&closed));
	text_free(&closed);
	return open;
}

static LineEvent next_line(Prompt *s, const char *prompt, const char **line)
{
	if (!s->next)
		return line_read(s->reader, prompt, line);
	*line = s->next;
	return LINE_TEXT;
}

static LineEvent read_from_terminal(Prompt *s)
{
	const char *line;
	for (;;) {
		LineEvent e = line_read(s->reader, s->text.size ? "... " : ">>> ", &line);
		if (e == LINE_INTERRUPTED || (e == LINE_END && !s->text.size))
			return e;
		if (e == LINE_END)
			return LINE_TEXT;
		if (!s->text.size && is_blank(line))
			continue;
		text_add(&s->text, line);
		if (*line == ':' && s->text.size == strlen(line))
			return LINE_TEXT;
		if (!wick_program_incomplete(text_str(&s->text)))
			return LINE_TEXT;
	}
}

static LineEvent read_from_pipe(Prompt *s)
{
	const char *line;
	for (;;) {
		LineEvent e = next_line(s, "", &line);
		if (e != LINE_TEXT)
			return s->text.size && e == LINE_END ? LINE_TEXT : e;
		if (!s->text.size && is_blank(line)) {
			free(s->next);
			s->next = NULL;
			continue;
		}
		if (s->text.size && !continues(line) && !is_open(&s->text)) {
			if (!s->next)
				s->next = strdup(line);
			return LINE_TEXT;
		}
		bool first = !s->text.size;
		text_add(&s->text, line);
		free(s->next);
		s->next = NULL;
		if (first && text_str(&s->text)[0] == ':')
			return LINE_TEXT;
	}
}

static void tell(Prompt *s, wick_status st)
{
	int code;
	if (wick_program_exited(s->cx, &code)) {
		s->status = program_status(s->cx, st);
		s->leave = true;
		return;
	}
	interrupt_taken();
	if (st == WICK_OK)
		return;
	s->failed = true;
	program_status(s->cx, st);
}

// ---- commands

typedef struct PromptCommand {
	const char *name, *argument, *help;
	void (*run)(Prompt *s, const char *argument);
} PromptCommand;

static void describe(Prompt *s, const char *expression, wick_aspect aspect)
{
	char *text = NULL;
	wick_status st = wick_program_describe(s->cx, s->p, expression, aspect, &text);
	if (st == WICK_OK) {
		size_t n = strlen(text);
		printf("%s%s", text, n && text[n - 1] == '\n' ? "" : "\n");
	}
	wick_free(text);
	tell(s, st);
}

static void command_type(Prompt *s, const char *a) { describe(s, a, WICK_ASPECT_TYPE); }
static void command_graph(Prompt *s, const char *a) { describe(s, a, WICK_ASPECT_GRAPH); }
static void command_code(Prompt *s, const char *a) { describe(s, a, WICK_ASPECT_CODE); }

static void print_seconds(const char *what, double t)
{
	if (t < 1e-3)
		printf("%s %.3g µs", what, t * 1e6);
	else if (t < 1)
		printf("%s %.3g ms", what, t * 1e3);
	else
		printf("%s %.3g s", what, t);
}

static void command_time(Prompt *s, const char *a)
{
	wick_timing t;
	wick_status st = wick_program_time(s->cx, s->p, a, 1, &t);
	if (st == WICK_OK) {
		print_seconds("first", t.first);
		print_seconds(", best", t.best);
		print_seconds(", mean", t.mean);
		printf(" of %lld\n", (long long)t.runs);
	}
	tell(s, st);
}

static void command_load(Prompt *s, const char *a)
{
	tell(s, wick_program_run_file(s->cx, s->p, a));
}

static void command_quit(Prompt *s, const char *a)
{
	(void)a;
	s->leave = true;
}

static void command_help(Prompt *s, const char *a);

static const PromptCommand prompt_commands[] = {
	{":type", "EXPR", "the type of a value, as an annotation would say it", command_type},
	{":graph", "F", "the IR of a function, of a module's forward, or of a method (net.encode)", command_graph},
	{":code", "F", "the same as the TorchScript that an archive would hold", command_code},
	{":time", "EXPR", "how long it takes", command_time},
	{":load", "FILE", "run a file here", command_load},
	{":help", NULL, "this list", command_help},
	{":quit", NULL, "leave (also Ctrl-D, exit())", command_quit},
};
enum { NPROMPT_COMMANDS = sizeof prompt_commands / sizeof *prompt_commands };

static void command_help(Prompt *s, const char *a)
{
	(void)s, (void)a;
	puts("Statements run, expressions are printed and stored in _.  Tab completes, Ctrl-C stops what runs.\n");
	for (int i = 0; i < NPROMPT_COMMANDS; i++)
		printf("  %-7s %-5s %s\n", prompt_commands[i].name, prompt_commands[i].argument ? prompt_commands[i].argument : "",
			prompt_commands[i].help);
	puts("  help(x)       what x is: signature, text, and the schemas of an operator");
}

static void run_command(Prompt *s, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	size_t n = strcspn(line, " \t");
	char *argument = line + n + strspn(line + n, " \t");
	const PromptCommand *found = NULL;
	int fits = 0;
	for (int i = 0; i < NPROMPT_COMMANDS; i++)
		if (n > 1 && !strncmp(prompt_commands[i].name, line, n)) { // any beginning that is unique
			found = &prompt_commands[i];
			fits++;
		}
	if (fits == 1 && (!found->argument || *argument)) {
		found->run(s, argument);
		return;
	}
	fflush(stdout);
	s->failed = true;
	if (fits == 1)
		fprintf(stderr, "%s %s: %s\n", found->name, found->argument, found->help);
	else
		fprintf(stderr, "%.*s: no such command; :help lists them\n", (int)n, line);
}

// ---- completion

static int complete_command(const char *line, size_t cursor, size_t *from, char ***words)
{
	int n = 0;
	*from = 0;
	*words = calloc(NPROMPT_COMMANDS, sizeof **words);
	for (int i = 0; *words && i < NPROMPT_COMMANDS; i++)
		if (!strncmp(prompt_commands[i].name, line, cursor))
			(*words)[n++] = strdup(prompt_commands[i].name);
	return n;
}

static int complete(void *user, const char *line, size_t cursor, size_t *from, char ***words)
{
	Prompt *s = user;
	wick_value *list = NULL;
	*words = NULL;
	if (*line == ':' && cursor == strcspn(line, " \t"))
		return complete_command(line, cursor, from, words);
	if (wick_program_complete(s->cx, s->p, line, cursor, from, &list) != WICK_OK)
		return 0;
	int n = (int)wick_size(list);
	*words = calloc((size_t)n + 1, sizeof **words);
	if (!*words)
		abort();
	for (int i = 0; i < n; i++) {
		wick_value *v = wick_item(list, (size_t)i);
		(*words)[i] = strdup(wick_get_string(v, NULL));
		wick_value_free(v);
	}
	wick_value_free(list);
	return n;
}

// ---- the loop

static char *history_path(void)
{
	const char *home = getenv("HOME");
	if (!home || !*home)
		return NULL;
	Text t = {0};
	text_addf(&t, "%s/.wick_history", home);
	return text_take(&t);
}

int prompt_run(wick_context *cx, wick_program *p)
{
	Prompt s = {.cx = cx, .p = p, .terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
	char *path = s.terminal ? history_path() : NULL;
	s.reader = line_reader_new(s.terminal, path, complete, &s);
	free(path);
	if (s.terminal)
		printf("Wick %s: %d threads, %s.  :help lists the commands.\n", wick_version(), wick_threads(), wick_cpu_features());
	interrupt_watch(cx);
	while (!s.leave) {
		text_free(&s.text);
		LineEvent e = s.terminal ? read_from_terminal(&s) : read_from_pipe(&s);
		if (e == LINE_INTERRUPTED) {
			fputs("KeyboardInterrupt\n", stderr);
			continue;
		}
		if (e == LINE_END)
			break;
		if (text_str(&s.text)[0] == ':')
			run_command(&s, s.text.data);
		else
			tell(&s, wick_program_run_text(cx, p, "<stdin>", text_str(&s.text), true));
		fflush(stdout);
	}
	interrupt_watch(NULL);
	line_reader_free(s.reader);
	text_free(&s.text);
	free(s.next);
	return s.status || s.terminal ? s.status : s.failed ? EXIT_WORK : 0;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	Access access = {0};
	Option options[] = {ACCESS_OPTIONS(access), PROGRAM_OPTIONS(common), {0}};
	int n = parse_options(&command_repl, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	argv[0] = "";
	wick_program *p = program_open(cx, &access, (const char *const *)argv, n + 1);
	int status = prompt_run(cx, p);
	wick_program_free(p);
	wick_context_free(cx);
	access_free(&access);
	return status;
}

const Command command_repl = {
	.name = "repl",
	.arguments = "[ARG …]",
	.summary = "the prompt: statements as they are typed, or piped in",
	.run = run,
	.program = true,
};
