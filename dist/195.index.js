var B=Object.freeze,bn=Object.defineProperty;var I=(g,$)=>B(bn(g,"raw",{value:B($||g.slice())}));var A;const vn=195,Mn=[195],kn={1195:(function(g,$,c){c.d($,{writeHtmlReport:()=>fn});var C=c(8995),x=c(9591),W=c(3890),H=c(7459),w=c(6659),d=c(4592),E=c(7139),h=c(5126),gn=c(4743),j=c(1501),$n=c(749),K=c(7859),_n=c(9606),u=c(5879),yn=c(7778),U=c(3024),F=c(6760),G=c(7598);const xn=(0,C.createRequire)("/");function J(n,t){return[...(0,w.gL)(n).map(e=>v(e,"\u2717",`${e[0].message}${(0,w.Pt)(e[0])}`)),...(0,w.kG)(t).map(e=>v(e,d.G_[e[0].severity],e[0].message))]}function v(n,t,e){const[{code:o}]=n;return{mark:t,code:o,link:(0,h.v$)(o),message:e,others:(0,w.Hi)(n).map(({message:a})=>a),parts:(0,u.CI)((0,w.wr)(n))}}function N({registries:n,rows:t}){return{registries:n,rows:t.map(({subscription:e,cells:o})=>({subscription:e,cells:o.map(a=>({text:(0,x.AR)(a),state:(0,x.hm)([a])}))}))}}var p=class{text;constructor(n){this.text=n}};function s(n,...t){return new p(n.map((e,o)=>e+X(t[o])).join(""))}function X(n){return n===void 0||n===!1?"":n instanceof p?n.text:typeof n=="number"?String(n):typeof n=="string"?z(n):n.map(({text:t})=>t).join("")}function z(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,E.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function M(n,t){return/^https?:\/\//.test(n)?s`<a href="${n}">${t}</a>`:s`${t}`}function _(n){return n>0?s`<p>${(0,h.LS)(n,"more is","more are")} in the report file.</p>\n`:s``}function b({id:n,title:t,above:e,columns:o,rows:a,isSortable:r}){const i=o.map(l=>s`<th scope="col">${l}</th>`);return s`<section aria-labelledby="${n}-title">
<h2 id="${n}-title">${t}</h2>
${e}
<div class="scroll" role="region" aria-labelledby="${n}-title" tabindex="0">
<table id="${n}"${r&&V}>
<thead><tr>${i}</tr></thead>
<tbody>
${a}</tbody>
</table>
</div>
</section>\n`}var V=s` data-sortable`;function y(n,t,e,o=d.Xu[n]){const a=e.map(r=>s`<td>${r}`);return s`<tr class="${n}"><td data-key="${d.xP.indexOf(n)}">${d.A$[n]} ${o}<th scope="row">${t}${a}\n`}var Z=5e4,Q=[1e3,400,160,60],Y=450,q=45e5;function nn(n){if(n.length===0)return s``;const o=n.map(r=>({pair:r,rank:d.xP.indexOf((0,d.L4)(r))})).sort((r,i)=>r.rank-i.rank).map(({pair:r})=>r).slice(0,Z),a=n.length-o.length;return b({id:"pairs",title:"Clusters and registries",above:s`${tn(n)}
<p id="status" role="status" class="soft">${(0,h.LS)(o.length,"row")}.</p>
${_(a)}`,columns:["State","Cluster","Resource group","Subscription","Registry","Access","Role","Verified","Why"],rows:en(o),isSortable:!0})}function tn(n){const t=(0,j.$z)(n,d.L4),e=d.xP.flatMap(o=>{const a=t.get(o)?.length??0,r=`${d.A$[o]} ${d.Xu[o]} (${a})`;return a>0?s`<label><input type="checkbox" value="${o}" checked> ${r}</label>\n`:[]});return s`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<fieldset><legend>State</legend>
${e}</fieldset>
<button type="button" id="more" hidden>Show all rows</button>
</div>`}function en(n){const t=Math.max(q,n.length*Y);let e="";for(const o of Q)if(e=n.map(a=>on(a,o).text).join(""),Buffer.byteLength(e)<=t)break;return new p(e)}function on(n,t){const{target:e,registry:o,loginServer:a,grantedBy:r,scope:i,role:l,verified:m}=n,f=(0,u.RQ)(e),un=f?.name??(e==="*"?"other clusters":(0,u.mp)(e)),pn=r===null?"":r==="direct"?"direct":(0,h.B6)(r,i??""),wn=rn(n);return y((0,d.L4)(n),un,[f?.resourceGroup??"",f?.subscriptionId??"",a??(0,u.mp)(o),pn,l??"",m==="none"?"":m,(0,h.Jj)(wn,t)])}function rn({error:n,lacks:t}){return n?`${n.code}: ${n.message}`:t.join("; ")}var k=1e3,O=2e4;function an(n){if(n.length===0)return s``;const t=n.map(({mark:e,code:o,link:a,message:r,parts:i,others:l})=>{const m=l.length>0&&T(`${l.length} more like it`,l);return s`<h3>${e} ${M(a,o)}</h3>\n<p>${r}</p>\n${i.map(sn)}${m}`});return s`<section aria-labelledby="problems-title">
<h2 id="problems-title">What to do</h2>
${t}</section>\n`}function sn({text:n,block:t,commands:e,caution:o}){const r=n.split(`
`).filter(Boolean).map(l=>s`<p>${l}</p>\n`),i=s`${r}${t&&P(t.lines)}${e.length>0&&P(e.map(u.MG))}`;return o===void 0?i:s`<details><summary>${o}</summary>\n${i}</details>\n`}function P(n){const t=n.flatMap(e=>e.split(`
`)).map(e=>s`${e}\n`);return s`<pre tabindex="0">${t}</pre>\n`}function T(n,t){const e=t.slice(0,k).map(o=>s`<li>${o}\n`);return s`<details><summary>${n}</summary>
<ul>
${e}</ul>
${_(t.length-k)}</details>\n`}function ln({unknown:n,notes:t}){const e=[[n.map(({message:o})=>o),"item could not be checked","items could not be checked"],[t,"note","notes"]];return s`${e.map(([o,a,r])=>o.length>0?T((0,h.LS)(o.length,a,r),o):s``)}`}function cn({registries:n,rows:t}){if(n.length*t.length<2)return s``;const e=t.flatMap(r=>r.cells),a=d.xP.filter(r=>e.some(i=>i.text!==""&&i.state===r)).map(r=>`${d.A$[r]} ${d.Xu[r]}`).join(", ");return b({id:"map",title:"Subscriptions and registries",above:s`<p class="soft">The numbers count clusters: ${a}.</p>`,columns:["Subscription",...n.map(r=>r||"not known")],rows:t.map(({subscription:r,cells:i})=>{const l=i.map(({text:m,state:f})=>m===""?s`<td>`:s`<td class="${f}">${m}`);return s`<tr><th scope="row">${r||"not known"}${l}\n`}),isSortable:!1})}function dn(n){return n.length===0?s``:b({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:t,name:e,clusters:o,drifted:a,unchecked:r,gap:i})=>y(t,e,[o,a,r,i])),isSortable:!0})}function mn({images:n,manifests:t}){const e=[...n.map(({image:o,name:a,source:r,status:i,digest:l,error:m})=>({image:o??a,source:r,status:i,error:m,state:L(i,l!==null)})),...t.map(({image:o,file:a,resource:r,status:i,error:l})=>({image:o,source:`${a}: ${r}`,status:i,error:l,state:L(i,i==="present")}))].sort((o,a)=>d.xP.indexOf(o.state)-d.xP.indexOf(a.state));return e.length===0?s``:b({id:"images",title:"Images",above:_(e.length-O),columns:["State","Image","From","Why"],rows:e.slice(0,O).map(({state:o,status:a,image:r,source:i,error:l})=>y(o,r,[i,l?`${l.code}: ${l.message}`:""],a)),isSortable:!0})}function L(n,t){return n==="missing"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&t?"fine":"unknown"}var D=`// The only script of the HTML report: makes its tables sortable and the table of clusters filterable. Without it, the page shows the same tables.
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
`,S=`:root {
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
`;function hn({headline:n,report:t,jobs:e,map:o,problems:a,run:r,at:i}){const l=["default-src 'none'",`style-src '${R(S)}'`,`script-src '${R(D)}'`,"base-uri 'none'","form-action 'none'"].join("; "),m=new Date(i).toISOString(),{text:f}=s(A||(A=I([`<!doctype html>
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
`])),new p(l),n,new p(S),n,t.mode,r.name!==""&&s` · ${M(r.url,r.name)}`,m,m.slice(0,16).replace("T"," "),W.r,cn(o),an(a),dn(e),nn(t.pairs),mn(t),ln(t),new p(D));return f}var R=n=>`sha256-${(0,G.createHash)("sha256").update(n).digest("base64")}`;function fn({map:n,errors:t,...e},o){const a=J(t,e.report.findings),r={...e,map:N(n),problems:a,run:(0,h.Lu)()};try{const i=(0,F.join)((0,H.P)(),"attach-acr-report.html");(0,U.writeFileSync)(i,hn(JSON.parse((0,K.Kp)(JSON.stringify(r))))),(0,d.uH)("report-html-file",i),o.line(`html report  ${i}`)}catch(i){(0,E.fz)("warning",`The HTML report could not be written: ${(0,u.bD)(i)}`,"attach-acr")}}})};export{vn as id,Mn as ids,kn as modules};
