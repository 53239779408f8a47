import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');

// src/services/proxy.ts
function readProxy({ HTTPS_PROXY, https_proxy } = process.env) {
  const text = (HTTPS_PROXY || https_proxy) ?? "";
  const { protocol, host } = URL.canParse(text) ? new URL(text) : {};
  if (protocol && host) return `${protocol}//${host}`;
  return text && "that of HTTPS_PROXY";
}
function describeWay() {
  const proxy = readProxy();
  return proxy ? `the proxy ${proxy} (HTTPS_PROXY, NO_PROXY)` : "the firewall, and whether HTTPS_PROXY must be set";
}

export {
  readProxy,
  describeWay
};
