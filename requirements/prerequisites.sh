#!/usr/bin/env bash
# What pip cannot bring: a Python with headers, Java, and what PyICU needs to be compiled (it ships no wheels).
# Checked before anything is downloaded. Prints the Python to use on standard output, all talk on standard error.
#
# It stands beside the requirement files because it is the same list continued: what those cannot express.
# On Debian and Ubuntu, as root or with password-less sudo, missing build tools are installed; elsewhere they are
# named. Java is never installed: which one serves a machine is its owner's choice.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }

# A name on the PATH is not enough: version managers leave names there that refuse to run.
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

choose_python() {
  local name
  if [ -n "${PYTHON:-}" ]; then
    new_enough "$PYTHON" || stop "PYTHON=$PYTHON does not run, or is older than Python 3.11."
    printf '%s\n' "$PYTHON"
    return
  fi
  for name in python3.13 python3.12 python3.11 python3; do
    if new_enough "$name"; then
      printf '%s\n' "$name"
      return
    fi
  done
  stop "Pairlake needs Python 3.11 or newer; none was found on the PATH.
  Debian, Ubuntu:  apt-get install python3 python3-venv python3-dev
  Fedora:          dnf install python3 python3-devel
  macOS:           brew install python@3.13
An interpreter elsewhere is named with  make env PYTHON=/path/to/python3"
}

# Spark starts the Java of JAVA_HOME when that is set, so that is the one to look at.
java_major() {
  local java="java"
  if [ -n "${JAVA_HOME:-}" ]; then java="$JAVA_HOME/bin/java"; fi
  # `version "17.0.15"`, or `version "1.8.0_402"` before Java 9.
  "$java" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1
}

check_java() {
  local major found
  major=$(java_major || true)
  if [ -n "$major" ] && [ "$major" -ge 17 ]; then return; fi
  found="none was found"
  if [ -n "$major" ]; then found="Java $major was found"; fi
  stop "Spark needs Java 17 or newer; $found${JAVA_HOME:+ (JAVA_HOME is $JAVA_HOME)}.
  Debian, Ubuntu:  apt-get install openjdk-17-jre-headless
  Fedora:          dnf install java-21-openjdk-headless
  macOS:           brew install openjdk@17
and set JAVA_HOME if another Java comes first."
}

# Debian's names of what is missing, one a line; nothing when all is there.
missing_packages() {
  local version
  version=$("$1" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  command -v c++ >/dev/null || echo g++
  command -v pkg-config >/dev/null || echo pkg-config
  pkg-config --exists icu-i18n 2>/dev/null || echo libicu-dev
  "$1" -c 'import ensurepip, venv' 2>/dev/null || echo "$version-venv"
  "$1" -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' 2>/dev/null || echo "$version-dev"
}

install_packages() {
  local as_root=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  say "Installing what PyICU and the environment need: $*"
  { ${as_root[@]+"${as_root[@]}"} apt-get update -qq &&
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >&2
}

check_build_tools() {
  local missing
  missing=$(missing_packages "$1" | tr '\n' ' ')
  if [ -z "$missing" ]; then return; fi
  # shellcheck disable=SC2086  # a list of words
  install_packages $missing || true
  missing=$(missing_packages "$1" | tr '\n' ' ')
  if [ -z "$missing" ]; then return; fi
  stop "PyICU, which reads names in any script, is compiled when it is installed: that takes a C++ compiler,
pkg-config, ICU's headers, and a Python with venv and headers. Missing here (Debian's names): $missing
  Debian, Ubuntu:  apt-get install $missing
  Fedora:          dnf install gcc-c++ pkgconf-pkg-config libicu-devel python3-devel
  macOS:           xcode-select --install; brew install pkgconf icu4c
                   export PKG_CONFIG_PATH=\"\$(brew --prefix icu4c)/lib/pkgconfig\"
then run the same command again."
}

python=$(choose_python)
check_java
check_build_tools "$python"
printf '%s\n' "$python"
