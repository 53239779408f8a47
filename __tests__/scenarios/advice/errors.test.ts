import { describe } from 'vitest'
import { itAdvises } from '../../support/advice/advised-case.js'
import { errors } from '../../support/advice/cases.js'

describe('each error', () => {
  itAdvises('error', errors)
})
