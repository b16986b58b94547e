#!/bin/sh
# Recipe: toybox's commands as one object, $1/lib/toybox.o, for make TOOLBOX=toybox. How recipes are called:
# deps/build.sh.
#
# All that other programs can see of it is what applets/toolbox.h asks for. What would be a way around
# this server's own rules, or is nothing without an installed system, is left out: logins, password hashes,
# servers, init.
set -eu
dest=$1

# toybox's scripts want a compiler whose name is one word.
printf '#!/bin/sh\nexec %s "$@"\n' "$CC" >cc
chmod +x cc
compiler=$PWD/cc

make defconfig CC="$compiler" HOSTCC=gcc
for name in SU LOGIN PASSWD MKPASSWD HTTPD ONEIT NBD_CLIENT NBD_SERVER REBOOT TOYBOX_SUID; do
    sed -i "s/^CONFIG_$name=y/# CONFIG_$name is not set/" .config
done
NOBUILD=1 CC="$compiler" HOSTCC=gcc bash scripts/make.sh

cat >entry.c <<'END'
#define main toybox_standalone
#include "main.c"

const char *toolbox_name(unsigned i);
void toolbox_become(char **argv);

/* But for the first, which is all of them, and those that only make sense within its own shell. */
static int offered(const struct toy_list *t)
{
    return t != toy_list && (t->flags & TOYMASK_LOCATION) != 0 && !(t->flags & TOYFLAG_NOFORK);
}

const char *toolbox_name(unsigned i)
{
    for (struct toy_list *t = toy_list; t < toy_list + ARRAY_LEN(toy_list); t++)
        if (offered(t) && i-- == 0)
            return t->name;
    return NULL;
}

void toolbox_become(char **argv)
{
    struct toy_list *t = toy_find(*argv);
    if (t != NULL && (t == toy_list || offered(t)))
        toy_exec_which(t, argv);
}
END
sources=$(sed -n '$s/.* main\.c \(.*\) \$LINK.*/\1/p' generated/build.sh)
mkdir objects
# shellcheck disable=SC2086,SC2016  # a list; the inner shell expands
printf '%s\n' lib/*.c entry.c $sources | xargs -P "$JOBS" -I{} sh -c '"$0" -funsigned-char -Wno-pointer-sign -Oz \
    -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-strict-aliasing -I. \
    -c "$1" -o "objects/$(echo "$1" | tr / _).o"' "$compiler" {}

mkdir -p "$dest/lib"
"${CROSS}ld" -r objects/*.o -o all.o
"${CROSS}objcopy" --keep-global-symbol=toolbox_become --keep-global-symbol=toolbox_name all.o "$dest/lib/toybox.o"
