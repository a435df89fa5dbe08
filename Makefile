# Rentrée - one file, no recursion. `make help` lists the targets from their
# own comments. Objects mirror the sources under $(B).
#
#   make B=/tmp/b        another build folder
#   make SAN=1 unit      ASan + UBSan (own folder); SAN=thread for TSan
#   make CC=clang        another compiler (own folder)
#   make FAULTS=1        with places where a test may end a program (own folder)
#   make T=lib/base/test_buf unit      one unit test, or T=lib/base for a folder

SHELL := /bin/bash
# V=1 shows the commands.
V ?=
Q := $(if $(V),,@)
CC ?= gcc
ifeq ($(CC),cc)
CC := gcc
endif
PREFIX ?= /usr/local
VERSION := $(shell sed -n 's/^## \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)

SAN ?=
B ?= build
ifneq ($(SAN),)
O := $(B)/san-$(SAN)
else ifneq ($(notdir $(CC)),gcc)
O := $(B)/$(notdir $(CC))
else
O := $(B)
endif
FAULTS ?=
ifneq ($(FAULTS),)
O := $(O)/faults
CPPFLAGS += -DRENTREE_FAULTS
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wwrite-strings -Werror
CPPFLAGS += -I. -I$(O)/gen -D_GNU_SOURCE -DRENTREE_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
CFLAGS += -std=c17 $(WARN) -fPIE -fno-strict-aliasing -MMD -MP
LDFLAGS += -pie -Wl,--as-needed -pthread
ifeq ($(SAN),)
CPPFLAGS += -D_FORTIFY_SOURCE=2
CFLAGS += -fstack-protector-strong -fstack-clash-protection
LDFLAGS += -Wl,-z,relro,-z,now,-z,noexecstack
else ifeq ($(SAN),thread)
CFLAGS += -O1 -fsanitize=thread
LDFLAGS += -fsanitize=thread
else
CFLAGS += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=address,undefined
endif

# Foreign libraries, by the folder that opens their door.
PC = $(shell pkg-config --libs $(1) 2>/dev/null)
LIBS_base := $(call PC,libsodium libutf8proc jansson libqrencode) -lcsv
LIBS_people := $(call PC,liboath) -lzxcvbn -lm
LIBS_store := $(call PC,hiredis)
LIBS_ldap := $(call PC,ldap lber)
LIBS_captcha := $(call PC,libpng)
LIBS_mailer := $(call PC,libcurl)
LIBS_paper := -lhpdf
LIBS_web := $(call PC,libmicrohttpd) -lm
LIBS_systemd := $(call PC,libsystemd)
ifneq ($(LIBS_systemd),)
CPPFLAGS += -DHAVE_SYSTEMD
endif

# Rooms, from the ground up. A room may use those before it.
ROOMS := lib/base lib/people lib/store captcha mailer lib/flow lib/web
sources = $(sort $(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(O)/%.o,$(1))
archive = $(O)/lib$(subst /,-,$(1)).a
$(foreach r,$(ROOMS),$(eval OBJ_$(r) := $(call objects,$(call sources,$(r)))))
OBJ_captcha += $(O)/gen/atlas.o $(O)/gen/voice.o
OBJ_lib/store += $(O)/gen/functions.o
ARCHIVES := $(foreach r,$(ROOMS),$(call archive,$(r)))
# For the linker: users before used.
DOWN := $(call archive,lib/web) $(call archive,lib/flow) \
	$(call archive,mailer) $(call archive,captcha) \
	$(call archive,lib/store) $(call archive,lib/people) \
	$(call archive,lib/base)
OBJ_cmd := $(call objects,$(call sources,cmd))
MAINS := web worker cli

.PHONY: all
all: $(O)/rentree-web $(O)/rentree-worker $(O)/rentree	## build the three programs (the default)

.SECONDARY:
.DELETE_ON_ERROR:

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(O)/gen/%.o: $(O)/gen/%.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

define room_rule
$(call archive,$(1)): $(OBJ_$(1))
	@rm -f $$@
	$(Q)ar rcsD $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

# What travels inside the programs: templates, style, scripts, catalogues.
EMBED := $(sort $(wildcard lib/web/templates/*.html mailer/templates/*.txt \
	lib/web/static/*))
MO := $(patsubst %.po,$(O)/gen/%.mo,$(wildcard lib/locale/*.po))
$(O)/gen/%.mo: %.po
	@mkdir -p $(@D)
	$(Q)msgfmt --check-format --check-domain -o $@ $<
$(O)/tools/embed: lib/tools/embed.c
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) -I. -D_GNU_SOURCE -std=c17 -O1 $(WARN) -o $@ $<
$(O)/gen/embedded.c: $(EMBED) $(MO) $(O)/tools/embed
	@mkdir -p $(@D)
	$(Q)$(O)/tools/embed embedded_files $(EMBED) \
	    $(foreach m,$(MO),$(m)=$(patsubst $(O)/gen/%,%,$(m))) > $@

# The Redis function libraries travel with whoever speaks to Redis.
LUA := $(sort $(wildcard lib/store/*.lua))
$(O)/gen/functions.c: $(LUA) $(O)/tools/embed
	@mkdir -p $(@D)
	$(Q)$(O)/tools/embed functions_embedded $(LUA) > $@

# The captcha's digits are drawn once, here, from a font of the build machine.
$(O)/tools/atlas: captcha/tools/atlas.c
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) -I. -D_GNU_SOURCE -std=c17 -O1 $(WARN) -o $@ $< \
	    $(shell pkg-config --cflags --libs freetype2) -lm
FONTS := /usr/share/fonts/truetype/dejavu
FACES := Sans-Bold Sans Serif-Bold SansMono-Bold Serif
$(O)/gen/atlas.c: $(O)/tools/atlas Makefile
	@mkdir -p $(@D)
	$(Q)$(O)/tools/atlas $(FACES:%=$(FONTS)/DejaVu%.ttf) > $@

# … and the voices that speak them, by espeak-ng of the build machine.
$(O)/tools/voice: captcha/tools/voice.c
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) -I. -D_GNU_SOURCE -std=c17 -O2 $(WARN) -o $@ $< -lm
$(O)/gen/voice.c: $(O)/tools/voice captcha/tools/voice.sh
	@mkdir -p $(@D) $(O)/voices
	$(Q)sh captcha/tools/voice.sh $(O)/tools/voice $(O)/voices > $@

EMBEDDED := $(O)/gen/embedded.o
$(O)/rentree-web: $(filter $(O)/cmd/web%,$(OBJ_cmd)) $(filter $(O)/cmd/common%,$(OBJ_cmd)) $(EMBEDDED) $(DOWN)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_web) $(LIBS_captcha) \
	    $(LIBS_store) $(LIBS_people) $(LIBS_base) $(LIBS_systemd)
$(O)/rentree-worker: $(filter $(O)/cmd/worker%,$(OBJ_cmd)) $(filter $(O)/cmd/common%,$(OBJ_cmd)) $(EMBEDDED) $(DOWN)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_web) $(LIBS_mailer) \
	    $(LIBS_ldap) $(LIBS_store) $(LIBS_people) $(LIBS_base) $(LIBS_systemd)
$(O)/rentree: $(filter $(O)/cmd/cli%,$(OBJ_cmd)) $(filter $(O)/cmd/common%,$(OBJ_cmd)) $(EMBEDDED) $(DOWN)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailer) $(LIBS_paper) \
	    $(LIBS_ldap) $(LIBS_store) $(LIBS_people) $(LIBS_base) $(LIBS_systemd)

# --- tests ------------------------------------------------------------------

T ?=
UNIT_SRC := $(sort $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
ifneq ($(T),)
UNIT_SRC := $(filter tests/unit/$(T).c tests/unit/$(T)/%,$(UNIT_SRC))
endif
UNIT := $(patsubst %.c,$(O)/%,$(UNIT_SRC))
SUPPORT := $(call objects,$(filter-out tests/support/clock_ahead.c,$(wildcard tests/support/*.c)))

# A unit test links its own room and the rooms below it, no more; those that
# meet real servers link their starters too.
below_lib/base := lib/base
below_lib/people := lib/people lib/base
below_lib/store := lib/store lib/people lib/base
below_captcha := captcha lib/people lib/base
below_mailer := mailer lib/people lib/base
below_lib/flow := lib/flow mailer captcha lib/store lib/people lib/base
below_lib/web := lib/web $(below_lib/flow)
define unit_rule
$(O)/tests/unit/$(1)/test_%: $(O)/tests/unit/$(1)/test_%.o $(if $(filter lib/store,$(below_$(1))),$(SUPPORT)) $(foreach r,$(below_$(1)),$(call archive,$(r))) $(if $(filter mailer lib/flow lib/web,$(1)),$(EMBEDDED))
	@echo '  LD    $$@'
	$(Q)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcmocka \
	    $(if $(filter lib/web,$(below_$(1))),$(LIBS_web)) \
	    $(if $(filter mailer,$(below_$(1))),$(LIBS_mailer) $(LIBS_paper)) \
	    $(if $(filter captcha,$(below_$(1))),$(LIBS_captcha)) \
	    $(if $(filter lib/store,$(below_$(1))),$(LIBS_store) $(LIBS_ldap)) \
	    $(LIBS_people) $(LIBS_base)
endef
$(foreach r,$(ROOMS),$(eval $(call unit_rule,$(r))))

.PHONY: unit
unit: $(UNIT)	## unit tests of this build (T=lib/base: one room)
	@tests/support/run-unit $(UNIT)

# --- timing -----------------------------------------------------------------

# The visitor who tells the time, and a web process with a leak of 1 ms, which
# has to be caught: known people of that proof have numbers that end in K.
LINE := $(O)/timing/line
LEAK := $(O)/timing/leak/rentree-web
$(LINE): $(O)/tests/timing/line.o $(call archive,captcha) $(call archive,lib/people) $(call archive,lib/base)
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_captcha) $(LIBS_people) \
	    $(LIBS_base)
LEAK_AT := count_identity(asker, &request, door->pause, &identity);
$(O)/timing/leak/recover_ask.c: lib/flow/recover_ask.c
	@mkdir -p $(@D)
	$(Q)sed 's/^\t$(subst &,\&,$(LEAK_AT))/&\n\tif (strchr(request.number.text, 0)[-1] == 75)\n\t\tclock_sleep_ms(1);/' $< > $@
	$(Q)! cmp -s $< $@
$(O)/timing/leak/recover_ask.o: $(O)/timing/leak/recover_ask.c
	@echo '  CC    $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(LEAK): $(O)/timing/leak/recover_ask.o $(filter $(O)/cmd/web%,$(OBJ_cmd)) $(filter $(O)/cmd/common%,$(OBJ_cmd)) $(EMBEDDED) $(DOWN)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_web) $(LIBS_captcha) \
	    $(LIBS_store) $(LIBS_people) $(LIBS_base) $(LIBS_systemd)

# --- fuzzing ----------------------------------------------------------------

F ?=
SECONDS ?= 20
FUZZ_CC := clang
FUZZ_O := $(B)/fuzz
FUZZ_FLAGS := -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(FUZZ_O)/%,$(FUZZ_SRC))
# What a target reaches: whatever reads bytes from outside, without a server.
FUZZ_PARTS := $(wildcard lib/base/*.c lib/people/*.c lib/web/form.c \
	lib/web/accept.c lib/web/request.c lib/web/server_listen.c \
	lib/store/envelope.c \
	lib/store/record.c lib/store/kv*.c lib/store/queue*.c \
	lib/store/limiter.c lib/store/lock.c lib/store/token.c \
	lib/store/audit*.c captcha/challenge.c mailer/message.c \
	mailer/encode.c lib/flow/*_request.c lib/flow/establishments*.c \
	lib/flow/desk_factor_value.c lib/flow/desk_session_record.c \
	lib/flow/provision_plan_file.c)
FUZZ_OBJ := $(patsubst %.c,$(FUZZ_O)/%.o,$(FUZZ_PARTS)) \
	$(FUZZ_O)/gen/functions.o
$(FUZZ_O)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(FUZZ_CC) -I. -D_GNU_SOURCE -std=c17 $(FUZZ_FLAGS) -c -MMD -MP -o $@ $<
$(FUZZ_O)/gen/functions.o: $(O)/gen/functions.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -I. -D_GNU_SOURCE -std=c17 $(FUZZ_FLAGS) -c -MMD -MP -o $@ $<
$(FUZZ_O)/parts.a: $(FUZZ_OBJ)
	@rm -f $@
	$(Q)ar rcsD $@ $^
$(FUZZ_O)/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_O)/parts.a
	@echo '  LD    $@'
	$(Q)$(FUZZ_CC) -I. -D_GNU_SOURCE -std=c17 $(FUZZ_FLAGS) -o $@ $^ \
	    $(LIBS_store) $(LIBS_people) $(LIBS_base)
.PHONY: fuzz-one fuzz fuzz-smoke
fuzz-one: $(FUZZ_O)/fuzz_$(F)
	@mkdir -p $(FUZZ_O)/corpus/$(F) $(FUZZ_O)/tmp
	cd $(FUZZ_O) && TMPDIR=tmp ./fuzz_$(F) -max_total_time=$(SECONDS) -print_final_stats=0 \
	    -verbosity=0 corpus/$(F) $(CURDIR)/tests/fuzz/corpus/$(F)

fuzz: $(FUZZ)	## each fuzz target for SECONDS (default 20)
	@set -e; for f in $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%); do \
	    $(MAKE) -s fuzz-one F=$$f SECONDS=$(SECONDS); done
fuzz-smoke: $(if $(F),$(FUZZ_O)/fuzz_$(F),$(FUZZ))	## each fuzz target for 3 s: inputs run, edges covered
	@tests/support/run-fuzz $(if $(F),$(FUZZ_O)/fuzz_$(F),$(FUZZ))

# --- what people call -------------------------------------------------------

PYTHON := /usr/bin/python3
SANITIZED := $(MAKE) --no-print-directory SAN=address B=$(B)


.PHONY: deps deps-test deps-bench deps-sogo demo sogo check test integration \
	browser screenshots lint bench proof-abuse proof-crash proof-failover \
	proof-mutants proof-sogo \
	proof-storm proof-timing \
	proof-sanitizers proof-years proof-deb proof-reproducible format \
	install deb clean help
deps:	## install what building and the demo need (apt, root or sudo)
	@deploy/deps build
deps-test:	## … and what the tests need
	@deploy/deps test

demo: deps	## everything private on this machine, to try it (DEMO_PORT, DEMO_DIR)
	@$(MAKE) --no-print-directory all
	@deploy/demo/run $(O)

deps-sogo:
	@deploy/deps sogo

sogo: deps-sogo	## SOGo, Dovecot and Postfix too, private, to try it (SOGO_PORT)
	@$(MAKE) --no-print-directory all
	@deploy/sogo/run $(O)

check: deps-test	## what must be green before a commit
	@$(MAKE) --no-print-directory all
	@$(SANITIZED) unit
	@$(MAKE) --no-print-directory fuzz-smoke
	@$(MAKE) --no-print-directory integration
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory lint

test:	## unit tests under ASan and UBSan
	@$(SANITIZED) unit

# The programs that may be ended anywhere, for test_crash.py: lib/base/fault.h.
.PHONY: faults
faults:
	@$(MAKE) --no-print-directory FAULTS=1 all

# Simulated time for the servers of a test: no sanitizer comes along.
$(O)/tests/support/clock_ahead.so: tests/support/clock_ahead.c
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) -I. -D_GNU_SOURCE -std=c17 -O2 -g $(WARN) -fPIC -shared -o $@ $<
PRELOADS := $(O)/tests/support/clock_ahead.so

integration: all faults $(LINE) $(LEAK) $(PRELOADS)	## against real slapd, Redis and SMTP, private and on loopback
	@RENTREE_BUILD=$(abspath $(O)) $(PYTHON) tests/integration/run $(T)

proof-storm: all	## 1,000 requests under fire (RENTREE_SEED); counts in $(B)/proof/storm.json
	@RENTREE_BUILD=$(abspath $(O)) $(PYTHON) tests/integration/storm.py

proof-abuse: all	## slow, many and hostile visitors; figures in $(B)/proof/abuse.md
	@RENTREE_BUILD=$(abspath $(O)) $(PYTHON) tests/integration/abuse.py

proof-sogo: deps-sogo	## activate, log in, forget, recover, suspend: in real SOGo and Dovecot
	@$(MAKE) --no-print-directory all $(PRELOADS)
	@SOGO_ONCE=1 deploy/sogo/run $(O)

browser: all	## the journey in headless Chromium; screenshots in $(B)/screenshots
	@RENTREE_BUILD=$(abspath $(O)) tests/browser/run

# Of few colours: a fifth of the bytes, and nobody sees it.
screenshots: all	## the pictures of deploy/docs, made by the browser tests
	@RENTREE_BUILD=$(abspath $(O)) tests/browser/run 'tour of'
	@for picture in $(B)/screenshots/tour-*.png; do \
	    pngtopnm $$picture | pnmquant -nofs 32 2>/dev/null | \
	    pnmtopng -compression 9 2>/dev/null \
	    > deploy/docs/$$(basename $$picture) || exit 1; done

lint: all	## layers, doors, banned calls, format, catalogues, linkage
	@tests/style/lint $(O)

proof-crash: all faults	## kill -9 at every pass of every fault point, twice
	@STRICT=1 CRASH_FULL=2 RENTREE_BUILD=$(abspath $(O)) $(PYTHON) \
	    tests/integration/run test_crash test_promises

proof-failover: all	## Redis' primary killed and hung under 800 visitors; counts in $(B)/proof/failover.json
	@FAILOVER_FULL=1 RENTREE_BUILD=$(abspath $(O)) $(PYTHON) \
	    tests/integration/run FailOver

proof-years: $(O)/tests/unit/lib/flow/test_provision_years	## random académies over five years, 200 of them
	@RENTREE_SEED=1000 RENTREE_ROUNDS=200 $<

M ?=
proof-timing: all $(LINE) $(LEAK)	## who has an account takes no longer (half an hour)
	@RENTREE_BUILD=$(abspath $(O)) tests/timing/proof

proof-sanitizers:	## ASan, UBSan, TSan and valgrind over units and integration
	@tests/support/run-sanitizers

proof-mutants:	## deliberate breakages: each must be noticed (M=NAME: one)
	@$(PYTHON) tests/mutants/run $(M)

# The little programs that are measured, or measured against.
$(O)/bench/bare: tests/bench/bare.c
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBS_web)
$(O)/bench/captcha_%: tests/bench/captcha_%.c $(call archive,captcha) $(call archive,lib/people) $(call archive,lib/base)
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_captcha) \
	    $(LIBS_people) $(LIBS_base)
LOAD := $(call objects,tests/bench/load.c) $(call archive,lib/people) $(call archive,lib/base)
$(O)/bench/rush: tests/bench/rush.c $(call archive,captcha)
$(O)/bench/rush $(O)/bench/sink $(O)/bench/exops: $(O)/bench/%: tests/bench/%.c $(LOAD)
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ \
	    $(filter %.c %.o,$^) $(filter %captcha.a,$^) \
	    $(filter %people.a,$^) $(filter %base.a,$^) $(LIBS_ldap) \
	    $(LIBS_captcha) $(LIBS_people) $(LIBS_base)
BENCH := $(filter-out %/load,$(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/*.c)))
deps-bench:
	@deploy/deps bench

# PART="pages growth": these alone; BENCH_FULL=1: the largest sizes too.
bench: deps-bench all $(BENCH)	## what it costs, beside baselines: build/bench/report.md (PART=pages: one)
	@RENTREE_BUILD=$(abspath $(O)) tests/bench/run

format:	## clang-format on all sources
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

deploy/rentree.conf: $(O)/rentree
	$(Q)$(O)/rentree check --sample > $@

# What goes into share/rentree, beside the programs: examples to copy, checked
# by tests/integration/test_deploy.py.
MAN := $(wildcard cmd/*.[158])
UNITDIR ?= $(PREFIX)/lib/systemd/system
SHARED := $(wildcard ldap-schema/*) $(filter-out %/README.md,$(wildcard \
	deploy/cron/* deploy/fail2ban/* deploy/logrotate/* deploy/nginx/* \
	deploy/openldap/* deploy/prometheus/rules.yml deploy/redis/*))
install: all	## into DESTDIR/PREFIX
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(O)/rentree-web $(O)/rentree-worker \
	    $(DESTDIR)$(PREFIX)/sbin
	install -m 0755 $(O)/rentree $(DESTDIR)$(PREFIX)/bin
	install -D -m 0644 deploy/rentree.conf \
	    $(DESTDIR)$(PREFIX)/share/rentree/rentree.conf
	for file in $(SHARED); do install -D -m 0644 $$file \
	    $(DESTDIR)$(PREFIX)/share/rentree/$${file#deploy/}; done
	install -D -m 0644 deploy/completion/rentree \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/rentree
	install -D -m 0644 deploy/systemd/sysusers.conf \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/rentree.conf
	install -D -m 0644 deploy/systemd/tmpfiles.conf \
	    $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/rentree.conf
	install -d $(DESTDIR)$(UNITDIR)
	for unit in deploy/systemd/rentree-*; do \
	    sed 's|/usr/\(s\?bin\)/rentree|$(PREFIX)/\1/rentree|g' $$unit > \
	    $(DESTDIR)$(UNITDIR)/$${unit##*/}; done
	for page in $(MAN); do section=$${page##*.}; \
	    install -D -m 0644 $$page \
	    $(DESTDIR)$(PREFIX)/share/man/man$$section/$${page##*/}; done

deb: deploy/rentree.conf	## a Debian package in $(B)
	@deploy/deps deb
	@deploy/debian/build $(B) $(VERSION)

proof-deb:	## the package in Debian 12 and 13 from nothing: root (SUITES, 15 min)
	@deploy/debian/proof $(abspath $(B)) $(VERSION) $(SUITES)

proof-reproducible:	## the package twice, elsewhere and later: the same bytes
	@deploy/debian/proof $(abspath $(B)) $(VERSION) reproducible

clean:	## remove the build folder
	rm -rf $(B)

help:	## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    expand -t 25

-include $(shell find $(O) -name '*.d' 2>/dev/null)
