/** The stages that need the Azure SDKs: one module, so that they are loaded together and only when inputs and ID token are on their way. */
export { apply } from './apply.js'
export { createClients } from './azure/clients.js'
export { createConcurrencyLimit, createRequestObserver } from './azure/requests.js'
export { inspect } from './inspect.js'
export { observe } from './observe.js'
export { signIn } from './sign-in.js'
export { selectWritten, verifyAssignments } from './verify.js'
