/**
 * Records a command's traffic with the real Azure, as fixtures without secrets:
 *
 *   npm run record -- [--to FOLDER] <command…>        runs it through the recorder, and exits with its exit code
 *   npm run record -- [--to FOLDER] [--env-file FILE] prints the environment that routes clients through the recorder, or appends
 *                                                     it to a file such as $GITHUB_ENV, and records until SIGTERM or Ctrl-C
 */
import { appendFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startRecorder, upstreamOf } from '../src/recording/recorder.js'
import { LeakError } from '../src/recording/sanitize.js'
import { run, serve } from '../src/runner/command.js'

const help = `Usage: npm run record -- [--to FOLDER] [--env-file FILE] [command…]

Routes the command's requests to Azure Resource Manager, Microsoft Entra, Microsoft Graph and registries through a recording proxy.
Each exchange becomes a JSON file in the folder, recordings/<time> by default, in the format of packages/azure-simulator/recorded/.
IDs, names, addresses, tokens and keys are replaced consistently; if one is left, nothing is written.

Without a command, prints the environment as export lines, or appends it to the file, and records until it is stopped.
Compare with the simulator: npm run compare -- FOLDER
`

async function main(): Promise<number> {
  // Everything from the first other word on belongs to the command.
  const words = process.argv.slice(2)
  const at = words.findIndex(
    (word, index) => !word.startsWith('--') && !/^--(to|env-file)$/.test(words[index - 1] ?? ''),
  )
  const { values } = parseArgs({
    args: at === -1 ? words : words.slice(0, at),
    options: { to: { type: 'string' }, 'env-file': { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help === true) {
    process.stdout.write(help)
    return 0
  }
  const folder = values.to ?? `recordings/${new Date().toISOString().replace(/[:.]/g, '-')}`
  const command = at === -1 ? [] : words.slice(at)
  const say = (text: string): void => void process.stderr.write(`record: ${text}\n`)
  const recorder = await startRecorder(await upstreamOf(process.env), say)
  const code = await start(command, recorder.environment, values['env-file'])
  try {
    say(`${String(await recorder.finish(folder))} exchanges in ${folder}`)
    return code
  } catch (error) {
    if (!(error instanceof LeakError)) throw error
    say(error.message)
    return 70
  }
}

async function start(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  file: string | undefined,
): Promise<number> {
  if (command.length > 0) return run(command, environment)
  if (file === undefined) return serve(environment)
  await appendFile(
    file,
    Object.entries(environment)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
  return 0
}

process.exitCode = await main()
