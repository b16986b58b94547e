# What a build weighs and why: make size-report, size-features, size-map, size-peers, size-techniques (docs/size.md).
# Included by the Makefile.

# What each feature costs: bench/size/features.sh. FEATURE="agent applet:grep": only these.
size-features: $(VARIANT)/nano_ssh_server
	@VARIANT=$(VARIANT) NAMES="$(or $(FEATURE),$(NAMES))" sh bench/size/features.sh

# What each size technique saves (docs/size.md), by undoing it.
.PHONY: size-techniques
size-techniques: install-tools
	@MAKE='$(MAKE)' sh bench/size/techniques.sh
# Where the bytes of this variant are: of the same program with debug information. SYMBOLS=40: its largest symbols, too.
DEBUG_BUILD = $(VARIANT:$(B)/%=$(B)/map/%)
$(DEBUG_BUILD)/nano_ssh_server: FORCE
	@$(MAKE) $(PARALLEL) -s B=$(B)/map DEBUG=-g $@
size-map: $(VARIANT)/nano_ssh_server $(DEBUG_BUILD)/nano_ssh_server
	@sh deps/packages.sh size
	@ADDR2LINE=$(TARGET_NM:%nm=%addr2line) SYMBOLS=$(SYMBOLS) sh bench/size/map.sh $(DEBUG_BUILD) $(VARIANT) $(B)/size
# The program alone, and where it is: for tests/size/budget.sh.
size-build: $(BUILT)/nano_ssh_server
size-folder:
	@echo $(BUILT)
size-record:
	@sh deps/packages.sh size
	@sh tests/size/budget.sh record $(NAMES)
.PHONY: size-map size-build size-folder size-record
# A page of tables and pictures from build/size/*.tsv; those that are missing are made where there is a target for it.
.PHONY: size-report size-page
size-report:
	@sh deps/packages.sh build bench image report
	@MAKE='$(MAKE)' ARCH=$(ARCH) sh bench/size/report.sh
	@for name in features map-rooms peers; do \
		target=size-$${name%-rooms}; \
		[ -e $(B)/size/$$name.tsv ] || $(MAKE) --no-print-directory $$target || exit 1; \
	done
	@$(MAKE) --no-print-directory size-page
size-page:
	@python3 bench/size/charts.py $(B)/size docs
	@python3 bench/size/page.py bench/size/page.md.in $(B)/size >SIZE_COMPARISON.md.new
	@mv SIZE_COMPARISON.md.new SIZE_COMPARISON.md
# Other servers' sizes and costs beside ours: build/size/peers.tsv, matrix.tsv. Ours are those that there are
# profiles for.
PEERS_SMALL := $(patsubst profile/%.c,%,$(wildcard profile/min.c profile/hello.c))
PEERS_OURS   = nano_ssh_server+full=$(B)/$(ARCH)-full-sodium/nano_ssh_server \
    nano_ssh_server+full+without+shell=$(B)/$(ARCH)-full-sodium-none/nano_ssh_server \
    $(foreach p,$(PEERS_SMALL),nano_ssh_server+$(p)=$(B)/$(ARCH)-$(p)-sodium/nano_ssh_server)
size-peers:
	@$(MAKE) $(PARALLEL) $(B)/$(ARCH)-full-sodium/nano_ssh_server
	@$(MAKE) $(PARALLEL) COMMANDS=none $(B)/$(ARCH)-full-sodium-none/nano_ssh_server
	@for p in $(PEERS_SMALL); do $(MAKE) $(PARALLEL) PROFILE=$$p $(B)/$(ARCH)-$$p-sodium/nano_ssh_server || exit 1; done
	@ARCH=$(ARCH) CC='$(TARGET_CC)' NOPIE='$(TARGET_NOPIE)' STRIP=$(TARGET_STRIP) READELF=$(TARGET_READELF) \
	    LIBC=$(TARGET_LIBC) OURS='$(PEERS_OURS)' sh bench/size/peers.sh
.PHONY: size-peers
