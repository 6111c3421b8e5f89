#!/usr/bin/env bash
# Write constraints/locked.txt: the newest versions that pyproject.toml allows today, of everything that a developer
# needs. Give the oldest Python that is supported, whose versions the later ones can install, too:
#   scripts/lock_versions.sh python3.11
set -euo pipefail
cd "$(dirname "$0")/.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"${1:-python3}" -m venv "$made"
"$made/bin/pip" install --quiet --disable-pip-version-check ".[dev]"
{
  sed -n '/^#/p' constraints/locked.txt
  "$made/bin/pip" freeze --disable-pip-version-check --exclude lempart
} >"$made/locked.txt"
mv "$made/locked.txt" constraints/locked.txt
