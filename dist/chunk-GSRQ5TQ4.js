import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');

// src/model/manifest.ts
function describePlace({ file, document, resource, field }) {
  return `${file}, document ${document}${resource && ` (${resource})`}, ${field}`;
}

export {
  describePlace
};
