#!/usr/bin/env bash
# Prints all answers to the questions as one table of Markdown, to be pasted into an issue: into the log, and into the summary.
set -euo pipefail
table() {
  printf '%s, az %s\n\n| asked | answered |\n| --- | --- |\n' "$(date --utc +%F)" "$(az version --query '"azure-cli"' --output tsv)"
  cat answers.md
}
table
printf '## Paste this table into an issue\n\n```markdown\n%s\n```\n' "$(table)" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
