// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C: the handler asks the context to stop what it runs; the statement then fails as cancelled and the caller goes
// on.  Whoever does not want to wait presses it three times.
#include "tools/cli.h"

#include <signal.h>
#include <stdlib.h>

static wick_context *volatile watched;
static volatile sig_atomic_t presses;

static void on_interrupt(int signal_number)
{
	presses++;
	if (presses >= 3) {
		signal(signal_number, SIG_DFL);
		raise(signal_number);
	}
	if (watched)
		wick_cancel(watched);
}

void interrupt_watch(wick_context *cx)
{
	watched = cx;
	presses = 0;
	struct sigaction action = {.sa_handler = cx ? on_interrupt : SIG_DFL}; // no SA_RESTART: reading a line stops too
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

bool interrupt_pending(void)
{
	return presses > 0;
}

bool interrupt_taken(void)
{
	bool taken = presses > 0;
	presses = 0;
	return taken;
}
