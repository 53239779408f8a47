/** Header that the action adds to an answer when an earlier try of the same request may have been carried out. */
export const repeatedHeader = 'x-attach-acr-repeated'

/** The headers by which Azure's answers are known: Resource Manager and registries send the first two, Microsoft Graph the third (recorded). */
export const azureHeaders = ['x-ms-request-id', 'x-ms-correlation-request-id', 'request-id']
