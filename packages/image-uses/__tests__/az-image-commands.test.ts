import { expect, it } from 'vitest'
import { importCommand } from '../src/az-image-commands.js'

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg`
const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/contosoacr`
const s = `--subscription ${guid}`

it.each<[() => string, string]>([
  [
    () => importCommand(registry, 'nginx:1', 'app:1'),
    `az acr import --name contosoacr --source nginx:1 --image app:1 ${s}`,
  ],
  [() => importCommand(registry, 'nginx:1', 'app@sha256:a'), `az acr import --name contosoacr --source nginx:1 ${s}`],
])('a command has its options and the subscription (%#)', (make, command) => {
  expect(make()).toBe(command)
})
