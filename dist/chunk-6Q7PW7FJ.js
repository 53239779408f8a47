import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  ActionError,
  fix,
  getInput
} from "./chunk-H7F75JHY.js";

// src/inputs/reader.ts
var guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
var durationPattern = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/i;
var longestDurationMs = 5 * 24 * 36e5;
function inputText(input) {
  return getInput(input);
}
function createInputReader() {
  const problems = [];
  const reject = (input, found, accepted) => {
    problems.push({ input, found, accepted });
  };
  const text = (input) => unquote(inputText(input));
  const lines = (input) => {
    const entries = getInput(input, { trimWhitespace: false }).split("\n").map((line, index) => ({ number: index + 1, text: line.trim() })).filter(({ text: line }) => line && !line.startsWith("#")).map(({ number, text: line }) => ({ number, text: unquote(line) })).filter(({ text: entry }) => entry);
    return entries.filter((entry, index) => entries.findIndex((other) => other.text === entry.text) === index);
  };
  return {
    text,
    reject,
    matching(input, pattern, accepted) {
      const value = text(input);
      if (value && !pattern.test(value)) reject(input, quote(value), accepted);
      return value;
    },
    guid(input, variable) {
      const given = text(input);
      const value = given || unquote((variable && process.env[variable]) ?? "");
      if (value && !isGuid(value)) {
        reject(
          input,
          given || !variable ? quote(value) : `${quote(value)} in ${variable}`,
          "a GUID such as 00000000-0000-0000-0000-000000000000"
        );
      }
      return value.toLowerCase();
    },
    choice(input, choices, { anyCase = false } = {}) {
      const value = text(input);
      if (!value) return choices[0];
      const found = choices.find(
        (choice) => choice === value || anyCase && choice.toLowerCase() === value.toLowerCase()
      );
      if (!found) reject(input, quote(value), `one of ${choices.filter(Boolean).join(", ")}`);
      return found ?? choices[0];
    },
    boolean(input, whenAbsent) {
      const value = text(input);
      if (!value) return whenAbsent;
      if (/^(true|True|TRUE)$/.test(value)) return true;
      if (!/^(false|False|FALSE)$/.test(value)) reject(input, quote(value), "true or false");
      return false;
    },
    integer(input, whenAbsent, least, most) {
      const value = text(input);
      if (!value) return whenAbsent;
      const number = Number(value);
      const accepted = /^\d+$/.test(value) && number >= least && number <= most;
      if (!accepted) reject(input, quote(value), `a whole number from ${least} to ${most}`);
      return accepted ? number : whenAbsent;
    },
    duration(input, whenAbsent) {
      const value = text(input) || whenAbsent;
      const [, hours = "0", minutes = "0", seconds = "0"] = durationPattern.exec(value) ?? [];
      const duration = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1e3;
      if (duration === 0 || duration > longestDurationMs) {
        reject(input, quote(value), "a duration such as 90s, 15m, 6h or 1h30m, up to 120h");
      }
      return duration;
    },
    lines,
    list(input) {
      return lines(input).map(({ text: entry }) => entry);
    },
    finish() {
      if (problems.length === 0) return;
      const lines2 = problems.map(({ input, found, accepted }) => `  ${input}: found ${found}; accepted: ${accepted}`);
      const names = [...new Set(problems.map((problem) => problem.input))].join(", ");
      throw new ActionError("INVALID_INPUT", `Not valid: ${names}. Nothing was sent to Azure.`, {
        fix: fix(["Correct the inputs of the step:", ...lines2].join("\n"))
      });
    }
  };
}
function isGuid(text) {
  return guidPattern.test(text);
}
function quote(value) {
  const line = value.replace(/\s+/g, " ");
  return `"${line.length > 120 ? `${line.slice(0, 117)}...` : line}"`;
}
function unquote(value) {
  const trimmed = value.trim();
  const [, , inner] = /^(["'])(.*)\1$/s.exec(trimmed) ?? [];
  return inner === void 0 ? trimmed : inner.trim();
}

export {
  inputText,
  createInputReader,
  isGuid,
  quote
};
