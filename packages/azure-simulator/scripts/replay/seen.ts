import type { Recording } from '../../src/recording/shapes.js'
import type { ResourceGroup } from '../../src/world/subscriptions.js'
import type { World } from '../../src/world/world.js'

/** The input for the parts of a world. */
export interface Seen {
  readonly recordings: readonly Recording[]
  readonly world: World
  /** Creates the subscription and the group if they don't exist yet. */
  readonly group: (subscriptionId: string, name: string) => ResourceGroup
}
