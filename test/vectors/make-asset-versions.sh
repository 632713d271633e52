#!/usr/bin/env bash
# Writes test/vectors/asset-versions.json to standard output:
#
#   test/vectors/make-asset-versions.sh > test/vectors/asset-versions.json
#
# The versions are put together from bytes by printf and hashed by sha256sum, with no code of the clients, which are
# tested against them. Scheme "v:" hashes the bytes of its parts one after the other; "v2:" writes before each part
# whether it is there and how long it is (docs/executors.md has both in words).
set -euo pipefail
export LC_ALL=C

# Bytes from hexadecimal digits.
bytes() {
  local hex=$1 at
  for ((at = 0; at < ${#hex}; at += 2)); do
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\x${hex:at:2}"
  done
}

# Hexadecimal digits of a text's bytes.
hex_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

# A length, or a count, as eight bytes, the greatest first; in hexadecimal digits.
length_hex() { printf '%016x' "$1"; }

# A part that is there, for scheme v2:, in hexadecimal digits. Takes its digits.
present_hex() { printf '01%s%s' "$(length_hex $((${#1} / 2)))" "$1"; }

sorted() { printf '%s\n' "$@" | sort; }

sha256_of_hex() { bytes "$1" | sha256sum | cut -d ' ' -f 1; }

json_hex() { if [ "$1" = - ]; then printf null; else printf '"%s"' "$1"; fi; }
json_text() { if [ "$1" = - ]; then printf null; else printf '"%s"' "$1"; fi; }

separator=''

# One case: its name, the payload in hexadecimal digits, the code, the prompt, and the upstream versions. "-" stands
# for a part that is absent; "[]" as only upstream version stands for none. Texts hold no quotes and no backslashes.
vector() {
  local name=$1 payload=$2 code=$3 prompt=$4
  shift 4
  local plain='' framed='' list=null

  if [ "$payload" = - ]; then framed+=00; else plain+=$payload framed+=$(present_hex "$payload"); fi
  plain+=$(hex_of "$code")
  framed+=$(present_hex "$(hex_of "$code")")
  if [ "$prompt" = - ]; then
    framed+=00
  else
    plain+=$(hex_of "$prompt")
    framed+=$(present_hex "$(hex_of "$prompt")")
  fi

  if [ "$1" = - ]; then
    framed+=00
  elif [ "$1" = '[]' ]; then
    framed+=$(present_hex "$(length_hex 0)")
    list='[]'
  else
    local body='' bar='' version
    body=$(length_hex $#)
    while IFS= read -r version; do
      plain+=$bar$(hex_of "$version") bar=7c
      body+=$(length_hex $(($(hex_of "$version" | wc -c) / 2)))$(hex_of "$version")
    done < <(sorted "$@")
    framed+=$(present_hex "$body")
    list=$(printf ', "%s"' "$@")
    list="[${list:2}]"
  fi

  printf '%s    {\n' "$separator"
  printf '      "name": "%s",\n' "$name"
  printf '      "payloadHex": %s,\n' "$(json_hex "$payload")"
  printf '      "code": "%s",\n' "$code"
  printf '      "prompt": %s,\n' "$(json_text "$prompt")"
  printf '      "upstream": %s,\n' "$list"
  printf '      "v": "v:sha256:%s",\n' "$(sha256_of_hex "$plain")"
  printf '      "v2": "v2:sha256:%s"\n' "$(sha256_of_hex "$framed")"
  printf '    }'
  separator=$',\n'
}

# One case of compute_version: its name, and the parts in hexadecimal digits, "" for an empty one.
parts() {
  local name=$1
  shift
  local list
  list=$(printf ', "%s"' "$@")
  printf '%s    {\n' "$separator"
  printf '      "name": "%s",\n' "$name"
  printf '      "partsHex": [%s],\n' "${list:2}"
  printf '      "v": "v:sha256:%s"\n' "$(sha256_of_hex "$(printf '%s' "$@")")"
  printf '    }'
  separator=$',\n'
}

printf '{\n  "assetVersions": [\n'
vector 'code alone' - git:abcd1234 - -
vector 'all parts' "$(hex_of 'Invoice 42')" git:abcd1234 craft-ocr-v2 v:sha256:bb v:sha256:aa
vector 'upstream versions in another order' "$(hex_of 'Invoice 42')" git:abcd1234 craft-ocr-v2 v:sha256:aa v:sha256:bb
vector 'an upstream version twice' "$(hex_of 'Invoice 42')" git:abcd1234 - v:sha256:aa v:sha256:aa
vector 'one upstream version' "$(hex_of 'Invoice 42')" git:abcd1234 - v7
vector 'payload without prompt' "$(hex_of 'Invoice 42')" git:abcd1234 - -
vector 'an empty payload' '' git:abcd1234 - -
vector 'an empty prompt' - git:abcd1234 '' -
vector 'an empty code' - '' - -
vector 'no upstream versions' - git:abcd1234 - '[]'
vector 'all parts empty' '' '' '' '[]'
vector 'an empty upstream version' - git:abcd1234 - ''
vector 'bytes that are no text' 00ff80fe0a0d git:abcd1234 - -
vector 'beyond ASCII' "$(hex_of 'Müller, größter Schuldner: 1.234 €')" git:größe 提示-v3 версия-1 Ωmega
vector 'upstream versions that UTF-16 sorts otherwise' - git:abcd1234 - '😀' '～' 'z' 'é'
vector 'ab, c' "$(hex_of ab)" c - -
vector 'a, bc' "$(hex_of a)" bc - -
vector 'prompt, and no upstream' - git:abcd1234 v7 -
vector 'upstream, and no prompt' - git:abcd1234 - v7
vector 'two upstream versions' - git:abcd1234 - a b
vector 'one upstream version that holds the separator' - git:abcd1234 - 'a|b'
printf '\n  ],\n  "partVersions": [\n'
separator=''
parts 'one part' "$(hex_of 'Invoice 42')"
parts 'two parts' "$(hex_of ab)" "$(hex_of c)"
parts 'two parts, cut elsewhere' "$(hex_of a)" "$(hex_of bc)"
parts 'an empty part counts for nothing' "$(hex_of ab)" '' "$(hex_of c)"
parts 'nothing but an empty part' ''
printf '\n  ]\n}\n'
