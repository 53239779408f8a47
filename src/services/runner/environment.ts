/**
 * Removes the inputs, secrets among them, and the right to ask GitHub for ID tokens from the environment of this process, because programs
 * that it starts inherit the environment, as `az` does from the Azure SDK. Call it once the inputs have been read.
 */
export function hideFromPrograms(): void {
  for (const name of Object.keys(process.env))
    if (/^(INPUT_|ACTIONS_ID_TOKEN_REQUEST_)/i.test(name)) Reflect.deleteProperty(process.env, name)
}
