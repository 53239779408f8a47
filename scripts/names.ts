import ts from 'typescript'

/** A function or a type at the top of a file. */
interface Definition {
  name: string
  path: string
  isExported: boolean
  /** Without comments and line breaks: two that are equal mean the same. */
  text: string
}

/** The names that stand for several functions or types, those with most first, with the places of each. */
export function findAmbiguous(sources: readonly { path: string; text: string }[]) {
  const byName = new Map<string, Definition[]>()
  for (const found of sources.flatMap(listDefinitions))
    byName.set(found.name, [...(byName.get(found.name) ?? []), found])
  return [...byName]
    .flatMap(([name, all]) => {
      const meanings = new Set(all.map(({ text }) => text)).size
      const isExported = all.some(each => each.isExported)
      return meanings > 1 ? [{ name, meanings, isExported, paths: all.map(({ path }) => path) }] : []
    })
    .sort((a, b) => b.meanings - a.meanings || (a.name < b.name ? -1 : 1))
}

function listDefinitions({ path, text }: { path: string; text: string }): Definition[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return file.statements.flatMap(statement => {
    const isExported = ts.canHaveModifiers(statement) && !!ts.getModifiers(statement)?.some(isExport)
    return nodesOf(statement).map(({ name, node }) => ({
      name,
      path,
      isExported,
      text: printer.printNode(ts.EmitHint.Unspecified, node, file),
    }))
  })
}

const printer = ts.createPrinter({ removeComments: true })

const isExport = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.ExportKeyword

function nodesOf(statement: ts.Statement): { name: string; node: ts.Node }[] {
  if (ts.isFunctionDeclaration(statement))
    return [{ name: statement.name?.text ?? '', node: statement.body ?? statement }]
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [{ name: statement.name.text, node: statement }]
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    ts.isIdentifier(name) && initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
      ? [{ name: name.text, node: initializer }]
      : [],
  )
}
