# SPDX-License-Identifier: BSD-3-Clause
# Everything is built under build/.  BUILD=dir and CC=clang-14 work; SAN=address,undefined adds sanitizers.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
OPT ?= -O2 -g
WARN := -Wall -Wextra -Werror
CPPFLAGS := -I. -Iinclude -I$(BUILD)/gen -D_GNU_SOURCE
CFLAGS ?= -std=c11 $(OPT) $(WARN) -fvisibility=hidden -fPIC -ffp-contract=off -fno-math-errno
LDLIBS := -lz -lm -lpthread
ifdef SAN
CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SAN)
endif

LIB_DIRS := core ir ir/passes frontend interp backends/cpu format api
LIB_SRCS := $(filter-out %_vec.c,$(foreach d,$(LIB_DIRS),$(wildcard $(d)/*.c)))
VEC_SRCS := $(wildcard backends/cpu/*_vec.c)
TOOL_SRCS := $(wildcard tools/*.c)
ISAS := base avx2 avx512
ISA_FLAGS_base := -O3 -DWICK_ISA=1
ISA_FLAGS_avx2 := -O3 -DWICK_ISA=2 -mavx2 -mfma -mf16c
ISA_FLAGS_avx512 := -O3 -DWICK_ISA=3 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512

GEN_C := $(patsubst frontend/%.y,$(BUILD)/gen/frontend/%.tab.c,$(wildcard frontend/*.y)) \
	$(patsubst frontend/%.l,$(BUILD)/gen/frontend/%.yy.c,$(wildcard frontend/*.l))
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/obj/%.o) $(GEN_C:$(BUILD)/gen/%.c=$(BUILD)/obj/gen/%.o) \
	$(foreach i,$(ISAS),$(VEC_SRCS:%.c=$(BUILD)/obj/%.$(i).o)) $(BUILD)/obj/gen/frontend/lib.o
TOOL_OBJS := $(TOOL_SRCS:%.c=$(BUILD)/obj/%.o)

all: $(BUILD)/wick

$(BUILD)/wick: $(LIB_OBJS) $(TOOL_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: %.c | $(GEN_C)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define isa_rule
$(BUILD)/obj/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(ISA_FLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

# flex and bison output is not ours to keep warning-free
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-unused-function -Wno-sign-compare -Wno-unused-but-set-variable -MMD -MP -c -o $@ $<

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

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.PHONY: all clean
.SECONDARY:
