/** Header that the action adds to an answer when an earlier try of the same request may have been carried out. */
export const repeatedHeader = 'x-attach-acr-repeated'
