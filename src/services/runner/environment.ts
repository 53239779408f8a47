/**
 * Takes the inputs, secrets among them, and the right to ask GitHub for ID tokens out of the environment of this process: programs that it
 * starts inherit that, and the Azure SDK starts `az` with nothing else. The inputs have been read by then.
 */
export function hideFromPrograms(): void {
  for (const name of Object.keys(process.env))
    if (/^(INPUT_|ACTIONS_ID_TOKEN_REQUEST_)/i.test(name)) Reflect.deleteProperty(process.env, name)
}
