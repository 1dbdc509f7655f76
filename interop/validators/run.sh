#!/usr/bin/env bash
# Holds the documents of handovers (the golden files of mapping/fhir/document) to validators
# that know nothing of brygga: Medplum's and lantanagroup's, by npm, and HL7's own engine, by
# Maven. Each must pass the documents and find what is broken in broken ones. What cannot be
# had here is said and skipped. Installs outside of the checkout, once.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
here=$PWD
cache=${BRYGGA_VALIDATORS:-${XDG_CACHE_HOME:-$HOME/.cache}/brygga-validators}
documents=("$here"/../../mapping/fhir/document/testdata/*.json)
failed=0

# installed NAME FILE: whether NAME was installed whole from FILE as it is now.
installed() { [ -f "$cache/$1/complete" ] && cmp -s "$cache/$1/complete" "$2"; }

by_npm() {
  command -v npm >/dev/null || { echo "skipped: Medplum's and lantanagroup's validators, node is not installed"; return 0; }
  if ! installed npm package-lock.json; then
    rm -rf "$cache/npm" && mkdir -p "$cache/npm" && cp package.json package-lock.json "$cache/npm/" || return 1
    (cd "$cache/npm" && npm ci --silent --no-audit --no-fund >/dev/null 2>&1) ||
      { echo "skipped: Medplum's and lantanagroup's validators, npm cannot fetch them from here"; return 0; }
    cp package-lock.json "$cache/npm/complete"
  fi
  VALIDATORS_MODULES="$cache/npm" node validate.mjs "${documents[@]}" --broken "${documents[0]}" || return 1
  echo "passed: ${#documents[@]} documents by Medplum's and lantanagroup's validators, which find what is broken"
}

by_maven() {
  command -v java >/dev/null && command -v mvn >/dev/null || { echo "skipped: HL7's engine, java or maven is not installed"; return 0; }
  if ! installed hl7 pom.xml; then
    rm -rf "$cache/hl7" && mkdir -p "$cache/hl7" || return 1
    mvn -q -B -f pom.xml dependency:copy-dependencies -DoutputDirectory="$cache/hl7" >/dev/null 2>&1 ||
      { echo "skipped: HL7's engine, maven cannot fetch it from here"; return 0; }
    cp pom.xml "$cache/hl7/complete"
  fi
  java -cp "$cache/hl7/*" Validate.java "${documents[@]}" --broken "${documents[0]}" 2>"$cache/hl7/log" ||
    { tail -n 20 "$cache/hl7/log"; return 1; }
  echo "passed: ${#documents[@]} documents by HL7's engine, which finds what is broken"
}

by_npm || failed=1
by_maven || failed=1
exit $failed
