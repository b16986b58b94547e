# shellcheck shell=sh
# Debian's archive through the machine's own mirror, for suites that the machine does not install
# from. Sourced after lib.sh; works in the folder of `scratch`; says in `reason` what went wrong.
# shellcheck disable=SC2034,SC2154  # reason, tmp, cache

# apt with lists, cache and sources of its own, so that the machine's stay as they are; its other
# settings (proxy, mirror access, timeouts) hold. A hook that cleans up after `update` is for the
# machine's lists, not for these.
private_apt() {
    program=$1
    shift
    "$program" -c "$tmp/apt/conf" "$@"
}

# The machine's Debian mirror: the base of each of its binary sources that looks like the main
# archive, which has every suite's packages and sources. What the keys are is taken from the same
# file.
apt_sources() { # deb|deb-src SUITES
    # shellcheck disable=SC2016  # apt's own placeholders
    format='$(CREATED_BY) $(REPO_URI) $(SOURCESENTRY)'
    apt-get indextargets --no-release-info --format "$format" 2>/dev/null | sort -u >"$tmp/targets"
    while read -r kind uri entry; do
        case $kind$uri in
        Packages*/debian | Packages*/debian/) ;;
        *) continue ;;
        esac
        keyring=$(sed -n '/^[^#]*[Ss]igned-[Bb]y[:=] *\//{s///;s|[] ].*||;s|^|/|p;q;}' "${entry%:*}")
        for file in "$keyring" /usr/share/keyrings/debian-archive-keyring.gpg; do
            [ -e "$file" ] || continue
            printf 'Signed-By: %s\n' "$file"
            break
        done
        printf 'Types: %s\nURIs: %s\nComponents: main\n' "$1" "$uri"
        printf 'Suites: %s\n\n' "$(echo "$2" | tr , ' ')"
    done <"$tmp/targets"
}

# Once per run, type and list of suites: an index is about 10 MB for each suite.
apt_index() { # deb|deb-src SUITES
    if [ -e "$tmp/apt/index" ] && [ "$(cat "$tmp/apt/index")" = "$1 $2" ]; then
        return 0
    fi
    rm -rf "$tmp/apt"
    mkdir -p "$tmp/apt/lists/partial" "$tmp/apt/cache/archives/partial" "$tmp/apt/parts"
    apt_sources "$1" "$2" >"$tmp/apt/debian.sources"
    [ -s "$tmp/apt/debian.sources" ] || {
        reason="Debian: this machine's apt has no Debian mirror"
        return 1
    }
    cat >"$tmp/apt/conf" <<EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Dir::State::Lists "$tmp/apt/lists";
Dir::Cache "$tmp/apt/cache";
Dir::Etc::SourceList "$tmp/apt/debian.sources";
Dir::Etc::SourceParts "$tmp/apt/parts";
EOF
    # One suite missing on a mirror is no reason to stop: whether the package is found decides.
    private_apt apt-get update -qq >/dev/null 2>"$tmp/error" || :
    echo "$1 $2" >"$tmp/apt/index"
}

# A package's files, unpacked into the cache instead of installed, which would replace the machine's own.
# Sets prefix, the place of its /usr.
unpack() { # NAME SUITE DEBIAN-PACKAGE WORKS: a command that gets the unpacked folder
    have apt-get || die "$1: apt is not here"
    prefix=$cache/$1-$2-$(dpkg --print-architecture)
    [ ! -d "$prefix" ] || return 0
    apt_index deb "$2" || die "$1: $reason"
    mkdir "$tmp/$1"
    if ! (cd "$tmp/$1" && private_apt apt-get download -qq "$3/$2") >/dev/null 2>"$tmp/error"; then
        die "$1: $(sed -n 's/^E: //p' "$tmp/error" | sed -n '1s|[a-z]*://[^ ]* *||p')"
    fi
    dpkg-deb -x "$tmp/$1/$3"_*.deb "$tmp/$1/root"
    $4 "$tmp/$1/root/usr" >"$tmp/said" 2>&1 </dev/null ||
        die "$1: the package of $2 does not work here: $(tail -n 1 "$tmp/said")"
    mv "$tmp/$1/root/usr" "$prefix"
}
