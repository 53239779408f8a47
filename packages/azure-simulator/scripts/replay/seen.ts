import type { Recording } from '../../src/recording/shapes.js'
import type { ResourceGroup } from '../../src/world/subscriptions.js'
import type { World } from '../../src/world/world.js'

/** What the parts of a world are made of. */
export interface Seen {
  readonly recordings: readonly Recording[]
  readonly world: World
  /** Makes the subscription and the group where they are not there yet. */
  readonly group: (subscriptionId: string, name: string) => ResourceGroup
}
