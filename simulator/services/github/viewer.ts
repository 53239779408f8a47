import { readJson, type GithubApp } from './context.js'

/** The one query of the GraphQL API that is known here: who the token's owner is (docs.github.com/graphql/reference/queries#viewer). */
export function viewerRoute(app: GithubApp): void {
  app.post('/graphql', async c => {
    const { query } = await readJson(c)
    if (typeof query !== 'string' || query.replace(/\s+/g, ' ').trim() !== 'query { viewer { login } }') {
      c.env.problem('a GraphQL query that is not known')
      return c.json({ errors: [{ message: 'not known' }] })
    }
    return c.json({ data: { viewer: { login: c.get('token').login } } })
  })
}
