"use strict";var en=Object.freeze,Gn=Object.defineProperty;var tn=(S,A)=>en(Gn(S,"raw",{value:en(A||S.slice())}));var rn;const nodeRequire=require;exports.id="html-report",exports.ids=["html-report"],exports.modules={3716:(function(S,A,f){f.d(A,{writeHtmlReport:()=>Fn});var D=f(6718),an=f(9475),on=f(350),m=f(8575),g=f(6488),sn=f(3645),ln=f(3420),k=f(5871),Zn=f(5138),Qn=f(4368),y=f(4921),qn=f(6642),cn=f(1365),Xn=f(8910),b=f(9969),dn=f(2004),Yn=f(5248),W=f(7598),ne=f.n(W),z=f(3024),ee=f.n(z),U=f(6760),te=f.n(U);const re=null;var K=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
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

  for (const block of document.querySelectorAll('pre')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'copy'
    button.textContent = 'Copy'
    copies(button, () => block.textContent)
    block.before(button)
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
  const keys = find('#keys')
  const more = find('#more')
  const clear = find('#clear')
  if (
    tools &&
    more &&
    clear &&
    pairs instanceof HTMLTableElement &&
    words instanceof HTMLInputElement &&
    fine instanceof HTMLInputElement &&
    keys instanceof HTMLInputElement
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

    /** The next problem below the focus, or else the first. */
    const next = () => {
      const shown = rowsOf(pairs).filter(row => !/fine|off|calm/.test(row.className))
      const at = shown.findIndex(row => row === document.activeElement)
      const row = shown[(at + 1) % shown.length]
      if (!row) return
      row.tabIndex = -1
      row.focus()
      row.scrollIntoView({ block: 'nearest' })
    }

    const toggle = () => {
      fine.checked = !fine.checked
      filter()
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
    document.addEventListener('keydown', event => {
      const isTyping = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox'
      if (event.key === 'Escape') return showAll()
      if (isTyping || !keys.checked || event.ctrlKey || event.metaKey || event.altKey) return
      const act = { '/': () => words.focus(), n: next, t: toggle }[event.key]
      if (!act) return
      event.preventDefault()
      act()
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
          [...card.querySelectorAll('.chips a')].map(chip => escape(textOf(chip))).join(', '),
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
`,H=`:root {
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

header {
  display: flex;
  flex-wrap: wrap;
  gap: 0.25rem 1rem;
  align-items: start;
}

h1 {
  flex: 1 1 20rem;
  margin: 0;
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
.skip:not(:focus) {
  position: absolute;
  left: -100vw;
}

header p {
  flex-basis: 100%;
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

kbd {
  padding: 0 0.35em;
  border: 1px solid var(--line);
  border-radius: 4px;
  font-size: 0.75rem;
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

.cards {
  columns: 2 28rem;
  column-gap: 0.75rem;
}

article,
.card {
  margin-bottom: 0.75rem;
  break-inside: avoid;
  padding: 0.6rem 0.9rem 0.3rem;
  border: 1px solid var(--line);
  border-left: 3px solid var(--own);
  border-radius: 6px;
}

article > h3 {
  color: var(--own);
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

dt {
  font-weight: 600;
}

dd {
  margin: 0 0 0.5rem;
}

.code {
  position: relative;
}

.code pre {
  padding-right: 4rem;
}

.copy {
  position: absolute;
  top: 0.3rem;
  right: 0.3rem;
  padding: 0 0.5rem;
  background: var(--page);
  font-size: 0.75rem;
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
    width: 8rem;
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
    max-width: none;
    padding: 0;
    font-size: 9pt;
    print-color-adjust: exact;
  }

  #tools,
  #status,
  header button,
  .copy {
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
`,$=class{text;constructor(n){this.text=n}};function a(n,...e){return new $(n.map((r,t)=>r+hn(e[t])).join(""))}function hn(n){return n===void 0||n===!1?"":n instanceof $?n.text:typeof n=="number"?String(n):typeof n=="string"?pn(n):n.map(({text:e})=>e).join("")}function pn(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,dn.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function M(n,e){return/^https?:\/\//.test(n)?a`<a href="${n}">${e}</a>`:a`${e}`}var N=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function L(n){return n>0?a`<p>${(0,g.LS)(n,"more is","more are")} in the report file.</p>\n`:a``}function O(n){const{id:e,title:r,note:t,above:s,isWhole:o=!1,columns:i,rows:l}=n,h=i.map(c=>a`<th scope="col">${c}</th>`);return a`<section aria-labelledby="${e}-title">
<div class="head"><h2 id="${e}-title">${r}</h2>${t!==void 0&&a`<p class="soft">${t}.</p>`}</div>
${s}<table id="${e}"${o&&a` class="ready"`}>
<thead><tr>${h}</tr></thead>
${l}</table>
</section>\n`}function F(n,e,r,t=m.xP[n].word){const s=r.map(o=>a`<td>${o}`);return a`<tr class="${n}"><td data-key="${m.xP[n].rank}">${m.xP[n].mark} ${t}<th scope="row">${e}${s}\n`}var J=({loginServer:n,registry:e})=>n||e,mn=n=>`${m.xP[n].mark} ${m.xP[n].word}`,B=Object.keys(m.xP),fn=5,x=({pairs:n})=>n.length<fn;function un({report:n}){const{pairs:e,findings:r}=n;if(x(n))return a``;const t=(0,b.$z)(e.filter(({target:c})=>c!=="*"),({target:c})=>c.toLowerCase()),s=(0,b.$z)([...t.values()],c=>(0,m.hm)(c.map(m.L4)));let o=0;const i=B.flatMap(c=>{const p=s.get(c)?.length??0,d=c==="unknown"&&e.some(({target:w})=>w==="*");if(p===0&&!d)return[];o+=p;const u=d?"and other clusters":c==="fine"&&`of ${(0,g.LS)(t.size,"cluster")}`,E=u!==!1&&a` <small>${u}</small>`;return{item:a`<li class="${c}"><a href="#state=${c}"><b>${p}</b> ${mn(c)}${E}</a>\n`,part:a`<rect class="${c}" x="${o-p}" width="${p}" height="1"/>`}}),l=r.filter(({severity:c})=>c==="warning").length,h=a`<li class="warning"><a href="#warnings"><b>${l}</b> ⚠ ${l===1?"warning":"warnings"}</a>\n`;return a`<section aria-label="At a glance">
<ul class="figures">
${i.map(({item:c})=>c)}${l>0&&h}</ul>
<svg class="bar" viewBox="0 0 ${o} 1" preserveAspectRatio="none" aria-hidden="true">${i.map(({part:c})=>c)}</svg>
</section>\n`}var[gn,wn]=[16,8],bn=2e3;function $n({spots:n,report:e}){const t=new Set(n.map(({target:c,job:p})=>c?.toLowerCase()??`${p}`)).size<=gn,{columns:s,rows:o,legend:i}=(0,D.cx)(n,t?"cluster":"subscription",wn);if(x(e))return a``;const l=!t&&n.length<=bn,h=o.map(({name:c,cells:p})=>{const d=w=>w.spots.flatMap(({target:v})=>v?.toLowerCase()??[]),u=[...new Set(p.flatMap(d))].sort((w,v)=>(0,b.yV)((0,y.mp)(w),(0,y.mp)(v))),E=p.map(({text:w,state:v,spots:_},C)=>{if(_.length===0)return a`<td>`;const j=new Map(_.map(T=>[T.target?.toLowerCase(),T.state])),Vn=l&&kn(u.map(T=>j.get(T)));return a`<td class="${v}" data-label="${s[C]}" data-words="${yn(_)}">${w}${Vn}`});return a`<tr><th scope="row">${c||"not known"}${E}\n`});return O({id:"map",title:"Where",...!t&&{note:`Numbers of clusters${l?", and a square for each":""}: ${i}`},columns:[t?"Cluster":"Subscription",...s],rows:a`<tbody>\n${h}</tbody>\n`})}function yn(n){const e=(0,b.$z)(n,({state:r})=>r);return B.flatMap(r=>e.has(r)?`${e.get(r)?.length} ${m.xP[r].word}`:[]).join(", ")}var P=20,vn={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"m5 0l5 5l-5 5l-5-5z",refused:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z"};function kn(n){const e=n.map((o,i)=>({kind:o,at:`M${i%P*13+1} ${Math.floor(i/P)*13+1}`})),r=B.map(o=>{const i=e.filter(l=>l.kind===o).map(({at:l})=>`${l}${vn[o]}`);return i.length>0?a`<path class="${o}" d="${new $(i.join(""))}"/>`:a``}),t=Math.min(n.length,P)*13,s=Math.ceil(n.length/P)*13;return a`<svg width="${t}" height="${s}" viewBox="0 0 ${t} ${s}" aria-hidden="true">${r}</svg>`}var _n=5e4,xn=[1e3,400,160,60],En=450,Mn=45e5;function Ln(n){const{report:e,ages:r}=n,{pairs:t}=e;if(t.length===0)return a``;const o=t.toSorted((i,l)=>m.xP[(0,m.L4)(i)].rank-m.xP[(0,m.L4)(l)].rank).slice(0,_n);return O({id:"pairs",title:"Clusters and registries",...Object.keys(r).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},isWhole:x(e),above:!x(e)&&a`<div class="head">${On(t.filter(i=>(0,m.L4)(i)==="fine").length)}
<p id="status" role="status" class="soft">${(0,g.LS)(o.length,"row")}.</p></div>
${L(t.length-o.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:Pn(o,n)})}function On(n){return a`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
<span class="soft"><label><input id="keys" type="checkbox" checked> Keys:</label> <kbd>/</kbd> filter <kbd>n</kbd> next problem <kbd>t</kbd> also as expected</span>
</div>`}function Pn(n,e){const r=(0,b.$z)(n,m.L4),t=Cn(n,e),s=Math.max(Mn,n.length*En);let o="";for(const i of xn){const l=[...r].map(([h,c])=>a`<tbody id="state=${h}">\n${c.map(p=>t(p,i))}</tbody>\n`);if(o=a`${l}`.text,Buffer.byteLength(o)<=s)break}return new $(o)}function Cn(n,{report:{subscriptions:e},spots:r,ages:t}){const s=(0,k.B7)(e),o=(0,k.eZ)(n,s),i=new Map(n.toReversed().map(h=>[(0,y.mp)(h.target),h])),l=new Map(r.map(({target:h="*",registry:c,place:p})=>[(0,m.TN)("",h,c),p]));return(h,c)=>{const{target:p}=h,d=(0,m.TN)("",p,J(h)),u=(0,m.L4)(h),{mark:E,word:w,rank:v}=m.xP[u],_=p!=="*"&&i.get((0,y.mp)(p))===h&&N((0,y.mp)(p)),C=(0,y.RQ)(p)?.resourceGroup,j=[a`<th scope="row">${p==="*"?"other clusters":o(h)}`,a`<td>${(0,ln.Wy)(J(h))}`,a`<td>${(0,g.Jj)(Sn(h,s),c)}${Tn(t[d])}`,a`<td>${l.get(d)}${C!==void 0&&a` <small>${C}</small>`}`];return a`<tr class="${u}"${_!==!1&&a` id="${_}"`}><td data-key="${v}">${E} ${w}${j}\n`}}function Tn(n){if(!n)return a``;const e=n.nights.toString(2),r=Array.from(e,(o,i)=>`M${i*4} ${o==="1"?"0v10":"8v2"}h3v-${o==="1"?10:2}z`),t=e.replaceAll("0","").length,s=a` <svg role="img" aria-label="seen on ${(0,g.LS)(t,"night")}" width="${e.length*4}" height="10"><path d="${new $(r.join(""))}"/></svg>`;return a` <small>since ${n.since}${n.nights>0&&s}</small>`}function Sn(n,e){const{error:r,lacks:t,role:s,grantedBy:o,scope:i,verified:l,pulls:h}=n;if(r)return`${r.code}: ${(0,k.Li)(r.reason??r.message)}`;const c=o===null||o==="direct"?"":(0,k.B6)(o,i??"",e);if(t.length>0)return[...t.map(({message:d})=>d),c].filter(Boolean).join("; ");const p=l==="pull"?`pulled${An(h)}`:"";return[s&&`${s} ${c||"assigned"}`,p].filter(Boolean).join("; ")}function An(n){return n.length===0||n.some(({layers:e})=>e==="fetched")?"":n.every(({layers:e})=>e==="on-node")?" (role only)":" (layers not known)"}var V=1e3,G=2e4,Z=100;function Dn(n){const{causes:e,problems:r,report:t,ages:s}=n;if(e.length+r.length===0)return a``;const o=new Set(t.pairs.map((0,k.eZ)(t.pairs,(0,k.B7)(t.subscriptions)))),i=Bn(t),l=e.filter(({state:d,role:u})=>d==="refused"&&u!==""),h=e.filter(d=>l.length<2||!l.includes(d)),c=[...l.length>1?[{state:"refused",card:Rn(l,o,s)}]:[],...h.map(d=>({state:d.state,card:jn(d,o)})),...r.filter(({level:d})=>d==="error").map(d=>{const u=i.has(d.code)||t.mode==="merge"?"unknown":"failed";return{state:u,card:Wn(d,u)}})].sort((d,u)=>m.xP[d.state].rank-m.xP[u.state].rank),p=r.filter(({level:d})=>d!=="error");return a`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
<div class="cards">
${c.map(({card:d})=>d)}${p.map(zn)}</div>
</section>\n`}function Bn({pairs:n,images:e,manifests:r,workloads:t}){const s=[...n,...r].filter(({status:l})=>l==="unknown"),o=e.filter(({status:l})=>l==="failed"||l==="unknown"),i=[...s,...o].flatMap(({error:l})=>l?.code??[]);return new Set([...i,...(t??[]).flatMap(({errorCode:l})=>l??[])])}function Rn(n,e,r){const t=new Set(n.map(({role:i})=>i)),s=new Set(n.flatMap(i=>i.names)),o=n.map(({registry:i,names:l,keys:h,advice:c})=>{const[p]=h.flatMap(u=>r[u]?.since??[]).sort(),d=p!==void 0&&a`<small>since ${p}</small>`;return a`<dt>${i} ${d}<dd>${Q(l,e)}${c.map(R)}\n`});return a`<article class="refused">
<h3>${m.xP.refused.mark} ${t.size===1?[...t].join():"A pull role"} is missing for ${(0,g.LS)(s.size,"cluster")}</h3>
<p><b>${In}</b> Or by hand, registry by registry:</p>
<dl>\n${o}</dl>\n</article>\n`}var In="The same step with mode: attach assigns all of them.";function jn(n,e){const{state:r,role:t,text:s,names:o,details:i,advice:l}=n,h=i.map(({message:d,answer:u})=>`${d}${u}`),c=l.some(({commands:d})=>d.length>0),p=t!==""&&a`<p><b>The same step with mode: attach assigns it.</b>${c&&" Or by hand:"}</p>\n`;return a`<article class="${r}">
<h3>${m.xP[r].mark} ${s}</h3>
${Q(o,e)}${p}${l.map(R)}${h.length>0&&I("In full",h)}</article>\n`}function Q(n,e){if(n.length===0)return a``;const r=n.slice(0,Z).map(t=>a`<li>${e.has(t)?a`<a href="#${N(t)}">${t}</a>`:t}\n`);return a`<ul class="chips">\n${r}</ul>\n${L(n.length-Z)}`}function Wn(n,e){const{link:r,code:t}=n;return a`<article class="${e}">\n<h3>${m.xP[e].mark} ${M(r,t)}</h3>\n${q(n)}</article>\n`}function zn(n,e){const{mark:r,code:t,subject:s="",others:o}=n,i=s&&` \xB7 ${(0,y.mp)(s)}`,l=o.length>0&&` and ${o.length} more`;return a`<details class="card warning"${e===0&&a` id="warnings"`}><summary>${r} ${t}${i}${l}</summary>\n${q(n)}</details>\n`}function q({message:n,answer:e,parts:r,others:t}){const s=t.map(i=>i.message),o=s.length>0&&I(`${s.length} more like it`,s);return a`<p>${n}${e}</p>\n${r.map(R)}${o}`}function R({text:n,block:e,commands:r,caution:t}){const o=n.split(`
`).filter(Boolean).map(l=>a`<p>${Un(l)}</p>\n`),i=a`${o}${e&&X(e.lines)}${r.length>0&&X(r.map(b.MG))}`;return t===void 0?i:a`<details><summary>${t}</summary>\n${i}</details>\n`}function Un(n){const{name:e,url:r}=(0,g.xh)(),[t="",...s]=n.split(r);return s.length>0?a`${t}${M(r,e)}${s.join(r)}`:a`${n}`}function X(n){const e=n.flatMap(r=>r.split(`
`)).map(r=>a`${r}\n`);return a`<div class="code"><pre tabindex="0">${e}</pre></div>\n`}function I(n,e){const r=e.slice(0,V).map(t=>a`<li>${t}\n`);return a`<details><summary>${n}</summary>
<ul>
${r}</ul>
${L(e.length-V)}</details>\n`}function Kn({unknown:n,notes:e}){const r=[[n.map(({message:t})=>t),"item could not be checked","items could not be checked"],[e,"note","notes"]];return a`${r.map(([t,s,o])=>t.length>0?I((0,g.LS)(t.length,s,o),t):a``)}`}function Hn(n){if(n.length===0)return a``;const e=O({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:r,name:t,clusters:s,drifted:o,unchecked:i,gap:l})=>F(r,t,[s,o,i,l]))});return n.some(({gap:r})=>r!=="")?e:a`<details><summary>${(0,g.LS)(n.length,"job")}, all complete</summary>\n${e}</details>\n`}function Nn({images:n,manifests:e}){const r=[...n.map(({image:t,name:s,source:o,status:i,digest:l,error:h})=>({image:t??s,source:o,status:i,error:h,state:Y(i,l!==null)})),...e.map(({image:t,file:s,resource:o,status:i,error:l})=>({image:t,source:`${s}: ${o}`,status:i,error:l,state:Y(i,i==="present")}))].sort((t,s)=>m.xP[t.state].rank-m.xP[s.state].rank);return r.length===0?a``:O({id:"images",title:"Images",above:L(r.length-G),columns:["State","Image","From","Why"],rows:r.slice(0,G).map(({state:t,status:s,image:o,source:i,error:l})=>F(t,o,[i,l?`${l.code}: ${l.message}`:""],s))})}function Y(n,e){return n==="missing"||n==="locked"?"refused":n==="failed"?"failed":n==="imported"||n==="present"&&e?"fine":"unknown"}function Fn({errors:n,...e},r){const t=[...(0,D.Uh)(n),...(0,D.Uh)(e.report.findings)].map(({advice:o,...i})=>({...i,parts:(0,b.CI)(o)})),s={...e,problems:t,run:(0,g.xh)()};try{const o=(0,U.join)((0,sn.P)(),"attach-acr-report.html");(0,z.writeFileSync)(o,Jn(JSON.parse((0,cn.K)(JSON.stringify(s))))),(0,an.u)("report-html-file",o),r.line(`html report  ${o}`)}catch(o){(0,on.fz)("warning",`The HTML report could not be written: ${(0,b.bD)(o)}`,"attach-acr")}}function Jn(n){const{headline:e,worst:r,change:t,report:s,jobs:o,run:i,at:l,issue:h}=n,c=r!==""&&!x(s)?r:e,p=["default-src 'none'",`style-src '${nn(H)}'`,`script-src '${nn(K)}'`,"base-uri 'none'","form-action 'none'"].join("; "),d=new Date(l).toISOString(),{text:u}=a(rn||(rn=tn([`<!doctype html>
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
          <button type="button" id="copy" hidden>Copy as Markdown</button>
          <p class="soft">
            `,"",` \xB7
            <time datetime="`,'">'," UTC</time> \xB7 attach-acr ","",`
          </p>
        </header>
        <main id="found">
          `," "," "," "," ",`
          `," ",`
        </main>
        <script>`,`<\/script>
      </body>
    </html>
`])),new $(p),e,new $(H),c,t!==""&&a` <small>${t}</small>`,s.mode,i.name!==""&&a` · ${M(i.url,i.name)}`,d,d.slice(0,16).replace("T"," "),g.rE,h&&a` · drift issue ${M(h.url,h.name)}`,un(n),Dn(n),$n(n),Ln(n),Nn(s),Hn(o),Kn(s),new $(K));return u}var nn=n=>`sha256-${(0,W.createHash)("sha256").update(n).digest("base64")}`})};
