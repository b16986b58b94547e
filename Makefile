# nano_ssh_server: one static ELF.
#
#   make            build/nano_ssh_server            make test        everything, ends in N passed, N failed
#   make run        build, serve, say how to log in  make test-quick  the part that takes seconds
#   make lint       format, static analysis, layers  make bench       measure against OpenSSH's sshd
#   make size-features                               what each feature of the build costs in bytes
#   make fuzz       build every fuzzer               make fuzz FUZZ=sftp SECONDS=600   run one of tests/fuzz/
#   make size-report   builds of every kind, measured: SIZE_COMPARISON.md   make size-page   from the last results
#   make image      build/nano_ssh_server.oci.tar    make demo        builds that image, runs it, logs in
#   make size-map   where the bytes are              make size-record what budgets compare with (tests/size/)
#   make size-peers TinySSH, Dropbear and OpenSSH beside ours: build/size/peers.tsv, matrix.tsv
#   make test-cpus  the release for other CPUs, each by qemu-user (CPUS="mips s390x" for some)
#   make dist       a release of every CPU in dist/ (CPUS=… for some)   make dist-check   twice from nothing: the same bytes?
#   make verify BIN=…   what a program's file proves    make install DESTDIR= PREFIX=   and uninstall    make deb   for Debian
#   make clean      keep the dependencies            make distclean   keep nothing
#
# Variables: ARCH (a CPU of deps/targets), PROFILE (full, min, or hello: files of profile/), CRYPTO (a provider), COMMANDS
# (all, or none: no shell either), BOX (packed, or linked into the server), TOOLBOX (none, or toybox: its commands, too),
# WITHOUT (features, algorithms and commands of the profile to leave out: WITHOUT=agent,cipher_aes256gcm,applet:top; a name
# that there is not prints all names), PACK (box, or all: the whole program is packed, for flash that is small and does not
# compress: docs/size.md has the price), FIRST (balance, or size: of speed and hardening, only as much as costs no byte; min
# has no self-test then), HARDEN (yes; no: neither stack protector nor PIE nor RELRO; as FIRST has it).
# To compare with (SIZE_COMPARISON.md): LIBC (musl, glibc), LINKAGE (static, dynamic: its C library), COMPILER (gcc, clang), OPT
# (-Oz, -Os, -O2: of our own code), LTO (yes, no), LOADER (a path).

ARCH    := $(shell uname -m)
PROFILE := full
CRYPTO  := sodium
WITHOUT :=
TOOLBOX := none
# -g for debug information, which changes no byte of the program (make size-map).
DEBUG   :=
PACK    := box
FIRST   := balance
# FIRST=size has no hardening, unless it is asked for.
HARDEN_USUAL := $(if $(filter size,$(FIRST)),no,yes)
HARDEN  := $(HARDEN_USUAL)
LIBC     := musl
LINKAGE  := static
COMPILER := gcc
OPT      := -Oz
LTO      := yes
B       := build

comma := ,
# V=1 shows the commands.
Q := $(if $(filter 1,$(V)),,@)
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all run image demo test test-quick test-cpus test-image vectors lint layers bench size-features fuzz clean distclean help install-tools
all: $(B)/nano_ssh_server

# VARIABLE,VALUES: one of them it has to be.
one_of = $(if $(filter-out 1,$(words $(filter $(2),$($(1))))),$(error $(1) is one of: $(2)))
$(call one_of,LIBC,musl glibc)$(call one_of,LINKAGE,static dynamic)$(call one_of,COMPILER,gcc clang)
$(call one_of,OPT,-Oz -Os -O2 -O3)$(call one_of,LTO,yes no)$(call one_of,HARDEN,yes no)
# The build that everything is made for, and which others are compared with.
STATIC_MUSL := $(filter musl-static,$(LIBC)-$(LINKAGE))
NO_LIBC_TRIM := $(if $(STATIC_MUSL),,process/libc_trim.c)
# The server, not its shell, does without the start of the C library where that has been checked: elsewhere a CPU's system
# calls can go by way of what it sets up (i386), and libcrypto or a linked shell may want what is a thread's own.
ALONE := $(filter x86_64-no-sodium-static-,$(ARCH)-$(HARDEN)-$(CRYPTO)-$(STATIC_MUSL:musl-%=%)-$(filter linked,$(BOX)))
# With its hardening the program does so, too, and the shell that it carries: process/libc_guarded.c.
GUARDED := $(filter x86_64-yes-sodium-gcc-static-,$(ARCH)-$(HARDEN)-$(CRYPTO)-$(COMPILER)-$(STATIC_MUSL:musl-%=%)-$(filter linked,$(BOX)))
START   := $(if $(ALONE),process/libc_start.c process/libc_alone.c) $(if $(GUARDED),process/libc_start.c process/libc_guarded.c)
ANY_START := process/libc_start.c process/libc_alone.c process/libc_guarded.c

# --- what is built -----------------------------------------------------------------------------
ROOMS            := base crypto transport auth connection session process network server
PROVIDER_sodium  := $(if $(filter size,$(FIRST)),crypto/sodium_least.c,crypto/sodium_all.c crypto/sodium_random.c) crypto/sodium.c crypto/sodium_cipher.c crypto/sodium_trim.c
LIBCRYPTO        := crypto/openssl_cipher.c crypto/openssl_digest.c crypto/openssl_key.c crypto/openssl_memory.c \
                    crypto/openssl_start.c crypto/openssl_trim.c
PROVIDER_openssl := crypto/openssl_all.c crypto/openssl.c crypto/openssl_sha3.c $(LIBCRYPTO)
PROVIDER_both    := crypto/both.c crypto/sodium.c crypto/sodium_random.c crypto/sodium_trim.c $(LIBCRYPTO)
# Rows that only libcrypto can answer.
OPENSSL_ONLY     := crypto/cipher_aesctr.c crypto/kex_nistp256.c crypto/key_nistp256.c crypto/key_rsa.c
ANY_PROVIDER     := $(filter-out $(OPENSSL_ONLY) crypto/sodium_all.c crypto/sodium_random.c crypto/sodium_least.c $(PROVIDER_sodium) $(PROVIDER_openssl) $(PROVIDER_both), \
                    $(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
# The rest of it with each provider. A profile may have more for those that have libcrypto.
FEATURES_FILE    := $(or $(wildcard profile/$(PROFILE)-features.c),profile/$(PROFILE).c)
with_sodium      := $(PROVIDER_sodium) $(sort profile/$(PROFILE).c $(FEATURES_FILE))
with_libcrypto   := $(OPENSSL_ONLY) $(sort $(or $(wildcard profile/$(PROFILE)-openssl.c),profile/$(PROFILE).c) $(FEATURES_FILE))
FEATURES         := $(shell sed -n 's/^ *has(\([a-z_0-9]*\)).*/\1/p' $(FEATURES_FILE))
# A small server has no self-test where size comes first.
LESS_min_size    := self_test
# What the profile names and this build does not have: without.awk makes the profile's files anew.
LEFT_OUT         := $(sort $(subst $(comma), ,$(WITHOUT)) $(LESS_$(PROFILE)_$(FIRST)))
USUAL_COMMANDS   := $(if $(filter shell,$(FEATURES)),all,none)
COMMANDS         := $(if $(filter shell,$(LEFT_OUT)),none,$(USUAL_COMMANDS))
ifneq ($(LEFT_OUT)$(filter size-features,$(MAKECMDGOALS)),)
ROWS             := $(shell grep -ho '&[a-z_0-9]*' $(filter profile/%,$(with_$(CRYPTO))) profile/commands-all.c)
NAMES            := $(FEATURES) $(patsubst applet_%,applet:%,$(patsubst &%,%,$(ROWS)))
$(if $(filter-out $(NAMES),$(LEFT_OUT)),$(error WITHOUT: there is no $(filter-out $(NAMES),$(LEFT_OUT)) in PROFILE=$(PROFILE). \
    There are: $(NAMES)))
endif
ifeq ($(COMMANDS),none)
LEFT_OUT         := $(sort $(LEFT_OUT) $(filter shell,$(FEATURES)))
endif
with_openssl     := $(PROVIDER_openssl) $(with_libcrypto)
with_both        := $(PROVIDER_both) $(with_libcrypto)
# The shell, its commands and what serves files are a program of their own, which the server carries (box/box.h).
BOX              := $(if $(filter none,$(COMMANDS))$(filter hello,$(PROFILE)),none,packed)
FILE_SOURCES     := box/files.c $(filter-out sftp/scp_words.c,$(wildcard sftp/*.c))
COMMAND_SOURCES  := profile/commands-all.c box/run.c $(filter-out applets/toolbox_%,$(wildcard shell/*.c applets/*.c)) $(FILE_SOURCES)
BOX_SOURCES      := box/main.c $(COMMAND_SOURCES) $(wildcard applets/toolbox_$(TOOLBOX).c process/*.c network/*.c base/*.c) \
                    $(PROVIDER_$(CRYPTO)) $(FEATURES_FILE)
BOX_none         := box/none.c $(FILE_SOURCES)
UNPACKING        := box/launch.c box/unpack.c box/lzma.c box/places.c
BOX_packed       := box/packed.c $(UNPACKING)
BOX_linked       := box/linked.c $(COMMAND_SOURCES) applets/toolbox_none.c
# hello is another program of the same rooms, without those below them, and without what hello/absent.c answers.
HELLO_ROOMS      := base/% crypto/% transport/% auth/% connection/% session/%
HELLO_ABSENT     := auth/certificate.c auth/rule.c auth/password.c base/reason.c base/format.c $(if $(filter yes,$(HARDEN)),hello,process)/libc%.c
HELLO            := $(filter-out $(HELLO_ABSENT),$(wildcard hello/*.c) $(filter $(HELLO_ROOMS) process/libc_trim.c,$(ANY_PROVIDER))) \
                    $(START)
FRONT            := main.c sftp/scp_words.c $(START) $(filter-out $(NO_LIBC_TRIM) $(ANY_START),$(ANY_PROVIDER)) $(BOX_$(BOX))
SOURCES          := $(if $(filter hello,$(PROFILE)),$(HELLO),$(FRONT)) $(or $(with_$(CRYPTO)),$(error CRYPTO is sodium, openssl or both))
# What is named after the provider has this in its name; libsodium is what is meant without.
PROVIDER_NAME    := $(filter-out -sodium,-$(CRYPTO))

STANDARD := -std=c11 -D_GNU_SOURCE -I.
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror

# Size first; what runs per byte is in the provider's library, which has flags of its own.
# Objects carry plain code beside LTO's, so that nm and the layer check read them. The last line: passes
# that make this program larger (docs/size.md).
LTO_gcc   := -flto=auto -flto-partition=one -ffat-lto-objects
LTO_clang := -flto
SIZE_gcc  := -fno-tree-dominator-opts -fno-caller-saves -fno-tree-tail-merge \
             -fno-schedule-insns2 -fno-shrink-wrap -fno-if-conversion -fno-thread-jumps -fno-optimize-sibling-calls
SIZE_clang := -Wno-bitwise-instead-of-logical -Wno-unused-command-line-argument \
             -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
SIZE     := $(DEBUG) $(OPT) $(if $(filter yes,$(LTO)),$(LTO_$(COMPILER))) -ffunction-sections -fdata-sections \
            -fno-asynchronous-unwind-tables -fno-unwind-tables -fmerge-all-constants $(SIZE_$(COMPILER)) \
            $(if $(filter gcc,$(COMPILER)),$(SIZE_$(ARCH)))
HARDENED_yes := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
# At a fixed address: nothing to relocate, and addresses are short.
HARDENED_no   = -fno-stack-protector $(TARGET_NOPIE)
HARDENED      = $(HARDENED_$(HARDEN))
# What only some CPUs have: docs/size.md. mips keeps a table of addresses of what other programs might want to see.
SIZE_riscv64 := -msave-restore
RELR         := -Wl,-z,pack-relative-relocs
LINK_x86_64  := $(RELR)
LINK_i386    := $(RELR)
# By ADR alone, which reaches all of a program below 1 MB: what is put elsewhere instead takes 4 KB, where there is any.
LINK_aarch64 := -Wl,--fix-cortex-a53-843419=adr
# Their linkers would keep the names of what has a place in the table of addresses.
LINK_riscv64 := -Wl,--version-script=deps/local.map
LINK_s390x   := $(LINK_riscv64)
HASH_mips    := sysv
HASH_mipsel  := sysv
# Of Debian's libgcc, which has hard float, only arithmetic of integers is used (tests/cpu/cpus.bats).
LINK_mips    := -Wl,--no-warn-mismatch -Wl,--version-script=deps/local.map
LINK_mipsel  := $(LINK_mips)
RELRO_yes     = -Wl,-z,relro,-z,now $(LINK_$(ARCH)) $(TARGET_PIE)
RELRO_no     := -Wl,-z,norelro
LAYOUT_yes   := $(if $(STATIC_MUSL),deps/layout.ld,deps/box.ld)
LAYOUT_no    := $(if $(STATIC_MUSL),deps/layout-fixed.ld,deps/box.ld)
# What carries no box has no segment for it.
NO_BOX        = $(if $(STATIC_MUSL),$(VARIANT)/layout.ld,$(LAYOUT_$(HARDEN)))
LAYOUT        = $(if $(filter packed,$(BOX)),$(LAYOUT_$(HARDEN)),$(NO_BOX))
# Where instructions are of four bytes, packing looks at positions: those of the dictionary are to be such, too (700 bytes).
STEP     := $(if $(filter-out x86_64 i386,$(ARCH)),-Wl$(comma)--defsym=BOX_STEP=4)
LINK      = -Wl,--gc-sections $(STEP) $(RELRO_$(HARDEN)) -Wl,-z,noexecstack -Wl,--build-id=none \
            -Wl,--hash-style=$(or $(HASH_$(ARCH)),gnu) -Wl,-z,noseparate-code \
            -Wl,-T,$(LAYOUT)$(if $(STATIC_MUSL),$(comma)--orphan-handling=$(if $(DEBUG),place,warn)) \
            $(addprefix -Wl$(comma)--dynamic-linker=,$(or $(LOADER),$(TARGET_LOADER)))
# No symbols, and no sections either: what the kernel loads is in the program headers.
STRIP_ALL = $(TARGET_STRIP) -s -R .comment
BARE      = READELF=$(TARGET_READELF) sh deps/bare.sh
# Of libsodium's choices at run time, those that buy little: the AVX X25519 saves 4 us of a handshake
# for 12 KB; every x86-64 has the SSE2 that makes the portable Poly1305 superfluous.
USE_INSTEAD         = -Wl,--defsym=$(1)_implementation=$(2)_implementation
LINK_both_x86_64   := $(call USE_INSTEAD,crypto_scalarmult_curve25519_sandy2x,crypto_scalarmult_curve25519_ref10)
LINK_sodium_x86_64 := $(LINK_both_x86_64) \
    $(call USE_INSTEAD,crypto_onetimeauth_poly1305_donna,crypto_onetimeauth_poly1305_sse2)
# In the small profile what is portable does: 8 KB less, and bulk at a third of the speed (docs/size.md).
LINK_min_sodium_x86_64 := $(LINK_both_x86_64) \
    $(call USE_INSTEAD,crypto_stream_chacha20_dolbeau_avx2,crypto_stream_chacha20_ref) \
    $(call USE_INSTEAD,crypto_stream_chacha20_dolbeau_ssse3,crypto_stream_chacha20_ref) \
    $(call USE_INSTEAD,crypto_onetimeauth_poly1305_sse2,crypto_onetimeauth_poly1305_donna)
# FIRST=size has its own (crypto/sodium_least.c).
LINK_CHOICE = $(if $(filter size,$(FIRST)),,$(or $(LINK_$(PROFILE)_$(CRYPTO)_$(ARCH)),$(LINK_$(CRYPTO)_$(ARCH))))

# --- dependencies: fetched, built and cached by deps/ ---------------------------------------------
DEPS := $(wildcard deps/* deps/*/* deps/*/*/*)
TARGET_DEPS := $(B)/deps/$(ARCH)$(if $(PROVIDER_NAME),-openssl)$(filter-out -none,-$(TOOLBOX))$(filter -glibc,-$(LIBC))$(filter -dynamic,-$(LINKAGE))$(filter -clang,-$(COMPILER)).mk
# Nothing of them is needed to
WITHOUT_DEPS := clean distclean help size-folder verify install uninstall dist dist-programs dist-check
ifneq ($(filter-out $(WITHOUT_DEPS),$(or $(MAKECMDGOALS),all)),)
include $(TARGET_DEPS)
endif
# libcrypto takes its minutes to build: only where it is asked for.
ASKED := $(findstring -openssl,$(MAKECMDGOALS))$(findstring -both,$(MAKECMDGOALS))$(filter test lint,$(MAKECMDGOALS))
ifneq ($(filter test% lint fuzz% $(B)/host% $(B)/asan% $(B)/fuzz%,$(MAKECMDGOALS)),)
include $(B)/deps/host$(if $(ASKED)$(PROVIDER_NAME),-openssl).mk
endif
# ARCH[-openssl][-toybox][-glibc][-dynamic][-clang].mk
$(B)/deps/%.mk: $(DEPS)
	@sh deps/prepare.sh $(firstword $(subst -, ,$*)) $@ $(wordlist 2,9,$(subst -, ,$*))
	@touch $@
CFLAGS_sodium  = $(SODIUM_CFLAGS)
CFLAGS_openssl = $(OPENSSL_CFLAGS)
CFLAGS_both    = $(SODIUM_CFLAGS) $(OPENSSL_CFLAGS)
# What of libsodium comes first: compact, or least.
SODIUM_OBJECTS = $(if $(filter size,$(FIRST)),$(SODIUM_LEAST),$(SODIUM_COMPACT))
LIBS_sodium    = $(SODIUM_OBJECTS) $(SODIUM_ARCHIVE) $(LIBC_LIBS)
LIBS_openssl   = $(OPENSSL_LIBS) $(LIBC_LIBS)
LIBS_both      = $(SODIUM_OBJECTS) $(SODIUM_ARCHIVE) $(LIBS_openssl)

# --- the server -------------------------------------------------------------------------------------
OTHERWISE := $(filter -glibc,-$(LIBC))$(filter -dynamic,-$(LINKAGE))$(filter -clang,-$(COMPILER))$(filter-out -Oz,$(OPT))$(if \
    $(filter no,$(LTO)),-nolto)
OBJECT_ROOM := $(B)/$(ARCH)-$(PROFILE)-$(CRYPTO)$(filter-out -$(USUAL_COMMANDS),-$(COMMANDS))$(filter-out -none,-$(TOOLBOX))$(filter -linked,-$(BOX))$(filter-out \
               -balance,-$(FIRST))$(if $(filter $(HARDEN),$(HARDEN_USUAL)),,-harden-$(HARDEN))$(OTHERWISE)
# What is the same for every profile and with every provider is compiled once.
ANY_ROOM := $(B)/$(ARCH)-any$(filter-out -yes,-$(HARDEN))$(OTHERWISE)
OF_PROVIDER := crypto/sodium%.c crypto/openssl%.c crypto/both.c
# With something left out, all but the profile is as it would be with it.
empty :=
space := $(empty) $(empty)
VARIANT := $(OBJECT_ROOM)$(if $(WITHOUT),-without-$(subst :,.,$(subst $(space),+,$(sort $(subst $(comma), ,$(WITHOUT))))))
# What takes the place of objects of the C library (docs/compact.md); hashes by SHA-2 are libsodium's.
LIBC_SOURCES := $(filter-out $(if $(filter openssl,$(CRYPTO)),%/crypt_sha256.c %/crypt_sha512.c),$(wildcard $(addsuffix /*.c,$(LIBC_COMPACT))))
# What toybox calls is the whole of it; process/libc_trim.c has less.
BOX_GUARDED := $(if $(filter none,$(TOOLBOX)),$(GUARDED))
TOOLBOX_INSTEAD := $(filter-out $(if $(BOX_GUARDED),$(START)),$(ANY_START)) $(if $(filter toybox,$(TOOLBOX)),process/libc_trim.c,$(NO_LIBC_TRIM))
ANEW := $(if $(filter applet:%,$(LEFT_OUT)),profile/commands-all.c) \
    $(if $(filter-out applet:%,$(LEFT_OUT)),$(filter profile/%,$(with_$(CRYPTO))))
object_of = $(foreach s,$(filter-out $(ANEW),$(1)),$(if $(filter $(OF_PROVIDER),$s),$(OBJECT_ROOM),$(ANY_ROOM))/$(s:.c=.o)) \
    $(patsubst profile/%.c,$(VARIANT)/without/%.o,$(filter $(ANEW),$(1)))
# Of these objects, those of rooms: $(call of_rooms,base crypto)
of_rooms = $(filter $(foreach r,$(1),$(OBJECT_ROOM)/$r/% $(ANY_ROOM)/$r/%),$(sort $(OBJECTS) $(BOX_OBJECTS)))
OBJECTS := $(call object_of,$(SOURCES)) $(patsubst $(LIBC_COMPACT)/%.c,$(OBJECT_ROOM)/libc/%.o,$(LIBC_SOURCES))

$(VARIANT)/without/%.c: profile/%.c profile/without.awk
	@mkdir -p $(@D)
	$(Q)awk -v names="$(LEFT_OUT)" -f profile/without.awk $< >$@
$(VARIANT)/without/%.o: $(VARIANT)/without/%.c Makefile $(TARGET_DEPS)
	$(Q)$(TARGET_CC) $(STANDARD) $(WARNINGS) $(SIZE) $(HARDENED) $(CFLAGS_$(CRYPTO)) -MMD -MP -c $< -o $@

$(OBJECT_ROOM)/%.o: %.c Makefile $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(WARNINGS) $(SIZE) $(HARDENED) $(CFLAGS_$(CRYPTO)) -MMD -MP -c $< -o $@
$(ANY_ROOM)/%.o: %.c Makefile $(DEPS) | $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(WARNINGS) $(SIZE) $(HARDENED) $(CFLAGS_ITS) -MMD -MP -c $< -o $@

# What the compiler may call of itself must be there when LTO is over, and may not be made of itself.
NO_CALLS_gcc := -fno-tree-loop-distribute-patterns
$(ANY_ROOM)/process/libc_start.o $(ANY_ROOM)/process/libc_guarded.o: CFLAGS_ITS := -fno-lto -fno-stack-protector
$(ANY_ROOM)/process/libc_alone.o: CFLAGS_ITS := -fno-lto -fno-builtin $(NO_CALLS_$(COMPILER))
# For --version: the CPU, and which objects of the library are derived (docs/compact.md).
DERIVED = $(sort $(basename $(notdir $(subst _la-,/,$(SODIUM_COMPACT)))))
$(ANY_ROOM)/main.o: CFLAGS_ITS := -DNANO_ARCH='"$(ARCH)"'
# How programs for this CPU are packed (box/packing.h): what its instructions say distances in, and LZMA's lc, lp, pb.
PACKING_x86_64  := x86_64 3,0,0
PACKING_i386    := i386 3,0,0
PACKING_aarch64 := arm64 1,2,2
PACKING_armv7   := thumb 2,1,2
PACKING_armv5   := arm 2,2,2
PACKING_riscv64 := riscv 3,1,1
PACKING_mips    := mips_big 1,2,2
PACKING_mipsel  := mips_little 1,2,2
PACKING_powerpc := powerpc 2,2,2
PACKING_s390x   := s390x 3,1,1
PACKING := $(or $(PACKING_$(ARCH)),none 3,0,0)
PACKING := -DPLACES=places_$(firstword $(PACKING)) -DKIND=$(lastword $(PACKING)) -DLZMA_PLACE_BITS=$(lastword $(subst $(comma), ,$(PACKING)))
$(foreach o,unpack lzma,$(ANY_ROOM)/box/$(o).o $(VARIANT)-packall/box/$(o).o): CFLAGS_ITS := $(PACKING)
$(OBJECT_ROOM)/crypto/sodium_all.o $(OBJECT_ROOM)/crypto/both.o: CFLAGS_$(CRYPTO) += -DSODIUM_DERIVED='"$(if $(DERIVED), with derived $(DERIVED))"'

$(OBJECT_ROOM)/libc/%.o: $(LIBC_COMPACT)/%.c Makefile $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(SIZE) $(HARDENED) $(SODIUM_CFLAGS) -c $< -o $@

# What the C library's start would have made ready must not be asked for; nor may there be what it would have done: relocations
# but those that process/libc_guarded.c knows, constructors. $(1): a program; $(2): what is allowed, for sed (the shell's sigaction() looks whether there are threads)
NOT_STARTED = ! { $(TARGET_NM) $(1); $(TARGET_READELF) -SW $(1); $(TARGET_NM:%nm=%objdump) -d $(1); } | sed '$(2)' | \
    grep ' __libc$$\| __init_tls$$\|%fs:\| \.rela\.dyn  *RELA  *[0-9a-f][0-9a-f]* [0-9a-f][0-9a-f]* 0*[1-9a-f]\| \.init_array '
BOX_OBJECTS := $(call object_of,$(filter-out $(TOOLBOX_INSTEAD),$(BOX_SOURCES)))
$(VARIANT)/nano_sh: LAYOUT = $(NO_BOX)
$(VARIANT)/nano_sh: $(BOX_OBJECTS) $(NO_BOX)
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(if $(BOX_GUARDED),-nostartfiles) -Wl,-Map=$@.map $(BOX_OBJECTS) $(TOYBOX_OBJECT) $(LIBS_$(CRYPTO)) -o $@.full
	$(Q)$(if $(BOX_GUARDED),$(call NOT_STARTED,$@.full,s/%fs:0x28//; s/ __libc$$//))
	$(Q)$(STRIP_ALL) $@.full -o $@ && $(BARE) $@
# Which commands there are is no matter of the server's own link.
DICTIONARY := $(if $(filter-out applet:%,$(LEFT_OUT)),$(VARIANT),$(OBJECT_ROOM))/dictionary
# Linked twice: the packed bytes' dictionary is this program itself (box/packed.c).
PACK_TOOL = PACKING='$(PACKING)' NM=$(TARGET_NM) HOST_CC=$(HOST_CC) sh deps/pack.sh
PACKING_SOURCES := deps/pack.sh deps/pack.c box/places.c box/packing.h box/lzma.h
LINK_SERVER = $(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_CHOICE) $(if $(GUARDED),-nostartfiles)
$(B)/%.o: $(B)/%.S
	$(Q)$(TARGET_CC) -c $< -o $@
$(OBJECT_ROOM)/box/nothing.S: deps/pack.sh
	@mkdir -p $(@D)
	$(Q)$(PACK_TOOL) $@
# … and for mips three times: how large its table of addresses is, and so the code, depends on the size of all there is.
ROOM := $(dir $(DICTIONARY))box/room
$(DICTIONARY): $(if $(filter mips%,$(ARCH)),$(ROOM),$(OBJECT_ROOM)/box/nothing).o
$(DICTIONARY)-first: $(OBJECT_ROOM)/box/nothing.o
$(DICTIONARY) $(DICTIONARY)-first: $(OBJECTS) $(LAYOUT)
	@mkdir -p $(@D)
	$(Q)$(LINK_SERVER) $(OBJECTS) $(filter %/nothing.o %/room.o,$^) $(LIBS_$(CRYPTO)) -o $@
$(VARIANT)/box/bytes.S: $(DICTIONARY)
$(ROOM).S: $(DICTIONARY)-first
$(VARIANT)/box/bytes.S $(ROOM).S: $(VARIANT)/nano_sh $(PACKING_SOURCES)
	@mkdir -p $(@D)
	$(Q)$(PACK_TOOL) $@ $(VARIANT)/nano_sh $(filter %/dictionary %/dictionary-first,$^)
BOX_BYTES := $(if $(filter packed,$(BOX)),$(VARIANT)/box/bytes.o)

$(VARIANT)/layout.ld: $(LAYOUT_$(HARDEN))
	@mkdir -p $(@D)
	$(Q)sed '/ box PT_LOAD /d; / :box$$/d' $< >$@

$(VARIANT)/nano_ssh_server: $(OBJECTS) $(BOX_BYTES) $(LAYOUT)
	$(Q)$(LINK_SERVER) -Wl,-Map=$@.map $(OBJECTS) $(BOX_BYTES) $(LIBS_$(CRYPTO)) -o $@.full
	$(Q)$(if $(ALONE)$(GUARDED),$(call NOT_STARTED,$@.full,$(if $(GUARDED),s/%fs:0x28//)))
	$(Q)$(STRIP_ALL) $@.full -o $@ && $(BARE) $@
	$(Q)$(if $(BOX_BYTES),$(PACK_TOOL) $(VARIANT)/box/bytes.S --check $@.full)

# PACK=all: the program above, packed, behind a loader of its own that unpacks and becomes it. (Not the box, which is packed.)
PACKED := $(VARIANT)-packall
# Where its code needs no relocation, the loader does without what starts a C program; elsewhere it is one like any other.
BARE_LOADER := $(wildcard box/start_$(ARCH).S)
LOADER_OBJECTS := $(patsubst %.c,$(PACKED)/%.o,box/loader.c $(UNPACKING) base/wire.c base/text.c process/zone.c process/libc_trim.c \
          $(if $(BARE_LOADER),box/start.c)) $(BARE_LOADER:%.S=$(PACKED)/%.o)
LINK_BARE := -nostartfiles -Wl,--gc-sections $(STEP) -Wl,-z,noexecstack -Wl,--build-id=none -Wl,-z,noseparate-code \
             -Wl,-T,deps/loader.ld,--orphan-handling=warn
LINK_LOADER = $(TARGET_CC) $(SIZE) $(if $(BARE_LOADER),$(LINK_BARE),$(LINK))
$(PACKED)/%.o: %.c Makefile $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(STANDARD) $(WARNINGS) $(SIZE) $(HARDENED) -fno-stack-protector $(CFLAGS_ITS) -MMD -MP -c $< -o $@
$(PACKED)/%.o: $(PACKED)/%.S
	$(Q)$(TARGET_CC) -c $< -o $@
$(PACKED)/box/start_%.o: box/start_%.S $(TARGET_DEPS)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) -c $< -o $@
$(PACKED)/nothing.S: deps/pack.sh
	@mkdir -p $(@D)
	$(Q)$(PACK_TOOL) $@
$(PACKED)/dictionary: $(PACKED)/$(if $(filter mips%,$(ARCH)),room,nothing).o
$(PACKED)/dictionary-first: $(PACKED)/nothing.o
$(PACKED)/dictionary $(PACKED)/dictionary-first: $(LOADER_OBJECTS) deps/loader.ld
	$(Q)$(LINK_LOADER) $(LOADER_OBJECTS) $(filter %/nothing.o %/room.o,$^) -o $@
$(PACKED)/bytes.S: $(PACKED)/dictionary
$(PACKED)/room.S: $(PACKED)/dictionary-first
$(PACKED)/bytes.S $(PACKED)/room.S: $(VARIANT)/nano_ssh_server $(PACKING_SOURCES)
	$(Q)$(PACK_TOOL) $@ $(VARIANT)/nano_ssh_server $(filter %/dictionary %/dictionary-first,$^) $(or $(BOX_BYTES:.o=.S),-)
$(PACKED)/nano_ssh_server: $(LOADER_OBJECTS) $(PACKED)/bytes.o deps/loader.ld
	$(Q)$(LINK_LOADER) -Wl,-Map=$@.map $(LOADER_OBJECTS) $(PACKED)/bytes.o -o $@.full
	$(Q)$(STRIP_ALL) $@.full -o $@ && $(BARE) $@
	$(Q)$(PACK_TOOL) $(PACKED)/bytes.S --check $@.full

$(VARIANT)/bench/crypto: $(VARIANT)/bench/crypto.o $(call of_rooms,base crypto) $(filter %-features.o,$(OBJECTS))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) $(LINK_CHOICE) $^ $(LIBS_$(CRYPTO)) -o $@

# The SFTP and scp servers alone, as the release has them, for other clients and for measuring.
$(VARIANT)/tests/sftp/%_server: $(VARIANT)/tests/sftp/%_server.o $(filter-out $(ANY_START:%.c=$(ANY_ROOM)/%.o),$(call of_rooms,base process sftp))
	$(Q)$(TARGET_CC) $(SIZE) $(HARDENED) $(LINK) -Wl,-Map=$@.map $^ -o $@.full
	$(Q)$(STRIP_ALL) $@.full -o $@ && $(BARE) $@
sftp-alone: $(VARIANT)/tests/sftp/sftp_server $(VARIANT)/tests/sftp/scp_server
.PHONY: sftp-alone

BUILT := $(if $(filter all,$(PACK)),$(PACKED),$(VARIANT))
# The build made last, whichever variant that was; beside it the shell that it carries, for tests.
$(B)/nano_ssh_server: $(BUILT)/nano_ssh_server FORCE
	@cmp -s $< $@ || { cp $< $@.new && mv $@.new $@; }
	@[ ! -e $(VARIANT)/nano_sh ] || cmp -s $(VARIANT)/nano_sh $(B)/nano_sh || { cp $(VARIANT)/nano_sh $@.new && mv $@.new $(B)/nano_sh; }
	@echo "$@: $$(wc -c < $@) bytes ($(patsubst $(B)/%/nano_ssh_server,%,$<))"
.PHONY: FORCE
# An image is made without these two.
-include tests/build.mk
-include bench/size/targets.mk
-include packaging/targets.mk
.SECONDARY:

# --- use ----------------------------------------------------------------------------------------------
run: $(B)/nano_ssh_server
	@sh tests/run.sh $(B)/nano_ssh_server

# The image that Dockerfile.alpine makes, without Docker (docs/containers.md).
image: $(B)/nano_ssh_server
	@sh deps/packages.sh image
	@sh packaging/image.sh $< $(ARCH) $(B)/nano_ssh_server.oci.tar
	@echo "$(B)/nano_ssh_server.oci.tar: $$(wc -c < $(B)/nano_ssh_server.oci.tar) bytes"
demo: image
	@sh packaging/demo.sh $(B)/nano_ssh_server.oci.tar $(if $(LOGIN),login)

PARALLEL := --no-print-directory -j $(shell getconf _NPROCESSORS_ONLN)
# Unit tests with every provider; clients with that of CRYPTO (with libsodium those of the others too that
# show what they differ in), as are all of the quick ones.
UNITS := host asan host-openssl asan-openssl host-both
test: install-tools vectors
	@$(MAKE) $(PARALLEL) $(B)/nano_ssh_server $(PACKED)/nano_ssh_server sftp-alone $(UNITS:%=$(B)/%-tests) \
	    $(addprefix $(B)/asan$(PROVIDER_NAME)/,nano_ssh_server nano_sh hello/hello tests/sftp/sftp_server tests/sftp/scp_server) fuzzers-if-possible
	@sh deps/clients.sh $(B)/clients & clients=$$!; \
	    $(if $(PROVIDER_NAME),:,$(if $(filter x86_64,$(ARCH)),sh tests/size/budget.sh build,:)); built=$$?; \
	    wait $$clients && exit $$built
	@$(if $(PROVIDER_NAME),,for crypto in openssl both; do \
		$(MAKE) $(PARALLEL) CRYPTO=$$crypto $(B)/$(ARCH)-$(PROFILE)-$$crypto/nano_ssh_server || exit 1; done)
	@$(MAKE) $(PARALLEL) PROFILE=hello FIRST=size $(B)/$(ARCH)-hello-sodium-size/nano_ssh_server
	@$(MAKE) $(PARALLEL) TOOLBOX=toybox $(B)/$(ARCH)-$(PROFILE)-$(CRYPTO)-toybox/nano_ssh_server
	@$(MAKE) $(PARALLEL) PROFILE=min $(B)/$(ARCH)-min-$(CRYPTO)/nano_ssh_server
	@MIN=$(B)/$(ARCH)-min-$(CRYPTO)/nano_ssh_server PROVIDER=$(PROVIDER_NAME) VARIANTS=$(B)/$(ARCH)-$(PROFILE) sh tests/all.sh full
test-quick: install-tools vectors
	@$(MAKE) $(PARALLEL) $(B)/nano_ssh_server $(PACKED)/nano_ssh_server sftp-alone $(B)/host$(PROVIDER_NAME)-tests
	@PROVIDER=$(PROVIDER_NAME) sh tests/all.sh quick
# The release for other CPUs, each by qemu: make test-cpus CPUS="armv7 s390x"
CPUS := aarch64 armv7 armv5 i386 riscv64 mips mipsel powerpc s390x
test-cpus: install-tools
	@sh deps/packages.sh test-cpus
	@for cpu in $(CPUS); do \
		$(MAKE) $(PARALLEL) ARCH=$$cpu $(B)/$$cpu-full-$(CRYPTO)/nano_ssh_server $(B)/$$cpu-full-$(CRYPTO)-packall/nano_ssh_server cpu-units && \
		CPU=$$cpu bats tests/cpu || exit 1; done
# The image's tests with those that take minutes: Dockerfile.alpine, built on a stand-in for Alpine.
test-image: install-tools $(B)/nano_ssh_server
	@IMAGE_TAGS='!none' sh tests/all.sh full image
install-tools:
	@sh deps/packages.sh build test
vectors: install-tools
	@sh tests/vectors/get.sh $(B)/vectors

lint: layers
	@sh deps/packages.sh build lint
	@ANALYSIS=$(ANALYSIS) sh tests/lint.sh "$(STANDARD) $(HOST_CFLAGS_both)"
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

-include $(shell find $(B) -type f -name '*.d' -not -path '$(B)/deps/*' 2>/dev/null)
