import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'

/** An import, a re-export, an `import()` or a type import of a file. */
export interface Import {
  /** As it is written: `kernel`, `pull-proof/pulls`, `./error.js`, `@actions/core`. */
  from: string
  /** The imported names; empty if it is the whole module. */
  names: string[]
}

/** A TypeScript file of the repository. */
export interface SourceFile {
  /** From the root of the repository. */
  path: string
  lines: number
  /** The number of `interface` and `type` statements. */
  types: number
  imports: Import[]
  /** The names that it exports. */
  exports: string[]
}

/** What a package.json says. */
export interface Manifest {
  name: string
  version: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  exports?: Record<string, string> | string
  scripts?: Record<string, string>
}

/** The sources of the repository with the package.json of each package; the one of the root has the key `''`. */
export interface Repository {
  files: SourceFile[]
  manifests: Map<string, Manifest>
}

const root = resolve(import.meta.dirname, '../..')

/** Reads and parses each TypeScript file once, whether it is committed or not. */
export function readRepository(): Repository {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mts'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  const paths = [...new Set(listed.trim().split('\n'))].filter(path => existsSync(join(root, path)))
  const folders = readdirSync(join(root, 'packages')).filter(name =>
    existsSync(join(root, 'packages', name, 'package.json')),
  )
  const readManifest = (folder: string): Manifest =>
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
  return {
    files: paths.map(path => parseSource(path, readFileSync(join(root, path), 'utf8'))),
    manifests: new Map([
      ['', readManifest('.')],
      ...folders.map((name): [string, Manifest] => [name, readManifest(`packages/${name}`)]),
    ]),
  }
}

/** Finds the imports and exports of a file in its syntax, without resolving or checking them. */
export function parseSource(path: string, text: string): SourceFile {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const imports: Import[] = []
  for (const statement of statements) {
    if (ts.isImportDeclaration(statement))
      add(statement.moduleSpecifier, namesOf(statement.importClause?.namedBindings))
    else if (ts.isExportDeclaration(statement)) add(statement.moduleSpecifier, namesOf(statement.exportClause))
  }
  // Only these can be anywhere in a file.
  if (text.includes('import(')) statements.forEach(findLater)

  function add(specifier: ts.Node | undefined, names: string[]): void {
    if (specifier !== undefined && ts.isStringLiteral(specifier)) imports.push({ from: specifier.text, names })
  }
  function findLater(node: ts.Node): void {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], [])
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, [])
    ts.forEachChild(node, findLater)
  }

  return {
    path,
    lines: text.split('\n').length - 1,
    types: statements.filter(each => ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)).length,
    imports,
    exports: statements.flatMap(exportsOf),
  }
}

/** The names in the braces of an import or export, as the other module calls them. */
function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): string[] {
  if (bindings === undefined || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) return []
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
}

function exportsOf(statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement
    if (exportClause === undefined) return ['*']
    return ts.isNamedExports(exportClause)
      ? exportClause.elements.map(({ name }) => name.text)
      : [exportClause.name.text]
  }
  if (!ts.canHaveModifiers(statement)) return []
  if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? name.text : []))
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return isNamed ? [statement.name?.text ?? 'default'] : []
}
