# nano_ssh_server: one static ELF.
#
#   make            build/nano_ssh_server            make test        everything, ends in N passed, N failed
#   make run        build, serve, say how to log in  make test-quick  the part that takes seconds
#   make lint       format, static analysis, layers  make bench       measure against OpenSSH's sshd
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
.PHONY: all run test test-quick vectors lint layers bench clean distclean help install-tools
all: $(B)/nano_ssh_server

# --- what is built -----------------------------------------------------------------------------
ROOMS           := base crypto transport auth connection session process sftp server
PROVIDER_sodium := crypto/sodium.c crypto/sodium_cipher.c crypto/sodium_trim.c
PROVIDERS       := $(PROVIDER_sodium)
# Rows that only libcrypto can answer.
OPENSSL_ONLY    := crypto/cipher_aesctr.c crypto/kex_nistp256.c crypto/key_nistp256.c crypto/key_rsa.c
SOURCES         := main.c $(filter-out $(PROVIDERS) $(OPENSSL_ONLY),$(foreach r,$(ROOMS),$(wildcard $(r)/*.c))) \
                   profile/$(PROFILE).c $(PROVIDER_$(CRYPTO))

STANDARD := -std=c11 -D_GNU_SOURCE -I.
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror

# Size first; what runs per byte is in the provider's library, which has flags of its own.
# Objects carry plain code beside LTO's, so that nm and the layer check read them.
SIZE     := -Oz -flto -ffat-lto-objects -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
            -fno-unwind-tables -fmerge-all-constants -fno-plt
HARDENED := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
LINK     := -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--build-id=none \
            -Wl,--hash-style=gnu -Wl,-z,pack-relative-relocs -Wl,-z,noseparate-code
# Of libsodium's choices at run time, those that buy little: the AVX X25519 saves 4 us of a handshake
# for 12 KB; every x86-64 has the SSE2 that makes the portable Poly1305 superfluous.
USE_INSTEAD         = -Wl,--defsym=$(1)_implementation=$(2)_implementation
LINK_sodium_x86_64 := \
    $(call USE_INSTEAD,crypto_scalarmult_curve25519_sandy2x,crypto_scalarmult_curve25519_ref10) \
    $(call USE_INSTEAD,crypto_onetimeauth_poly1305_donna,crypto_onetimeauth_poly1305_sse2)

# --- dependencies: fetched, built and cached by deps/ ---------------------------------------------
DEPS := $(wildcard deps/* deps/*/*)
ifeq ($(filter clean distclean help,$(MAKECMDGOALS)),)
include $(B)/deps/$(ARCH).mk
endif
ifneq ($(filter test% lint $(B)/host% $(B)/asan%,$(MAKECMDGOALS)),)
include $(B)/deps/host.mk
endif
$(B)/deps/%.mk: $(DEPS)
	@sh deps/prepare.sh $* $@
	@touch $@

# --- the server -------------------------------------------------------------------------------------
VARIANT := $(B)/$(ARCH)-$(PROFILE)-$(CRYPTO)
OBJECTS := $(SOURCES:%.c=$(VARIANT)/%.o)

$(VARIANT)/%.o: %.c Makefile $(B)/deps/$(ARCH).mk
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(WARNINGS) $(SIZE) $(HARDENED) $(SODIUM_CFLAGS) -MMD -MP -c $< -o $@

$(VARIANT)/nano_ssh_server: $(OBJECTS)
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH)) -Wl,-Map=$@.map $(OBJECTS) $(SODIUM_LIBS) -o $@.full
	$(Q)$(TARGET_STRIP) -s -R .comment $@.full -o $@

$(VARIANT)/bench/crypto: $(VARIANT)/bench/crypto.o $(filter $(VARIANT)/base/% $(VARIANT)/crypto/%,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH)) $^ $(SODIUM_LIBS) -o $@

# The SFTP and scp servers alone, as the release has them, for other clients and for measuring.
$(VARIANT)/tests/sftp/%_server: $(VARIANT)/tests/sftp/%_server.o $(filter $(VARIANT)/base/% $(VARIANT)/process/% $(VARIANT)/sftp/%,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) -Wl,-Map=$@.map $^ -o $@.full
	$(Q)$(TARGET_STRIP) -s -R .comment $@.full -o $@
sftp-alone: $(VARIANT)/tests/sftp/sftp_server $(VARIANT)/tests/sftp/scp_server
.PHONY: sftp-alone

# The build made last, whichever variant that was.
$(B)/nano_ssh_server: $(VARIANT)/nano_ssh_server FORCE
	@cmp -s $< $@ || { cp $< $@.new && mv $@.new $@; }
	@echo "$@: $$(wc -c < $@) bytes ($(ARCH), $(PROFILE), $(CRYPTO))"
FORCE:

# --- for tests: the machine's own compiler and libc; plain, and with sanitizers -----------------------
HOST_CC      := gcc
SANITIZE     := -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_host   := -O1 -g
FLAGS_asan   := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
# tests/openssl/ is for a provider that has those primitives; the derived objects of another CPU cannot be
# linked here.
TEST_SOURCES := $(filter-out tests/openssl/% $(if $(filter-out $(ARCH),$(shell uname -m)),tests/compact/%), \
                $(wildcard tests/*/*_test.c))
HELPERS      := $(wildcard tests/support/*.c)
HOSTILE      := $(wildcard tests/hostile/*.c)
# These only leave ballast out of the static ELF.
LIBRARY      := $(filter-out main.c crypto/sodium_trim.c process/libc_trim.c,$(SOURCES))
HOST_LIBS     = $(HOST_SODIUM_LIBS) -lcrypt

define host_build
$(B)/$(1)/%.o: %.c Makefile $(B)/deps/host.mk
	@mkdir -p $$(@D)
	$$(Q)$(HOST_CC) $(STANDARD) $(WARNINGS) $(FLAGS_$(1)) $(HARDENED) $$(HOST_SODIUM_CFLAGS) -MMD -MP -c $$< -o $$@
$(B)/$(1)/nano_ssh_server: $(LIBRARY:%.c=$(B)/$(1)/%.o) $(B)/$(1)/main.o
	$$(Q)$(HOST_CC) $(FLAGS_$(1)) $$^ $$(HOST_LIBS) -o $$@
$(B)/$(1)/tests/%_test: $(B)/$(1)/tests/%_test.o $(HELPERS:%.c=$(B)/$(1)/%.o) $(LIBRARY:%.c=$(B)/$(1)/%.o)
	$$(Q)$(HOST_CC) $(FLAGS_$(1)) $$^ $$(HOST_LIBS) -lcmocka -o $$@
$(B)/$(1)/tests/sftp/%_server: $(B)/$(1)/tests/sftp/%_server.o $(LIBRARY:%.c=$(B)/$(1)/%.o)
	$$(Q)$(HOST_CC) $(FLAGS_$(1)) $$^ $$(HOST_LIBS) -o $$@
# A client that misbehaves over a real socket.
$(B)/$(1)/tests/hostile/hostile: $(HOSTILE:%.c=$(B)/$(1)/%.o) $(HELPERS:%.c=$(B)/$(1)/%.o) $(LIBRARY:%.c=$(B)/$(1)/%.o)
	$$(Q)$(HOST_CC) $(FLAGS_$(1)) $$^ $$(HOST_LIBS) -lcmocka -o $$@
UNIT_$(1) := $(TEST_SOURCES:%.c=$(B)/$(1)/%)
endef
$(eval $(call host_build,host))
$(eval $(call host_build,asan))
# Clients made of other libraries, and a FIDO key without a token.
CLIENTS      := $(addprefix $(B)/host/tests/clients/,libssh libssh2 sk)
$(B)/host/tests/clients/libssh: LIBRARIES = -lssh
$(B)/host/tests/clients/libssh2: LIBRARIES = -lssh2
$(B)/host/tests/clients/sk: LIBRARIES = -shared -fPIC -Wl,--exclude-libs,ALL $(HOST_SODIUM_CFLAGS) $(HOST_SODIUM_LIBS)
$(CLIENTS): $(B)/host/tests/clients/%: tests/clients/%.c Makefile $(B)/deps/host.mk
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(STANDARD) $(WARNINGS) $(FLAGS_host) $< $(LIBRARIES) -o $@
.SECONDARY:

# --- the derived objects of the provider, and whether they may be used (docs/compact.md) -----------------
# The target's library and the derived objects, with other names for all they define:
# tests/compact/compare_test has the untouched library beside them.
$(B)/compact/derived.o: $(SODIUM_LIBS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_NM) -g --defined-only $^ | awk 'NF == 3 { print $$3, "compact_" $$3 }' | sort -u >$(@D)/names
	$(Q)$(TARGET_OBJCOPY) --redefine-syms=$(@D)/names $(SODIUM_ARCHIVE) $(@D)/library.a
	$(Q)$(TARGET_CC) -r -nostdlib $(SODIUM_COMPACT) -o $@.new
	$(Q)$(TARGET_OBJCOPY) --redefine-syms=$(@D)/names $@.new $@
$(B)/compact/library.a: $(B)/compact/derived.o
$(B)/host/tests/compact/compare_test $(B)/asan/tests/compact/compare_test: $(B)/compact/derived.o $(B)/compact/library.a

# For valgrind, which says whether a branch or an address depends on a secret: as the release is built.
$(VARIANT)/tests/compact/secret.o: SODIUM_CFLAGS += -isystem /usr/include/valgrind
$(VARIANT)/tests/compact/secret: $(VARIANT)/tests/compact/secret.o $(filter $(VARIANT)/base/% $(VARIANT)/crypto/%,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_$(CRYPTO)_$(ARCH)) $^ $(SODIUM_LIBS) -o $@
.PHONY: compact-secret
compact-secret: $(VARIANT)/tests/compact/secret
	@sh deps/packages.sh test
	$(Q)valgrind --quiet --log-file=$<.log $<

# --- use ----------------------------------------------------------------------------------------------
run: $(B)/nano_ssh_server
	@sh tests/run.sh $(B)/nano_ssh_server

test: install-tools vectors
	@$(MAKE) --no-print-directory $(B)/nano_ssh_server sftp-alone $(B)/host-tests $(B)/asan-tests
	@sh deps/clients.sh $(B)/clients
	@sh tests/all.sh full
test-quick: install-tools vectors
	@$(MAKE) --no-print-directory $(B)/nano_ssh_server sftp-alone $(B)/host-tests
	@sh tests/all.sh quick
install-tools:
	@sh deps/packages.sh build test
vectors: install-tools
	@sh tests/vectors/get.sh $(B)/vectors
.PHONY: $(B)/host-tests $(B)/asan-tests
$(B)/host-tests: $(UNIT_host) $(B)/host/tests/hostile/hostile $(CLIENTS)
$(B)/asan-tests: $(UNIT_asan) $(B)/asan/nano_ssh_server $(addprefix $(B)/asan/tests/sftp/,sftp_server scp_server)

lint: layers
	@sh deps/packages.sh build lint
	@sh tests/lint.sh "$(STANDARD) $(HOST_SODIUM_CFLAGS)"
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
