import { describe, expect, test } from 'vitest'
import type { Registry } from 'azure'
import { failurePatterns } from 'kubernetes/src/round-rows.js'
import { findBarred } from '../src/clusters.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const now = 100_000_000
const old = now - 16 * 60_000

describe('a refusal by address', () => {
  const isFinal = (more: Partial<Registry>, { isSettled = false, state = 'Running' } = {}): boolean => {
    const registry = { ...sampleRegistry(), changedAt: old, ...more }
    const settled = new Set(isSettled ? [registry.id] : [])
    return findBarred({ ...sampleTarget(), state }, [registry], settled, now).has(registry.id)
  }
  const disabled = { publicNetworkAccess: false }

  test.each([
    [disabled, true],
    [{ firewall: true }, true],
    // Other rules decide there, which this step does not read.
    [{ firewall: true, otherNetworkAccess: 'SecuredByPerimeter' }, false],
    [{}, false],
    [{ ...disabled, isChanging: true as const }, false],
    [{ ...disabled, changedAt: now - 60_000 }, false],
  ])('by %o is final while the role is new: %s', (registry, expected) => {
    expect(isFinal(registry)).toBe(expected)
  })

  test('is not final while the registry or the cluster is updated', () => {
    expect(isFinal({ ...disabled, isChanging: true }, { isSettled: true })).toBe(false)
    expect(isFinal(disabled, { state: 'Updating', isSettled: true })).toBe(false)
  })

  test('is final like a missing role if nothing is under way for the role, whatever the rules are', () => {
    expect(isFinal({}, { isSettled: true })).toBe(true)
    expect(isFinal({ changedAt: now - 60_000 }, { isSettled: true })).toBe(true)
  })

  test('by old rules is final without a date of theirs, too', () => {
    const { changedAt, ...undated } = { ...sampleRegistry(), ...disabled, changedAt: undefined }
    expect(changedAt).toBeUndefined()
    expect(findBarred(sampleTarget(), [undated], new Set(), now).has(undated.id)).toBe(true)
  })

  test('counts inside the cluster for these hosts alone', () => {
    const counts = (host: string, hosts: string[]): boolean => {
      const message = `unexpected status from HEAD request to https://${host}/v2/a/manifests/1: 403 Forbidden`
      return failurePatterns(hosts, 'exchange').firm.some(pattern => new RegExp(pattern, 'i').test(message))
    }
    expect(counts('one.azurecr.io', [])).toBe(false)
    expect(counts('one.azurecr.io', ['one.azurecr.io'])).toBe(true)
    expect(counts('two.azurecr.io', ['one.azurecr.io', 'two.azurecr.io'])).toBe(true)
    expect(counts('oneXazurecr.io', ['one.azurecr.io'])).toBe(false)
  })
})
