/** A file as a text: Vite knows `?raw`, and scripts/pre-bundle.ts teaches it to esbuild. */
declare module '*?raw' {
  const text: string
  export default text
}
