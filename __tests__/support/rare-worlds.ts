import type { Fault } from 'azure-simulator'

// Rare worlds, each an entry over the usual one: `simulator.faults.add(graphRefuses)`.

/** Azure Resource Graph refuses every query. */
export const graphRefuses: Fault = {
  ...{ path: '/providers/Microsoft.ResourceGraph/resources', times: Infinity },
  status: 403,
  body: {
    error: {
      code: 'AccessDenied',
      message: 'Access is denied to the requested resource. The user might not have enough permission.',
    },
  },
}
