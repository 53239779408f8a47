#!/usr/bin/env bash
# Puts the account that publishes the action into each file that names it; until then, they have a placeholder.
#
#   scripts/release/owner.sh ACCOUNT   once, before the first release; commit what it changes
#   scripts/release/owner.sh --check   lists where the placeholder is left, and fails if there is any
set -euo pipefail
cd "$(dirname "$0")/../.."
placeholder=OWNER action="$placeholder"/attach-acr

if [ "${1:-}" = --check ]; then
  # OWNER/NAME stands for anybody's repository.
  if git grep --line-number --perl-regexp "\b$placeholder\b(?!/NAME\b)" -- README.md AGENTS.md .github docs examples; then
    echo "No account is named there yet: run scripts/release/owner.sh with the one that publishes the action." >&2
    exit 1
  fi
  exit
fi

account=${1:-}
# GitHub's rule for the names of accounts.
if ! [[ $account =~ ^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$ ]] || [ "${#account}" -gt 39 ] || [ "$account" = "$placeholder" ]; then
  echo "Name the account that publishes the action: letters, digits and single hyphens." >&2
  exit 2
fi
mapfile -t files < <(git grep --files-with-matches --fixed-strings "$action" -- . ':!dist')
sed --in-place "s|$action\b|$account/attach-acr|g" "${files[@]}"
sed --in-place "s|@$placeholder\b|@$account|g" .github/CODEOWNERS
# Sentences for readers who have to find out whose action it is.
sed --in-place "s|Replace \`$placeholder\` with the account that publishes the action, and the names|Replace the names|" README.md
sed --in-place 's|# ask the user for the owner; |# |' AGENTS.md
npx prettier --write --log-level warn --ignore-unknown "${files[@]}"
