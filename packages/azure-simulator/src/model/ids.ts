// GUIDs and resource IDs in the form that Azure gives them.
import { randomUUID } from 'node:crypto'

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** A random GUID in Azure's usual form. */
export const newGuid = (): string => randomUUID()

export const isGuid = (text: string): boolean => guidPattern.test(text)

/** The 32-digit form that some of Azure Resource Manager's messages print. */
export const withoutDashes = (guid: string): string => guid.replaceAll('-', '')

/** Azure compares IDs and names without letter case. */
export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The last segment of a path: a resource's name, a role definition's GUID. */
export const lastSegment = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** Timestamps as Azure Resource Manager writes them, with seven decimals. */
export const armTimestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '0000Z')
