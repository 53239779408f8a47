import packageJson from '../../package.json' with { type: 'json' }

/** Version of the action. */
export const version: string = packageJson.version
