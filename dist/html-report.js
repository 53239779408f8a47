var B=Object.freeze,_n=Object.defineProperty;var R=(_,g)=>B(_n(_,"raw",{value:B(g||_.slice())}));var I;const vn="html-report",kn=["html-report"],Mn={9407:(function(_,g,l){l.d(g,{writeHtmlReport:()=>pn});var A=l(8995),c=l(5001),E=l(1607),W=l(2093),j=l(7109),K=l(2714),U=l(7582),H=l(2919),gn=l(4487),wn=l(3635),f=l(7773),bn=l(1264),$n=l(3595),w=l(7914),z=l(8819),F=l(6156),v=l(6965),yn=l(2005),N=l(3024),J=l(6760),G=l(7598);const xn=(0,A.createRequire)("/");var p=class{text;constructor(n){this.text=n}};function a(n,...e){return new p(n.map((o,r)=>o+Q(e[r])).join(""))}function Q(n){return n===void 0||n===!1?"":n instanceof p?n.text:typeof n=="number"?String(n):typeof n=="string"?V(n):n.map(({text:e})=>e).join("")}function V(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,H.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function k(n,e){return/^https?:\/\//.test(n)?a`<a href="${n}">${e}</a>`:a`${e}`}function b(n){return n>0?a`<p>${(0,f.LS)(n,"more is","more are")} in the report file.</p>\n`:a``}function u(n){const{id:e,title:o,above:r,columns:s,rows:t,isSortable:i}=n,d=s.map(m=>a`<th scope="col">${m}</th>`);return a`<section aria-labelledby="${e}-title">
<h2 id="${e}-title">${o}</h2>
${r}
<div class="scroll" role="region" aria-labelledby="${e}-title" tabindex="0">
<table id="${e}"${i&&X}>
<thead><tr>${d}</tr></thead>
<tbody>
${t}</tbody>
</table>
</div>
</section>\n`}var X=a` data-sortable`;function $(n,e,o,r=c.oC[n].word){const s=o.map(t=>a`<td>${t}`);return a`<tr class="${n}"><td data-key="${c.xP.indexOf(n)}">${c.oC[n].mark} ${r}<th scope="row">${e}${s}\n`}var Y=5e4,Z=[1e3,400,160,60],q=450,nn=45e5;function en(n){if(n.length===0)return a``;const r=n.map(t=>({pair:t,rank:c.xP.indexOf((0,c.L4)(t))})).sort((t,i)=>t.rank-i.rank).map(({pair:t})=>t).slice(0,Y),s=n.length-r.length;return u({id:"pairs",title:"Clusters and registries",above:a`${tn(n)}
<p id="status" role="status" class="soft">${(0,f.LS)(r.length,"row")}.</p>
${b(s)}`,columns:["State","Cluster","Resource group","Subscription","Registry","Access","Role","Verified","Why"],rows:rn(r),isSortable:!0})}function tn(n){const e=(0,z.$z)(n,c.L4),o=c.xP.flatMap(r=>{const s=e.get(r)?.length??0,t=`${c.oC[r].mark} ${c.oC[r].word} (${s})`;return s>0?a`<label><input type="checkbox" value="${r}" checked> ${t}</label>\n`:[]});return a`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<fieldset><legend>State</legend>
${o}</fieldset>
<button type="button" id="more" hidden>Show all rows</button>
</div>`}function rn(n){const e=Math.max(nn,n.length*q);let o="";for(const r of Z)if(o=n.map(s=>on(s,r).text).join(""),Buffer.byteLength(o)<=e)break;return new p(o)}function on(n,e){const{target:o,registry:r,loginServer:s,grantedBy:t,scope:i,role:d,verified:m}=n,h=(0,w.RQ)(o),y=h?.name??(o==="*"?"other clusters":(0,w.mp)(o)),x=t===null?"":t==="direct"?"direct":(0,f.B6)(t,i??""),un=an(n);return $((0,c.L4)(n),y,[h?.resourceGroup??"",h?.subscriptionId??"",s??(0,w.mp)(r),x,d??"",m==="none"?"":m,(0,f.Jj)(un,e)])}function an({error:n,lacks:e}){return n?`${n.code}: ${n.message}`:e.join("; ")}var M=1e3,O=2e4;function sn(n){if(n.length===0)return a``;const e=n.map(({mark:o,code:r,link:s,message:t,answer:i,advice:d,others:m})=>{const h=m.map(x=>x.message),y=h.length>0&&T(`${h.length} more like it`,h);return a`<h3>${o} ${k(s,r)}</h3>\n<p>${t}${i}</p>\n${(0,v.CI)(d).map(ln)}${y}`});return a`<section aria-labelledby="problems-title">
<h2 id="problems-title">What to do</h2>
${e}</section>\n`}function ln({text:n,block:e,commands:o,caution:r}){const t=n.split(`
`).filter(Boolean).map(d=>a`<p>${d}</p>\n`),i=a`${t}${e&&P(e.lines)}${o.length>0&&P(o.map(v.MG))}`;return r===void 0?i:a`<details><summary>${r}</summary>\n${i}</details>\n`}function P(n){const e=n.flatMap(o=>o.split(`
`)).map(o=>a`${o}\n`);return a`<pre tabindex="0">${e}</pre>\n`}function T(n,e){const o=e.slice(0,M).map(r=>a`<li>${r}\n`);return a`<details><summary>${n}</summary>
<ul>
${o}</ul>
${b(e.length-M)}</details>\n`}function dn({unknown:n,notes:e}){const o=[[n.map(({message:r})=>r),"item could not be checked","items could not be checked"],[e,"note","notes"]];return a`${o.map(([r,s,t])=>r.length>0?T((0,f.LS)(r.length,s,t),r):a``)}`}function cn({registries:n,rows:e}){if(n.length*e.length<2)return a``;const o=e.flatMap(t=>t.cells),s=c.xP.filter(t=>o.some(i=>i.text!==""&&i.state===t)).map(t=>`${c.oC[t].mark} ${c.oC[t].word}`).join(", ");return u({id:"map",title:"Subscriptions and registries",above:a`<p class="soft">The numbers count clusters: ${s}.</p>`,columns:["Subscription",...n.map(t=>t||"not known")],rows:e.map(({subscription:t,cells:i})=>{const d=i.map(({text:m,state:h})=>m===""?a`<td>`:a`<td class="${h}">${m}`);return a`<tr><th scope="row">${t||"not known"}${d}\n`}),isSortable:!1})}function mn(n){return n.length===0?a``:u({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:e,name:o,clusters:r,drifted:s,unchecked:t,gap:i})=>$(e,o,[r,s,t,i])),isSortable:!0})}function hn({images:n,manifests:e}){const o=[...n.map(({image:r,name:s,source:t,status:i,digest:d,error:m})=>({image:r??s,source:t,status:i,error:m,state:L(i,d!==null)})),...e.map(({image:r,file:s,resource:t,status:i,error:d})=>({image:r,source:`${s}: ${t}`,status:i,error:d,state:L(i,i==="present")}))].sort((r,s)=>c.xP.indexOf(r.state)-c.xP.indexOf(s.state));return o.length===0?a``:u({id:"images",title:"Images",above:b(o.length-O),columns:["State","Image","From","Why"],rows:o.slice(0,O).map(({state:r,status:s,image:t,source:i,error:d})=>$(r,t,[i,d?`${d.code}: ${d.message}`:""],s)),isSortable:!0})}function L(n,e){return n==="missing"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&e?"fine":"unknown"}var D=`// The only script of the HTML report: makes its tables sortable and the table of clusters filterable. Without it, the page shows the same tables.
{
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

  /** Waits until typing pauses, in ms: a filter of ten thousand rows takes a moment. */
  const typingMs = 150

  /** Number of rows that are shown until the reader asks for all: a browser takes seconds to lay out ten thousand. */
  const firstRows = 1000

  /** @param {HTMLTableElement} table */
  const rowsOf = table => [...(table.tBodies[0]?.rows ?? [])]

  /**
   * What a cell is sorted by: its key, or else its text.
   * @param {HTMLTableRowElement} row
   * @param {number} column
   */
  const keyOf = (row, column) => {
    const cell = row.cells[column]
    return cell?.dataset.key ?? cell?.textContent ?? ''
  }

  /** @param {string} text */
  const announce = text => {
    const status = document.getElementById('status')
    if (status) status.textContent = text
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
    const keyed = rowsOf(table).map(row => ({ row, key: keyOf(row, header.cellIndex) }))
    keyed.sort((a, b) => collator.compare(a.key, b.key) * (isDescending ? -1 : 1))
    const sorted = document.createDocumentFragment()
    for (const { row } of keyed) sorted.append(row)
    table.tBodies[0]?.append(sorted)
    const how = \`Sorted by \${header.textContent}, \${header.ariaSort}.\`
    const next = afterSorting.get(table) ?? announce
    next(how)
  }

  for (const table of document.querySelectorAll('table')) {
    if (!table.hasAttribute('data-sortable')) continue
    for (const header of table.tHead?.rows[0]?.cells ?? []) {
      const button = document.createElement('button')
      button.type = 'button'
      button.append(...header.childNodes)
      button.addEventListener('click', () => sort(table, header))
      header.append(button)
      header.ariaSort = 'none'
    }
  }

  const tools = document.getElementById('tools')
  const pairs = document.getElementById('pairs')
  const words = document.getElementById('filter')
  const more = document.getElementById('more')
  if (tools && more && pairs instanceof HTMLTableElement && words instanceof HTMLInputElement) {
    const boxes = [...tools.querySelectorAll('input')].filter(input => input.type === 'checkbox')
    /** @type {Map<HTMLTableRowElement, string>} */
    const texts = new Map()
    let max = firstRows
    /** @type {number | undefined} */
    let timer

    /** @param {HTMLTableRowElement} row */
    const textOf = row => {
      const known = texts.get(row) ?? [...row.cells].map(cell => cell.textContent.toLowerCase()).join(' ')
      texts.set(row, known)
      return known
    }

    /** Shows the first rows that match. @param {string} [how] what was done before */
    const filter = (how = '') => {
      const searched = words.value.toLowerCase().split(/\\s+/).filter(Boolean)
      const states = new Set(boxes.filter(box => box.checked).map(box => box.value))
      const rows = rowsOf(pairs)
      let matching = 0
      for (const row of rows) {
        const isMatch =
          states.has(row.className) && (searched.length === 0 || searched.every(word => textOf(row).includes(word)))
        if (isMatch) matching += 1
        const isHidden = !isMatch || matching > max
        if (row.hidden !== isHidden) row.hidden = isHidden
      }
      const rest = Math.max(0, matching - max)
      more.hidden = rest === 0
      const count = \`\${matching - rest} of \${rows.length} rows are shown\${rest > 0 ? \`, and \${rest} more match\` : ''}.\`
      announce(how === '' ? count : \`\${how} \${count}\`)
    }

    afterSorting.set(pairs, filter)
    words.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => filter(), typingMs)
    })
    for (const box of boxes) box.addEventListener('change', () => filter())
    more.addEventListener('click', () => {
      max = Infinity
      filter()
      pairs.closest('div')?.focus()
    })
    // Not only for large tables: a browser that goes back restores what was typed.
    filter()
    tools.hidden = false
    pairs.classList.add('ready')
  }
}
`,C=`:root {
  color-scheme: light dark;
  --text: #1f2328;
  --soft: #59636e;
  --page: #ffffff;
  --head: #f6f8fa;
  --line: #d1d9e0;
  --link: #0969da;
  --failed: #cf222e;
  --drifted: #9a6700;
  --unknown: #59636e;
  --fine: #1a7f37;
}

@media (prefers-color-scheme: dark) {
  :root {
    --text: #f0f6fc;
    --soft: #9198a1;
    --page: #0d1117;
    --head: #151b23;
    --line: #3d444d;
    --link: #4493f8;
    --failed: #ff7b72;
    --drifted: #e3b341;
    --unknown: #9198a1;
    --fine: #3fb950;
  }
}

body {
  margin: 0 auto;
  max-width: 100rem;
  padding: 1rem 1.5rem 3rem;
  background: var(--page);
  color: var(--text);
  font:
    1rem/1.5 system-ui,
    sans-serif;
}

h1 {
  font-size: 1.5rem;
}

h2 {
  margin: 2rem 0 0.5rem;
  font-size: 1.2rem;
}

h3 {
  margin: 1.2rem 0 0.3rem;
  font-size: 1rem;
}

a {
  color: var(--link);
}

p,
li,
pre {
  overflow-wrap: anywhere;
}

pre {
  padding: 0.75rem;
  background: var(--head);
  border: 1px solid var(--line);
  border-radius: 6px;
  white-space: pre-wrap;
}

.soft {
  color: var(--soft);
}

.scroll {
  max-height: 90vh;
  overflow: auto;
  border: 1px solid var(--line);
  border-radius: 6px;
}

table {
  border-collapse: separate;
  border-spacing: 0;
  min-width: 100%;
  font-size: 0.875rem;
  text-align: start;
}

th,
td {
  padding: 0.25rem 0.6rem;
  border-bottom: 1px solid var(--line);
  font-weight: normal;
  text-align: start;
  vertical-align: top;
}

thead th {
  position: sticky;
  top: 0;
  background: var(--head);
  font-weight: 600;
  white-space: nowrap;
}

.failed > td:first-child,
td.failed {
  color: var(--failed);
}

.drifted > td:first-child,
td.drifted {
  color: var(--drifted);
}

.unknown > td:first-child,
td.unknown {
  color: var(--unknown);
}

.fine > td:first-child,
td.fine {
  color: var(--fine);
}

td:first-child,
#map :is(td, th),
#pairs :is(td, th):not(:last-child) {
  white-space: nowrap;
}

#pairs td:last-child {
  min-width: 20rem;
  overflow-wrap: anywhere;
}

button {
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}

#more {
  color: var(--link);
  text-decoration: underline;
}

th[aria-sort='ascending'] button::after {
  content: ' \u25B2';
  content: ' \u25B2' / '';
}

th[aria-sort='descending'] button::after {
  content: ' \u25BC';
  content: ' \u25BC' / '';
}

:focus-visible {
  outline: 2px solid var(--link);
  outline-offset: 2px;
}

#tools {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem 1.5rem;
  align-items: center;
  margin-bottom: 0.5rem;
}

#tools[hidden] {
  display: none;
}

#tools fieldset {
  display: flex;
  flex-wrap: wrap;
  gap: 0.25rem 1rem;
  margin: 0;
  padding: 0;
  border: 0;
}

#tools legend {
  float: left;
  margin-right: 0.75rem;
}

#filter {
  width: 20rem;
  max-width: 60vw;
  padding: 0.25rem 0.5rem;
  border: 1px solid var(--soft);
  border-radius: 6px;
  background: var(--page);
  color: inherit;
  font: inherit;
}

/* The page's script shows the first thousand rows, too: until it runs, the browser lays out no others. */
@media (scripting: enabled) {
  #pairs:not(.ready) tbody tr:nth-child(n + 1001) {
    display: none;
  }
}

@media print {
  .scroll {
    max-height: none;
    overflow: visible;
  }

  #tools {
    display: none;
  }
}
`;function fn({headline:n,report:e,jobs:o,map:r,problems:s,run:t,at:i}){const d=["default-src 'none'",`style-src '${S(C)}'`,`script-src '${S(D)}'`,"base-uri 'none'","form-action 'none'"].join("; "),m=new Date(i).toISOString(),{text:h}=a(I||(I=R([`<!doctype html>
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
          <p class="soft">
            `,"",` \xB7
            <time datetime="`,'">'," UTC</time> \xB7 attach-acr ",`
          </p>
        </header>
        <main>
          `," "," "," "," ",`
          `,`
        </main>
        <script>`,`<\/script>
      </body>
    </html>
`])),new p(d),n,new p(C),n,e.mode,t.name!==""&&a` · ${k(t.url,t.name)}`,m,m.slice(0,16).replace("T"," "),f.rE,cn(r),sn(s),mn(o),en(e.pairs),hn(e),dn(e),new p(D));return h}var S=n=>`sha256-${(0,G.createHash)("sha256").update(n).digest("base64")}`;function pn({errors:n,...e},o){const r=[...(0,E.groupProblems)(n),...(0,E.groupProblems)(e.report.findings)],s={...e,problems:r,run:(0,f.Lu)()};try{const t=(0,J.join)((0,K.makeTempFolder)(),"attach-acr-report.html");(0,N.writeFileSync)(t,fn(JSON.parse((0,U.Kp)(JSON.stringify(s))))),(0,W.setOutput)("report-html-file",t),o.line(`html report  ${t}`)}catch(t){(0,j.fz)("warning",`The HTML report could not be written: ${(0,F.bD)(t)}`,"attach-acr")}}})};export{vn as id,kn as ids,Mn as modules};
