import type { RepositoryPattern } from 'repository-conditions'
import type { Registry, Target } from 'azure'

/** The context in which failed pulls are explained. */
export interface PullContext {
  target: Target
  registry: Registry
  /** The group that gives access; empty if none does. */
  group: string
  /** Whether the inputs could set `on-timeout: assign-directly`. */
  mayAssignDirectly: boolean
  /** The repositories that this step limits the grant to; empty for all. */
  repositories: readonly RepositoryPattern[]
  /** Whether the timeout was reached. */
  isTimeOver: boolean
  /** Why nodes were abandoned before the timeout, as a clause, by name. */
  abandoned: ReadonlyMap<string, string>
}

/** The repository of a reference with a host. */
export function repositoryOf(reference: string): string {
  return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '')
}
