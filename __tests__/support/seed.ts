import fc from 'fast-check'

// Every run tries the same examples, so that only a change can make a test fail. `SEED=$RANDOM npx vitest run --project parts` tries others.
fc.configureGlobal({ seed: Number(process.env.SEED ?? 20_261_128) })
