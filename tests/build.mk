# What tests are made of. Included by the Makefile, whose variables say what a build has.

# --- the machine's own compiler and libc; plain, and with sanitizers -------------------------------------
HOST_CC      := gcc
SANITIZE     := -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_host   := -O1 -g
FLAGS_asan   := -O1 -g1 -fno-omit-frame-pointer $(SANITIZE)
HELPERS      := $(wildcard tests/support/*.c)
HOSTILE      := $(wildcard tests/hostile/*.c)
# tests/openssl/ is for a provider that has those primitives; the derived objects of another CPU cannot be
# linked here.
TESTS         := $(filter-out tests/openssl/% tests/compact/% tests/fault/%,$(wildcard tests/*/*_test.c))
# The calls that a fault may be put into are listed for each provider.
FAULTS         = $(if $(wildcard tests/fault/$(1).list),tests/fault/fault_test.c)
# The rooms whose tests come to a primitive. What the others do is the same program with each provider.
PROVIDED      := $(filter tests/crypto/% tests/transport/% tests/auth/% tests/session/%,$(TESTS))
TESTS_openssl := $(PROVIDED) $(wildcard tests/openssl/*_test.c) $(call FAULTS,openssl)
TESTS_both    := $(filter tests/crypto/% tests/session/%,$(TESTS)) $(wildcard tests/openssl/*_test.c) $(call FAULTS,both)
TESTS_sodium  := $(TESTS) $(call FAULTS,sodium) $(if $(filter $(ARCH),$(shell uname -m)),$(wildcard tests/compact/*_test.c))
# These only leave ballast out of the static ELF. (openssl_trim.c is tested with the rest: it answers.)
STATIC_ONLY   := crypto/sodium_random.c crypto/sodium_trim.c process/libc_trim.c $(ANY_START)
HOST_CFLAGS_sodium  = $(HOST_SODIUM_CFLAGS)
HOST_CFLAGS_openssl = $(HOST_OPENSSL_CFLAGS)
HOST_CFLAGS_both    = $(HOST_SODIUM_CFLAGS) $(HOST_OPENSSL_CFLAGS)
HOST_LIBS_sodium    = $(HOST_SODIUM_LIBS) -lcrypt
HOST_LIBS_openssl   = $(HOST_OPENSSL_LIBS) -lcrypt
HOST_LIBS_both      = $(HOST_SODIUM_LIBS) $(HOST_OPENSSL_LIBS) -lcrypt

# What is the same with every provider is compiled once: for host, for asan. Tests link an archive of it, of
# which they take what they need.
WITH_ANY := $(filter-out $(STATIC_ONLY),$(ANY_PROVIDER) sftp/scp_words.c $(BOX_linked) box/lzma.c box/places.c)

# $(1): its folder; $(2): host or asan; $(3): the provider
define host_build
LIBRARY_$(1) := $(WITH_ANY:%.c=$(B)/$(2)/%.o) $(patsubst %.c,$(B)/$(1)/%.o,$(filter-out $(STATIC_ONLY),$(with_$(3))))
HELPERS_$(1) := $(HELPERS:%.c=$(B)/$(2)/%.o)
$(B)/$(1)/%.o: %.c Makefile tests/build.mk $(B)/deps/host$(if $(filter sodium,$(3)),,-openssl).mk
	@mkdir -p $$(@D)
	$$(Q)$(HOST_CC) $(STANDARD) $(WARNINGS) $(FLAGS_$(2)) $(HARDENED_yes) $$(HOST_CFLAGS_$(3)) -MMD -MP -c $$< -o $$@
$(B)/$(1)/nano_ssh_server: $$(LIBRARY_$(1)) $(B)/$(2)/main.o
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
$(B)/$(1)/nano_sh: $$(LIBRARY_$(1)) $(B)/$(2)/box/main.o
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
$(B)/$(1)/hello/rooms.a: $(patsubst %.c,$(B)/$(2)/%.o,$(filter-out hello/libc.c process/libc_trim.c $(ANY_START),$(HELLO)))
	@mkdir -p $$(@D) && rm -f $$@
	$$(Q)ar rcsT $$@ $$^
$(B)/$(1)/hello/hello: $(patsubst %.c,$(B)/$(1)/%.o,profile/hello.c profile/hello-features.c $(filter-out $(STATIC_ONLY),$(PROVIDER_$(3)))) \
        $(B)/$(2)/hello/main.o $(B)/$(1)/hello/rooms.a
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
$(B)/$(1)/library.a: $$(HELPERS_$(1)) $$(LIBRARY_$(1))
	@mkdir -p $$(@D) && rm -f $$@
	$$(Q)ar rcsT $$@ $$^
# (libcrypto calls what stands in for some of it.)
$(B)/$(1)/tests/%_test: $(B)/$(2)/tests/%_test.o $(B)/$(1)/library.a
	@mkdir -p $$(@D)
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) -Wl,--start-group $$^ $$(HOST_LIBS_$(3)) -Wl,--end-group -lcmocka -o $$@
# These include the provider's own headers.
$(B)/$(1)/tests/openssl/%_test: $(B)/$(1)/tests/openssl/%_test.o $(B)/$(1)/library.a
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) -Wl,--start-group $$^ $$(HOST_LIBS_$(3)) -Wl,--end-group -lcmocka -o $$@
# The same with the provider's calls of its library led through wrappers that can let them fail.
FAULTY_$(1) := $(patsubst %.c,$(B)/$(1)/%.o,$(filter-out $(STATIC_ONLY),$(PROVIDER_$(3))))
$(B)/$(1)/tests/fault/wrap.c: tests/fault/wrap.awk tests/fault/$(3).list $$(LIBRARY_$(1))
	@mkdir -p $$(@D)
	@nm -u $$(FAULTY_$(1)) >$$@.wanted
	@nm --defined-only $$(LIBRARY_$(1)) >$$@.ours
	$$(Q)awk -v make=source -f tests/fault/wrap.awk tests/fault/$(3).list $$@.wanted $$@.ours >$$@
$(B)/$(1)/tests/fault/wrap.o: $(B)/$(1)/tests/fault/wrap.c
	$$(Q)$(HOST_CC) $(STANDARD) $(FLAGS_$(2)) $$(HOST_CFLAGS_$(3)) -c $$< -o $$@
$(B)/$(1)/tests/fault/provider.o: $$(FAULTY_$(1)) tests/fault/wrap.awk tests/fault/$(3).list
	@mkdir -p $$(@D)
	$$(Q)$(HOST_CC) -r -nostdlib $$$$(awk -v make=flags -f tests/fault/wrap.awk tests/fault/$(3).list) $$(FAULTY_$(1)) -o $$@
$(B)/$(1)/tests/fault/fault_test: $(patsubst %,$(B)/$(1)/tests/fault/%.o,fault_test wrap provider) \
        $$(HELPERS_$(1)) $$(filter-out $$(FAULTY_$(1)),$$(LIBRARY_$(1)))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -lcmocka -Wl,--wrap=chacha20_poly1305_forget -o $$@
$(B)/$(1)/tests/sftp/%_server: $(B)/$(1)/tests/sftp/%_server.o $$(LIBRARY_$(1))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
# The line editor alone, for a terminal.
$(B)/$(1)/tests/shell/%_driver: $(B)/$(1)/tests/shell/%_driver.o $$(LIBRARY_$(1))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
# A client that misbehaves over a real socket.
$(B)/$(1)/tests/hostile/hostile: $(HOSTILE:%.c=$(B)/$(2)/%.o) $(B)/$(1)/library.a
	@mkdir -p $$(@D)
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) -Wl,--start-group $$^ $$(HOST_LIBS_$(3)) -Wl,--end-group -lcmocka -o $$@
.PHONY: $(B)/$(1)-tests
$(B)/$(1)-tests: $(TESTS_$(3):%.c=$(B)/$(1)/%) $(if $(filter host,$(1)),$(B)/host/tests/hostile/hostile) $(if $(filter asan,$(1)),$(B)/asan/nano_ssh_server $(B)/asan/nano_sh)
endef
$(eval $(call host_build,host,host,sodium))
$(eval $(call host_build,asan,asan,sodium))
$(eval $(call host_build,host-openssl,host,openssl))
$(eval $(call host_build,asan-openssl,asan,openssl))
$(eval $(call host_build,host-both,host,both))
$(eval $(call host_build,asan-both,asan,both))
# Clients made of other libraries, and a FIDO key without a token.
CLIENTS      := $(addprefix $(B)/host/tests/clients/,libssh libssh2 sk)
$(B)/host/tests/clients/libssh: LIBRARIES = -lssh
$(B)/host/tests/clients/libssh2: LIBRARIES = -lssh2
$(B)/host/tests/clients/sk: LIBRARIES = -shared -fPIC -lcrypto
$(B)/host-tests $(B)/host-openssl-tests $(B)/host-both-tests: $(CLIENTS)
$(B)/host-tests $(B)/asan-tests: %-tests: %/tests/shell/edit_driver
$(CLIENTS): $(B)/host/tests/clients/%: tests/clients/%.c Makefile tests/build.mk $(B)/deps/host.mk
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(STANDARD) $(WARNINGS) $(FLAGS_host) $< $(LIBRARIES) -o $@

# --- fuzzers: libFuzzer is clang's, so all of it is built by clang ----------------------------------------
FUZZ_CC      := clang
FUZZERS      := $(patsubst tests/fuzz/%.c,$(B)/fuzz/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SOURCES := $(filter-out $(STATIC_ONLY),$(ANY_PROVIDER) sftp/scp_words.c $(BOX_linked) $(with_sodium)) $(HELPERS) $(wildcard tests/fuzz/support/*.c)
$(B)/fuzz/%.o: %.c Makefile tests/build.mk $(B)/deps/host.mk
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(STANDARD) $(WARNINGS) $(FLAGS_asan) -Wno-bitwise-instead-of-logical -fsanitize=fuzzer-no-link $(HOST_SODIUM_CFLAGS) -MMD -MP -c $< -o $@
$(B)/fuzz/library.a: $(FUZZ_SOURCES:%.c=$(B)/fuzz/%.o)
	@rm -f $@
	$(Q)ar rcsT $@ $^
$(B)/fuzz/tests/fuzz/%: $(B)/fuzz/tests/fuzz/%.o $(B)/fuzz/library.a
	$(Q)$(FUZZ_CC) $(FLAGS_asan) -fsanitize=fuzzer $^ $(HOST_LIBS_sodium) -lcmocka -lpthread -o $@
.PHONY: fuzzers fuzzers-if-possible
fuzzers: $(FUZZERS)
fuzzers-if-possible:
	@mkdir -p $(B)/fuzz
	@if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | $(FUZZ_CC) -x c -fsanitize=fuzzer,address - -o $(B)/fuzz/possible \
	    2>/dev/null; then $(MAKE) $(PARALLEL) fuzzers; else echo 'clang cannot build fuzzers here'; fi
fuzz: install-tools
	@$(MAKE) $(PARALLEL) fuzzers
	@$(if $(FUZZ),sh tests/fuzz/run.sh $(FUZZ) $(or $(SECONDS),60))

# --- the derived objects of the provider, and whether they may be used (docs/compact.md) -----------------
# The target's library and the derived objects, with other names for all they define:
# tests/compact/*_test have the untouched library beside them. Those for size first are optimized together first, as
# they are when a program is linked.
DERIVED_compact = $(TARGET_NM:%nm=%ld) -r $(SODIUM_COMPACT)
DERIVED_least   = $(TARGET_CC) $(SIZE) -r -nostdlib -flinker-output=nolto-rel $(SODIUM_LEAST)
define derived
$(B)/$(1)/derived.o: $$(SODIUM_LIBS) $$(SODIUM_LEAST)
	@mkdir -p $$(@D)
	$$(Q)$$(TARGET_NM) -g --defined-only $$(SODIUM_LIBS) | awk 'NF == 3 { print $$$$3, "compact_" $$$$3 }' | sort -u >$$(@D)/names
	$$(Q)$$(TARGET_OBJCOPY) --redefine-syms=$$(@D)/names $$(SODIUM_ARCHIVE) $$(@D)/library.a
	$$(Q)$$(DERIVED_$(1)) -o $$@.new
	$$(Q)$$(TARGET_OBJCOPY) --redefine-syms=$$(@D)/names $$@.new $$@
$(B)/$(1)/library.a: $(B)/$(1)/derived.o
endef
$(eval $(call derived,compact))
$(eval $(call derived,least))
$(foreach t,$(wildcard tests/compact/*_test.c),$(B)/host/$(t:.c=) $(B)/asan/$(t:.c=)): $(B)/compact/derived.o $(B)/compact/library.a
# The same test with the other objects.
LEAST_TEST := $(B)/host/tests/least/compare_test
$(LEAST_TEST): $(B)/host/tests/compact/compare_test.o $(HELPERS:%.c=$(B)/host/%.o) $(LIBRARY_host) $(B)/least/derived.o $(B)/least/library.a
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(FLAGS_host) $^ $(HOST_LIBS_sodium) -lcmocka -o $@
$(if $(filter $(ARCH),$(shell uname -m)),$(eval $(B)/host-tests: $(LEAST_TEST)))

# For valgrind, which says whether a branch or an address depends on a secret: as the release is built.
$(VARIANT)/tests/compact/secret.o: SODIUM_CFLAGS += -isystem /usr/include/valgrind
$(VARIANT)/tests/compact/secret: LAYOUT = $(NO_BOX)
$(VARIANT)/tests/compact/secret: $(VARIANT)/tests/compact/secret.o $(call of_rooms,base crypto) $(filter %-features.o,$(OBJECTS)) | $(NO_BOX)
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_CHOICE) $^ $(LIBS_sodium) -o $@
.PHONY: compact-secret
compact-secret: install-tools $(VARIANT)/tests/compact/secret
	$(Q)valgrind --quiet --log-file=$(VARIANT)/tests/compact/secret.log $(VARIANT)/tests/compact/secret
.PHONY: bench-compact
BENCH_COMPACT = $(VARIANT)/bench/compact.o $(call of_rooms,base) $(filter %/sodium_trim.o %/sodium_random.o %/random.o %-features.o,$(OBJECTS))
bench-compact: $(BENCH_COMPACT) $(OBJECTS)
	@LINK='$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_CHOICE)' OUT=$(VARIANT)/bench/compact \
	OBJECTS='$(BENCH_COMPACT)' SERVER_OBJECTS='$(OBJECTS)' \
	COMPACT='$(SODIUM_COMPACT)' ARCHIVE='$(SODIUM_ARCHIVE)' SIZE_TOOL=$(TARGET_SIZE) STRIP=$(TARGET_STRIP) \
	sh bench/compact.sh

# --- unit tests for another CPU: its release's objects, as they are without LTO (tests/cpu/units.bats) ------
# thirdparty: what vectors there are has gone through every implementation on this machine; the rest is made of what this machine has.
CPU_ROOMS   := base box crypto transport auth connection session sftp
CPU_TESTS   := $(filter-out %/thirdparty_test.c %/fuzz_test.c,$(foreach r,$(CPU_ROOMS),$(wildcard tests/$(r)/*_test.c)))
CPU_ROOM    := $(OBJECT_ROOM)/unit
CPU_LIBRARY := $(filter-out $(call object_of,$(STATIC_ONLY) main.c box/packed.c),$(sort $(OBJECTS) $(call of_rooms,sftp))) $(patsubst %.c,$(CPU_ROOM)/%.o,$(HELPERS) tests/cpu/cmocka.c)
$(CPU_ROOM)/%.o: %.c Makefile tests/build.mk $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) -O1 -Itests/cpu/include $(SODIUM_CFLAGS) $(CFLAGS_ITS) -MMD -MP -c $< -o $@
$(CPU_ROOM)/tests/box/lzma_test.o: CFLAGS_ITS := $(PACKING)
$(CPU_ROOM)/library.a: $(CPU_LIBRARY)
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(TARGET_AR) rcsT $@ $^
$(CPU_ROOM)/tests/%_test: $(CPU_ROOM)/tests/%_test.o $(CPU_ROOM)/library.a
	$(Q)$(TARGET_CC) -fno-lto -Wl,--gc-sections $(LINK_$(ARCH)) -Wl,--start-group $^ $(LIBS_sodium) -Wl,--end-group -o $@
.PHONY: cpu-units
cpu-units: $(CPU_TESTS:%.c=$(CPU_ROOM)/%)
