"use strict";var nn=Object.freeze,zn=Object.defineProperty;var en=(T,D)=>nn(zn(T,"raw",{value:nn(D||T.slice())}));var tn;const nodeRequire=require;exports.id="html-report",exports.ids=["html-report"],exports.modules={3716:(function(T,D,h){h.d(D,{writeHtmlReport:()=>Un});var A=h(6718),rn=h(9475),on=h(350),p=h(8575),m=h(6488),an=h(3645),sn=h(3420),v=h(5871),Hn=h(5138),Nn=h(4368),b=h(4921),Fn=h(6642),ln=h(1365),Jn=h(8910),_=h(9969),cn=h(2004),Vn=h(5248),I=h(7598),Gn=h.n(I),j=h(3024),Zn=h.n(j),W=h(6760),Qn=h.n(W);const qn=null;var U=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
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
        link.append(...cell.childNodes)
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
      if (key === 'state')
        return row.classList.contains(value) || (value === 'unknown' && row.classList.contains('failed'))
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
`,K=`:root {
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

.gone,
.failed {
  --own: var(--bad);
  --own-soft: var(--bad-soft);
}

.drifted,
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
  grid-template-columns: repeat(5, 1fr);
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

path.gone,
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

/* As expected, and not asked for: on paper, too, if no filter is set. */
@media screen {
  .calm {
    display: none;
  }
}

@media screen and (max-width: 40rem) {
  body {
    padding: 0.75rem;
  }

  .figures {
    grid-template-columns: repeat(2, 1fr);
    gap: 0.5rem;
  }

  .figures li:first-child {
    grid-column: 1 / -1;
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
`,g=class{text;constructor(n){this.text=n}};function o(n,...e){return new g(n.map((t,r)=>t+dn(e[r])).join(""))}function dn(n){return n===void 0||n===!1?"":n instanceof g?n.text:typeof n=="number"?String(n):typeof n=="string"?hn(n):n.map(({text:e})=>e).join("")}function hn(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,cn.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function k(n,e){return/^https?:\/\//.test(n)?o`<a href="${n}">${e}</a>`:o`${e}`}var z=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function x(n){return n>0?o`<p>${(0,m.LS)(n,"more is","more are")} in the report file.</p>\n`:o``}function E(n){const{id:e,title:t,note:r,above:i,columns:a,rows:s}=n,d=a.map(c=>o`<th scope="col">${c}</th>`);return o`<section aria-labelledby="${e}-title">
<div class="head"><h2 id="${e}-title">${t}</h2>${r!==void 0&&o`<p class="soft">${r}.</p>`}</div>
${i}<table id="${e}">
<thead><tr>${d}</tr></thead>
${s}</table>
</section>\n`}function H(n,e,t,r=p.xP[n].word){const i=t.map(a=>o`<td>${a}`);return o`<tr class="${n}"><td data-key="${p.xP[n].rank}">${p.xP[n].mark} ${r}<th scope="row">${e}${i}\n`}var N=({loginServer:n,registry:e})=>n||e,S=n=>`${p.xP[n].mark} ${p.xP[n].word}`,pn=n=>n.reduce((e,t)=>p.xP[t].rank<p.xP[e].rank?t:e,"fine"),fn=["fine","drifted","gone","unknown"],F=n=>n==="failed"?"unknown":n;function mn({report:{pairs:n,findings:e}}){if(n.length+e.length===0)return o``;const t=n.map(p.L4),r=(0,_.$z)(n.filter(({target:l})=>l!=="*"),({target:l})=>l.toLowerCase()),i=[...r.values()].map(l=>F(pn(l.map(p.L4)))),a=t.includes("failed")?`${S("failed")} or ${p.xP.unknown.word}`:S("unknown");let s=0;const d=fn.map(l=>{const f=t.filter(w=>F(w)===l).length,u=(0,m.LS)(i.filter(w=>w===l).length,"cluster");return s+=f,{item:o`<li class="${f>0?l:"none"}"><a href="#state=${l}"><b>${f}</b> ${l==="unknown"?a:S(l)} <small>${u}</small></a>\n`,part:o`<rect class="${l}" x="${s-f}" width="${f}" height="1"/>`}}),c=e.filter(({severity:l})=>l==="warning").length;return o`<section aria-label="At a glance">
<ul class="figures">
${d.map(({item:l})=>l)}<li class="${c>0?"warning":"none"}"><a href="#warnings"><b>${c}</b> ⚠ ${c===1?"warning":"warnings"}</a>
</ul>
<svg class="bar" viewBox="0 0 ${s} 1" preserveAspectRatio="none" aria-hidden="true">${d.map(({part:l})=>l)}</svg>
${s>r.size&&o`<p class="soft">Large numbers count a cluster once per registry (${s} in all), small numbers count it once, in its worst state (${r.size} in all).</p>`}
</section>\n`}var[un,gn]=[16,8],wn=2e3;function bn({spots:n}){const e=new Set(n.map(({target:c,job:l})=>c?.toLowerCase()??`${l}`)),t=e.size<=un,{columns:r,rows:i,legend:a}=(0,A.cx)(n,t?"cluster":"subscription",gn);if(r.length*e.size<2)return o``;const s=!t&&n.length<=wn,d=i.map(({name:c,cells:l})=>{const f=y=>y.spots.flatMap(({target:$})=>$?.toLowerCase()??[]),u=[...new Set(l.flatMap(f))].sort((y,$)=>(0,_.yV)((0,b.mp)(y),(0,b.mp)($))),w=l.map(({text:y,state:$,spots:L},O)=>{if(L.length===0)return o`<td>`;const P=new Map(L.map(C=>[C.target?.toLowerCase(),C.state])),R=s&&$n(u.map(C=>P.get(C)));return o`<td class="${$}" data-label="${r[O]}">${y}${R}`});return o`<tr><th scope="row">${c||"not known"}${w}\n`});return E({id:"map",title:"Where",...!t&&{note:`Numbers of clusters${s?", and a square for each":""}: ${a}`},columns:[t?"Cluster":"Subscription",...r],rows:o`<tbody>\n${d}</tbody>\n`})}var M=20,yn={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z"};function $n(n){const e=n.map((a,s)=>({kind:a,at:`M${s%M*13+1} ${Math.floor(s/M)*13+1}`})),t=Object.keys(p.xP).map(a=>{const s=e.filter(d=>d.kind===a).map(({at:d})=>`${d}${yn[a]}`);return s.length>0?o`<path class="${a}" d="${new g(s.join(""))}"/>`:o``}),r=Math.min(n.length,M)*13,i=Math.ceil(n.length/M)*13;return o`<svg width="${r}" height="${i}" viewBox="0 0 ${r} ${i}" aria-hidden="true">${t}</svg>`}var vn=5e4,_n=[1e3,400,160,60],kn=450,xn=45e5;function En(n){const{report:e,ages:t}=n,{pairs:r}=e;if(r.length===0)return o``;const a=r.toSorted((s,d)=>p.xP[(0,p.L4)(s)].rank-p.xP[(0,p.L4)(d)].rank).slice(0,vn);return E({id:"pairs",title:"Clusters and registries",...Object.keys(t).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},above:o`<div class="head">${Mn(r.filter(s=>(0,p.L4)(s)==="fine").length)}
<p id="status" role="status" class="soft">${(0,m.LS)(a.length,"row")}.</p></div>
${x(r.length-a.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:Ln(a,n)})}function Mn(n){return o`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
<span class="soft"><label><input id="keys" type="checkbox" checked> Keys:</label> <kbd>/</kbd> filter <kbd>n</kbd> next problem <kbd>t</kbd> also as expected</span>
</div>`}function Ln(n,e){const t=(0,_.$z)(n,p.L4),r=On(n,e),i=Math.max(xn,n.length*kn);let a="";for(const s of _n){const d=[...t].map(([c,l])=>{const f=c==="failed"&&!t.has("unknown")?"unknown":c;return o`<tbody id="state=${f}">\n${l.map(u=>r(u,s))}</tbody>\n`});if(a=o`${d}`.text,Buffer.byteLength(a)<=i)break}return new g(a)}function On(n,{report:{subscriptions:e},spots:t,ages:r}){const i=(0,v.B7)(e),a=(0,v.eZ)(n,i),s=new Map(n.toReversed().map(c=>[(0,b.mp)(c.target),c])),d=new Map(t.map(({target:c="*",registry:l,place:f})=>[(0,p.TN)("",c,l),f]));return(c,l)=>{const{target:f}=c,u=(0,p.TN)("",f,N(c)),w=(0,p.L4)(c),{mark:y,word:$,rank:L}=p.xP[w],O=f!=="*"&&s.get((0,b.mp)(f))===c&&z((0,b.mp)(f)),P=(0,b.RQ)(f)?.resourceGroup,R=[o`<th scope="row">${f==="*"?"other clusters":a(c)}`,o`<td>${(0,sn.Wy)(N(c))}`,o`<td>${(0,m.Jj)(Cn(c,i),l)}${Pn(r[u])}`,o`<td>${d.get(u)}${P!==void 0&&o` <small>${P}</small>`}`];return o`<tr class="${w}"${O!==!1&&o` id="${O}"`}><td data-key="${L}">${y} ${$}${R}\n`}}function Pn(n){if(!n)return o``;const e=n.nights.toString(2),t=Array.from(e,(a,s)=>`M${s*4} ${a==="1"?"0v10":"8v2"}h3v-${a==="1"?10:2}z`),r=e.replaceAll("0","").length,i=o` <svg role="img" aria-label="seen on ${(0,m.LS)(r,"night")}" width="${e.length*4}" height="10"><path d="${new g(t.join(""))}"/></svg>`;return o` <small>since ${n.since}${n.nights>0&&i}</small>`}function Cn(n,e){const{error:t,lacks:r,role:i,grantedBy:a,scope:s,verified:d,pulls:c}=n;if(t)return`${t.code}: ${(0,v.Li)(t.reason??t.message)}`;const l=a===null||a==="direct"?"":(0,v.B6)(a,s??"",e);if(r.length>0)return[...r.map(({message:u})=>u),l].filter(Boolean).join("; ");const f=d==="pull"?`pulled${Tn(c)}`:"";return[i&&`${i} ${l||"assigned"}`,f].filter(Boolean).join("; ")}function Tn(n){return n.length===0||n.some(({layers:e})=>e==="fetched")?"":n.every(({layers:e})=>e==="on-node")?" (role only)":" (layers not known)"}var J=1e3,V=2e4,G=100;function Dn({causes:n,problems:e,report:{pairs:t,subscriptions:r}}){const i=new Set(t.map((0,v.eZ)(t,(0,v.B7)(r)))),a=e.filter(({level:c})=>c==="error"),s=e.filter(({level:c})=>c!=="error");if(n.length+e.length===0)return o``;const d=n.some(({advice:c})=>c.some(({text:l})=>l===""));return o`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2>${d&&o`<p class="soft">The same step with mode: attach assigns the missing roles, too.</p>`}</div>
<div class="cards">
${a.map(Sn)}${n.map(c=>An(c,i))}${s.map(Bn)}</div>
</section>\n`}function An({code:n,text:e,names:t,details:r,advice:i},a){const{mark:s}=p.xP[n==="DRIFT"?"drifted":"failed"],d=t.slice(0,G).map(l=>o`<li>${a.has(l)?o`<a href="#${z(l)}">${l}</a>`:l}\n`),c=r.map(({message:l,answer:f})=>`${l}${f}`);return o`<article class="${n==="DRIFT"?"drifted":"gone"}">
<h3>${s} ${e}</h3>
${d.length>0&&o`<ul class="chips">\n${d}</ul>\n${x(t.length-G)}`}${i.map(Q)}${c.length>0&&B("In full",c)}</article>\n`}function Sn(n){const{mark:e,link:t,code:r}=n;return o`<article class="gone">\n<h3>${e} ${k(t,r)}</h3>\n${Z(n)}</article>\n`}function Bn(n,e){const{mark:t,code:r,subject:i="",others:a}=n,s=i&&` \xB7 ${(0,b.mp)(i)}`,d=a.length>0&&` and ${a.length} more`;return o`<details class="card warning"${e===0&&o` id="warnings"`}><summary>${t} ${r}${s}${d}</summary>\n${Z(n)}</details>\n`}function Z({message:n,answer:e,parts:t,others:r}){const i=r.map(s=>s.message),a=i.length>0&&B(`${i.length} more like it`,i);return o`<p>${n}${e}</p>\n${t.map(Q)}${a}`}function Q({text:n,block:e,commands:t,caution:r}){const a=n.split(`
`).filter(Boolean).map(d=>o`<p>${Rn(d)}</p>\n`),s=o`${a}${e&&q(e.lines)}${t.length>0&&q(t.map(_.MG))}`;return r===void 0?s:o`<details><summary>${r}</summary>\n${s}</details>\n`}function Rn(n){const{name:e,url:t}=(0,m.xh)(),[r="",...i]=n.split(t);return i.length>0?o`${r}${k(t,e)}${i.join(t)}`:o`${n}`}function q(n){const e=n.flatMap(t=>t.split(`
`)).map(t=>o`${t}\n`);return o`<div class="code"><pre tabindex="0">${e}</pre></div>\n`}function B(n,e){const t=e.slice(0,J).map(r=>o`<li>${r}\n`);return o`<details><summary>${n}</summary>
<ul>
${t}</ul>
${x(e.length-J)}</details>\n`}function In({unknown:n,notes:e}){const t=[[n.map(({message:r})=>r),"item could not be checked","items could not be checked"],[e,"note","notes"]];return o`${t.map(([r,i,a])=>r.length>0?B((0,m.LS)(r.length,i,a),r):o``)}`}function jn(n){if(n.length===0)return o``;const e=E({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:t,name:r,clusters:i,drifted:a,unchecked:s,gap:d})=>H(t,r,[i,a,s,d]))});return n.some(({gap:t})=>t!=="")?e:o`<details><summary>${(0,m.LS)(n.length,"job")}, all complete</summary>\n${e}</details>\n`}function Wn({images:n,manifests:e}){const t=[...n.map(({image:r,name:i,source:a,status:s,digest:d,error:c})=>({image:r??i,source:a,status:s,error:c,state:X(s,d!==null)})),...e.map(({image:r,file:i,resource:a,status:s,error:d})=>({image:r,source:`${i}: ${a}`,status:s,error:d,state:X(s,s==="present")}))].sort((r,i)=>p.xP[r.state].rank-p.xP[i.state].rank);return t.length===0?o``:E({id:"images",title:"Images",above:x(t.length-V),columns:["State","Image","From","Why"],rows:t.slice(0,V).map(({state:r,status:i,image:a,source:s,error:d})=>H(r,a,[s,d?`${d.code}: ${d.message}`:""],i))})}function X(n,e){return n==="missing"||n==="locked"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&e?"fine":"unknown"}function Un({errors:n,...e},t){const r=[...(0,A.Uh)(n),...(0,A.Uh)(e.report.findings)].map(({advice:a,...s})=>({...s,parts:(0,_.CI)(a)})),i={...e,problems:r,run:(0,m.xh)()};try{const a=(0,W.join)((0,an.P)(),"attach-acr-report.html");(0,j.writeFileSync)(a,Kn(JSON.parse((0,ln.K)(JSON.stringify(i))))),(0,rn.u)("report-html-file",a),t.line(`html report  ${a}`)}catch(a){(0,on.fz)("warning",`The HTML report could not be written: ${(0,_.bD)(a)}`,"attach-acr")}}function Kn(n){const{headline:e,report:t,jobs:r,run:i,at:a,issue:s}=n,d=["default-src 'none'",`style-src '${Y(K)}'`,`script-src '${Y(U)}'`,"base-uri 'none'","form-action 'none'"].join("; "),c=new Date(a).toISOString(),{text:l}=o(tn||(tn=en([`<!doctype html>
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
        <header>
          <h1>`,`</h1>
          <button type="button" id="copy" hidden>Copy as Markdown</button>
          <p class="soft">
            `,"",` \xB7
            <time datetime="`,'">'," UTC</time> \xB7 attach-acr ","",`
          </p>
        </header>
        <main>
          `," "," "," "," ",`
          `," ",`
        </main>
        <script>`,`<\/script>
      </body>
    </html>
`])),new g(d),e,new g(K),e,t.mode,i.name!==""&&o` · ${k(i.url,i.name)}`,c,c.slice(0,16).replace("T"," "),m.rE,s&&o` · drift issue ${k(s.url,s.name)}`,mn(n),bn(n),Dn(n),En(n),Wn(t),jn(r),In(t),new g(U));return l}var Y=n=>`sha256-${(0,I.createHash)("sha256").update(n).digest("base64")}`})};
