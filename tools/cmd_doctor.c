// SPDX-License-Identifier: BSD-3-Clause
// wick doctor: what this machine offers and what Wick makes of it.
#include "tools/cli.h"

#include <stdlib.h>
#include <unistd.h>

static int run(int argc, char **argv)
{
	bool json = false;
	Option options[] = {{.name = "--json", .help = "print JSON", .flag = &json}, {0}};
	int n = parse_options(&command_doctor, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	int supported = 0;
	for (int i = 0; i < wick_op_count(); i++)
		supported += wick_op_supported(i);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
	const char *forced = getenv("WICK_CPU");
	if (json) {
		printf("{\"version\":\"%s\",\"cpu\":\"%s\",\"forced\":", wick_version(), wick_cpu_features());
		if (forced)
			printf("\"%s\"", forced);
		else
			printf("null");
		printf(",\"processors\":%ld,\"threads\":%d,\"memory_bytes\":%.0f,\"operators\":%d,\"operators_run\":%d,"
		       "\"vulkan_devices\":[]}\n",
			processors, wick_threads(), memory, wick_op_count(), supported);
		return 0;
	}
	printf("wick         %s\n", wick_version());
	printf("kernels      %s%s%s\n", wick_cpu_features(), forced ? ", WICK_CPU=" : "", forced ? forced : "");
	printf("processors   %ld, kernels use %d threads\n", processors, wick_threads());
	printf("memory       %.1f GB\n", memory / 1e9);
	printf("operators    %d of %d run\n", supported, wick_op_count());
	printf("vulkan       not part of this version\n");
	return 0;
}

const Command command_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "processor features, threads, limits",
	.run = run,
};
