"use strict";var cn=Object.freeze,qn=Object.defineProperty;var dn=(R,j)=>cn(qn(R,"raw",{value:cn(j||R.slice())}));var hn;const nodeRequire=require;exports.id="html-report",exports.ids=["html-report"],exports.modules={3716:(function(R,j,d){d.d(j,{writeHtmlReport:()=>Qn});var z=d(6944),O=d(8575),C=d(9475),mn=d(350),u=d(7904),pn=d(3721),g=d(6488),fn=d(3645),Yn=d(7667),U=d(1238),un=d(3420),K=d(5871),ne=d(8838),ee=d(4183),_=d(4921),te=d(6642),re=d(1753),b=d(9969),E=d(8378),gn=d(2004),wn=d(2198),ae=d(5248),H=d(7598),oe=d.n(H),N=d(3024),se=d.n(N),F=d(6760),ie=d.n(F);const le=null;var J=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
{
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

  /** Waits until typing pauses, in ms: a filter of ten thousand rows takes a moment. */
  const typingMs = 150

  /** Number of rows that are shown until the reader asks for all: a browser takes seconds to lay out ten thousand. */
  const firstRows = 1000

  /** @param {string} selector */
  const find = selector => /** @type {HTMLElement | null} */ (document.querySelector(selector))

  /** @param {HTMLTableElement} table */
  const rowsOf = table => [...table.tBodies].flatMap(body => [...body.rows])

  /** @param {Element | null | undefined} element */
  const textOf = element => (element?.textContent ?? '').replace(/\\s+/g, ' ').trim()

  /** @param {string} text */
  const announce = text => {
    const status = find('#status')
    if (status) status.textContent = text
  }

  /**
   * A button that copies a text.
   * @param {HTMLElement} button
   * @param {() => string} toText
   */
  const copies = (button, toText) => {
    const label = button.textContent
    button.addEventListener('click', async () => {
      const isCopied = await navigator.clipboard.writeText(toText()).then(
        () => true,
        () => false,
      )
      button.textContent = isCopied ? 'Copied' : 'Not allowed'
      setTimeout(() => (button.textContent = label), 2000)
    })
  }

  /**
   * Puts a button before an element that copies a block of commands.
   * @param {Element} block
   * @param {Element} place
   */
  const addCopy = (block, place) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'copy'
    button.textContent = 'Copy'
    copies(button, () => block.textContent ?? '')
    place.before(button)
  }

  for (const block of document.querySelectorAll('pre')) {
    const line = block.closest('.line')
    const fold = line?.querySelector(':scope > details')
    // Not one that costs something, which is folded once more.
    const first = line?.querySelector(':scope > details > .code > pre')
    if (fold && block === first) addCopy(block, fold)
    if (block !== first || (line?.querySelectorAll('pre').length ?? 0) > 1) addCopy(block, block)
  }

  /** What is done after a table was sorted. @type {Map<HTMLTableElement, (how: string) => void>} */
  const afterSorting = new Map()

  /**
   * Sorts a table by a column, and the other way round the next time. Rows with equal cells keep their order.
   * @param {HTMLTableElement} table
   * @param {HTMLTableCellElement} header
   */
  const sort = (table, header) => {
    const isDescending = header.ariaSort === 'ascending'
    for (const other of table.querySelectorAll('th[aria-sort]')) other.ariaSort = 'none'
    header.ariaSort = isDescending ? 'descending' : 'ascending'
    const keyed = rowsOf(table).map(row => {
      const cell = row.cells[header.cellIndex]
      return { row, key: cell?.dataset.key ?? textOf(cell) }
    })
    keyed.sort((a, b) => collator.compare(a.key, b.key) * (isDescending ? -1 : 1))
    table.tBodies[0]?.append(...keyed.map(({ row }) => row))
    const how = \`Sorted by \${textOf(header)}, \${header.ariaSort}.\`
    const next = afterSorting.get(table) ?? announce
    next(how)
  }

  for (const table of document.querySelectorAll('table'))
    for (const header of table.id === 'map' ? [] : (table.tHead?.rows[0]?.cells ?? [])) {
      const button = document.createElement('button')
      button.type = 'button'
      button.append(...header.childNodes)
      button.addEventListener('click', () => sort(table, header))
      header.append(button)
      header.ariaSort = 'none'
    }

  const map = find('#map')
  if (map instanceof HTMLTableElement) {
    const [first, ...registries] = [...(map.tHead?.rows[0]?.cells ?? [])].map(textOf)
    for (const row of rowsOf(map))
      for (const cell of [...row.cells].slice(1)) {
        if (cell.className === '') continue
        const link = document.createElement('a')
        const place = {
          [(first ?? '').toLowerCase()]: textOf(row.cells[0]),
          registry: registries[cell.cellIndex - 1] ?? '',
        }
        link.href = \`#\${new URLSearchParams(place)}\`
        const marks = document.createElement('span')
        marks.ariaHidden = 'true'
        marks.append(...cell.childNodes)
        const words = document.createElement('span')
        words.className = 'spoken'
        words.append(\`\${textOf(row.cells[0])}, \${place.registry}: \${cell.dataset.words ?? ''}\`)
        link.append(marks, words)
        cell.append(link)
      }
  }

  const tools = find('#tools')
  const pairs = find('#pairs')
  const words = find('#filter')
  const fine = find('#fine')
  const more = find('#more')
  const clear = find('#clear')
  if (
    tools &&
    more &&
    clear &&
    pairs instanceof HTMLTableElement &&
    words instanceof HTMLInputElement &&
    fine instanceof HTMLInputElement
  ) {
    /** @type {Map<HTMLTableRowElement, string>} */
    const texts = new Map()
    let max = firstRows
    /** @type {number | undefined} */
    let timer

    /** @param {HTMLTableRowElement} row */
    const wordsOf = row => {
      const known = texts.get(row) ?? [...row.cells].map(cell => cell.textContent.toLowerCase()).join(' ')
      texts.set(row, known)
      return known
    }

    /** What a row has to be, by the fragment of the address: \`cluster=aks-1\`, \`state=drifted\`, \`subscription=\u2026&registry=\u2026\`. */
    const asked = () => {
      // A plus sign is a space only in a form.
      const wanted = new URLSearchParams(
        location.hash.slice(1).replace(/\\+/g, location.hash.includes('&') ? '+' : '%2B'),
      )
      return ['cluster', 'registry', 'subscription', 'state'].flatMap(key => {
        const value = wanted.get(key)
        return value === null ? [] : [{ key, value }]
      })
    }

    /**
     * @param {HTMLTableRowElement} row
     * @param {{ key: string, value: string }} part
     */
    const isAsked = (row, { key, value }) => {
      const [, cluster, registry, , subscription] = row.cells
      if (key === 'state') return row.classList.contains(value)
      if (key === 'registry') return textOf(registry) === value
      if (key === 'subscription') return (subscription?.firstChild?.textContent ?? '').trim() === value
      // The name alone, or with its place.
      return (
        textOf(cluster).toLowerCase() === value.toLowerCase() ||
        textOf(cluster).toLowerCase().startsWith(\`\${value.toLowerCase()} (\`)
      )
    }

    const hasProblems = rowsOf(pairs).some(row => row.className !== 'fine')

    /** Shows the first rows that match. @param {string} [how] what was done before */
    const filter = (how = '') => {
      const searched = words.value.toLowerCase().split(/\\s+/).filter(Boolean)
      const parts = asked()
      const isFiltered = searched.length + parts.length > 0
      const rows = rowsOf(pairs)
      let matching = 0
      for (const row of rows) {
        const isMatch = parts.every(part => isAsked(row, part)) && searched.every(word => wordsOf(row).includes(word))
        const isCalm = row.classList.contains('fine') && hasProblems && !isFiltered && !fine.checked
        if (isMatch && !isCalm) matching += 1
        row.classList.toggle('calm', isCalm)
        row.classList.toggle('off', !isMatch || matching > max)
      }
      const rest = Math.max(0, matching - max)
      more.hidden = rest === 0
      clear.hidden = !isFiltered
      for (const link of document.querySelectorAll('#map a'))
        link.ariaCurrent = link.getAttribute('href') === location.hash ? 'true' : null
      const by = parts.map(
        ({ key, value }) =>
          (key === 'state' && textOf(document.getElementById(\`state=\${value}\`)?.querySelector('td'))) || value,
      )
      const count = \`\${matching - rest} of \${rows.length} rows are shown\${by.length > 0 ? \` (\${by.join(', ')})\` : ''}\${rest > 0 ? \`, and \${rest} more match\` : ''}.\`
      announce(how === '' ? count : \`\${how} \${count}\`)
    }

    const showAll = () => {
      words.value = ''
      if (location.hash !== '') history.pushState(null, '', '#')
      filter()
    }

    const follow = () => {
      words.value = ''
      filter()
      if (asked().length > 0) pairs.closest('section')?.scrollIntoView()
    }

    afterSorting.set(pairs, filter)
    words.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => filter(), typingMs)
    })
    fine.addEventListener('change', () => filter())
    clear.addEventListener('click', () => {
      showAll()
      words.focus()
    })
    more.addEventListener('click', () => {
      max = Infinity
      filter()
      words.focus()
    })
    window.addEventListener('hashchange', follow)
    document.addEventListener('click', event => {
      const link = event.target instanceof Element && event.target.closest('a[href^="#"]')
      if (!link) return
      // In a frame, the address of such a link would be that of the page around it. The second click takes the filter away.
      event.preventDefault()
      const hash = link.getAttribute('href') ?? ''
      if (hash === '#warnings') find(hash)?.scrollIntoView()
      else if (location.hash === hash) showAll()
      else location.hash = hash
    })
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') showAll()
    })
    // Not only for large tables: a browser that goes back restores what was typed.
    filter()
    if (asked().length > 0) follow()
    tools.hidden = false
    fine.closest('label')?.toggleAttribute('hidden', !hasProblems)
    pairs.classList.add('ready')

    const copy = find('#copy')
    if (copy) {
      /** @param {string} text */
      const escape = text => text.replace(/[\\\\\`*_{}[\\]<>()#+!|~&@]/g, '\\\\$&')
      const toMarkdown = () => {
        const figures = [...document.querySelectorAll('.figures a')].map(each => escape(textOf(each)))
        const causes = [...document.querySelectorAll('article')].flatMap(card => [
          \`### \${escape(textOf(card.querySelector('h3')))}\`,
          ...[...card.querySelectorAll('.rows > li')].map(
            row => \`- \${[...row.querySelectorAll('b, .names')].map(each => escape(textOf(each))).join(': ')}\`,
          ),
          ...[...card.querySelectorAll('pre')].map(({ textContent }) => {
            const fence = '\`'.repeat(
              Math.max(3, ...[...textContent.matchAll(/\`+/g)].map(([ticks]) => ticks.length + 1)),
            )
            return \`\${fence}sh\\n\${textContent}\${fence}\`
          }),
        ])
        const lines = [
          ...(pairs.tHead?.rows ?? []),
          ...rowsOf(pairs).filter(row => !/off|calm/.test(row.className)),
        ].map(row => \`| \${[...row.cells].map(cell => escape(textOf(cell))).join(' | ')} |\`)
        lines.splice(1, 0, '| - | - | - | - | - |')
        return [\`## \${escape(textOf(find('h1')))}\`, figures.join(' \xB7 '), ...causes, lines.join('\\n')]
          .filter(Boolean)
          .join('\\n\\n')
      }
      copies(copy, toMarkdown)
      copy.hidden = false
    }
  }
}
`,G=`:root {
  color-scheme: light dark;
  --text: #1f2328;
  --soft: #59636e;
  --page: #ffffff;
  --head: #f6f8fa;
  --line: #d1d9e0;
  --link: #0969da;
  --bad: #cf222e;
  --drift: #9a6700;
  --none: #59636e;
  --good: #1a7f37;
  --bad-soft: #ffebe9;
  --drift-soft: #fff8c5;
  --none-soft: #eef1f4;
  --good-soft: #e9f8ee;
}

/* Paper is white. */
@media screen and (prefers-color-scheme: dark) {
  :root {
    --text: #f0f6fc;
    --soft: #9198a1;
    --page: #0d1117;
    --head: #151b23;
    --line: #3d444d;
    --link: #4493f8;
    --bad: #ff7b72;
    --drift: #e3b341;
    --none: #9198a1;
    --good: #3fb950;
    --bad-soft: #3a1a1d;
    --drift-soft: #2d2410;
    --none-soft: #1c232b;
    --good-soft: #10261a;
  }
}

.refused,
.failed {
  --own: var(--bad);
  --own-soft: var(--bad-soft);
}

.drifted,
.gone,
.remaining,
.warning {
  --own: var(--drift);
  --own-soft: var(--drift-soft);
}

.unknown,
.none {
  --own: var(--none);
  --own-soft: var(--none-soft);
}

.fine {
  --own: var(--good);
  --own-soft: var(--good-soft);
}

* {
  box-sizing: border-box;
}

body {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  gap: 0 1rem;
  margin: 0 auto;
  max-width: 84rem;
  padding: 1rem 1.5rem;
  background: var(--page);
  color: var(--text);
  font:
    0.875rem/1.5 system-ui,
    sans-serif;
  overflow-wrap: anywhere;
}

main {
  grid-column: 1 / -1;
}

/* The last one for the keyboard. */
#copy {
  grid-area: 1 / 2;
  align-self: start;
}

h1 {
  margin: 0 0 0.25rem;
  font-size: 1.375rem;
  line-height: 1.3;
}

h1 small {
  font-size: 0.9375rem;
  font-weight: normal;
}

/* Read aloud in place of marks. */
.spoken {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}

/* Shown to whoever comes by keyboard. */
.skip {
  position: absolute;
  background: var(--page);
}

.skip:not(:focus) {
  left: -100vw;
}

header p {
  margin: 0;
}

.head {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1rem;
  align-items: baseline;
  margin: 1.1rem 0 0.4rem;
}

.head + .head {
  justify-content: space-between;
  margin-top: 0;
}

.head > * {
  margin: 0;
}

h2 {
  font-size: 1.0625rem;
}

h3 {
  margin: 0 0 0.5rem;
  font-size: 0.875rem;
}

a {
  color: var(--link);
}

p {
  margin: 0 0 0.5rem;
}

small {
  font-size: 0.75rem;
}

.soft,
small {
  color: var(--soft);
}

pre {
  max-height: 16rem;
  margin: 0 0 0.5rem;
  padding: 0.5rem 0.75rem;
  overflow: auto;
  background: var(--head);
  border: 1px solid var(--line);
  border-radius: 6px;
  font-size: 0.75rem;
  white-space: pre;
}

ul {
  margin: 0 0 0.5rem;
  padding-left: 1.25rem;
}

button {
  padding: 0.2rem 0.7rem;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--head);
  color: inherit;
  font: inherit;
  cursor: pointer;
}

[hidden],
thead [hidden] {
  display: none !important;
}

:focus-visible {
  outline: 2px solid var(--link);
  outline-offset: 2px;
}

.figures {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
  gap: 0.75rem;
  margin: 1rem 0 0.75rem;
  padding: 0;
  list-style: none;
}

.figures a {
  display: block;
  height: 100%;
  padding: 0.5rem 0.9rem 0.6rem;
  border: 1px solid var(--line);
  border-top: 3px solid var(--own);
  border-radius: 6px;
  background: var(--own-soft);
  color: inherit;
  text-decoration: none;
}

.figures a:hover,
#map a:hover {
  text-decoration: underline;
}

.figures b {
  display: block;
  color: var(--own);
  font-size: 1.75rem;
  line-height: 1.2;
}

.figures small {
  display: block;
}

.bar {
  display: block;
  width: 100%;
  height: 0.75rem;
  margin-bottom: 0.5rem;
  border-radius: 6px;
}

rect,
path {
  fill: var(--own);
}

path.unknown {
  fill: none;
  stroke: var(--own);
  stroke-width: 2;
}

path.refused,
path.failed {
  fill: none;
  stroke: var(--own);
  stroke-width: 3;
}

small svg {
  vertical-align: -1px;
  fill: var(--own);
}

#map td svg {
  display: block;
  max-width: 100%;
  height: auto;
  margin-top: 0.2rem;
}

/* The advice comes first for the keyboard, and the figures for the eye. */
.top {
  display: flex;
  flex-direction: column;
}

.top > [aria-label] {
  order: -1;
}

article,
.card {
  margin-bottom: 0.6rem;
  break-inside: avoid;
  padding: 0.5rem 0.9rem;
  border: 1px solid var(--line);
  border-left: 3px solid var(--own);
  border-radius: 6px;
}

article > h3 {
  margin: 0;
  color: var(--own);
}

h3 small {
  font-size: 0.875rem;
  font-weight: normal;
}

/* What it is, its copy button, and what is folded, which takes the whole width when it is open. */
.line {
  display: flex;
  flex-wrap: wrap;
  gap: 0.25rem 0.75rem;
  align-items: center;
}

.line > h3,
.line > .names {
  flex: 1 1 16rem;
}

.line > details[open] {
  flex-basis: 100%;
  min-width: 0;
}

.line summary {
  margin: 0;
  color: var(--soft);
}

.line > small {
  font-size: 0.875rem;
}

.rows {
  margin: 0.4rem 0 0;
  padding: 0;
  border: 1px solid var(--line);
  border-radius: 6px;
  list-style: none;
}

.rows > li {
  padding: 0.3rem 0.6rem;
}

.rows > li + li {
  border-top: 1px solid var(--line);
}

.rows b {
  flex: 0 0 9rem;
}

main > details {
  margin: 0.5rem 1.5rem 0 0;
}

main > details:not([open]) {
  display: inline-block;
}

summary {
  margin-bottom: 0.3rem;
  cursor: pointer;
}

.chips {
  display: flex;
  flex-wrap: wrap;
  gap: 0.3rem;
  padding: 0;
  list-style: none;
}

.chips li {
  display: block;
  padding: 0.05rem 0.6rem;
  border: 1px solid var(--line);
  border-radius: 1rem;
  background: var(--head);
}

.chips a {
  color: inherit;
  text-decoration: none;
}

.code {
  display: flex;
  gap: 0.5rem;
  align-items: start;
}

.code pre {
  flex: 1;
  min-width: 0;
}

.code .copy {
  order: 1;
}

table {
  width: 100%;
  border-collapse: separate;
  border-spacing: 0;
  border: 1px solid var(--line);
  border-radius: 6px;
}

th,
td {
  padding: 0.25rem 0.6rem;
  border-top: 1px solid var(--line);
  font-weight: normal;
  text-align: start;
  vertical-align: top;
}

thead th {
  border-top: 0;
  background: var(--head);
  font-weight: 600;
  overflow-wrap: normal;
}

#pairs {
  table-layout: fixed;
}

@media (min-width: 40.01rem) {
  #map th:first-child {
    width: 20%;
  }

  #pairs thead th {
    position: sticky;
    top: 0;
  }

  #pairs th:nth-child(1) {
    width: 11rem;
  }

  #pairs :is(th:nth-child(2), th:nth-child(5)) {
    width: 17%;
  }

  #pairs th:nth-child(3) {
    width: 11%;
  }
}

tr[class] > td:first-child {
  color: var(--own);
  white-space: nowrap;
}

tbody tr:hover > *,
tr:target > *,
tr:focus > * {
  background: var(--head);
}

#map td[class] {
  background: var(--own-soft);
  color: var(--own);
}

#map td a {
  color: inherit;
  text-decoration: none;
}

#map td a[aria-current] {
  font-weight: 600;
  text-decoration: underline;
}

thead button {
  padding: 0;
  border: 0;
  background: none;
  font-weight: inherit;
}

th[aria-sort='ascending'] button::after {
  content: ' \u25B2';
  content: ' \u25B2' / '';
}

th[aria-sort='descending'] button::after {
  content: ' \u25BC';
  content: ' \u25BC' / '';
}

#tools {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem 1.25rem;
  align-items: center;
}

#filter {
  width: 16rem;
  padding: 0.2rem 0.5rem;
  border: 1px solid var(--soft);
  border-radius: 6px;
  background: var(--page);
  color: inherit;
  font: inherit;
}

/* Until the page's script runs, the browser lays out only what that shows, too: the problems, or else a thousand rows. */
@media screen and (scripting: enabled) {
  #pairs:not(.ready) tbody:not(:first-of-type)[id='state=fine'],
  #pairs:not(.ready) tbody tr:nth-child(n + 1001) {
    display: none;
  }
}

.off {
  display: none;
}

/* As expected, and not asked for. */
.calm {
  display: none;
}

@media screen and (max-width: 40rem) {
  #copy {
    grid-area: 2 / 1;
    justify-self: start;
    margin-top: 0.5rem;
  }

  h1 small {
    display: block;
  }

  body {
    padding: 0.75rem;
  }

  .figures {
    grid-template-columns: repeat(2, 1fr);
    gap: 0.5rem;
  }

  #tools > .soft {
    display: none;
  }

  #filter {
    width: 13rem;
  }

  thead tr {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1rem;
    padding: 0.3rem 0.6rem;
    background: var(--head);
  }

  thead th {
    padding: 0;
  }

  #map thead {
    display: none;
  }

  table,
  thead,
  tbody {
    display: block;
  }

  tbody tr:not(.off, .calm) {
    display: block;
    padding: 0.5rem 0.6rem;
    border-top: 1px solid var(--line);
  }

  tbody :is(th, td) {
    display: block;
    padding: 0;
    border: 0;
  }

  tbody th {
    font-weight: 600;
  }

  tbody :is(td:first-child, th, td:nth-child(3), td:last-child) {
    display: inline-block;
    margin-right: 0.75rem;
  }

  #map :is(td, th) {
    display: block;
    margin-right: 0;
  }

  #map td[data-label]::before {
    color: var(--soft);
    content: attr(data-label) ' ';
    font-weight: normal;
  }

  #jobs td:nth-child(n + 3):not(:last-child)::before {
    color: var(--soft);
    content: 'Clusters ';
  }

  #jobs td:nth-child(4)::before {
    content: 'Drift ';
  }

  #jobs td:nth-child(5)::before {
    content: 'Not checked ';
  }

  #map td {
    margin-top: 0.3rem;
    padding: 0.2rem 0.5rem;
    border-radius: 6px;
  }
}

@page {
  size: A4;
  margin: 12mm;
}

@media print {
  /* A browser repeats a head on each page only if nothing in it is a button. */
  thead button {
    display: contents;
  }

  body {
    display: block;
    max-width: none;
    padding: 0;
    font-size: 9pt;
    print-color-adjust: exact;
  }

  #tools,
  #status,
  #copy,
  .copy,
  .rows .chips,
  .line summary {
    display: none !important;
  }

  pre {
    max-height: none;
    overflow: visible;
    white-space: pre-wrap;
  }

  tr,
  .figures {
    break-inside: avoid;
  }

  h2,
  h3 {
    break-after: avoid;
  }

  details::details-content {
    display: block;
    content-visibility: visible;
  }
}
`,bn=5,v=({pairs:n})=>n.length<bn,$=class{text;constructor(n){this.text=n}};function a(n,...e){return new $(n.map((t,r)=>t+$n(e[r])).join(""))}function $n(n){return n===void 0||n===!1?"":n instanceof $?n.text:typeof n=="number"?String(n):typeof n=="string"?yn(n):n.map(({text:e})=>e).join("")}function yn(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,gn.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function L(n,e){return/^https?:\/\//.test(n)?a`<a href="${n}">${e}</a>`:a`${e}`}var V=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function T(n){return n>0?a`<p>${(0,g.LS)(n,"more is","more are")} in the report file.</p>\n`:a``}function P(n){const{id:e,title:t,note:r,above:o,isWhole:s=!1,columns:i,rows:c}=n,m=i.map(l=>a`<th scope="col">${l}</th>`);return a`<section aria-labelledby="${e}-title">
<div class="head"><h2 id="${e}-title">${t}</h2>${r!==void 0&&a`<p class="soft">${r}.</p>`}</div>
${o}<table id="${e}"${s&&a` class="ready"`}>
<thead><tr>${m}</tr></thead>
${c}</table>
</section>\n`}function Q(n,e,t,r=u.x[n].word){const o=t.map(s=>a`<td>${s}`);return a`<tr class="${n}"><td data-key="${u.x[n].rank}">${u.x[n].mark} ${r}<th scope="row">${e}${o}\n`}var X=({loginServer:n,registry:e})=>n||e,k=({standing:n})=>(0,pn.L4)(n),_n=n=>`${u.x[n].mark} ${u.x[n].word}`,B=Object.keys(u.x);function vn({report:n}){const{pairs:e,findings:t}=n;if(v(n))return a``;const r=(0,E.$z)(e.filter(({target:l})=>l!=="*"),({target:l})=>l.toLowerCase()),o=(0,E.$z)([...r.values()],l=>(0,u.h)(l.map(k)));let s=0;const i=B.flatMap(l=>{const h=o.get(l)?.length??0,p=l==="unknown"&&e.some(({target:w})=>w==="*");if(h===0&&!p)return[];s+=h;const f=p?"and other clusters":l==="fine"&&`of ${(0,g.LS)(r.size,"cluster")}`,M=f!==!1&&a` <small>${f}</small>`;return{item:a`<li class="${l}"><a href="#state=${l}"><b>${h}</b> ${_n(l)}${M}</a>\n`,part:a`<rect class="${l}" x="${s-h}" width="${h}" height="1"/>`}}),c=t.filter(({severity:l})=>l==="warning").length,m=a`<li class="warning"><a href="#warnings"><b>${c}</b> ⚠ ${c===1?"warning":"warnings"}</a>\n`;return a`<section aria-label="At a glance">
<ul class="figures">
${i.map(({item:l})=>l)}${c>0&&m}</ul>
<svg class="bar" viewBox="0 0 ${s} 1" preserveAspectRatio="none" aria-hidden="true">${i.map(({part:l})=>l)}</svg>
</section>\n`}var[kn,xn]=[16,8],En=2e3;function Mn({spots:n,report:e}){const r=new Set(n.map(({target:l,job:h})=>l?.toLowerCase()??`${h}`)).size<=kn,{columns:o,rows:s,legend:i}=(0,O.cx)(n,r?"cluster":"subscription",xn);if(v(e))return a``;const c=!r&&n.length<=En,m=s.map(({name:l,cells:h})=>{const p=w=>w.spots.flatMap(({target:y})=>y?.toLowerCase()??[]),f=[...new Set(h.flatMap(p))].sort((w,y)=>(0,E.yV)((0,_.mp)(w),(0,_.mp)(y))),M=h.map(({text:w,state:y,spots:x},A)=>{if(x.length===0)return a`<td>`;const W=new Map(x.map(D=>[D.target?.toLowerCase(),D.state])),Zn=c&&Ln(f.map(D=>W.get(D)));return a`<td class="${y}" data-label="${o[A]}" data-words="${On(x)}">${w}${Zn}`});return a`<tr><th scope="row">${l||"not known"}${M}\n`});return P({id:"map",title:"Where",...!r&&{note:`Numbers of clusters${c?", and a square for each":""}: ${i}`},columns:[r?"Cluster":"Subscription",...o],rows:a`<tbody>\n${m}</tbody>\n`})}function On(n){const e=(0,E.$z)(n,({state:t})=>t);return B.flatMap(t=>e.has(t)?`${e.get(t)?.length} ${u.x[t].word}`:[]).join(", ")}var S=20,Cn={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"m5 0l5 5l-5 5l-5-5z",refused:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z",remaining:"m3 3h4v4h-4z"};function Ln(n){const e=n.map((s,i)=>({kind:s,at:`M${i%S*13+1} ${Math.floor(i/S)*13+1}`})),t=B.map(s=>{const i=e.filter(c=>c.kind===s).map(({at:c})=>`${c}${Cn[s]}`);return i.length>0?a`<path class="${s}" d="${new $(i.join(""))}"/>`:a``}),r=Math.min(n.length,S)*13,o=Math.ceil(n.length/S)*13;return a`<svg width="${r}" height="${o}" viewBox="0 0 ${r} ${o}" aria-hidden="true">${t}</svg>`}var Tn=5e4,[Pn,Sn,An]=[1e3,60,4e3];function Dn(n){const{report:e,ages:t}=n,{pairs:r}=e;if(r.length===0)return a``;const s=r.toSorted((i,c)=>u.x[k(i)].rank-u.x[k(c)].rank).slice(0,Tn);return P({id:"pairs",title:"Clusters and registries",...Object.keys(t).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},isWhole:v(e),above:!v(e)&&a`<div class="head">${Rn(r.filter(i=>k(i)==="fine").length)}
<p id="status" role="status" class="soft">${(0,g.LS)(s.length,"row")}.</p></div>
${T(r.length-s.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:jn(s,n)})}function Rn(n){return a`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
</div>`}function jn(n,e){const t=Bn(n,e),r=[...(0,E.$z)(n,k)].map(([o,s])=>a`<tbody id="state=${o}">\n${s.map(t)}</tbody>\n`);return a`${r}`}function Bn(n,{report:{subscriptions:e},spots:t,ages:r}){const o=n.length>An?Sn:Pn,s=(0,U.B7)(e),i=(0,K.eZ)(n,s),c=new Map(n.toReversed().map(l=>[(0,_.mp)(l.target),l])),m=new Map(t.map(({target:l="*",registry:h,place:p})=>[(0,O.TN)("",l,h),p]));return l=>{const{target:h}=l,p=(0,O.TN)("",h,X(l)),f=k(l),{mark:M,word:w,rank:y}=u.x[f],x=h!=="*"&&c.get((0,_.mp)(h))===l&&V((0,_.mp)(h)),A=(0,_.RQ)(h)?.resourceGroup,W=[a`<th scope="row">${h==="*"?"other clusters":i(l)}`,a`<td>${(0,un.Wy)(X(l))}`,a`<td>${(0,g.Jj)((0,O.mR)(l,s),o)}${In(r[p])}`,a`<td>${m.get(p)}${A!==void 0&&a` <small>${A}</small>`}`];return a`<tr class="${f}"${x!==!1&&a` id="${x}"`}><td data-key="${y}">${M} ${w}${W}\n`}}function In(n){if(!n)return a``;const e=n.nights.toString(2),t=Array.from(e,(s,i)=>`M${i*4} ${s==="1"?"0v10":"8v2"}h3v-${s==="1"?10:2}z`),r=e.replaceAll("0","").length,o=a` <svg role="img" aria-label="seen on ${(0,g.LS)(r,"night")}" width="${e.length*4}" height="10"><path d="${new $(t.join(""))}"/></svg>`;return a` <small>${n.age}, since ${n.since}${n.nights>0&&o}</small>`}var Z=1e3,q=2e4,Y=100;function Wn(n){const{causes:e,problems:t,report:r}=n;if(e.length+t.length===0)return a``;const[o,s]=zn(e),i={isOpen:v(r),clusters:new Set(r.pairs.map((0,K.eZ)(r.pairs,(0,U.B7)(r.subscriptions)))),ages:n.ages},c=[...o.length>0?[{state:"refused",card:Un(o,i)}]:[],...s.map(l=>({state:l.state,card:Kn(l,i)})),...t.filter(({level:l})=>l==="error").map(l=>({state:l.state,card:Hn(l,i)}))].sort((l,h)=>u.x[l.state].rank-u.x[h.state].rank),m=t.filter(({level:l})=>l!=="error");return a`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
${c.map(({card:l})=>l)}${m.map(Nn)}</section>\n`}function zn(n){const e=n.filter(({state:t,role:r})=>t==="refused"&&r!=="");return e.flatMap(({names:t})=>t).length<2?[[],n]:[e,n.filter(t=>!e.includes(t))]}function Un(n,e){const t=new Set(n.map(({role:i})=>i)),r=new Set(n.flatMap(i=>i.names)),o=n.some(({advice:i})=>i.some(({commands:c})=>c.length>0)),s=n.map(i=>{const{registry:c,role:m,list:l}=i,[h]=i.keys.flatMap(p=>e.ages[p]??[]).sort((p,f)=>p.since<f.since?-1:1);return a`<li class="line"><b>${c}${t.size>1&&` (${m})`}</b><span class="names">${l||i.names.join(", ")}</span>${h&&a`<small>${h.age}</small>`}
${tn(a`${rn(i.names,e)}${i.advice.map(I)}`,i.advice,e)}\n`});return a`<article class="refused">
<h3>${u.x.refused.mark} ${t.size===1?[...t].join():"A pull role"} is missing for ${(0,g.LS)(r.size,"cluster")}</h3>
<p><b>The same step with mode: attach assigns ${n.length>1?"all of them":"it"}.</b>${o&&` Or by hand${n.length>1?", with one command per registry":""}:`}</p>
<ul class="rows">\n${s}</ul>\n</article>\n`}function Kn(n,e){const{state:t,role:r,title:o,names:s,details:i,advice:c}=n,m=i.map(f=>a`<p>${(0,b.cv)(f.said)}${f.answer}</p>\n`),l=s.length>1?rn(s,e):a``,h=r!==""?"The same step with mode: attach assigns it.":e.isOpen?"":en(c),p=c.map(f=>I(f.text===h?{...f,text:""}:f));return nn({state:t,title:o,short:h,advice:c,body:a`${l}${p}${m}`},e)}function nn(n,e){const{state:t,title:r,short:o,advice:s,body:i}=n;return a`<article class="${t} line">
<h3>${u.x[t].mark} ${r}${o!==""&&a` <small>· ${(0,b.pQ)(o)}</small>`}</h3>
${tn(i,s,e)}</article>\n`}function en([n]){const{text:e="",short:t="",commands:r=[],block:o}=n??{};return t||(r.length>0||o||e.includes(`
`)?"":e)}function tn(n,e,{isOpen:t}){if(n.text.trim()==="")return a``;const r=e.some(({commands:o})=>o.length>0)?"Command":"In full";return a`<details${t&&a` open`}><summary>${r}</summary>\n${n}</details>\n`}function rn(n,{clusters:e}){const t=n.slice(0,Y).map(r=>a`<li>${e.has(r)?a`<a href="#${V(r)}">${r}</a>`:r}\n`);return a`<ul class="chips">\n${t}</ul>\n${T(n.length-Y)}`}function Hn(n,e){const{state:t,said:r,code:o,link:s,advice:i}=n,c=a`${an(n)}<p>${L(s,o)}</p>\n`,m=e.isOpen?"":r.brief??en(i);return nn({state:t,title:(0,C.GM)(t==="unknown"?{what:r.what}:r),short:m,advice:i,body:c},e)}function Nn(n,e){const{mark:t,code:r,subject:o="",others:s}=n,i=o&&` \xB7 ${o}`,c=s.length>0&&` and ${s.length} more`;return a`<details class="card warning"${e===0&&a` id="warnings"`}><summary>${t} ${r}${i}${c}</summary>\n${an(n)}</details>\n`}function an({said:n,answer:e,advice:t,others:r}){const o=r.map(b.cv),s=o.length>0&&sn(`${o.length} more like it`,o);return a`<p>${(0,b.cv)(n)}${e}</p>\n${t.map(I)}${s}`}function I({text:n,block:e,commands:t,caution:r}){const s=n.split(`
`).filter(Boolean).map(c=>a`<p>${Fn(c)}</p>\n`),i=a`${s}${e&&on(e.lines)}${t.length>0&&on(t.map(b.MG))}`;return r===void 0?i:a`<details><summary>${r}</summary>\n${i}</details>\n`}function Fn(n){const{name:e,url:t}=(0,g.xh)(),[r="",...o]=n.split(t);return o.length>0?a`${r}${L(t,e)}${o.join(t)}`:a`${n}`}function on(n){const e=n.flatMap(t=>t.split(`
`)).map(t=>a`${t}\n`);return a`<div class="code"><pre tabindex="0">${e}</pre></div>\n`}function sn(n,e){const t=e.slice(0,Z).map(r=>a`<li>${r}\n`);return a`<details><summary>${n}</summary>
<ul>
${t}</ul>
${T(e.length-Z)}</details>\n`}function Jn(n){const{mode:e,unknown:t,notes:r}=n,o=(0,z.Xq)(n),s=c=>e==="merge"?`${o(c)}: `:"",i=[[t.map(({subject:c,message:m})=>`${s(c)}${m}`),"item could not be checked","items could not be checked"],[r,"note","notes"]];return a`${i.map(([c,m,l])=>c.length>0?sn((0,g.LS)(c.length,m,l),c):a``)}`}function Gn(n){if(n.length===0)return a``;const e=P({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:t,name:r,clusters:o,drifted:s,unchecked:i,gap:c})=>Q(t,r,[o,s,i,c]))});return n.some(({gap:t})=>t!=="")?e:a`<details><summary>${(0,g.LS)(n.length,"job")}, all complete</summary>\n${e}</details>\n`}function Vn({images:n,manifests:e}){const t=[...n.map(({image:r,name:o,source:s,...i})=>({...i,image:r??o,source:s})),...e.map(({file:r,resource:o,...s})=>({...s,source:`${r}: ${o}`}))].sort((r,o)=>u.x[r.state].rank-u.x[o.state].rank);return t.length===0?a``:P({id:"images",title:"Images",above:T(t.length-q),columns:["State","Image","From","Why"],rows:t.slice(0,q).map(({state:r,status:o,image:s,source:i,error:c})=>Q(r,s,[i,c?`${c.code}: ${(0,b.cv)(c.said)}`:""],o))})}function Qn({errors:n,...e},t){const r=[...(0,C.Uh)(n),...(0,C.Uh)((0,z.WX)(e.report))],o={...e,problems:r,run:(0,g.xh)()};try{const s=(0,F.join)((0,fn.P)(),"attach-acr-report.html");(0,N.writeFileSync)(s,Xn(JSON.parse((0,wn.Kp)(JSON.stringify(o))))),(0,C.uH)("report-html-file",s),t.line(`html report  ${s}`)}catch(s){(0,mn.fz)("warning",`The HTML report could not be written: ${(0,b.bD)(s)}`,"attach-acr")}}function Xn(n){const{headline:e,worst:t,change:r,report:o,jobs:s,run:i,at:c,issue:m}=n,l=t!==""&&!v(o)?t:e,h=["default-src 'none'",`style-src '${ln(G)}'`,`script-src '${ln(J)}'`,"base-uri 'none'","form-action 'none'"].join("; "),p=new Date(c).toISOString(),{text:f}=a(hn||(hn=dn([`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="`,`" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>`,`</title>
        <style>`,`</style>
      </head>
      <body>
        <a class="skip" href="#found">To what was found</a>
        <header>
          <h1>`,"",`</h1>
          <p class="soft">
            `,"",` \xB7
            <time datetime="`,'">'," UTC</time> \xB7 attach-acr ","",`
          </p>
        </header>
        <main id="found">
          <div class="top">`," ",`</div>
          `," "," ",`
          `," ",`
        </main>
        <button type="button" id="copy" hidden>Copy as Markdown</button>
        <script>`,`<\/script>
      </body>
    </html>
`])),new $(h),e,new $(G),l,r!==""&&a` <small>${r}</small>`,o.mode,i.name!==""&&a` · ${L(i.url,i.name)}`,p,p.slice(0,16).replace("T"," "),g.rE,m&&a` · drift issue ${L(m.url,m.name)}`,Wn(n),vn(n),Mn(n),Dn(n),Vn(o),Gn(s),Jn(o),new $(J));return f}var ln=n=>`sha256-${(0,H.createHash)("sha256").update(n).digest("base64")}`})};
