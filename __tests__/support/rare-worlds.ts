import type { Fault } from 'azure-simulator'

// Rare worlds, each an entry over the usual one: `simulator.faults.add(graphRefuses)`.

const graph = { path: '/providers/Microsoft.ResourceGraph/resources', times: Infinity }

/** Azure Resource Graph refuses every query. */
export const graphRefuses: Fault = {
  ...graph,
  status: 403,
  body: {
    error: {
      code: 'AccessDenied',
      message: 'Access is denied to the requested resource. The user might not have enough permission.',
    },
  },
}

/** Azure Resource Graph has not indexed anything yet. */
export const graphIsEmpty: Fault = {
  ...graph,
  status: 200,
  body: { totalRecords: 0, count: 0, data: [], facets: [], resultTruncated: 'false' },
}
