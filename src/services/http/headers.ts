/** The action adds it to an answer if Azure may have carried out an earlier try of the same request. */
export const repeatedHeader = 'x-attach-acr-repeated'

/** Headers that identify an answer as Azure's: Resource Manager and registries send the first two, Microsoft Graph the third (recorded). */
export const azureHeaders = ['x-ms-request-id', 'x-ms-correlation-request-id', 'request-id']
