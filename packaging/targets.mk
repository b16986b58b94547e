# What leaves this tree: a release, what proves a program, installation, packages. Included by the Makefile, whose variables
# say what a build has.
VERSION := $(shell sed -n 's/^\#define NANO_VERSION "\(.*\)"$$/\1/p' server/version.h)

# --- a release ------------------------------------------------------------------------------------------
# The CPUs of deps/targets, or CPUS. libcrypto is for CPUs that are quick enough for it (i386: its assembly is not for a static-PIE).
DIST         := dist
DIST_CPUS    := $(if $(filter command,$(firstword $(origin CPUS))),$(CPUS),$(shell sed -n 's/^\([a-z][a-z0-9_]*\) .*/\1/p' deps/targets))
DIST_OPENSSL := x86_64 aarch64 armv7 riscv64
# As the folders of builds are called: CPU-PROFILE-CRYPTO
DIST_BUILDS  := $(foreach c,$(DIST_CPUS),$(addprefix $(c)-,full-sodium min-sodium $(if $(filter $(c),$(DIST_OPENSSL)),full-openssl)))
# A release is the usual build, whatever else the command line says.
DIST_USUAL   := WITHOUT= FIRST=balance HARDEN=yes TOOLBOX=none PACK=box DEBUG= LIBC=musl LINKAGE=static COMPILER=gcc OPT=-Oz LTO=yes
dist_word     = $(word $(1),$(subst -, ,$(2)))

.PHONY: dist dist-check verify install uninstall deb
# Compilers, then for as many CPUs at once as there are cores libraries (for each CPU one after the other) and programs.
dist:
	@sh deps/packages.sh build $(addprefix target-,$(filter-out $(ARCH),$(DIST_CPUS)))
	@$(MAKE) $(PARALLEL) dist-programs
	@sh packaging/dist.sh $(VERSION) $(B) $(DIST) $(DIST_BUILDS)
.PHONY: dist-programs $(DIST_BUILDS:%=dist-program-%)
dist-programs: $(DIST_BUILDS:%=dist-program-%)
define dist_program
dist-program-$(1): $(B)/deps/$(call dist_word,1,$(1))$(filter-out -sodium,-$(call dist_word,3,$(1))).mk
	@$$(MAKE) --no-print-directory $(DIST_USUAL) ARCH=$(call dist_word,1,$(1)) PROFILE=$(call dist_word,2,$(1)) \
	    CRYPTO=$(call dist_word,3,$(1)) $(B)/$(1)/nano_ssh_server
endef
$(foreach b,$(DIST_BUILDS),$(eval $(call dist_program,$(b))))
# One after the other for each CPU: most of their objects are the same.
$(foreach c,$(DIST_CPUS),$(eval $(filter dist-program-$(c)-min% dist-program-$(c)-%-openssl,$(DIST_BUILDS:%=dist-program-%)): | dist-program-$(c)-full-sodium))
$(foreach c,$(DIST_CPUS),$(eval $(filter dist-program-$(c)-%-openssl,$(DIST_BUILDS:%=dist-program-%)): | dist-program-$(c)-min-sodium))
# Libraries for a CPU come after one another, so that a job does not wait for the other's lock while there are more CPUs.
ifneq ($(filter dist-programs,$(MAKECMDGOALS)),)
$(foreach c,$(filter $(DIST_CPUS),$(DIST_OPENSSL)),$(eval $(B)/deps/$(c)-openssl.mk: | $(B)/deps/$(c).mk))
endif
# The whole of it twice, each from nothing but the sources, on machines that differ in what they can differ in.
dist-check:
	@sh packaging/dist-check.sh $(DIST_CPUS)

# --- whether a program is what it should be: make verify BIN=dist/nano_ssh_server-0.1.0-armv7 --------------
BIN := $(B)/nano_ssh_server
# Asked for is what the command line says; packaging/verify.sh knows the rest.
asked = $(if $(filter command,$(firstword $(origin $(1)))),$(2) $($(1)))
verify:
	@sh packaging/verify.sh $(call asked,ARCH,--cpu) $(call asked,PROFILE,--profile) $(call asked,CRYPTO,--crypto) "$(BIN)"

# --- installation: what was built last, or BIN. Nothing is started, nothing enabled -------------------------
DESTDIR ?=
PREFIX  ?= /usr/local
INSTALL  = DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" BIN="$(BIN)" sh packaging/install.sh
install:
	@[ -e "$(BIN)" ] || $(MAKE) --no-print-directory "$(BIN)"
	@$(INSTALL) install
uninstall:
	@$(INSTALL) uninstall

# --- a Debian package, of ARCH --------------------------------------------------------------------------
deb: $(VARIANT)/nano_ssh_server
	@sh deps/packages.sh deb
	@sh packaging/deb.sh $(VERSION) $(ARCH) $< $(B)
