#!/usr/bin/env bash
# Fails unless every step of the integration workflow ended as a scenario expects it, and writes what was measured into the summary.
# STEPS is the JSON of the `steps` context.
set -euo pipefail

failed=0
expect() { # step, output, value
  local found
  found=$(jq --raw-output --arg step "$1" --arg output "$2" '.[$step].outputs[$output] // ""' <<<"$STEPS")
  if [ "$found" != "$3" ]; then
    echo "::error::$1: $2 is '$found', expected '$3'"
    failed=1
  fi
}
expect check-before drift true
expect check-before changed false
expect attach attached true
expect attach changed true
expect attach verified pull
expect run-command changed false
expect run-command verified pull
expect again changed false
expect again attached true
expect check-after drift false
expect abac attached true
expect abac verified pull
expect created attached true
expect created changed true
expect created verified assignment
expect detach changed true
expect detach attached false
expect merge drift false

{
  echo '## What was measured'
  echo
  echo '| | seconds |'
  echo '| --- | --- |'
  jq --raw-output '
    def seconds($step): .[$step].outputs["propagation-seconds"] // "" | if . == "" then "not measured" else . end;
    def image($step): (.[$step].outputs.images // "[]" | fromjson | .[0].durationSeconds) // "not measured";
    "| role until Azure Resource Manager lists it | \(seconds("created")) |",
    "| role until a node pulls | \(seconds("attach")) |",
    "| role until a node pulls from an ABAC registry | \(seconds("abac")) |",
    "| import of an index of several images | \(image("attach")) |",
    "| membership of a group until a node pulls | \(seconds("group")) (\(.group.outputs["error-code"] // "")) |"' <<<"$STEPS"
} >>"$GITHUB_STEP_SUMMARY"

if [ "$WITH_GROUP" = true ] && [ "$(jq --raw-output '.group.outputs.attached' <<<"$STEPS")" != true ]; then
  echo '::warning::No node counted the member of the group in that time; docs/registries.md says why.'
fi
exit "$failed"
