# SPDX-License-Identifier: BSD-3-Clause
# Targets: all demo check asan ubsan tsan fuzz bench opmap install uninstall clean deps.
# Everything is built under $(BUILD).  CC=clang-14 works; SAN=address,undefined adds sanitizers.
ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
PREFIX ?= /usr/local
OPT ?= -O2 -g
WARN := -Wall -Wextra -Werror
CPPFLAGS := -I. -Iinclude -I$(BUILD)/gen -D_GNU_SOURCE
CFLAGS := -std=c11 $(OPT) $(WARN) -fvisibility=hidden -fPIC -ffp-contract=off -fno-math-errno $(EXTRA_CFLAGS)
LDLIBS := -ljansson -lz -lm -lpthread
TOOL_LDLIBS := -ledit
ifdef SAN
# A sanitizer's checks make gcc warn of paths that do not exist; the plain build is the one whose warnings are errors.
CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -Wno-error
LDFLAGS += -fsanitize=$(SAN)
endif
VERSION := $(shell sed -n 's/^#define WICK_VERSION "\(.*\)"/\1/p' include/wick.h)

# As many jobs as processors, unless make was told a number.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# The build stage is linked as a whole: its folders come in with its entry points.
BUILD_STAGE := $(if $(wildcard frontend/build/build.c),frontend/build)
LIB_DIRS := core ir ir/passes frontend $(BUILD_STAGE) frontend/script interp backends/cpu format api
LIB_SRCS := $(filter-out %_vec.c,$(foreach d,$(LIB_DIRS),$(wildcard $(d)/*.c)))
VEC_SRCS := $(wildcard backends/cpu/*_vec.c)
TOOL_SRCS := $(wildcard tools/*.c)

# Files called *_vec.c are built once for each instruction set and export one table each.
ISAS := base avx2 avx512
VEC_FLAGS := -O3 -fno-trapping-math
ISA_FLAGS_base := $(VEC_FLAGS) -DWICK_ISA=1
ISA_FLAGS_avx2 := $(VEC_FLAGS) -DWICK_ISA=2 -mavx2 -mfma -mf16c
ISA_FLAGS_avx512 := $(VEC_FLAGS) -DWICK_ISA=3 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512

GEN_C := $(patsubst frontend/%.y,$(BUILD)/gen/frontend/%.tab.c,$(wildcard frontend/*.y)) \
	$(patsubst frontend/%.l,$(BUILD)/gen/frontend/%.yy.c,$(wildcard frontend/*.l))
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/obj/%.o) $(GEN_C:$(BUILD)/gen/%.c=$(BUILD)/obj/gen/%.o) \
	$(foreach i,$(ISAS),$(VEC_SRCS:%.c=$(BUILD)/obj/%.$(i).o)) $(BUILD)/obj/gen/frontend/lib.o \
	$(BUILD)/obj/gen/frontend/modules.o
TOOL_OBJS := $(TOOL_SRCS:%.c=$(BUILD)/obj/%.o)
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

all: deps.stamp
	@$(MAKE) --no-print-directory $(JOBS) products

products: $(BUILD)/wick $(BUILD)/libwick.a $(BUILD)/libwick.so $(BUILD)/wick.pc $(BUILD)/digits

# Installs what is missing, where it may; says what is missing where it may not.
deps: deps.stamp
deps.stamp:
	@sh tools/deps.sh
.PHONY: deps deps.stamp

# ---- products

$(BUILD)/wick: $(TOOL_OBJS) $(LIB_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LDLIBS) $(LDLIBS)

# One object in which only wick_* is global, so that an embedding program sees no other name.
$(BUILD)/libwick.a: $(LIB_OBJS)
	@rm -f $@
	$(LD) -r -o $(BUILD)/libwick.o $^
	objcopy --wildcard --keep-global-symbol='wick_*' $(BUILD)/libwick.o
	ar rcs $@ $(BUILD)/libwick.o

$(BUILD)/libwick.so: $(LIB_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libwick.so.0 -o $@ $^ $(LDLIBS)

$(BUILD)/wick.pc: Makefile include/wick.h
	@mkdir -p $(@D)
	@printf 'prefix=%s\nlibdir=$${prefix}/lib\nincludedir=$${prefix}/include\n\nName: wick\nDescription: Runs TorchScript models\nVersion: %s\nLibs: -L$${libdir} -lwick\nLibs.private: -ljansson -lz -lm -lpthread\nCflags: -I$${includedir}\n' '$(PREFIX)' '$(VERSION)' > $@

$(BUILD)/digits: examples/digits/demo.c $(BUILD)/libwick.a include/wick.h
	$(CC) $(CFLAGS) -Iinclude $(LDFLAGS) -o $@ $< $(BUILD)/libwick.a $(LDLIBS)

$(BUILD)/obj/%.o: %.c | $(GEN_C)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define isa_rule
$(BUILD)/obj/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(ISA_FLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

# The text of flex and bison is not ours to keep free of warnings.
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-unused-function -Wno-sign-compare -Wno-unused-but-set-variable -Wno-unknown-warning-option -MMD -MP -c -o $@ $<

$(BUILD)/gen/frontend/%.tab.c: frontend/%.y
	@mkdir -p $(@D)
	bison -Wall -Werror --header=$(@:.c=.h) -o $@ $<

$(BUILD)/gen/frontend/%.yy.c: frontend/%.l $(patsubst frontend/%.y,$(BUILD)/gen/frontend/%.tab.c,$(wildcard frontend/*.y))
	@mkdir -p $(@D)
	flex --header-file=$(@:.c=.h) -o $@ $<

# The library written in our own language, as one table of file names and texts.
$(BUILD)/gen/frontend/lib.c: $(wildcard frontend/lib/*.py) tools/embed.sh
	@mkdir -p $(@D)
	sh tools/embed.sh $(wildcard frontend/lib/*.py) > $@

# The modules that a model file can import; the name of a module is its path.
LIB_MODULES := $(shell find frontend/lib/modules -name '*.py' | LC_ALL=C sort)
$(BUILD)/gen/frontend/modules.c: $(LIB_MODULES) tools/embed_modules.sh
	@mkdir -p $(@D)
	sh tools/embed_modules.sh $(LIB_MODULES) > $@

# ---- running

demo: all
	@$(BUILD)/digits examples/digits/digits.pt examples/digits/digits.npz
	@echo
	@echo 'A model from its Python source, as an archive that PyTorch loads too:'
	@echo '$$ wick compile examples/models/lenet.py --seed 0 --eval -o $(BUILD)/lenet.pt'
	@$(BUILD)/wick compile examples/models/lenet.py --seed 0 --eval -o $(BUILD)/lenet.pt
	@echo '$$ wick run $(BUILD)/lenet.pt --seed 1 "torch.rand(1, 1, 28, 28)"'
	@$(BUILD)/wick run $(BUILD)/lenet.pt --seed 1 'torch.rand(1, 1, 28, 28)'

check: all
	@$(MAKE) --no-print-directory $(JOBS) test-programs
	@sh tests/run.sh $(BUILD)

test-programs: $(TESTS) $(FUZZERS:%=$(BUILD)/tests/replay_%)

$(BUILD)/tests/%: tests/%.c $(LIB_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB_OBJS) -lcmocka $(LDLIBS)

# The fuzz targets with a plain main, which replays their corpora.
$(BUILD)/tests/replay_%: tests/fuzz/%.c tests/fuzz/replay.c $(LIB_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The test programs again, under a sanitizer, with objects of their own.
SAN_RUN = $(MAKE) --no-print-directory $(JOBS) BUILD=$(BUILD)/$@ SAN=$(1) OPT='-O1 -g' CC=$(CC)
asan: deps.stamp
	@$(call SAN_RUN,address) $(BUILD)/$@/wick test-programs
	@WICK_TEST_SHORT=1 ASAN_OPTIONS=detect_leaks=1 sh tests/run.sh $(BUILD)/$@
ubsan: deps.stamp
	@$(call SAN_RUN,undefined) $(BUILD)/$@/wick test-programs
	@WICK_TEST_SHORT=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 sh tests/run.sh $(BUILD)/$@
tsan: deps.stamp
	@$(call SAN_RUN,thread) $(BUILD)/$@/wick test-programs
	@WICK_TEST_SHORT=1 TSAN_OPTIONS=halt_on_error=1 sh tests/run.sh $(BUILD)/$@

# FUZZ_SECONDS each, with new findings kept out of the tree.
FUZZ_SECONDS ?= 600
fuzz: deps.stamp
	@$(MAKE) --no-print-directory $(JOBS) BUILD=$(BUILD)/fuzz CC=clang-14 SAN=fuzzer-no-link,address,undefined \
		OPT='-O1 -g' $(FUZZERS:%=$(BUILD)/fuzz/%)
	@for f in $(FUZZERS); do mkdir -p $(BUILD)/fuzz/found/$$f; \
		$(BUILD)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=4096 \
			-artifact_prefix=$(BUILD)/fuzz/found/$$f- $(BUILD)/fuzz/found/$$f tests/fuzz/corpus/$${f#fuzz_} || exit 1; done

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(LIB_OBJS)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

BENCHES := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
bench: all
	@$(MAKE) --no-print-directory $(JOBS) $(BENCHES)
	@sh bench/run.sh $(BUILD)

$(BUILD)/bench/%: bench/%.c $(LIB_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB_OBJS) $(LDLIBS)

opmap: $(BUILD)/wick
	@{ echo '# Operators'; echo; echo 'Written by `make opmap` from the operator table.'; echo; \
		$(BUILD)/wick ops --markdown 2>$(BUILD)/opmap.count; echo; sed 's/^[0-9]* shown; //' $(BUILD)/opmap.count; } > docs/ops.md
	@tail -n 1 docs/ops.md

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 755 -s $(BUILD)/wick $(DESTDIR)$(PREFIX)/bin/wick
	install -m 644 $(BUILD)/libwick.a $(DESTDIR)$(PREFIX)/lib/libwick.a
	install -m 755 $(BUILD)/libwick.so $(DESTDIR)$(PREFIX)/lib/libwick.so.0
	ln -sf libwick.so.0 $(DESTDIR)$(PREFIX)/lib/libwick.so
	install -m 644 $(BUILD)/wick.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/wick.pc
	install -m 644 include/wick.h $(DESTDIR)$(PREFIX)/include/wick.h

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/wick $(DESTDIR)$(PREFIX)/lib/libwick.a $(DESTDIR)$(PREFIX)/lib/libwick.so \
		$(DESTDIR)$(PREFIX)/lib/libwick.so.0 $(DESTDIR)$(PREFIX)/lib/pkgconfig/wick.pc $(DESTDIR)$(PREFIX)/include/wick.h

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.PHONY: all products demo check test-programs asan ubsan tsan fuzz bench opmap install uninstall clean
.SECONDARY:
