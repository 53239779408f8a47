for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK']) process.on(name, () => undefined)
process.argv[2] = 'post'
require('./index.js')
