# For the scripts beside it: asks a question, whose answer may be a refusal.
question() { # text, command
  printf '\n== %s\n' "$1"
  shift
  "$@" || printf 'ended with %s\n' "$?"
}
