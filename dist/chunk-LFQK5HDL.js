import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  setSecret
} from "./chunk-H2XG4JLI.js";

// src/services/runner/secrets.ts
var secrets = /* @__PURE__ */ new Set();
function mask(secret) {
  setSecret(secret);
  secrets.add(secret);
}
function redact(text) {
  let redacted = text;
  for (const secret of secrets) {
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) redacted = redacted.replaceAll(form, "***");
  }
  return redacted;
}

export {
  mask,
  redact
};
