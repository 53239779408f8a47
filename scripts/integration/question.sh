# For the scripts beside it: asks a question, whose answer may be a refusal. In answers.md, which answers.sh prints: what the command has put into `told`, the code of a
# refusal, or yes.
# The code in what az says of a refusal: `(Code) text`, or the body of the response.
code_of() { sed --silent --regexp-extended 's/^ERROR: (\(|.*\{"error":\{"code":")([A-Za-z]+)[)"].*/\2/p' "$@" | head --lines 1; }
question() { # text, command
  local text=$1 end=0 refusal
  shift
  told=
  refusal=$(mktemp)
  printf '\n== %s\n' "$text"
  "$@" 2>"$refusal" || end=$?
  cat "$refusal"
  if [ "$end" != 0 ]; then
    printf 'ended with %s\n' "$end"
    told=${told:-$(code_of "$refusal")}
    told=${told:-refused ($end)}
  fi
  rm "$refusal"
  printf '| %s | %s |\n' "$text" "${told:-yes}" >>answers.md
}
