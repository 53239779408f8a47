"use strict";var en=Object.freeze,Jn=Object.defineProperty;var tn=(S,A)=>en(Jn(S,"raw",{value:en(A||S.slice())}));var rn;const nodeRequire=require;exports.id="html-report",exports.ids=["html-report"],exports.modules={3716:(function(S,A,m){m.d(A,{writeHtmlReport:()=>Hn});var D=m(1316),R=m(6718),an=m(9475),on=m(350),p=m(8575),g=m(6488),sn=m(3645),ln=m(3420),E=m(5871),Vn=m(5138),Gn=m(4368),$=m(4921),cn=m(1365),Zn=m(6642),Qn=m(8910),b=m(9969),dn=m(2004),Xn=m(5248),z=m(7598),Yn=m.n(z),U=m(3024),qn=m.n(U),K=m(6760),ne=m.n(K);const ee=null;var H=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
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
`,N=`:root {
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
    width: 12rem;
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
`,y=class{text;constructor(n){this.text=n}};function r(n,...t){return new y(n.map((a,e)=>a+hn(t[e])).join(""))}function hn(n){return n===void 0||n===!1?"":n instanceof y?n.text:typeof n=="number"?String(n):typeof n=="string"?pn(n):n.map(({text:t})=>t).join("")}function pn(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,dn.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function M(n,t){return/^https?:\/\//.test(n)?r`<a href="${n}">${t}</a>`:r`${t}`}var F=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function O(n){return n>0?r`<p>${(0,g.LS)(n,"more is","more are")} in the report file.</p>\n`:r``}function L(n){const{id:t,title:a,note:e,above:s,isWhole:o=!1,columns:i,rows:l}=n,f=i.map(c=>r`<th scope="col">${c}</th>`);return r`<section aria-labelledby="${t}-title">
<div class="head"><h2 id="${t}-title">${a}</h2>${e!==void 0&&r`<p class="soft">${e}.</p>`}</div>
${s}<table id="${t}"${o&&r` class="ready"`}>
<thead><tr>${f}</tr></thead>
${l}</table>
</section>\n`}function J(n,t,a,e=p.xP[n].word){const s=a.map(o=>r`<td>${o}`);return r`<tr class="${n}"><td data-key="${p.xP[n].rank}">${p.xP[n].mark} ${e}<th scope="row">${t}${s}\n`}var V=({loginServer:n,registry:t})=>n||t,mn=n=>`${p.xP[n].mark} ${p.xP[n].word}`,I=Object.keys(p.xP),fn=5,k=({pairs:n})=>n.length<fn;function un({report:n}){const{pairs:t,findings:a}=n;if(k(n))return r``;const e=(0,b.$z)(t.filter(({target:c})=>c!=="*"),({target:c})=>c.toLowerCase()),s=(0,b.$z)([...e.values()],c=>(0,p.hm)(c.map(p.L4)));let o=0;const i=I.flatMap(c=>{const h=s.get(c)?.length??0,d=c==="unknown"&&t.some(({target:w})=>w==="*");if(h===0&&!d)return[];o+=h;const u=d?"and other clusters":c==="fine"&&`of ${(0,g.LS)(e.size,"cluster")}`,x=u!==!1&&r` <small>${u}</small>`;return{item:r`<li class="${c}"><a href="#state=${c}"><b>${h}</b> ${mn(c)}${x}</a>\n`,part:r`<rect class="${c}" x="${o-h}" width="${h}" height="1"/>`}}),l=a.filter(({severity:c})=>c==="warning").length,f=r`<li class="warning"><a href="#warnings"><b>${l}</b> ⚠ ${l===1?"warning":"warnings"}</a>\n`;return r`<section aria-label="At a glance">
<ul class="figures">
${i.map(({item:c})=>c)}${l>0&&f}</ul>
<svg class="bar" viewBox="0 0 ${o} 1" preserveAspectRatio="none" aria-hidden="true">${i.map(({part:c})=>c)}</svg>
</section>\n`}var[gn,wn]=[16,8],bn=2e3;function $n({spots:n,report:t}){const e=new Set(n.map(({target:c,job:h})=>c?.toLowerCase()??`${h}`)).size<=gn,{columns:s,rows:o,legend:i}=(0,R.cx)(n,e?"cluster":"subscription",wn);if(k(t))return r``;const l=!e&&n.length<=bn,f=o.map(({name:c,cells:h})=>{const d=w=>w.spots.flatMap(({target:v})=>v?.toLowerCase()??[]),u=[...new Set(h.flatMap(d))].sort((w,v)=>(0,b.yV)((0,$.mp)(w),(0,$.mp)(v))),x=h.map(({text:w,state:v,spots:_},C)=>{if(_.length===0)return r`<td>`;const W=new Map(_.map(T=>[T.target?.toLowerCase(),T.state])),Fn=l&&_n(u.map(T=>W.get(T)));return r`<td class="${v}" data-label="${s[C]}" data-words="${yn(_)}">${w}${Fn}`});return r`<tr><th scope="row">${c||"not known"}${x}\n`});return L({id:"map",title:"Where",...!e&&{note:`Numbers of clusters${l?", and a square for each":""}: ${i}`},columns:[e?"Cluster":"Subscription",...s],rows:r`<tbody>\n${f}</tbody>\n`})}function yn(n){const t=(0,b.$z)(n,({state:a})=>a);return I.flatMap(a=>t.has(a)?`${t.get(a)?.length} ${p.xP[a].word}`:[]).join(", ")}var P=20,vn={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"m5 0l5 5l-5 5l-5-5z",refused:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z"};function _n(n){const t=n.map((o,i)=>({kind:o,at:`M${i%P*13+1} ${Math.floor(i/P)*13+1}`})),a=I.map(o=>{const i=t.filter(l=>l.kind===o).map(({at:l})=>`${l}${vn[o]}`);return i.length>0?r`<path class="${o}" d="${new y(i.join(""))}"/>`:r``}),e=Math.min(n.length,P)*13,s=Math.ceil(n.length/P)*13;return r`<svg width="${e}" height="${s}" viewBox="0 0 ${e} ${s}" aria-hidden="true">${a}</svg>`}var kn=5e4,[xn,En,Mn]=[1e3,60,4e3];function On(n){const{report:t,ages:a}=n,{pairs:e}=t;if(e.length===0)return r``;const o=e.toSorted((i,l)=>p.xP[(0,p.L4)(i)].rank-p.xP[(0,p.L4)(l)].rank).slice(0,kn);return L({id:"pairs",title:"Clusters and registries",...Object.keys(a).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},isWhole:k(t),above:!k(t)&&r`<div class="head">${Ln(e.filter(i=>(0,p.L4)(i)==="fine").length)}
<p id="status" role="status" class="soft">${(0,g.LS)(o.length,"row")}.</p></div>
${O(e.length-o.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:Pn(o,n)})}function Ln(n){return r`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
<span class="soft"><label><input id="keys" type="checkbox" checked> Keys:</label> <kbd>/</kbd> filter <kbd>n</kbd> next problem <kbd>t</kbd> also as expected</span>
</div>`}function Pn(n,t){const a=Cn(n,t),e=[...(0,b.$z)(n,p.L4)].map(([s,o])=>r`<tbody id="state=${s}">\n${o.map(a)}</tbody>\n`);return r`${e}`}function Cn(n,{report:{subscriptions:t},spots:a,ages:e}){const s=n.length>Mn?En:xn,o=(0,E.B7)(t),i=(0,E.eZ)(n,o),l=new Map(n.toReversed().map(c=>[(0,$.mp)(c.target),c])),f=new Map(a.map(({target:c="*",registry:h,place:d})=>[(0,p.TN)("",c,h),d]));return c=>{const{target:h}=c,d=(0,p.TN)("",h,V(c)),u=(0,p.L4)(c),{mark:x,word:w,rank:v}=p.xP[u],_=h!=="*"&&l.get((0,$.mp)(h))===c&&F((0,$.mp)(h)),C=(0,$.RQ)(h)?.resourceGroup,W=[r`<th scope="row">${h==="*"?"other clusters":i(c)}`,r`<td>${(0,ln.Wy)(V(c))}`,r`<td>${(0,g.Jj)((0,D._)(c,o),s)}${Tn(e[d])}`,r`<td>${f.get(d)}${C!==void 0&&r` <small>${C}</small>`}`];return r`<tr class="${u}"${_!==!1&&r` id="${_}"`}><td data-key="${v}">${x} ${w}${W}\n`}}function Tn(n){if(!n)return r``;const t=n.nights.toString(2),a=Array.from(t,(o,i)=>`M${i*4} ${o==="1"?"0v10":"8v2"}h3v-${o==="1"?10:2}z`),e=t.replaceAll("0","").length,s=r` <svg role="img" aria-label="seen on ${(0,g.LS)(e,"night")}" width="${t.length*4}" height="10"><path d="${new y(a.join(""))}"/></svg>`;return r` <small>since ${n.since}${n.nights>0&&s}</small>`}var G=1e3,Z=2e4,Q=100;function Sn(n){const{causes:t,problems:a,report:e,ages:s}=n;if(t.length+a.length===0)return r``;const o=new Set(e.pairs.map((0,E.eZ)(e.pairs,(0,E.B7)(e.subscriptions)))),i=An(e),l=t.filter(({state:d,role:u})=>d==="refused"&&u!==""),f=t.filter(d=>l.length<2||!l.includes(d)),c=[...l.length>1?[{state:"refused",card:Dn(l,o,s)}]:[],...f.map(d=>({state:d.state,card:In(d,o)})),...a.filter(({level:d})=>d==="error").map(d=>{const u=i.has(d.code)||e.mode==="merge"?"unknown":"failed";return{state:u,card:Bn(d,u)}})].sort((d,u)=>p.xP[d.state].rank-p.xP[u.state].rank),h=a.filter(({level:d})=>d!=="error");return r`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
<div class="cards">
${c.map(({card:d})=>d)}${h.map(jn)}</div>
</section>\n`}function An({pairs:n,images:t,manifests:a,workloads:e}){const s=[...n,...a].filter(({status:l})=>l==="unknown"),o=t.filter(({status:l})=>l==="failed"||l==="unknown"),i=[...s,...o].flatMap(({error:l})=>l?.code??[]);return new Set([...i,...(e??[]).flatMap(({errorCode:l})=>l??[])])}function Dn(n,t,a){const e=new Set(n.map(({role:i})=>i)),s=new Set(n.flatMap(i=>i.names)),o=n.map(({registry:i,names:l,keys:f,advice:c})=>{const[h]=f.flatMap(u=>a[u]?.since??[]).sort(),d=h!==void 0&&r`<small>since ${h}</small>`;return r`<dt>${i} ${d}<dd>${X(l,t)}${c.map(B)}\n`});return r`<article class="refused">
<h3>${p.xP.refused.mark} ${e.size===1?[...e].join():"A pull role"} is missing for ${(0,g.LS)(s.size,"cluster")}</h3>
<p><b>${Rn}</b> Or by hand, registry by registry:</p>
<dl>\n${o}</dl>\n</article>\n`}var Rn="The same step with mode: attach assigns all of them.";function In(n,t){const{state:a,role:e,text:s,names:o,details:i,advice:l}=n,f=i.map(({message:d,answer:u})=>`${d}${u}`),c=l.some(({commands:d})=>d.length>0),h=e!==""&&r`<p><b>The same step with mode: attach assigns it.</b>${c&&" Or by hand:"}</p>\n`;return r`<article class="${a}">
<h3>${p.xP[a].mark} ${s}</h3>
${X(o,t)}${h}${l.map(B)}${f.length>0&&j("In full",f)}</article>\n`}function X(n,t){if(n.length===0)return r``;const a=n.slice(0,Q).map(e=>r`<li>${t.has(e)?r`<a href="#${F(e)}">${e}</a>`:e}\n`);return r`<ul class="chips">\n${a}</ul>\n${O(n.length-Q)}`}function Bn(n,t){const{link:a,code:e}=n;return r`<article class="${t}">\n<h3>${p.xP[t].mark} ${M(a,e)}</h3>\n${Y(n)}</article>\n`}function jn(n,t){const{mark:a,code:e,subject:s="",others:o}=n,i=s&&` \xB7 ${(0,$.mp)(s)}`,l=o.length>0&&` and ${o.length} more`;return r`<details class="card warning"${t===0&&r` id="warnings"`}><summary>${a} ${e}${i}${l}</summary>\n${Y(n)}</details>\n`}function Y({message:n,answer:t,parts:a,others:e}){const s=e.map(i=>i.message),o=s.length>0&&j(`${s.length} more like it`,s);return r`<p>${n}${t}</p>\n${a.map(B)}${o}`}function B({text:n,block:t,commands:a,caution:e}){const o=n.split(`
`).filter(Boolean).map(l=>r`<p>${Wn(l)}</p>\n`),i=r`${o}${t&&q(t.lines)}${a.length>0&&q(a.map(b.MG))}`;return e===void 0?i:r`<details><summary>${e}</summary>\n${i}</details>\n`}function Wn(n){const{name:t,url:a}=(0,g.xh)(),[e="",...s]=n.split(a);return s.length>0?r`${e}${M(a,t)}${s.join(a)}`:r`${n}`}function q(n){const t=n.flatMap(a=>a.split(`
`)).map(a=>r`${a}\n`);return r`<div class="code"><pre tabindex="0">${t}</pre></div>\n`}function j(n,t){const a=t.slice(0,G).map(e=>r`<li>${e}\n`);return r`<details><summary>${n}</summary>
<ul>
${a}</ul>
${O(t.length-G)}</details>\n`}function zn({unknown:n,notes:t}){const a=[[n.map(({message:e})=>e),"item could not be checked","items could not be checked"],[t,"note","notes"]];return r`${a.map(([e,s,o])=>e.length>0?j((0,g.LS)(e.length,s,o),e):r``)}`}function Un(n){if(n.length===0)return r``;const t=L({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:a,name:e,clusters:s,drifted:o,unchecked:i,gap:l})=>J(a,e,[s,o,i,l]))});return n.some(({gap:a})=>a!=="")?t:r`<details><summary>${(0,g.LS)(n.length,"job")}, all complete</summary>\n${t}</details>\n`}function Kn({images:n,manifests:t}){const a=[...n.map(({image:e,name:s,source:o,status:i,digest:l,error:f})=>({image:e??s,source:o,status:i,error:f,state:(0,D.C)(i,l!==null,f)})),...t.map(({image:e,file:s,resource:o,status:i,error:l})=>({image:e,source:`${s}: ${o}`,status:i,error:l,state:(0,D.C)(i,i==="present")}))].sort((e,s)=>p.xP[e.state].rank-p.xP[s.state].rank);return a.length===0?r``:L({id:"images",title:"Images",above:O(a.length-Z),columns:["State","Image","From","Why"],rows:a.slice(0,Z).map(({state:e,status:s,image:o,source:i,error:l})=>J(e,o,[i,l?`${l.code}: ${l.message}`:""],s))})}function Hn({errors:n,...t},a){const e=[...(0,R.Uh)(n),...(0,R.Uh)(t.report.findings)].map(({advice:o,...i})=>({...i,parts:(0,b.CI)(o)})),s={...t,problems:e,run:(0,g.xh)()};try{const o=(0,K.join)((0,sn.P)(),"attach-acr-report.html");(0,U.writeFileSync)(o,Nn(JSON.parse((0,cn.Kp)(JSON.stringify(s))))),(0,an.u)("report-html-file",o),a.line(`html report  ${o}`)}catch(o){(0,on.fz)("warning",`The HTML report could not be written: ${(0,b.bD)(o)}`,"attach-acr")}}function Nn(n){const{headline:t,worst:a,change:e,report:s,jobs:o,run:i,at:l,issue:f}=n,c=a!==""&&!k(s)?a:t,h=["default-src 'none'",`style-src '${nn(N)}'`,`script-src '${nn(H)}'`,"base-uri 'none'","form-action 'none'"].join("; "),d=new Date(l).toISOString(),{text:u}=r(rn||(rn=tn([`<!doctype html>
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
`])),new y(h),t,new y(N),c,e!==""&&r` <small>${e}</small>`,s.mode,i.name!==""&&r` · ${M(i.url,i.name)}`,d,d.slice(0,16).replace("T"," "),g.rE,f&&r` · drift issue ${M(f.url,f.name)}`,un(n),Sn(n),$n(n),On(n),Kn(s),Un(o),zn(s),new y(H));return u}var nn=n=>`sha256-${(0,z.createHash)("sha256").update(n).digest("base64")}`})};
