import type { GithubLabel } from '../../world/github.js'
import { page, readJson, type GithubApp, type GithubService } from './context.js'
import { githubErrors } from './errors.js'

const path = '/repos/:owner/:repo/labels'

/** Labels: list, get, create (docs.github.com/rest/issues/labels). */
export function labelRoutes(app: GithubApp, service: GithubService): void {
  const { github } = service
  const find = (name: string): GithubLabel | undefined =>
    github.labels.find(label => label.name.toLowerCase() === name.toLowerCase())

  app.get(path, c => {
    service.authorize(c, 'read')
    return c.json(page(c, github.labels).map(labelToJson))
  })

  app.get(`${path}/:name`, c => {
    service.authorize(c, 'read')
    const label = find(c.req.param('name'))
    if (label === undefined) throw githubErrors.notFound()
    return c.json(labelToJson(label))
  })

  app.post(path, async c => {
    service.authorize(c, 'write')
    const { name, color = 'ededed', description = '' } = await readJson(c)
    const refuse = (code: string, field: string) => githubErrors.invalid([{ resource: 'Label', code, field }])
    if (typeof name !== 'string' || name === '') throw refuse('missing_field', 'name')
    if (name.length > 50) throw refuse('invalid', 'name')
    if (typeof color !== 'string' || !/^[0-9a-f]{6}$/i.test(color)) throw refuse('invalid', 'color')
    if (typeof description !== 'string' || description.length > 100) throw refuse('invalid', 'description')
    if (find(name)) throw refuse('already_exists', 'name')
    const label = { name, color, description }
    github.labels.push(label)
    return c.json(labelToJson(label), 201)
  })
}

/** A label as the API shows it. */
export function labelToJson({ name, color, description }: GithubLabel): Record<string, unknown> {
  return { name, color, description, default: false }
}
