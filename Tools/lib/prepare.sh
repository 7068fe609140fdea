# shellcheck shell=bash
# What the scripts need before they can build and test: sourced by them.

say() { printf '%s\n' "$*" >&2; }

# Installs those of the named Debian packages that are missing.
install_packages() {
    local package missing=() as_root=()
    if ! command -v dpkg-query apt-get > /dev/null; then
        say "This is not Debian: make sure that you have what Debian calls $*."
        return 0
    fi
    for package in "$@"; do
        if [[ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2> /dev/null)" != installed ]]; then
            missing+=("$package")
        fi
    done
    if ((${#missing[@]} == 0)); then return 0; fi
    if ((EUID != 0)); then
        if ! command -v sudo > /dev/null; then
            say "Missing: ${missing[*]}. As root, run: apt-get install ${missing[*]}"
            return 1
        fi
        as_root=(sudo)
    fi
    say "Installing with ${as_root[*]:+sudo }apt-get: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq > /dev/null && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" > /dev/null
}

require_swift() {
    if ! command -v swift > /dev/null; then
        say "There is no swift in PATH: install Swift 6.3 from https://www.swift.org/install/linux/"
        return 1
    fi
    local version
    version="$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
    if [[ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" != 6.3 ]]; then
        say "This is Swift ${version:-of an unknown version}: 6.3 or later is needed, from https://www.swift.org/install/linux/"
        return 1
    fi
}

# Beside git and a Swift toolchain, this is all that the build needs.
prepare() {
    install_packages libssl-dev libjansson-dev libsqlite3-dev pkg-config "$@" && require_swift
}

# The tests ask openssl(1) for a second opinion, have strace(1) kill a command at a step, and sign with keys in a token of
# SoftHSM's, with p11-kit between.
prepare_tests() { prepare openssl strace softhsm2 libengine-pkcs11-openssl p11-kit p11-kit-modules; }

# What a test waits for is also what the others do meanwhile, on a machine with few cores: so not all at once.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$((3 * $(nproc)))
