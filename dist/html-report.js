"use strict";var on=Object.freeze,Jn=Object.defineProperty;var sn=(A,D)=>on(Jn(A,"raw",{value:on(D||A.slice())}));var ln;const nodeRequire=require;exports.id="html-report",exports.ids=["html-report"],exports.modules={3716:(function(A,D,h){h.d(D,{writeHtmlReport:()=>Kn});var M=h(8575),R=h(9475),cn=h(350),m=h(3721),g=h(6488),dn=h(3645),U=h(1238),hn=h(3420),H=h(5871),b=h(4921),Vn=h(6642),Gn=h(8910),I=h(9969),x=h(8378),K=h(2198),Zn=h(5248),N=h(7598),qn=h.n(N),F=h(3024),Qn=h.n(F),J=h(6760),Xn=h.n(J);const Yn=null;var V=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
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
`,$=class{text;constructor(n){this.text=n}};function r(n,...t){return new $(n.map((a,e)=>a+pn(t[e])).join(""))}function pn(n){return n===void 0||n===!1?"":n instanceof $?n.text:typeof n=="number"?String(n):typeof n=="string"?mn(n):n.map(({text:t})=>t).join("")}function mn(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,K.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function O(n,t){return/^https?:\/\//.test(n)?r`<a href="${n}">${t}</a>`:r`${t}`}var Z=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function L(n){return n>0?r`<p>${(0,g.LS)(n,"more is","more are")} in the report file.</p>\n`:r``}function P(n){const{id:t,title:a,note:e,above:s,isWhole:o=!1,columns:i,rows:d}=n,f=i.map(l=>r`<th scope="col">${l}</th>`);return r`<section aria-labelledby="${t}-title">
<div class="head"><h2 id="${t}-title">${a}</h2>${e!==void 0&&r`<p class="soft">${e}.</p>`}</div>
${s}<table id="${t}"${o&&r` class="ready"`}>
<thead><tr>${f}</tr></thead>
${d}</table>
</section>\n`}function q(n,t,a,e=m.xP[n].word){const s=a.map(o=>r`<td>${o}`);return r`<tr class="${n}"><td data-key="${m.xP[n].rank}">${m.xP[n].mark} ${e}<th scope="row">${t}${s}\n`}var Q=({loginServer:n,registry:t})=>n||t,v=({standing:n})=>(0,m.L4)(n),fn=n=>`${m.xP[n].mark} ${m.xP[n].word}`,B=Object.keys(m.xP),un=5,_=({pairs:n})=>n.length<un;function gn({report:n}){const{pairs:t,findings:a}=n;if(_(n))return r``;const e=(0,x.$z)(t.filter(({target:l})=>l!=="*"),({target:l})=>l.toLowerCase()),s=(0,x.$z)([...e.values()],l=>(0,m.hm)(l.map(v)));let o=0;const i=B.flatMap(l=>{const c=s.get(l)?.length??0,p=l==="unknown"&&t.some(({target:w})=>w==="*");if(c===0&&!p)return[];o+=c;const u=p?"and other clusters":l==="fine"&&`of ${(0,g.LS)(e.size,"cluster")}`,E=u!==!1&&r` <small>${u}</small>`;return{item:r`<li class="${l}"><a href="#state=${l}"><b>${c}</b> ${fn(l)}${E}</a>\n`,part:r`<rect class="${l}" x="${o-c}" width="${c}" height="1"/>`}}),d=a.filter(({severity:l})=>l==="warning").length,f=r`<li class="warning"><a href="#warnings"><b>${d}</b> ⚠ ${d===1?"warning":"warnings"}</a>\n`;return r`<section aria-label="At a glance">
<ul class="figures">
${i.map(({item:l})=>l)}${d>0&&f}</ul>
<svg class="bar" viewBox="0 0 ${o} 1" preserveAspectRatio="none" aria-hidden="true">${i.map(({part:l})=>l)}</svg>
</section>\n`}var[wn,bn]=[16,8],$n=2e3;function yn({spots:n,report:t}){const e=new Set(n.map(({target:l,job:c})=>l?.toLowerCase()??`${c}`)).size<=wn,{columns:s,rows:o,legend:i}=(0,M.cx)(n,e?"cluster":"subscription",bn);if(_(t))return r``;const d=!e&&n.length<=$n,f=o.map(({name:l,cells:c})=>{const p=w=>w.spots.flatMap(({target:y})=>y?.toLowerCase()??[]),u=[...new Set(c.flatMap(p))].sort((w,y)=>(0,x.yV)((0,b.mp)(w),(0,b.mp)(y))),E=c.map(({text:w,state:y,spots:k},T)=>{if(k.length===0)return r`<td>`;const z=new Map(k.map(S=>[S.target?.toLowerCase(),S.state])),Fn=d&&xn(u.map(S=>z.get(S)));return r`<td class="${y}" data-label="${s[T]}" data-words="${vn(k)}">${w}${Fn}`});return r`<tr><th scope="row">${l||"not known"}${E}\n`});return P({id:"map",title:"Where",...!e&&{note:`Numbers of clusters${d?", and a square for each":""}: ${i}`},columns:[e?"Cluster":"Subscription",...s],rows:r`<tbody>\n${f}</tbody>\n`})}function vn(n){const t=(0,x.$z)(n,({state:a})=>a);return B.flatMap(a=>t.has(a)?`${t.get(a)?.length} ${m.xP[a].word}`:[]).join(", ")}var C=20,kn={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"m5 0l5 5l-5 5l-5-5z",refused:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z",remaining:"m3 3h4v4h-4z"};function xn(n){const t=n.map((o,i)=>({kind:o,at:`M${i%C*13+1} ${Math.floor(i/C)*13+1}`})),a=B.map(o=>{const i=t.filter(d=>d.kind===o).map(({at:d})=>`${d}${kn[o]}`);return i.length>0?r`<path class="${o}" d="${new $(i.join(""))}"/>`:r``}),e=Math.min(n.length,C)*13,s=Math.ceil(n.length/C)*13;return r`<svg width="${e}" height="${s}" viewBox="0 0 ${e} ${s}" aria-hidden="true">${a}</svg>`}var _n=5e4,[En,Mn,On]=[1e3,60,4e3];function Ln(n){const{report:t,ages:a}=n,{pairs:e}=t;if(e.length===0)return r``;const o=e.toSorted((i,d)=>m.xP[v(i)].rank-m.xP[v(d)].rank).slice(0,_n);return P({id:"pairs",title:"Clusters and registries",...Object.keys(a).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},isWhole:_(t),above:!_(t)&&r`<div class="head">${Pn(e.filter(i=>v(i)==="fine").length)}
<p id="status" role="status" class="soft">${(0,g.LS)(o.length,"row")}.</p></div>
${L(e.length-o.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:Cn(o,n)})}function Pn(n){return r`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
<span class="soft"><label><input id="keys" type="checkbox" checked> Keys:</label> <kbd>/</kbd> filter <kbd>n</kbd> next problem <kbd>t</kbd> also as expected</span>
</div>`}function Cn(n,t){const a=Tn(n,t),e=[...(0,x.$z)(n,v)].map(([s,o])=>r`<tbody id="state=${s}">\n${o.map(a)}</tbody>\n`);return r`${e}`}function Tn(n,{report:{subscriptions:t},spots:a,ages:e}){const s=n.length>On?Mn:En,o=(0,U.B7)(t),i=(0,H.eZ)(n,o),d=new Map(n.toReversed().map(l=>[(0,b.mp)(l.target),l])),f=new Map(a.map(({target:l="*",registry:c,place:p})=>[(0,M.TN)("",l,c),p]));return l=>{const{target:c}=l,p=(0,M.TN)("",c,Q(l)),u=v(l),{mark:E,word:w,rank:y}=m.xP[u],k=c!=="*"&&d.get((0,b.mp)(c))===l&&Z((0,b.mp)(c)),T=(0,b.RQ)(c)?.resourceGroup,z=[r`<th scope="row">${c==="*"?"other clusters":i(l)}`,r`<td>${(0,hn.Wy)(Q(l))}`,r`<td>${(0,g.Jj)((0,M.mR)(l,o),s)}${Sn(e[p])}`,r`<td>${f.get(p)}${T!==void 0&&r` <small>${T}</small>`}`];return r`<tr class="${u}"${k!==!1&&r` id="${k}"`}><td data-key="${y}">${E} ${w}${z}\n`}}function Sn(n){if(!n)return r``;const t=n.nights.toString(2),a=Array.from(t,(o,i)=>`M${i*4} ${o==="1"?"0v10":"8v2"}h3v-${o==="1"?10:2}z`),e=t.replaceAll("0","").length,s=r` <svg role="img" aria-label="seen on ${(0,g.LS)(e,"night")}" width="${t.length*4}" height="10"><path d="${new $(a.join(""))}"/></svg>`;return r` <small>since ${n.since}${n.nights>0&&s}</small>`}var X=1e3,Y=2e4,nn=100;function An(n){const{causes:t,problems:a,report:e,ages:s}=n;if(t.length+a.length===0)return r``;const o=new Set(e.pairs.map((0,H.eZ)(e.pairs,(0,U.B7)(e.subscriptions)))),i=t.filter(({state:c,role:p})=>c==="refused"&&p!==""),d=t.filter(c=>i.length<2||!i.includes(c)),f=[...i.length>1?[{state:"refused",card:Dn(i,o,s)}]:[],...d.map(c=>({state:c.state,card:In(c,o)})),...a.filter(({level:c})=>c==="error").map(c=>({state:c.state,card:Bn(c)}))].sort((c,p)=>m.xP[c.state].rank-m.xP[p.state].rank),l=a.filter(({level:c})=>c!=="error");return r`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
<div class="cards">
${f.map(({card:c})=>c)}${l.map(jn)}</div>
</section>\n`}function Dn(n,t,a){const e=new Set(n.map(({role:i})=>i)),s=new Set(n.flatMap(i=>i.names)),o=n.map(({registry:i,names:d,keys:f,advice:l})=>{const[c]=f.flatMap(u=>a[u]?.since??[]).sort(),p=c!==void 0&&r`<small>since ${c}</small>`;return r`<dt>${i} ${p}<dd>${en(d,t)}${l.map(j)}\n`});return r`<article class="refused">
<h3>${m.xP.refused.mark} ${e.size===1?[...e].join():"A pull role"} is missing for ${(0,g.LS)(s.size,"cluster")}</h3>
<p><b>${Rn}</b> Or by hand, registry by registry:</p>
<dl>\n${o}</dl>\n</article>\n`}var Rn="The same step with mode: attach assigns all of them.";function In(n,t){const{state:a,role:e,text:s,names:o,details:i,advice:d}=n,f=i.map(({message:p,answer:u})=>`${p}${u}`),l=d.some(({commands:p})=>p.length>0),c=e!==""&&r`<p><b>The same step with mode: attach assigns it.</b>${l&&" Or by hand:"}</p>\n`;return r`<article class="${a}">
<h3>${m.xP[a].mark} ${s}</h3>
${en(o,t)}${c}${d.map(j)}${f.length>0&&W("In full",f)}</article>\n`}function en(n,t){if(n.length===0)return r``;const a=n.slice(0,nn).map(e=>r`<li>${t.has(e)?r`<a href="#${Z(e)}">${e}</a>`:e}\n`);return r`<ul class="chips">\n${a}</ul>\n${L(n.length-nn)}`}function Bn(n){const{link:t,code:a,state:e}=n;return r`<article class="${e}">\n<h3>${m.xP[e].mark} ${O(t,a)}</h3>\n${tn(n)}</article>\n`}function jn(n,t){const{mark:a,code:e,subject:s="",others:o}=n,i=s&&` \xB7 ${(0,b.mp)(s)}`,d=o.length>0&&` and ${o.length} more`;return r`<details class="card warning"${t===0&&r` id="warnings"`}><summary>${a} ${e}${i}${d}</summary>\n${tn(n)}</details>\n`}function tn({message:n,answer:t,parts:a,others:e}){const s=e.map(i=>i.message),o=s.length>0&&W(`${s.length} more like it`,s);return r`<p>${n}${t}</p>\n${a.map(j)}${o}`}function j({text:n,block:t,commands:a,caution:e}){const o=n.split(`
`).filter(Boolean).map(d=>r`<p>${Wn(d)}</p>\n`),i=r`${o}${t&&rn(t.lines)}${a.length>0&&rn(a.map(I.MG))}`;return e===void 0?i:r`<details><summary>${e}</summary>\n${i}</details>\n`}function Wn(n){const{name:t,url:a}=(0,g.xh)(),[e="",...s]=n.split(a);return s.length>0?r`${e}${O(a,t)}${s.join(a)}`:r`${n}`}function rn(n){const t=n.flatMap(a=>a.split(`
`)).map(a=>r`${a}\n`);return r`<div class="code"><pre tabindex="0">${t}</pre></div>\n`}function W(n,t){const a=t.slice(0,X).map(e=>r`<li>${e}\n`);return r`<details><summary>${n}</summary>
<ul>
${a}</ul>
${L(t.length-X)}</details>\n`}function zn({unknown:n,notes:t}){const a=[[n.map(({message:e})=>e),"item could not be checked","items could not be checked"],[t,"note","notes"]];return r`${a.map(([e,s,o])=>e.length>0?W((0,g.LS)(e.length,s,o),e):r``)}`}function Un(n){if(n.length===0)return r``;const t=P({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:a,name:e,clusters:s,drifted:o,unchecked:i,gap:d})=>q(a,e,[s,o,i,d]))});return n.some(({gap:a})=>a!=="")?t:r`<details><summary>${(0,g.LS)(n.length,"job")}, all complete</summary>\n${t}</details>\n`}function Hn({images:n,manifests:t}){const a=[...n.map(({image:e,name:s,source:o,...i})=>({...i,image:e??s,source:o})),...t.map(({file:e,resource:s,...o})=>({...o,source:`${e}: ${s}`}))].sort((e,s)=>m.xP[e.state].rank-m.xP[s.state].rank);return a.length===0?r``:P({id:"images",title:"Images",above:L(a.length-Y),columns:["State","Image","From","Why"],rows:a.slice(0,Y).map(({state:e,status:s,image:o,source:i,error:d})=>q(e,o,[i,d?`${d.code}: ${d.message}`:""],s))})}function Kn({errors:n,...t},a){const e=[...(0,R.Uh)(n),...(0,R.Uh)(t.report.findings)].map(({advice:o,...i})=>({...i,parts:(0,I.CI)(o)})),s={...t,problems:e,run:(0,g.xh)()};try{const o=(0,J.join)((0,dn.P)(),"attach-acr-report.html");(0,F.writeFileSync)(o,Nn(JSON.parse((0,K.Kp)(JSON.stringify(s))))),(0,R.uH)("report-html-file",o),a.line(`html report  ${o}`)}catch(o){(0,cn.fz)("warning",`The HTML report could not be written: ${(0,I.bD)(o)}`,"attach-acr")}}function Nn(n){const{headline:t,worst:a,change:e,report:s,jobs:o,run:i,at:d,issue:f}=n,l=a!==""&&!_(s)?a:t,c=["default-src 'none'",`style-src '${an(G)}'`,`script-src '${an(V)}'`,"base-uri 'none'","form-action 'none'"].join("; "),p=new Date(d).toISOString(),{text:u}=r(ln||(ln=sn([`<!doctype html>
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
`])),new $(c),t,new $(G),l,e!==""&&r` <small>${e}</small>`,s.mode,i.name!==""&&r` · ${O(i.url,i.name)}`,p,p.slice(0,16).replace("T"," "),g.rE,f&&r` · drift issue ${O(f.url,f.name)}`,gn(n),An(n),yn(n),Ln(n),Hn(s),Un(o),zn(s),new $(V));return u}var an=n=>`sha256-${(0,N.createHash)("sha256").update(n).digest("base64")}`})};
