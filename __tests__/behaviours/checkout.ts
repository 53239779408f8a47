import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/**
 * Copies the checkout, with what is not committed yet, to a new temporary folder, where files can be changed. Packages from the registry are links to those of the
 * checkout; the packages of this repository are the copied ones.
 * @returns the folder
 */
export function copyCheckout(): string {
  const copy = mkdtempSync(join(tmpdir(), 'behaviours-'))
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  for (const path of listed.split('\0').filter(path => path && existsSync(join(root, path)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path), { verbatimSymlinks: true })
  }
  linkPackages(copy)
  const runtimes = join(root, '__tests__/runtimes/node_modules')
  if (existsSync(runtimes)) symlinkSync(runtimes, join(copy, '__tests__/runtimes/node_modules'))
  return copy
}

/** Gives a copy of the checkout what npm has installed here: links to packages from the registry; the packages of this repository are those of the copy. */
export function linkPackages(copy: string): void {
  mkdirSync(join(copy, 'node_modules'))
  // Caches begin with a dot: a copy has its own.
  for (const name of readdirSync(join(root, 'node_modules')).filter(name => !name.startsWith('.'))) {
    const real = join(root, 'node_modules', name)
    // npm links to the packages of this repository, by relative paths, and to no others.
    const target = lstatSync(real).isSymbolicLink() ? readlinkSync(real) : real
    symlinkSync(target, join(copy, 'node_modules', name))
  }
}
