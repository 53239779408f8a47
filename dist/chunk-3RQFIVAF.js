import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  describeImageResult,
  describeInputs,
  describeOperation,
  describeOutcome,
  version
} from "./chunk-NGG7HUXL.js";
import {
  formatElapsed,
  formatSeconds,
  plural
} from "./chunk-PUMJZTRB.js";
import {
  systemClock
} from "./chunk-GFM3BCWV.js";
import {
  shortDigest
} from "./chunk-EROI4AL4.js";
import {
  ActionError,
  debug,
  endGroup,
  getIDToken,
  info,
  startGroup,
  warning
} from "./chunk-H2XG4JLI.js";

// src/services/runner/log.ts
var width = 100;
function createLogger() {
  const logger = {
    line: (text) => {
      info(harmless(text));
    },
    warn: (text) => {
      warning(text, { title: "attach-acr" });
    },
    debug: (text) => {
      debug(text);
    },
    section(title, lines, { folded } = { folded: false }) {
      if (folded) startGroup(`\u25B8 ${title}`);
      else info(`\u25B8 ${title}`);
      for (const line of lines) info(`  ${harmless(line)}`);
      if (folded) endGroup();
    },
    async phase(title, work, describe) {
      const started = systemClock.now();
      const value = await work();
      const lines = describe(value);
      const last = lines.pop() ?? "";
      logger.section(title, [...lines, withTime(last, systemClock.now() - started)], { folded: true });
      return value;
    }
  };
  return logger;
}
function harmless(text) {
  return text.replace(/^(\s*):(?=:)/gm, "$1:\u200B").replaceAll("##[", "#\u200B#[");
}
function withTime(text, ms) {
  return `${text.padEnd(width)} ${(ms / 1e3).toFixed(1).padStart(5)} s`;
}

// src/report/progress.ts
function announceStart(inputs, log) {
  log.line(`attach-acr ${version} \xB7 ${describeInputs(inputs)}`);
}
function narrateApply(log, clock, title = "Apply") {
  const started = clock.now();
  const told = /* @__PURE__ */ new Set();
  log.section(title, []);
  return {
    onDone(outcome) {
      log.line(`  ${withTime(describeOutcome(outcome), outcome.finishedAt - started)}`);
    },
    onWait(operation, refusal, pauseMs) {
      const why = refusal.azure?.message ?? refusal.message;
      const next = `next try in ${formatSeconds(pauseMs / 1e3)}`;
      const reason = told.has(why) ? "the same answer" : why;
      told.add(why);
      log.line(`  ${formatElapsed(clock.now() - started)}  ${describeOperation(operation)}: ${reason} (${next})`);
    }
  };
}
function narrateVerify(log, clock, mode) {
  const started = clock.now();
  const [until, notYet] = mode === "detach" ? ["no longer reports it", "still reported"] : ["reports it", "not reported yet"];
  log.section(`Verify: wait until Azure Resource Manager ${until}`, []);
  const elapsed = () => formatElapsed(clock.now() - started);
  const describe = ({ target, found }) => `${found.role.name} on ${found.registry.name} for ${target.name}`;
  return {
    onDone(pair, { error, propagationSeconds = 0 }) {
      const end = error ? `failed: ${error.code}` : mode === "detach" ? "gone" : "reported";
      log.line(`  ${withTime(`${elapsed()}  ${describe(pair)}: ${end}`, propagationSeconds * 1e3)}`);
    },
    onWait(pairs, held, pauseMs) {
      const [first] = pairs;
      if (!first) return;
      const listed = held.get(first)?.length ?? 0;
      const [what, answer] = pairs.length === 1 ? [describe(first), ` (Azure lists ${listed === 0 ? "no role" : plural(listed, "role assignment")} of it)`] : [`${pairs.length} of them on ${first.found.registry.name}`, ""];
      log.line(`  ${elapsed()}  ${what}: ${notYet}${answer}; next look in ${formatSeconds(pauseMs / 1e3)}`);
    }
  };
}
function narrateImages(log, clock) {
  const started = clock.now();
  return {
    onDone(result) {
      log.line(`  ${withTime(describeImageResult(result), clock.now() - started)}`);
    }
  };
}
var mostLines = 8;
function narrateProof(log, clock, { probeNodes }) {
  let started = 0;
  const passed = /* @__PURE__ */ new Set();
  const clusters = /* @__PURE__ */ new Set();
  const which = probeNodes === "all" ? "every node" : "one node of each pool";
  const prefix = ({ name }) => clusters.size > 1 ? `${name}  ` : "";
  return {
    onStart(target, way, { chosen, skipped }, throughGroup) {
      if (clusters.size === 0) {
        started = clock.now();
        log.section(`Verify: pull on ${which}`, []);
      }
      clusters.add(target.id);
      const pools = [...new Set(chosen.map(({ node }) => node.pool))].join(", ");
      const left = skipped.map(({ pool, why }) => `; ${pool} skipped: ${why}`).join("");
      log.line(`  ${target.name}: ${plural(chosen.length, "node")} (${pools || "none"}${left}), with ${way}`);
      if (throughGroup)
        log.line(
          `  ${target.name}: access comes through a group; a node may keep the token that it has for up to a day`
        );
    },
    onFallBack(target, why) {
      log.line(`  ${target.name}: ${why.message}`);
      log.line(`  ${target.name}: going on with AKS Run Command`);
    },
    onRound(target, pulls, nextMs) {
      const elapsed = formatElapsed(clock.now() - started);
      const news = pulls.filter((pull) => !passed.has(keyOf(target, pull)));
      const several = new Set(pulls.map(({ image }) => image.reference)).size > 1;
      for (const { who, pull } of share(news, probeNodes === "all")) {
        const next = pull.verdict === "pulled" || nextMs === void 0 ? "" : `; ${sayNext(nextMs)}`;
        const text = `${elapsed}  ${prefix(target)}${who}  ${describePull(pull, several)}${next}`;
        log.line(`  ${pull.verdict === "pulled" ? withTime(text, pull.finishedAt - pull.startedAt) : text}`);
      }
      for (const pull of news) if (pull.verdict === "pulled") passed.add(keyOf(target, pull));
    }
  };
}
function sayNext(ms) {
  return ms < 500 ? "trying again" : `next try in ${formatSeconds(ms / 1e3)}`;
}
function keyOf(target, { node, image }) {
  return `${target.id} ${node} ${image.reference}`;
}
function share(pulls, byNode) {
  if (pulls.length <= mostLines) return pulls.map((pull) => ({ who: byNode ? pull.node : pull.pool, pull }));
  const alike = /* @__PURE__ */ new Map();
  for (const pull of pulls) {
    const key = `${pull.verdict} ${pull.image.reference}`;
    alike.set(key, [...alike.get(key) ?? [], pull]);
  }
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ who: plural(group.length, "node"), pull: first }] : [];
  });
}
function describePull({ verdict, message, image }, several) {
  const name = shortDigest(image.reference.replace(/^[^/]*\//, ""));
  if (verdict === "pulled") return `pulled ${name}`;
  const which = several ? ` ${name}` : "";
  if (verdict === "slow") return `still pulling${which}${message && `: ${message}`}`;
  const [status] = /\b(401|403|429)\b/.exec(message) ?? [];
  const meaning = verdict === "denied" ? "the role has not reached this node yet" : message;
  return `${verdict}${status ? ` (${status})` : ""}${which}: ${meaning}`;
}

// node_modules/jose/dist/webapi/lib/buffer_utils.js
var encoder = new TextEncoder();
var decoder = new TextDecoder();
var strictDecoder = new TextDecoder("utf-8", { fatal: true });
var UINT32_RANGE = 2 ** 32;
function decodeBase64(encoded, url = false) {
  if (Uint8Array.fromBase64)
    return Uint8Array.fromBase64(encoded, { alphabet: url ? "base64url" : "base64" });
  if (url) {
    if (encoded.includes("+") || encoded.includes("/"))
      throw new TypeError("Invalid base64url");
    encoded = encoded.replace(/-/g, "+").replace(/_/g, "/");
  }
  const binary = atob(encoded), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++)
    bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// node_modules/jose/dist/webapi/util/base64url.js
var invalid = "The input to be decoded is not correctly encoded.";
function decode(input) {
  try {
    return decodeBase64(typeof input == "string" ? input : decoder.decode(input), true);
  } catch (cause) {
    throw new TypeError(invalid, { cause });
  }
}

// node_modules/jose/dist/webapi/util/errors.js
var JOSEError = class extends Error {
  static code = "ERR_JOSE_GENERIC";
  code = "ERR_JOSE_GENERIC";
  constructor(message, options) {
    super(message, options), this.name = this.constructor.name, Error.captureStackTrace?.(this, this.constructor);
  }
};
var JWTInvalid = class extends JOSEError {
  static code = "ERR_JWT_INVALID";
  code = "ERR_JWT_INVALID";
};

// node_modules/jose/dist/webapi/lib/validate.js
function isObject(input) {
  if (typeof input != "object" || input === null || Object.prototype.toString.call(input) !== "[object Object]")
    return false;
  const prototype = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

// node_modules/jose/dist/webapi/util/decode_jwt.js
function decodeJwt(jwt) {
  if (typeof jwt != "string")
    throw new JWTInvalid("JWTs must use Compact JWS serialization, JWT must be a string");
  const { 1: encodedPayload, length } = jwt.split(".");
  if (length === 5)
    throw new JWTInvalid("Only JWTs using Compact JWS serialization can be decoded");
  if (length !== 3)
    throw new JWTInvalid("Invalid JWT");
  if (!encodedPayload)
    throw new JWTInvalid("JWTs must contain a payload");
  let claimsSetBytes;
  try {
    claimsSetBytes = decode(encodedPayload);
  } catch (cause) {
    throw new JWTInvalid("Failed to base64url decode the payload", { cause });
  }
  let claimsSet;
  try {
    claimsSet = JSON.parse(strictDecoder.decode(claimsSetBytes));
  } catch (cause) {
    throw new JWTInvalid("Failed to parse the decoded payload as JSON", { cause });
  }
  if (!isObject(claimsSet))
    throw new JWTInvalid("Invalid JWT Claims Set");
  return claimsSet;
}

// src/services/runner/id-token.ts
var permissionYaml = `permissions:
  id-token: write # lets this job ask GitHub for an ID token
  contents: read  # naming any permission drops the defaults, so name what else the job needs`;
async function requestIdToken(audience, onRequest) {
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL || !process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    throw new ActionError(
      "OIDC_UNAVAILABLE",
      "This job may not ask GitHub for an ID token: the permission id-token: write is missing.",
      {
        subject: "GitHub",
        fix: `Add to the job (or the workflow):
${permissionYaml.replace(/^/gm, "  ")}
A reusable workflow gets it only when its caller has it too. A pull_request run from a fork does not get it.`
      }
    );
  }
  onRequest();
  try {
    return await getIDToken(audience);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
    throw new ActionError("OIDC_UNAVAILABLE", `GitHub's token endpoint did not give an ID token. ${reason}`, {
      subject: "GitHub",
      fix: "Run the job again; if it stays so, check https://www.githubstatus.com and the proxy of a self-hosted runner.",
      cause: error
    });
  }
}
function readIdTokenClaims(token) {
  try {
    const { iss = "", sub = "", aud = "" } = decodeJwt(token);
    return { issuer: iss, subject: sub, audience: Array.isArray(aud) ? aud.join(", ") : aud };
  } catch {
    return { issuer: "", subject: "", audience: "" };
  }
}

export {
  createLogger,
  announceStart,
  narrateApply,
  narrateVerify,
  narrateImages,
  narrateProof,
  decodeJwt,
  requestIdToken,
  readIdTokenClaims
};
