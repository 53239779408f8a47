import { describe } from 'vitest'
import { itAdvises } from '../../support/advice/advised-case.js'
import { findings } from '../../support/advice/cases.js'

describe('each finding', () => {
  itAdvises('finding', findings)
})
