# nano_ssh_server: one static ELF.
#
#   make            build/nano_ssh_server            make test        everything, ends in N passed, N failed
#   make run        build, serve, say how to log in  make test-quick  the part that takes seconds
#   make lint       format, static analysis, layers  make bench       measure against OpenSSH's sshd
#   make fuzz       build every fuzzer               make fuzz FUZZ=sftp SECONDS=600   run one of tests/fuzz/
#   make clean      keep the dependencies            make distclean   keep nothing
#
# Variables: ARCH (a CPU of deps/targets), PROFILE (a file of profile/), CRYPTO (a provider).

ARCH    := $(shell uname -m)
PROFILE := full
CRYPTO  := sodium
B       := build

# V=1 shows the commands.
Q := $(if $(filter 1,$(V)),,@)
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all run test test-quick vectors lint layers bench fuzz clean distclean help install-tools
all: $(B)/nano_ssh_server

# --- what is built -----------------------------------------------------------------------------
ROOMS            := base crypto transport auth connection session process sftp network server
PROVIDER_sodium  := crypto/sodium_all.c crypto/sodium.c crypto/sodium_cipher.c crypto/sodium_trim.c
LIBCRYPTO        := crypto/openssl_cipher.c crypto/openssl_key.c crypto/openssl_memory.c \
                    crypto/openssl_provider.c crypto/openssl_start.c crypto/openssl_trim.c
PROVIDER_openssl := crypto/openssl_all.c crypto/openssl.c $(LIBCRYPTO)
PROVIDER_both    := crypto/both.c crypto/sodium.c crypto/sodium_trim.c $(LIBCRYPTO)
# Rows that only libcrypto can answer.
OPENSSL_ONLY     := crypto/cipher_aesctr.c crypto/kex_nistp256.c crypto/key_nistp256.c crypto/key_rsa.c
ANY_PROVIDER     := $(filter-out $(OPENSSL_ONLY) $(PROVIDER_sodium) $(PROVIDER_openssl) $(PROVIDER_both), \
                    $(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
# The rest of it with each provider. A profile may have more for those that have libcrypto.
with_sodium      := $(PROVIDER_sodium) profile/$(PROFILE).c
with_libcrypto   := $(OPENSSL_ONLY) $(or $(wildcard profile/$(PROFILE)-openssl.c),profile/$(PROFILE).c)
with_openssl     := $(PROVIDER_openssl) $(with_libcrypto)
with_both        := $(PROVIDER_both) $(with_libcrypto)
SOURCES          := main.c $(ANY_PROVIDER) $(or $(with_$(CRYPTO)),$(error CRYPTO is sodium, openssl or both))
# What is named after the provider has this in its name; libsodium is what is meant without.
PROVIDER_NAME    := $(filter-out -sodium,-$(CRYPTO))

STANDARD := -std=c11 -D_GNU_SOURCE -I.
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror

# Size first; what runs per byte is in the provider's library, which has flags of its own.
# Objects carry plain code beside LTO's, so that nm and the layer check read them. The last line: passes
# that make this program larger (docs/size.md).
SIZE     := -Oz -flto=auto -flto-partition=one -ffat-lto-objects -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
            -fno-unwind-tables -fmerge-all-constants -fno-plt \
            -fno-tree-dominator-opts -fno-caller-saves -fno-tree-tail-merge
HARDENED := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
LINK     := -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--build-id=none \
            -Wl,--hash-style=gnu -Wl,-z,pack-relative-relocs -Wl,-z,noseparate-code -Wl,-T,deps/layout.ld,--orphan-handling=warn
# No symbols, and no sections either: what the kernel loads is in the program headers.
STRIP_ALL = $(TARGET_STRIP) -s -R .comment
BARE      = READELF=$(TARGET_READELF) sh deps/bare.sh
# Of libsodium's choices at run time, those that buy little: the AVX X25519 saves 4 us of a handshake
# for 12 KB; every x86-64 has the SSE2 that makes the portable Poly1305 superfluous.
USE_INSTEAD         = -Wl,--defsym=$(1)_implementation=$(2)_implementation
LINK_both_x86_64   := $(call USE_INSTEAD,crypto_scalarmult_curve25519_sandy2x,crypto_scalarmult_curve25519_ref10)
LINK_sodium_x86_64 := $(LINK_both_x86_64) \
    $(call USE_INSTEAD,crypto_onetimeauth_poly1305_donna,crypto_onetimeauth_poly1305_sse2)

# --- dependencies: fetched, built and cached by deps/ ---------------------------------------------
DEPS := $(wildcard deps/* deps/*/* deps/*/*/*)
TARGET_DEPS := $(B)/deps/$(ARCH)$(if $(PROVIDER_NAME),-openssl).mk
ifeq ($(filter clean distclean help,$(MAKECMDGOALS)),)
include $(TARGET_DEPS)
endif
# libcrypto takes its minutes to build: only where it is asked for.
ASKED := $(findstring -openssl,$(MAKECMDGOALS))$(findstring -both,$(MAKECMDGOALS))$(filter test lint,$(MAKECMDGOALS))
ifneq ($(filter test% lint fuzz% $(B)/host% $(B)/asan% $(B)/fuzz%,$(MAKECMDGOALS)),)
include $(B)/deps/host$(if $(ASKED)$(PROVIDER_NAME),-openssl).mk
endif
$(B)/deps/%-openssl.mk: $(DEPS)
	@sh deps/prepare.sh $* $@ openssl
	@touch $@
$(B)/deps/%.mk: $(DEPS)
	@sh deps/prepare.sh $* $@
	@touch $@
CFLAGS_sodium  = $(SODIUM_CFLAGS)
CFLAGS_openssl = $(OPENSSL_CFLAGS)
CFLAGS_both    = $(SODIUM_CFLAGS) $(OPENSSL_CFLAGS)
LIBS_sodium    = $(SODIUM_LIBS)
LIBS_openssl   = $(OPENSSL_LIBS)
LIBS_both      = $(SODIUM_LIBS) $(OPENSSL_LIBS)

# --- the server -------------------------------------------------------------------------------------
VARIANT := $(B)/$(ARCH)-$(PROFILE)-$(CRYPTO)
# What takes the place of objects of the C library and needs libsodium (docs/compact.md).
LIBC_SOURCES := $(if $(filter openssl,$(CRYPTO)),,$(wildcard $(addsuffix /*.c,$(LIBC_COMPACT))))
OBJECTS := $(SOURCES:%.c=$(VARIANT)/%.o) $(patsubst $(LIBC_COMPACT)/%.c,$(VARIANT)/libc/%.o,$(LIBC_SOURCES))

$(VARIANT)/%.o: %.c Makefile $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(WARNINGS) $(SIZE) $(HARDENED) $(CFLAGS_$(CRYPTO)) -MMD -MP -c $< -o $@

$(VARIANT)/libc/%.o: $(LIBC_COMPACT)/%.c Makefile $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(SIZE) $(HARDENED) $(SODIUM_CFLAGS) -c $< -o $@

$(VARIANT)/nano_ssh_server: $(OBJECTS)
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH)) -Wl,-Map=$@.map $(OBJECTS) $(LIBS_$(CRYPTO)) -o $@.full
	$(Q)$(STRIP_ALL) $@.full -o $@ && $(BARE) $@

$(VARIANT)/bench/crypto: $(VARIANT)/bench/crypto.o $(filter $(VARIANT)/base/% $(VARIANT)/crypto/%,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH)) $^ $(LIBS_$(CRYPTO)) -o $@

# The SFTP and scp servers alone, as the release has them, for other clients and for measuring.
$(VARIANT)/tests/sftp/%_server: $(VARIANT)/tests/sftp/%_server.o $(filter $(VARIANT)/base/% $(VARIANT)/process/% $(VARIANT)/sftp/%,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) -Wl,-Map=$@.map $^ -o $@.full
	$(Q)$(STRIP_ALL) $@.full -o $@ && $(BARE) $@
sftp-alone: $(VARIANT)/tests/sftp/sftp_server $(VARIANT)/tests/sftp/scp_server
.PHONY: sftp-alone

# The build made last, whichever variant that was.
$(B)/nano_ssh_server: $(VARIANT)/nano_ssh_server FORCE
	@cmp -s $< $@ || { cp $< $@.new && mv $@.new $@; }
	@echo "$@: $$(wc -c < $@) bytes ($(ARCH), $(PROFILE), $(CRYPTO))"
.PHONY: FORCE

# --- for tests: the machine's own compiler and libc; plain, and with sanitizers -----------------------
HOST_CC      := gcc
SANITIZE     := -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_host   := -O1 -g
FLAGS_asan   := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
HELPERS      := $(wildcard tests/support/*.c)
HOSTILE      := $(wildcard tests/hostile/*.c)
# tests/openssl/ is for a provider that has those primitives; the derived objects of another CPU cannot be
# linked here.
TESTS         := $(filter-out tests/openssl/% tests/compact/% tests/fault/%,$(wildcard tests/*/*_test.c))
# The calls that a fault may be put into are listed for each provider.
FAULTS         = $(if $(wildcard tests/fault/$(1).list),tests/fault/fault_test.c)
TESTS_openssl := $(TESTS) $(wildcard tests/openssl/*_test.c) $(call FAULTS,openssl)
TESTS_both    := $(TESTS) $(wildcard tests/openssl/*_test.c) $(call FAULTS,both)
TESTS_sodium  := $(TESTS) $(call FAULTS,sodium) $(if $(filter $(ARCH),$(shell uname -m)),$(wildcard tests/compact/*_test.c))
# These only leave ballast out of the static ELF. (openssl_trim.c is tested with the rest: it answers.)
STATIC_ONLY   := crypto/sodium_trim.c process/libc_trim.c
HOST_CFLAGS_sodium  = $(HOST_SODIUM_CFLAGS)
HOST_CFLAGS_openssl = $(HOST_OPENSSL_CFLAGS)
HOST_CFLAGS_both    = $(HOST_SODIUM_CFLAGS) $(HOST_OPENSSL_CFLAGS)
HOST_LIBS_sodium    = $(HOST_SODIUM_LIBS) -lcrypt
HOST_LIBS_openssl   = $(HOST_OPENSSL_LIBS) -lcrypt
HOST_LIBS_both      = $(HOST_SODIUM_LIBS) $(HOST_OPENSSL_LIBS) -lcrypt

# $(1): its folder; $(2): host or asan; $(3): the provider
define host_build
LIBRARY_$(1) := $(patsubst %.c,$(B)/$(1)/%.o,$(filter-out $(STATIC_ONLY),$(ANY_PROVIDER) $(with_$(3))))
$(B)/$(1)/%.o: %.c Makefile $(B)/deps/host$(if $(filter sodium,$(3)),,-openssl).mk
	@mkdir -p $$(@D)
	$$(Q)$(HOST_CC) $(STANDARD) $(WARNINGS) $(FLAGS_$(2)) $(HARDENED) $$(HOST_CFLAGS_$(3)) -MMD -MP -c $$< -o $$@
$(B)/$(1)/nano_ssh_server: $$(LIBRARY_$(1)) $(B)/$(1)/main.o
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
$(B)/$(1)/tests/%_test: $(B)/$(1)/tests/%_test.o $(HELPERS:%.c=$(B)/$(1)/%.o) $$(LIBRARY_$(1))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -lcmocka -o $$@
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
        $(HELPERS:%.c=$(B)/$(1)/%.o) $$(filter-out $$(FAULTY_$(1)),$$(LIBRARY_$(1)))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -lcmocka -Wl,--wrap=chacha20_poly1305_forget -o $$@
$(B)/$(1)/tests/sftp/%_server: $(B)/$(1)/tests/sftp/%_server.o $$(LIBRARY_$(1))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -o $$@
# A client that misbehaves over a real socket.
$(B)/$(1)/tests/hostile/hostile: $(HOSTILE:%.c=$(B)/$(1)/%.o) $(HELPERS:%.c=$(B)/$(1)/%.o) $$(LIBRARY_$(1))
	$$(Q)$(HOST_CC) $(FLAGS_$(2)) $$^ $$(HOST_LIBS_$(3)) -lcmocka -o $$@
.PHONY: $(B)/$(1)-tests
$(B)/$(1)-tests: $(TESTS_$(3):%.c=$(B)/$(1)/%) $(B)/$(1)/$(if $(filter host,$(2)),tests/hostile/hostile,nano_ssh_server)
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
$(CLIENTS): $(B)/host/tests/clients/%: tests/clients/%.c Makefile $(B)/deps/host.mk
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(STANDARD) $(WARNINGS) $(FLAGS_host) $< $(LIBRARIES) -o $@
.SECONDARY:

# --- fuzzers: libFuzzer is clang's, so all of it is built by clang ----------------------------------------
FUZZ_CC      := clang
FUZZERS      := $(patsubst tests/fuzz/%.c,$(B)/fuzz/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SOURCES := $(filter-out $(STATIC_ONLY),$(ANY_PROVIDER) $(with_sodium)) $(HELPERS) $(wildcard tests/fuzz/support/*.c)
$(B)/fuzz/%.o: %.c Makefile $(B)/deps/host.mk
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(STANDARD) $(WARNINGS) $(FLAGS_asan) -Wno-bitwise-instead-of-logical -fsanitize=fuzzer-no-link $(HOST_SODIUM_CFLAGS) -MMD -MP -c $< -o $@
$(B)/fuzz/tests/fuzz/%: $(B)/fuzz/tests/fuzz/%.o $(FUZZ_SOURCES:%.c=$(B)/fuzz/%.o)
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
# tests/compact/*_test have the untouched library beside them.
$(B)/compact/derived.o: $(SODIUM_LIBS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_NM) -g --defined-only $^ | awk 'NF == 3 { print $$3, "compact_" $$3 }' | sort -u >$(@D)/names
	$(Q)$(TARGET_OBJCOPY) --redefine-syms=$(@D)/names $(SODIUM_ARCHIVE) $(@D)/library.a
	$(Q)$(TARGET_NM:%nm=%ld) -r $(SODIUM_COMPACT) -o $@.new
	$(Q)$(TARGET_OBJCOPY) --redefine-syms=$(@D)/names $@.new $@
$(B)/compact/library.a: $(B)/compact/derived.o
$(foreach t,$(wildcard tests/compact/*_test.c),$(B)/host/$(t:.c=) $(B)/asan/$(t:.c=)): $(B)/compact/derived.o $(B)/compact/library.a

# For valgrind, which says whether a branch or an address depends on a secret: as the release is built.
$(VARIANT)/tests/compact/secret.o: SODIUM_CFLAGS += -isystem /usr/include/valgrind
$(VARIANT)/tests/compact/secret: $(VARIANT)/tests/compact/secret.o $(filter $(VARIANT)/base/% $(VARIANT)/crypto/%,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH)) $^ $(SODIUM_LIBS) -o $@
.PHONY: compact-secret
compact-secret: install-tools $(VARIANT)/tests/compact/secret
	$(Q)valgrind --quiet --log-file=$(VARIANT)/tests/compact/secret.log $(VARIANT)/tests/compact/secret
.PHONY: bench-compact
BENCH_COMPACT = $(VARIANT)/bench/compact.o $(filter $(VARIANT)/base/% %/sodium_trim.o,$(OBJECTS))
bench-compact: $(BENCH_COMPACT) $(OBJECTS)
	@LINK='$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH))' OUT=$(VARIANT)/bench/compact \
	OBJECTS='$(BENCH_COMPACT)' SERVER_OBJECTS='$(OBJECTS)' \
	COMPACT='$(SODIUM_COMPACT)' ARCHIVE='$(SODIUM_ARCHIVE)' SIZE_TOOL=$(TARGET_SIZE) STRIP=$(TARGET_STRIP) \
	sh bench/compact.sh

# --- use ----------------------------------------------------------------------------------------------
run: $(B)/nano_ssh_server
	@sh tests/run.sh $(B)/nano_ssh_server

PARALLEL := --no-print-directory -j $(shell getconf _NPROCESSORS_ONLN)
# Unit tests with every provider; clients with that of CRYPTO (with libsodium those of the others too that
# show what they differ in), as are all of the quick ones.
UNITS := host asan host-openssl asan-openssl host-both
test: install-tools vectors
	@$(MAKE) $(PARALLEL) $(B)/nano_ssh_server sftp-alone $(UNITS:%=$(B)/%-tests) \
	    $(addprefix $(B)/asan$(PROVIDER_NAME)/,nano_ssh_server tests/sftp/sftp_server tests/sftp/scp_server) fuzzers-if-possible
	@$(if $(PROVIDER_NAME),,for crypto in openssl both; do \
		$(MAKE) $(PARALLEL) CRYPTO=$$crypto $(B)/$(ARCH)-$(PROFILE)-$$crypto/nano_ssh_server || exit 1; done)
	@sh deps/clients.sh $(B)/clients
	@PROVIDER=$(PROVIDER_NAME) VARIANTS=$(B)/$(ARCH)-$(PROFILE) sh tests/all.sh full
test-quick: install-tools vectors
	@$(MAKE) $(PARALLEL) $(B)/nano_ssh_server sftp-alone $(B)/host$(PROVIDER_NAME)-tests
	@PROVIDER=$(PROVIDER_NAME) sh tests/all.sh quick
install-tools:
	@sh deps/packages.sh build test
vectors: install-tools
	@sh tests/vectors/get.sh $(B)/vectors

lint: layers
	@sh deps/packages.sh build lint
	@sh tests/lint.sh "$(STANDARD) $(HOST_CFLAGS_both)"
layers: $(B)/nano_ssh_server
	@sh tests/layers.sh

bench: $(B)/nano_ssh_server $(VARIANT)/bench/crypto sftp-alone
	@sh deps/packages.sh build test bench
	@BENCH_CRYPTO=$(VARIANT)/bench/crypto sh bench/all.sh

clean:
	rm -rf $(filter-out $(B)/deps,$(wildcard $(B)/*))
distclean:
	rm -rf $(B)
help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

-include $(shell find $(B) -name '*.d' -not -path '$(B)/deps/*' 2>/dev/null)
