"use strict";var sn=Object.freeze,Xn=Object.defineProperty;var on=(A,R)=>sn(Xn(A,"raw",{value:sn(R||A.slice())}));var ln;const nodeRequire=require;exports.id="html-report",exports.ids=["html-report"],exports.modules={3716:(function(A,R,h){h.d(R,{writeHtmlReport:()=>Jn});var U=h(6944),O=h(8575),B=h(9475),dn=h(350),f=h(7904),cn=h(3721),u=h(6488),hn=h(3645),Zn=h(7667),K=h(1238),mn=h(3420),H=h(5871),Qn=h(8838),Yn=h(4183),_=h(4921),qn=h(6642),ne=h(1753),y=h(9969),k=h(8378),pn=h(2004),fn=h(2198),ee=h(5248),N=h(7598),te=h.n(N),F=h(3024),re=h.n(F),J=h(6760),ae=h.n(J);const se=null;var V=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
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
`,b=class{text;constructor(n){this.text=n}};function r(n,...e){return new b(n.map((a,t)=>a+un(e[t])).join(""))}function un(n){return n===void 0||n===!1?"":n instanceof b?n.text:typeof n=="number"?String(n):typeof n=="string"?gn(n):n.map(({text:e})=>e).join("")}function gn(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,pn.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function L(n,e){return/^https?:\/\//.test(n)?r`<a href="${n}">${e}</a>`:r`${e}`}var X=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function C(n){return n>0?r`<p>${(0,u.LS)(n,"more is","more are")} in the report file.</p>\n`:r``}function T(n){const{id:e,title:a,note:t,above:o,isWhole:s=!1,columns:i,rows:c}=n,p=i.map(l=>r`<th scope="col">${l}</th>`);return r`<section aria-labelledby="${e}-title">
<div class="head"><h2 id="${e}-title">${a}</h2>${t!==void 0&&r`<p class="soft">${t}.</p>`}</div>
${o}<table id="${e}"${s&&r` class="ready"`}>
<thead><tr>${p}</tr></thead>
${c}</table>
</section>\n`}function Z(n,e,a,t=f.x[n].word){const o=a.map(s=>r`<td>${s}`);return r`<tr class="${n}"><td data-key="${f.x[n].rank}">${f.x[n].mark} ${t}<th scope="row">${e}${o}\n`}var Q=({loginServer:n,registry:e})=>n||e,v=({standing:n})=>(0,cn.L4)(n),wn=n=>`${f.x[n].mark} ${f.x[n].word}`,j=Object.keys(f.x),bn=5,E=({pairs:n})=>n.length<bn;function $n({report:n}){const{pairs:e,findings:a}=n;if(E(n))return r``;const t=(0,k.$z)(e.filter(({target:l})=>l!=="*"),({target:l})=>l.toLowerCase()),o=(0,k.$z)([...t.values()],l=>(0,f.h)(l.map(v)));let s=0;const i=j.flatMap(l=>{const d=o.get(l)?.length??0,m=l==="unknown"&&e.some(({target:w})=>w==="*");if(d===0&&!m)return[];s+=d;const g=m?"and other clusters":l==="fine"&&`of ${(0,u.LS)(t.size,"cluster")}`,M=g!==!1&&r` <small>${g}</small>`;return{item:r`<li class="${l}"><a href="#state=${l}"><b>${d}</b> ${wn(l)}${M}</a>\n`,part:r`<rect class="${l}" x="${s-d}" width="${d}" height="1"/>`}}),c=a.filter(({severity:l})=>l==="warning").length,p=r`<li class="warning"><a href="#warnings"><b>${c}</b> ⚠ ${c===1?"warning":"warnings"}</a>\n`;return r`<section aria-label="At a glance">
<ul class="figures">
${i.map(({item:l})=>l)}${c>0&&p}</ul>
<svg class="bar" viewBox="0 0 ${s} 1" preserveAspectRatio="none" aria-hidden="true">${i.map(({part:l})=>l)}</svg>
</section>\n`}var[_n,yn]=[16,8],vn=2e3;function xn({spots:n,report:e}){const t=new Set(n.map(({target:l,job:d})=>l?.toLowerCase()??`${d}`)).size<=_n,{columns:o,rows:s,legend:i}=(0,O.cx)(n,t?"cluster":"subscription",yn);if(E(e))return r``;const c=!t&&n.length<=vn,p=s.map(({name:l,cells:d})=>{const m=w=>w.spots.flatMap(({target:$})=>$?.toLowerCase()??[]),g=[...new Set(d.flatMap(m))].sort((w,$)=>(0,k.yV)((0,_.mp)(w),(0,_.mp)($))),M=d.map(({text:w,state:$,spots:x},D)=>{if(x.length===0)return r`<td>`;const z=new Map(x.map(S=>[S.target?.toLowerCase(),S.state])),Gn=c&&Mn(g.map(S=>z.get(S)));return r`<td class="${$}" data-label="${o[D]}" data-words="${kn(x)}">${w}${Gn}`});return r`<tr><th scope="row">${l||"not known"}${M}\n`});return T({id:"map",title:"Where",...!t&&{note:`Numbers of clusters${c?", and a square for each":""}: ${i}`},columns:[t?"Cluster":"Subscription",...o],rows:r`<tbody>\n${p}</tbody>\n`})}function kn(n){const e=(0,k.$z)(n,({state:a})=>a);return j.flatMap(a=>e.has(a)?`${e.get(a)?.length} ${f.x[a].word}`:[]).join(", ")}var P=20,En={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"m5 0l5 5l-5 5l-5-5z",refused:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z",remaining:"m3 3h4v4h-4z"};function Mn(n){const e=n.map((s,i)=>({kind:s,at:`M${i%P*13+1} ${Math.floor(i/P)*13+1}`})),a=j.map(s=>{const i=e.filter(c=>c.kind===s).map(({at:c})=>`${c}${En[s]}`);return i.length>0?r`<path class="${s}" d="${new b(i.join(""))}"/>`:r``}),t=Math.min(n.length,P)*13,o=Math.ceil(n.length/P)*13;return r`<svg width="${t}" height="${o}" viewBox="0 0 ${t} ${o}" aria-hidden="true">${a}</svg>`}var On=5e4,[Ln,Cn,Tn]=[1e3,60,4e3];function Pn(n){const{report:e,ages:a}=n,{pairs:t}=e;if(t.length===0)return r``;const s=t.toSorted((i,c)=>f.x[v(i)].rank-f.x[v(c)].rank).slice(0,On);return T({id:"pairs",title:"Clusters and registries",...Object.keys(a).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},isWhole:E(e),above:!E(e)&&r`<div class="head">${Dn(t.filter(i=>v(i)==="fine").length)}
<p id="status" role="status" class="soft">${(0,u.LS)(s.length,"row")}.</p></div>
${C(t.length-s.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:Sn(s,n)})}function Dn(n){return r`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
</div>`}function Sn(n,e){const a=An(n,e),t=[...(0,k.$z)(n,v)].map(([o,s])=>r`<tbody id="state=${o}">\n${s.map(a)}</tbody>\n`);return r`${t}`}function An(n,{report:{subscriptions:e},spots:a,ages:t}){const o=n.length>Tn?Cn:Ln,s=(0,K.B7)(e),i=(0,H.eZ)(n,s),c=new Map(n.toReversed().map(l=>[(0,_.mp)(l.target),l])),p=new Map(a.map(({target:l="*",registry:d,place:m})=>[(0,O.TN)("",l,d),m]));return l=>{const{target:d}=l,m=(0,O.TN)("",d,Q(l)),g=v(l),{mark:M,word:w,rank:$}=f.x[g],x=d!=="*"&&c.get((0,_.mp)(d))===l&&X((0,_.mp)(d)),D=(0,_.RQ)(d)?.resourceGroup,z=[r`<th scope="row">${d==="*"?"other clusters":i(l)}`,r`<td>${(0,mn.Wy)(Q(l))}`,r`<td>${(0,u.Jj)((0,O.mR)(l,s),o)}${Rn(t[m])}`,r`<td>${p.get(m)}${D!==void 0&&r` <small>${D}</small>`}`];return r`<tr class="${g}"${x!==!1&&r` id="${x}"`}><td data-key="${$}">${M} ${w}${z}\n`}}function Rn(n){if(!n)return r``;const e=n.nights.toString(2),a=Array.from(e,(s,i)=>`M${i*4} ${s==="1"?"0v10":"8v2"}h3v-${s==="1"?10:2}z`),t=e.replaceAll("0","").length,o=r` <svg role="img" aria-label="seen on ${(0,u.LS)(t,"night")}" width="${e.length*4}" height="10"><path d="${new b(a.join(""))}"/></svg>`;return r` <small>since ${n.since}${n.nights>0&&o}</small>`}var Y=1e3,q=2e4,nn=100;function Bn(n){const{causes:e,problems:a,report:t,ages:o}=n;if(e.length+a.length===0)return r``;const s=new Set(t.pairs.map((0,H.eZ)(t.pairs,(0,K.B7)(t.subscriptions)))),i=e.filter(({state:d,role:m})=>d==="refused"&&m!==""),c=e.filter(d=>i.length<2||!i.includes(d)),p=[...i.length>1?[{state:"refused",card:jn(i,s,o)}]:[],...c.map(d=>({state:d.state,card:Wn(d,s)})),...a.filter(({level:d})=>d==="error").map(d=>({state:d.state,card:zn(d)}))].sort((d,m)=>f.x[d.state].rank-f.x[m.state].rank),l=a.filter(({level:d})=>d!=="error");return r`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
<div class="cards">
${p.map(({card:d})=>d)}${l.map(Un)}</div>
</section>\n`}function jn(n,e,a){const t=new Set(n.map(({role:i})=>i)),o=new Set(n.flatMap(i=>i.names)),s=n.map(({registry:i,names:c,keys:p,advice:l})=>{const[d]=p.flatMap(g=>a[g]?.since??[]).sort(),m=d!==void 0&&r`<small>since ${d}</small>`;return r`<dt>${i} ${m}<dd>${en(c,e)}${l.map(I)}\n`});return r`<article class="refused">
<h3>${f.x.refused.mark} ${t.size===1?[...t].join():"A pull role"} is missing for ${(0,u.LS)(o.size,"cluster")}</h3>
<p><b>${In}</b> Or by hand, registry by registry:</p>
<dl>\n${s}</dl>\n</article>\n`}var In="The same step with mode: attach assigns all of them.";function Wn(n,e){const{state:a,role:t,text:o,names:s,details:i,advice:c}=n,p=i.map(m=>`${(0,y.cv)(m.said)}${m.answer}`),l=c.some(({commands:m})=>m.length>0),d=t!==""&&r`<p><b>The same step with mode: attach assigns it.</b>${l&&" Or by hand:"}</p>\n`;return r`<article class="${a}">
<h3>${f.x[a].mark} ${o}</h3>
${en(s,e)}${d}${c.map(I)}${p.length>0&&W("In full",p)}</article>\n`}function en(n,e){if(n.length===0)return r``;const a=n.slice(0,nn).map(t=>r`<li>${e.has(t)?r`<a href="#${X(t)}">${t}</a>`:t}\n`);return r`<ul class="chips">\n${a}</ul>\n${C(n.length-nn)}`}function zn(n){const{link:e,code:a,state:t}=n;return r`<article class="${t}">\n<h3>${f.x[t].mark} ${L(e,a)}</h3>\n${tn(n)}</article>\n`}function Un(n,e){const{mark:a,code:t,subject:o="",others:s}=n,i=o&&` \xB7 ${o}`,c=s.length>0&&` and ${s.length} more`;return r`<details class="card warning"${e===0&&r` id="warnings"`}><summary>${a} ${t}${i}${c}</summary>\n${tn(n)}</details>\n`}function tn({said:n,answer:e,advice:a,others:t}){const o=t.map(y.cv),s=o.length>0&&W(`${o.length} more like it`,o);return r`<p>${(0,y.cv)(n)}${e}</p>\n${a.map(I)}${s}`}function I({text:n,block:e,commands:a,caution:t}){const s=n.split(`
`).filter(Boolean).map(c=>r`<p>${Kn(c)}</p>\n`),i=r`${s}${e&&rn(e.lines)}${a.length>0&&rn(a.map(y.MG))}`;return t===void 0?i:r`<details><summary>${t}</summary>\n${i}</details>\n`}function Kn(n){const{name:e,url:a}=(0,u.xh)(),[t="",...o]=n.split(a);return o.length>0?r`${t}${L(a,e)}${o.join(a)}`:r`${n}`}function rn(n){const e=n.flatMap(a=>a.split(`
`)).map(a=>r`${a}\n`);return r`<div class="code"><pre tabindex="0">${e}</pre></div>\n`}function W(n,e){const a=e.slice(0,Y).map(t=>r`<li>${t}\n`);return r`<details><summary>${n}</summary>
<ul>
${a}</ul>
${C(e.length-Y)}</details>\n`}function Hn(n){const{mode:e,unknown:a,notes:t}=n,o=(0,U.Xq)(n),s=c=>e==="merge"?`${o(c)}: `:"",i=[[a.map(({subject:c,message:p})=>`${s(c)}${p}`),"item could not be checked","items could not be checked"],[t,"note","notes"]];return r`${i.map(([c,p,l])=>c.length>0?W((0,u.LS)(c.length,p,l),c):r``)}`}function Nn(n){if(n.length===0)return r``;const e=T({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:a,name:t,clusters:o,drifted:s,unchecked:i,gap:c})=>Z(a,t,[o,s,i,c]))});return n.some(({gap:a})=>a!=="")?e:r`<details><summary>${(0,u.LS)(n.length,"job")}, all complete</summary>\n${e}</details>\n`}function Fn({images:n,manifests:e}){const a=[...n.map(({image:t,name:o,source:s,...i})=>({...i,image:t??o,source:s})),...e.map(({file:t,resource:o,...s})=>({...s,source:`${t}: ${o}`}))].sort((t,o)=>f.x[t.state].rank-f.x[o.state].rank);return a.length===0?r``:T({id:"images",title:"Images",above:C(a.length-q),columns:["State","Image","From","Why"],rows:a.slice(0,q).map(({state:t,status:o,image:s,source:i,error:c})=>Z(t,s,[i,c?`${c.code}: ${(0,y.cv)(c.said)}`:""],o))})}function Jn({errors:n,...e},a){const t=[...(0,B.Uh)(n),...(0,B.Uh)((0,U.WX)(e.report))],o={...e,problems:t,run:(0,u.xh)()};try{const s=(0,J.join)((0,hn.P)(),"attach-acr-report.html");(0,F.writeFileSync)(s,Vn(JSON.parse((0,fn.Kp)(JSON.stringify(o))))),(0,B.uH)("report-html-file",s),a.line(`html report  ${s}`)}catch(s){(0,dn.fz)("warning",`The HTML report could not be written: ${(0,y.bD)(s)}`,"attach-acr")}}function Vn(n){const{headline:e,worst:a,change:t,report:o,jobs:s,run:i,at:c,issue:p}=n,l=a!==""&&!E(o)?a:e,d=["default-src 'none'",`style-src '${an(G)}'`,`script-src '${an(V)}'`,"base-uri 'none'","form-action 'none'"].join("; "),m=new Date(c).toISOString(),{text:g}=r(ln||(ln=on([`<!doctype html>
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
`])),new b(d),e,new b(G),l,t!==""&&r` <small>${t}</small>`,o.mode,i.name!==""&&r` · ${L(i.url,i.name)}`,m,m.slice(0,16).replace("T"," "),u.rE,p&&r` · drift issue ${L(p.url,p.name)}`,$n(n),Bn(n),xn(n),Pn(n),Fn(o),Nn(s),Hn(o),new b(V));return g}var an=n=>`sha256-${(0,N.createHash)("sha256").update(n).digest("base64")}`})};
