<<<<<<< HEAD
<<<<<<<< HEAD:dist/624.index.js
var B=Object.freeze,gn=Object.defineProperty;var I=(g,$)=>B(gn(g,"raw",{value:B($||g.slice())}));var A;const Mn=624,kn=[624],On={8624:(function(g,$,c){c.d($,{writeHtmlReport:()=>un});var C=c(8995),x=c(2127),w=c(3100),W=c(1714),d=c(9465),j=c(3420),E=c(5600),H=c(6897),K=c(1371),$n=c(9606),h=c(5271),_n=c(9528),U=c(7890),yn=c(9632),u=c(6447),xn=c(7778),N=c(3024),F=c(6760),G=c(7598);const En=(0,C.createRequire)("/");function J(n,t){return[...(0,w.BR)(n).map(e=>v(e,"\u2717",`${e.first.message}${(0,w.Pt)(e.first)}`)),...(0,w.kG)(t).map(e=>v(e,e.first.severity==="warning"?"\u26A0":"\u2139",e.first.message))]}function v(n,t,e){const{code:o}=n.first;return{mark:t,code:o,link:(0,h.v$)(o),message:e,others:(0,w.Hi)(n).map(({message:a})=>a),parts:(0,u.CI)((0,w.wr)(n))}}function V({registries:n,rows:t}){return{registries:n,rows:t.map(({subscription:e,cells:o})=>({subscription:e,cells:o.map(a=>({text:(0,x.AR)(a),state:(0,x.hm)([a])}))}))}}var M=`// The only script of the HTML report: makes its tables sortable and the table of clusters filterable. Without it, the page shows the same tables.
========
var B=Object.freeze,gn=Object.defineProperty;var A=(g,$)=>B(gn(g,"raw",{value:B($||g.slice())}));var C;const Mn=132,kn=[132],On={5132:(function(g,$,c){c.d($,{writeHtmlReport:()=>un});var I=c(8995),x=c(4952),w=c(6263),W=c(1714),d=c(2320),H=c(9555),E=c(5600),j=c(6897),K=c(1371),$n=c(9606),h=c(730),_n=c(2784),U=c(7890),yn=c(2059),u=c(728),xn=c(7778),N=c(3024),J=c(6760),F=c(7598);const En=(0,I.createRequire)("/");function G(n,t){return[...(0,w.BR)(n).map(e=>v(e,"\u2717",`${e.first.message}${(0,w.Pt)(e.first)}`)),...(0,w.kG)(t).map(e=>v(e,e.first.severity==="warning"?"\u26A0":"\u2139",e.first.message))]}function v(n,t,e){const{code:o}=n.first;return{mark:t,code:o,link:(0,h.v$)(o),message:e,others:(0,w.Hi)(n).map(({message:a})=>a),parts:(0,u.CI)((0,w.wr)(n))}}function Q({registries:n,rows:t}){return{registries:n,rows:t.map(({subscription:e,cells:o})=>({subscription:e,cells:o.map(a=>({text:(0,x.AR)(a),state:(0,x.hm)([a])}))}))}}var M=`// The only script of the HTML report: makes its tables sortable and the table of clusters filterable. Without it, the page shows the same tables.
>>>>>>>> h-network:dist/132.index.js
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
`,k=`:root {
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
<<<<<<<< HEAD:dist/624.index.js
`,p=class{text;constructor(n){this.text=n}};function s(n,...t){return new p(n.map((e,o)=>e+z(t[o])).join(""))}function z(n){return n===void 0||n===!1?"":n instanceof p?n.text:typeof n=="number"?String(n):typeof n=="string"?X(n):n.map(({text:t})=>t).join("")}function X(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,E.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function O(n,t){return/^https?:\/\//.test(n)?s`<a href="${n}">${t}</a>`:s`${t}`}function _(n){return n>0?s`<p>${(0,h.LS)(n,"more is","more are")} in the report file.</p>\n`:s``}function b({id:n,title:t,above:e,columns:o,rows:a,isSortable:r}){const i=o.map(l=>s`<th scope="col">${l}</th>`);return s`<section aria-labelledby="${n}-title">
========
`,p=class{text;constructor(n){this.text=n}};function s(n,...t){return new p(n.map((e,o)=>e+V(t[o])).join(""))}function V(n){return n===void 0||n===!1?"":n instanceof p?n.text:typeof n=="number"?String(n):typeof n=="string"?z(n):n.map(({text:t})=>t).join("")}function z(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,E.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function O(n,t){return/^https?:\/\//.test(n)?s`<a href="${n}">${t}</a>`:s`${t}`}function _(n){return n>0?s`<p>${(0,h.LS)(n,"more is","more are")} in the report file.</p>\n`:s``}function b({id:n,title:t,above:e,columns:o,rows:a,isSortable:r}){const i=o.map(l=>s`<th scope="col">${l}</th>`);return s`<section aria-labelledby="${n}-title">
>>>>>>>> h-network:dist/132.index.js
<h2 id="${n}-title">${t}</h2>
${e}
<div class="scroll" role="region" aria-labelledby="${n}-title" tabindex="0">
<table id="${n}"${r&&X}>
<thead><tr>${i}</tr></thead>
<tbody>
${a}</tbody>
</table>
</div>
</section>
<<<<<<<< HEAD:dist/624.index.js
`}var Q=s` data-sortable`;function y(n,t,e,o=d.Xu[n]){const a=e.map(r=>s`<td>${r}`);return s`<tr class="${n}"><td data-key="${d.xP.indexOf(n)}">${d.A$[n]} ${o}<th scope="row">${t}${a}
========
`}var X=s` data-sortable`;function y(n,t,e,o=d.Xu[n]){const a=e.map(r=>s`<td>${r}`);return s`<tr class="${n}"><td data-key="${d.xP.indexOf(n)}">${d.A$[n]} ${o}<th scope="row">${t}${a}
>>>>>>>> h-network:dist/132.index.js
`}var Y=5e4,Z=[1e3,400,160,60],q=450,nn=45e5;function tn(n){if(n.length===0)return s``;const o=n.map(r=>({pair:r,rank:d.xP.indexOf((0,d.L4)(r))})).sort((r,i)=>r.rank-i.rank).map(({pair:r})=>r).slice(0,Y),a=n.length-o.length;return b({id:"pairs",title:"Clusters and registries",above:s`${en(n)}
<p id="status" role="status" class="soft">${(0,h.LS)(o.length,"row")}.</p>
${_(a)}`,columns:["State","Cluster","Resource group","Subscription","Registry","Access","Role","Verified","Why"],rows:on(o),isSortable:!0})}function en(n){const t=(0,U.$z)(n,d.L4),e=d.xP.flatMap(o=>{const a=t.get(o)?.length??0,r=`${d.A$[o]} ${d.Xu[o]} (${a})`;return a>0?s`<label><input type="checkbox" value="${o}" checked> ${r}</label>\n`:[]});return s`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<fieldset><legend>State</legend>
${e}</fieldset>
<button type="button" id="more" hidden>Show all rows</button>
<<<<<<<< HEAD:dist/624.index.js
</div>`}function on(n){const t=Math.max(nn,n.length*q);let e="";for(const o of Z)if(e=n.map(a=>rn(a,o).text).join(""),Buffer.byteLength(e)<=t)break;return new p(e)}function rn(n,t){const{target:e,registry:o,loginServer:a,grantedBy:r,scope:i,role:l,verified:m}=n,f=(0,u.RQ)(e),pn=f?.name??(e==="*"?"other clusters":(0,u.mp)(e)),wn=r===null?"":r==="direct"?"direct":(0,h.B6)(r,i??""),bn=an(n);return y((0,d.L4)(n),pn,[f?.resourceGroup??"",f?.subscriptionId??"",a??(0,u.mp)(o),wn,l??"",m==="none"?"":m,(0,h.Jj)(bn,t)])}function an({error:n,lacks:t}){return n?`${n.code}: ${n.message}`:t.join("; ")}var P=1e3,T=2e4;function sn(n){if(n.length===0)return s``;const t=n.map(({mark:e,code:o,link:a,message:r,parts:i,others:l})=>{const m=l.length>0&&D(`${l.length} more like it`,l);return s`<h3>${e} ${O(a,o)}</h3>
========
</div>`}function on(n){const t=Math.max(nn,n.length*q);let e="";for(const o of Z)if(e=n.map(a=>rn(a,o).text).join(""),Buffer.byteLength(e)<=t)break;return new p(e)}function rn(n,t){const{target:e,registry:o,loginServer:a,grantedBy:r,scope:i,role:l,verified:m}=n,f=(0,u.RQ)(e),pn=f?.name??(e==="*"?"other clusters":(0,u.mp)(e)),wn=r===null?"":r==="direct"?"direct":(0,h.B6)(r,i??""),bn=an(n);return y((0,d.L4)(n),pn,[f?.resourceGroup??"",f?.subscriptionId??"",a??(0,u.mp)(o),wn,l??"",m==="none"?"":m,(0,h.Jj)(bn,t)])}function an({error:n,lacks:t}){return n?`${n.code}: ${n.message}`:t.join("; ")}var T=1e3,P=2e4;function sn(n){if(n.length===0)return s``;const t=n.map(({mark:e,code:o,link:a,message:r,parts:i,others:l})=>{const m=l.length>0&&D(`${l.length} more like it`,l);return s`<h3>${e} ${O(a,o)}</h3>
>>>>>>>> h-network:dist/132.index.js
<p>${r}</p>
${i.map(ln)}${m}`});return s`<section aria-labelledby="problems-title">
<h2 id="problems-title">What to do</h2>
${t}</section>
`}function ln({text:n,block:t,commands:e,caution:o}){const r=n.split(`
`).filter(Boolean).map(l=>s`<p>${l}</p>
`),i=s`${r}${t&&L(t.lines)}${e.length>0&&L(e.map(u.MG))}`;return o===void 0?i:s`<details><summary>${o}</summary>
${i}</details>
`}function L(n){const t=n.flatMap(e=>e.split(`
`)).map(e=>s`${e}
`);return s`<pre tabindex="0">${t}</pre>
`}function D(n,t){const e=t.slice(0,T).map(o=>s`<li>${o}
`);return s`<details><summary>${n}</summary>
<ul>
${e}</ul>
${_(t.length-T)}</details>
`}function cn({unknown:n,notes:t}){const e=[[n.map(({message:o})=>o),"item could not be checked","items could not be checked"],[t,"note","notes"]];return s`${e.map(([o,a,r])=>o.length>0?D((0,h.LS)(o.length,a,r),o):s``)}`}function dn({registries:n,rows:t}){if(n.length*t.length<2)return s``;const e=t.flatMap(r=>r.cells),a=d.xP.filter(r=>e.some(i=>i.text!==""&&i.state===r)).map(r=>`${d.A$[r]} ${d.Xu[r]}`).join(", ");return b({id:"map",title:"Subscriptions and registries",above:s`<p class="soft">The numbers count clusters: ${a}.</p>`,columns:["Subscription",...n.map(r=>r||"not known")],rows:t.map(({subscription:r,cells:i})=>{const l=i.map(({text:m,state:f})=>m===""?s`<td>`:s`<td class="${f}">${m}`);return s`<tr><th scope="row">${r||"not known"}${l}
<<<<<<<< HEAD:dist/624.index.js
`}),isSortable:!1})}function mn(n){return n.length===0?s``:b({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:t,name:e,clusters:o,drifted:a,unchecked:r,gap:i})=>y(t,e,[o,a,r,i])),isSortable:!0})}function hn({images:n,manifests:t}){const e=[...n.map(({image:o,source:a,status:r,digest:i,error:l})=>({image:o,source:a,status:r,error:l,state:S(r,i!==null)})),...t.map(({image:o,file:a,resource:r,status:i,error:l})=>({image:o,source:`${a}: ${r}`,status:i,error:l,state:S(i,i==="present")}))].sort((o,a)=>d.xP.indexOf(o.state)-d.xP.indexOf(a.state));return e.length===0?s``:b({id:"images",title:"Images",above:_(e.length-T),columns:["State","Image","From","Why"],rows:e.slice(0,T).map(({state:o,status:a,image:r,source:i,error:l})=>y(o,r,[i,l?`${l.code}: ${l.message}`:""],a)),isSortable:!0})}function S(n,t){return n==="missing"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&t?"fine":"unknown"}function fn({headline:n,report:t,jobs:e,map:o,problems:a,run:r,at:i}){const l=["default-src 'none'",`style-src '${R(k)}'`,`script-src '${R(M)}'`,"base-uri 'none'","form-action 'none'"].join("; "),m=new Date(i).toISOString(),{text:f}=s(A||(A=I([`<!doctype html>
========
`}),isSortable:!1})}function mn(n){return n.length===0?s``:b({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:t,name:e,clusters:o,drifted:a,unchecked:r,gap:i})=>y(t,e,[o,a,r,i])),isSortable:!0})}function hn({images:n,manifests:t}){const e=[...n.map(({image:o,source:a,status:r,digest:i,error:l})=>({image:o,source:a,status:r,error:l,state:R(r,i!==null)})),...t.map(({image:o,file:a,resource:r,status:i,error:l})=>({image:o,source:`${a}: ${r}`,status:i,error:l,state:R(i,i==="present")}))].sort((o,a)=>d.xP.indexOf(o.state)-d.xP.indexOf(a.state));return e.length===0?s``:b({id:"images",title:"Images",above:_(e.length-P),columns:["State","Image","From","Why"],rows:e.slice(0,P).map(({state:o,status:a,image:r,source:i,error:l})=>y(o,r,[i,l?`${l.code}: ${l.message}`:""],a)),isSortable:!0})}function R(n,t){return n==="missing"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&t?"fine":"unknown"}function fn({headline:n,report:t,jobs:e,map:o,problems:a,run:r,at:i}){const l=["default-src 'none'",`style-src '${S(k)}'`,`script-src '${S(M)}'`,"base-uri 'none'","form-action 'none'"].join("; "),m=new Date(i).toISOString(),{text:f}=s(C||(C=A([`<!doctype html>
>>>>>>>> h-network:dist/132.index.js
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
<<<<<<<< HEAD:dist/624.index.js
`])),new p(l),n,new p(k),n,t.mode,r.name!==""&&s` · ${O(r.url,r.name)}`,m,m.slice(0,16).replace("T"," "),W.r,dn(o),sn(a),mn(e),tn(t.pairs),hn(t),cn(t),new p(M));return f}var R=n=>`sha256-${(0,G.createHash)("sha256").update(n).digest("base64")}`;function un({map:n,errors:t,...e},o){const a=J(t,e.report.findings),r={...e,map:V(n),problems:a,run:(0,h.Lu)()};try{const i=(0,F.join)((0,H.P)(),"attach-acr-report.html");(0,N.writeFileSync)(i,fn(JSON.parse((0,K.Kp)(JSON.stringify(r))))),(0,j.u)("report-html-file",i),o.line(`html report  ${i}`)}catch(i){(0,E.fz)("warning",`The HTML report could not be written: ${(0,u.bD)(i)}`,"attach-acr")}}})};export{Mn as id,kn as ids,On as modules};
========
`])),new p(l),n,new p(k),n,t.mode,r.name!==""&&s` · ${O(r.url,r.name)}`,m,m.slice(0,16).replace("T"," "),W.r,dn(o),sn(a),mn(e),tn(t.pairs),hn(t),cn(t),new p(M));return f}var S=n=>`sha256-${(0,F.createHash)("sha256").update(n).digest("base64")}`;function un({map:n,errors:t,...e},o){const a=G(t,e.report.findings),r={...e,map:Q(n),problems:a,run:(0,h.Lu)()};try{const i=(0,J.join)((0,j.P)(),"attach-acr-report.html");(0,N.writeFileSync)(i,fn(JSON.parse((0,K.Kp)(JSON.stringify(r))))),(0,H.u)("report-html-file",i),o.line(`html report  ${i}`)}catch(i){(0,E.fz)("warning",`The HTML report could not be written: ${(0,u.bD)(i)}`,"attach-acr")}}})};export{Mn as id,kn as ids,On as modules};
>>>>>>>> h-network:dist/132.index.js
=======
const un=624,pn=[624],dn={6624:(function(hn,Vt,A){A.d(Vt,{readManifests:()=>rn});var Qt=A(8995),te=A(2538),I=A(2703),F=A(9077),L=A(9606),at=A(1909),ct=A(728),ee=A(7778),q=A(1455),G=A(6760),H=A(9896),E=A(6928),w=A(2613),se=A(857);const fn=(0,Qt.createRequire)("/");function $t(t){const e={followSymbolicLinks:!0,implicitDescendants:!0,matchDirectories:!0,omitBrokenSymbolicLinks:!0,excludeHiddenFiles:!1};return t&&(typeof t.followSymbolicLinks=="boolean"&&(e.followSymbolicLinks=t.followSymbolicLinks,(0,L.Yz)(`followSymbolicLinks '${e.followSymbolicLinks}'`)),typeof t.implicitDescendants=="boolean"&&(e.implicitDescendants=t.implicitDescendants,(0,L.Yz)(`implicitDescendants '${e.implicitDescendants}'`)),typeof t.matchDirectories=="boolean"&&(e.matchDirectories=t.matchDirectories,(0,L.Yz)(`matchDirectories '${e.matchDirectories}'`)),typeof t.omitBrokenSymbolicLinks=="boolean"&&(e.omitBrokenSymbolicLinks=t.omitBrokenSymbolicLinks,(0,L.Yz)(`omitBrokenSymbolicLinks '${e.omitBrokenSymbolicLinks}'`)),typeof t.excludeHiddenFiles=="boolean"&&(e.excludeHiddenFiles=t.excludeHiddenFiles,(0,L.Yz)(`excludeHiddenFiles '${e.excludeHiddenFiles}'`))),e}var k=process.platform==="win32";function z(t){if(t=B(t),k&&/^\\\\[^\\]+(\\[^\\]+)?$/.test(t))return t;let e=E.dirname(t);return k&&/^\\\\[^\\]+\\[^\\]+\\$/.test(e)&&(e=B(e)),e}function lt(t,e){if(w(t,"ensureAbsoluteRoot parameter 'root' must not be empty"),w(e,"ensureAbsoluteRoot parameter 'itemPath' must not be empty"),V(e))return e;if(k){if(e.match(/^[A-Z]:[^\\/]|^[A-Z]:$/i)){let s=process.cwd();return w(s.match(/^[A-Z]:\\/i),`Expected current directory to start with an absolute drive root. Actual '${s}'`),e[0].toUpperCase()===s[0].toUpperCase()?e.length===2?`${e[0]}:\\${s.substr(3)}`:(s.endsWith("\\")||(s+="\\"),`${e[0]}:\\${s.substr(3)}${e.substr(2)}`):`${e[0]}:\\${e.substr(2)}`}else if(T(e).match(/^\\$|^\\[^\\]/)){const s=process.cwd();return w(s.match(/^[A-Z]:\\/i),`Expected current directory to start with an absolute drive root. Actual '${s}'`),`${s[0]}:\\${e.substr(1)}`}}return w(V(t),"ensureAbsoluteRoot parameter 'root' must have an absolute root"),t.endsWith("/")||k&&t.endsWith("\\")||(t+=E.sep),t+e}function V(t){return w(t,"hasAbsoluteRoot parameter 'itemPath' must not be empty"),t=T(t),k?t.startsWith("\\\\")||/^[A-Z]:\\/i.test(t):t.startsWith("/")}function ht(t){return w(t,"isRooted parameter 'itemPath' must not be empty"),t=T(t),k?t.startsWith("\\")||/^[A-Z]:/i.test(t):t.startsWith("/")}function T(t){return t=t||"",k?(t=t.replace(/\//g,"\\"),(/^\\\\+[^\\]/.test(t)?"\\":"")+t.replace(/\\\\+/g,"\\")):t.replace(/\/\/+/g,"/")}function B(t){return t?(t=T(t),!t.endsWith(E.sep)||t===E.sep||k&&/^[A-Z]:\\$/i.test(t)?t:t.substr(0,t.length-1)):""}var C;(function(t){t[t.None=0]="None",t[t.Directory=1]="Directory",t[t.File=2]="File",t[t.All=3]="All"})(C||(C={}));var At=process.platform==="win32";function Mt(t){t=t.filter(n=>!n.negate);const e={};for(const n of t){const i=At?n.searchPath.toUpperCase():n.searchPath;e[i]="candidate"}const s=[];for(const n of t){const i=At?n.searchPath.toUpperCase():n.searchPath;if(e[i]==="included")continue;let r=!1,o=i,a=z(o);for(;a!==o;){if(e[a]){r=!0;break}o=a,a=z(o)}r||(s.push(n.searchPath),e[i]="included")}return s}function ne(t,e){let s=C.None;for(const n of t)n.negate?s&=~n.match(e):s|=n.match(e);return s}function ie(t,e){return t.some(s=>!s.negate&&s.partialMatch(e))}var re=(t,e,s)=>{let n,i,r,o,a,c=s.indexOf(t),l=s.indexOf(e,c+1),h=c;if(c>=0&&l>0){if(t===e)return[c,l];for(n=[],r=s.length;h>=0&&!a;){if(h===c)n.push(h),c=s.indexOf(t,h+1);else if(n.length===1){const u=n.pop();u!==void 0&&(a=[u,l])}else i=n.pop(),i!==void 0&&i<r&&(r=i,o=l),l=s.indexOf(e,h+1);h=c<l&&c>=0?c:l}n.length&&o!==void 0&&(a=[r,o])}return a},xt="\0SLASH"+Math.random().toFixed(16)+"\0",Ot="\0OPEN"+Math.random().toFixed(16)+"\0",Q="\0CLOSE"+Math.random().toFixed(16)+"\0",_t="\0COMMA"+Math.random().toFixed(16)+"\0",Dt="\0PERIOD"+Math.random().toFixed(16)+"\0",oe=new RegExp(xt,"g"),ae=new RegExp(Ot,"g"),ce=new RegExp(Q,"g"),le=new RegExp(_t,"g"),he=new RegExp(Dt,"g"),fe=/\\\\/g,ue=/\\{/g,pe=/\\}/g,de=/\\,/g,ge=/\\\./g,me=1e5,ye=4e6,ve=1e3,we=1e3,Se=2e7,be=16;function ft(t){return isNaN(t)?t.charCodeAt(0):parseInt(t,10)}function Ee(t){return t.replace(fe,xt).replace(ue,Ot).replace(pe,Q).replace(de,_t).replace(ge,Dt)}function $e(t){return t.replace(oe,"\\").replace(ae,"{").replace(ce,"}").replace(le,",").replace(he,".")}function ut(t,e){for(let s=0;s<e.length;s++)t.push(e[s])}function Rt(t,e,s){if(s.remaining<0)return;const n=re("{","}",e),i=n!==void 0&&e.indexOf("{")<n[0];if(s.remaining-=n&&!i?n[1]+1:t.length,!(!n||s.remaining<0))return{end:n[1],pre:t.slice(0,n[0]),body:t.slice(n[0]+1,n[1]),post:t.slice(n[1]+1),unmatched:i}}function Ae(t,e){e.remaining-=t.length;const s=[];for(let r=0;r<t.length;r++){const o=t.charCodeAt(r);o===123?s.push(r):o===125&&s.length&&s.pop()}let n="",i=0;for(let r=0;r<s.length;r++){const o=s[r];n+=t.slice(i,o)+"\0",i=o+1}return n+t.slice(i)}function Me(t,e){if(e.remaining-=t.length,e.remaining<0)return!1;let s=!1;for(let n=t.length-1;n>=0;n--){const i=t.charCodeAt(n);if(i===125)s=!0;else if(i===10||i===13||i===8232||i===8233)s=!1;else if(i===44&&s&&t.charCodeAt(n+1)!==44)return!0}return!1}function xe(t,e){const s=[];let n="";for(;;){const i=Rt(t,t,e);if(e.remaining<0)return;if(!i){const l=t.split(",");return l[0]=n+l[0],ut(s,l),s}const{pre:r,body:o,post:a}=i,c=r.split(",");if(c[0]=n+c[0],c[c.length-1]+="{"+o+"}",!a.length)return ut(s,c),s;n=c.pop(),ut(s,c),t=a}}function K(t,e){return t===void 0||isNaN(t)?e:t}function Oe(t,e={}){if(!t)return[];const s=K(e.max,me),n=K(e.maxLength,ye),i=K(e.maxDepth,ve),r=K(e.maxRewrites,we),o=K(e.maxSteps,Se);return t.slice(0,2)==="{}"&&(t="\\{\\}"+t.slice(2)),pt(Ee(t),s,n,i,0,r,{remaining:o},!0).map($e)}function _e(t){return"{"+t+"}"}function De(t){return/^-?0\d/.test(t)}function Re(t,e){return t<=e}function Te(t,e){return t>=e}function Z(t,e,s,n,i,r,o){const a=[];let c=0,l;t:for(let h=0;h<t.length;h++){const u=t[h]+e;let d=s;r&&!u&&(l||(l=s.filter(f=>f)),d=l);for(let f=0;f<d.length;f++){if(a.length>=n)break t;const p=u+d[f];if(c+p.length>i)break t;a.push(p),c+=p.length}}return o.remaining-=a.length,a}function We(t,e,s,n,i){const r=t.split(/\.\./),o=[];if(r[0]===void 0||r[1]===void 0)return o;const a=ft(r[0]),c=ft(r[1]),l=Math.max(r[0].length,r[1].length);let h=r.length===3&&r[2]!==void 0?Math.max(Math.abs(ft(r[2])),1):1,u=Re;c<a&&(h*=-1,u=Te);const f=r.some(De),p=f?l:1;let g=0;for(let y=a;u(y,c)&&o.length<s;y+=h){if(i.remaining-=p,i.remaining<0)return;let m;if(e)m=String.fromCharCode(y),m==="\\"&&(m="");else if(m=String(y),f){const b=l-m.length;if(b>0){const R=new Array(b+1).join("0");y<0?m="-"+R+m.slice(1):m=R+m}}if(g+m.length>n)break;o.push(m),g+=m.length}return o}function pt(t,e,s,n,i,r,o,a){if(o.remaining-=be,i>n)return[t];let c=[""],l=0,h=!1,u=!0,d=t;for(;;){const f=Rt(t,d,o);if(!f)return Z(c,t,[""],e,s,h,o);f.unmatched&&(d=Ae(d,o));const p=f.pre,g=()=>Z(c,p+"{"+f.body+"}"+f.post,[""],e,s,h,o);if(/\$$/.test(p)){if(c=Z(c,p+"{"+f.body+"}",[""],e,s,h&&!f.post.length,o),u=!1,!f.post.length)break;t=f.post,d=d.slice(f.end+1);continue}const y=/^-?\d+\.\.-?\d+(?:\.\.-?\d+)?$/.test(f.body),m=/^[a-zA-Z]\.\.[a-zA-Z](?:\.\.-?\d+)?$/.test(f.body),b=y||m,R=f.body.indexOf(",")>=0;if(!b&&!R){if(l<r&&Me(f.post,o)){l++,t=f.pre+"{"+f.body+Q+f.post,d=d.slice(0,f.end)+Q+d.slice(f.end+1),a=!0;continue}return g()}u&&(h=a&&!b,u=!1);let U;if(b){if(U=We(f.body,m,e,s,o),!U)return g()}else{let N=xe(f.body,o);if(!N)return g();if(N.length===1&&N[0]!==void 0){if(N=pt(N[0],e,s,n,i+1,r,o,!1).map(_e),o.remaining<0)return g();if(N.length===1){const P=Z(c,p+N[0],[""],e,s,h&&!f.post.length,o);if(o.remaining<0)return g();if(c=P,!f.post.length)break;t=f.post,d=d.slice(f.end+1);continue}}let St=h&&!f.post.length&&!p;for(let P=0;St&&P<c.length;P++)c[P]&&(St=!1);U=[];let Jt=0;t:for(let P=0;P<N.length;P++){const qt=pt(N[P],e,s,n,i+1,r,o,!1);if(o.remaining<0)return g();for(let bt=0;bt<qt.length;bt++){const ot=qt[bt];if(!(St&&!ot)){if(U.length>=e||Jt+ot.length>s)break t;U.push(ot),Jt+=ot.length}}}}const ln=Z(c,p,U,e,s,h&&!f.post.length,o);if(o.remaining<0)return g();if(c=ln,!f.post.length)break;t=f.post,d=d.slice(f.end+1)}return c}var Ne=1024*64,tt=t=>{if(typeof t!="string")throw new TypeError("invalid pattern");if(t.length>Ne)throw new TypeError("pattern is too long")},Pe={"[:alnum:]":["\\p{L}\\p{Nl}\\p{Nd}",!0],"[:alpha:]":["\\p{L}\\p{Nl}",!0],"[:ascii:]":["\\x00-\\x7f",!1],"[:blank:]":["\\p{Zs}\\t",!0],"[:cntrl:]":["\\p{Cc}",!0],"[:digit:]":["\\p{Nd}",!0],"[:graph:]":["\\p{Z}\\p{C}",!0,!0],"[:lower:]":["\\p{Ll}",!0],"[:print:]":["\\p{C}",!0],"[:punct:]":["\\p{P}",!0],"[:space:]":["\\p{Z}\\t\\r\\n\\v\\f",!0],"[:upper:]":["\\p{Lu}",!0],"[:word:]":["\\p{L}\\p{Nl}\\p{Nd}\\p{Pc}",!0],"[:xdigit:]":["A-Fa-f0-9",!1]},Y=t=>t.replace(/[[\]\\-]/g,"\\$&"),Le=t=>t.replace(/[-[\]{}()*+?.,\\^$|#\s]/g,"\\$&"),Tt=t=>t.join(""),ke=(t,e)=>{const s=e;if(t.charAt(s)!=="[")throw new Error("not in a brace expression");const n=[],i=[];let r=s+1,o=!1,a=!1,c=!1,l=!1,h=s,u="";t:for(;r<t.length;){const g=t.charAt(r);if((g==="!"||g==="^")&&r===s+1){l=!0,r++;continue}if(g==="]"&&o&&!c){h=r+1;break}if(o=!0,g==="\\"&&!c){c=!0,r++;continue}if(g==="["&&!c){for(const[y,[m,b,R]]of Object.entries(Pe))if(t.startsWith(y,r)){if(u)return["$.",!1,t.length-s,!0];r+=y.length,R?i.push(m):n.push(m),a=a||b;continue t}}if(c=!1,u){g>u?n.push(Y(u)+"-"+Y(g)):g===u&&n.push(Y(g)),u="",r++;continue}if(t.startsWith("-]",r+1)){n.push(Y(g+"-")),r+=2;continue}if(t.startsWith("-",r+1)){u=g,r+=2;continue}n.push(Y(g)),r++}if(h<r)return["",!1,0,!1];if(!n.length&&!i.length)return["$.",!1,t.length-s,!0];if(i.length===0&&n.length===1&&/^\\?.$/.test(n[0])&&!l){const g=n[0].length===2?n[0].slice(-1):n[0];return[Le(g),!1,h-s,!1]}const d="["+(l?"^":"")+Tt(n)+"]",f="["+(l?"":"^")+Tt(i)+"]";return[n.length&&i.length?"("+d+"|"+f+")":n.length?d:f,a,h-s,!0]},X=(t,{windowsPathsNoEscape:e=!1,magicalBraces:s=!0}={})=>s?e?t.replace(/\[([^/\\])\]/g,"$1"):t.replace(/((?!\\).|^)\[([^/\\])\]/g,"$1$2").replace(/\\([^/])/g,"$1"):e?t.replace(/\[([^/\\{}])\]/g,"$1"):t.replace(/((?!\\).|^)\[([^/\\{}])\]/g,"$1$2").replace(/\\([^/{}])/g,"$1"),x,Ce=new Set(["!","?","+","*","@"]),dt=t=>Ce.has(t),Wt=t=>dt(t.type),je=new Map([["!",["@"]],["?",["?","@"]],["@",["@"]],["*",["*","+","?","@"]],["+",["+","@"]]]),Ie=new Map([["!",["?"]],["@",["?"]],["+",["?","*"]]]),Be=new Map([["!",["?","@"]],["?",["?","@"]],["@",["?","@"]],["*",["*","+","?","@"]],["+",["+","@","?","*"]]]),Nt=new Map([["!",new Map([["!","@"]])],["?",new Map([["*","*"],["+","*"]])],["@",new Map([["!","!"],["?","?"],["@","@"],["*","*"],["+","+"]])],["+",new Map([["?","*"],["*","*"]])]]),ze="(?!(?:^|/)\\.\\.?(?:$|/))",et="(?!\\.)",Ue=new Set(["[","."]),Fe=new Set(["..","."]),Ge=new Set("().*{}+?[]^$\\!"),He=t=>t.replace(/[-[\]{}()*+?.,\\^$|#\s]/g,"\\$&"),gt="[^/]",Pt=gt+"*?",Lt=gt+"+?",Ke=0,mt=class{type;#s;#n;#i=!1;#t=[];#e;#a;#l;#c=!1;#r;#o;#h=!1;id=++Ke;get depth(){return(this.#e?.depth??-1)+1}[Symbol.for("nodejs.util.inspect.custom")](){return{"@@type":"AST",id:this.id,type:this.type,root:this.#s.id,parent:this.#e?.id,depth:this.depth,partsLength:this.#t.length,parts:this.#t}}constructor(t,e,s={}){this.type=t,t&&(this.#n=!0),this.#e=e,this.#s=this.#e?this.#e.#s:this,this.#r=this.#s===this?s:this.#s.#r,this.#l=this.#s===this?[]:this.#s.#l,t==="!"&&!this.#s.#c&&this.#l.push(this),this.#a=this.#e?this.#e.#t.length:0}get hasMagic(){if(this.#n!==void 0)return this.#n;for(const t of this.#t)if(typeof t!="string"&&(t.type||t.hasMagic))return this.#n=!0;return this.#n}toString(){return this.#o!==void 0?this.#o:this.type?this.#o=this.type+"("+this.#t.map(t=>String(t)).join("|")+")":this.#o=this.#t.map(t=>String(t)).join("")}#y(){if(this!==this.#s)throw new Error("should only call on root");if(this.#c)return this;this.toString(),this.#c=!0;let t;for(;t=this.#l.pop();){if(t.type!=="!")continue;let e=t,s=e.#e;for(;s;){for(let n=e.#a+1;!s.type&&n<s.#t.length;n++)for(const i of t.#t){if(typeof i=="string")throw new Error("string part in extglob AST??");i.copyIn(s.#t[n])}e=s,s=e.#e}}return this}push(...t){for(const e of t)if(e!==""){if(typeof e!="string"&&!(e instanceof x&&e.#e===this))throw new Error("invalid part: "+e);this.#t.push(e)}}toJSON(){const t=this.type===null?this.#t.slice().map(e=>typeof e=="string"?e:e.toJSON()):[this.type,...this.#t.map(e=>e.toJSON())];return this.isStart()&&!this.type&&t.unshift([]),this.isEnd()&&(this===this.#s||this.#s.#c&&this.#e?.type==="!")&&t.push({}),t}isStart(){if(this.#s===this)return!0;if(!this.#e?.isStart())return!1;if(this.#a===0)return!0;const t=this.#e;for(let e=0;e<this.#a;e++){const s=t.#t[e];if(!(s instanceof x&&s.type==="!"))return!1}return!0}isEnd(){if(this.#s===this||this.#e?.type==="!")return!0;if(!this.#e?.isEnd())return!1;if(!this.type)return this.#e?.isEnd();const t=this.#e?this.#e.#t.length:0;return this.#a===t-1}copyIn(t){typeof t=="string"?this.push(t):this.push(t.clone(this))}clone(t){const e=new x(this.type,t);for(const s of this.#t)e.copyIn(s);return e}static#f(t,e,s,n,i){const r=n.maxExtglobRecursion??2;let o=!1,a=!1,c=-1,l=!1;if(e.type===null){let p=s,g="";for(;p<t.length;){const y=t.charAt(p++);if(o||y==="\\"){o=!o,g+=y;continue}if(a){p===c+1?(y==="^"||y==="!")&&(l=!0):y==="]"&&!(p===c+2&&l)&&(a=!1),g+=y;continue}else if(y==="["){a=!0,c=p,l=!1,g+=y;continue}if(!n.noext&&dt(y)&&t.charAt(p)==="("&&i<=r){e.push(g),g="";const b=new x(y,e);p=x.#f(t,b,p,n,i+1),e.push(b);continue}g+=y}return e.push(g),p}let h=s+1,u=new x(null,e);const d=[];let f="";for(;h<t.length;){const p=t.charAt(h++);if(o||p==="\\"){o=!o,f+=p;continue}if(a){h===c+1?(p==="^"||p==="!")&&(l=!0):p==="]"&&!(h===c+2&&l)&&(a=!1),f+=p;continue}else if(p==="["){a=!0,c=h,l=!1,f+=p;continue}if(!n.noext&&dt(p)&&t.charAt(h)==="("&&(i<=r||e&&e.#u(p))){const y=e&&e.#u(p)?0:1;u.push(f),f="";const m=new x(p,u);u.push(m),h=x.#f(t,m,h,n,i+y);continue}if(p==="|"){u.push(f),f="",d.push(u),u=new x(null,e);continue}if(p===")")return f===""&&e.#t.length===0&&(e.#h=!0),u.push(f),f="",e.push(...d,u),h;f+=p}return e.type=null,e.#n=void 0,e.#t=[t.substring(s-1)],h}#v(t){return this.#d(t,Ie)}#d(t,e=je){if(!t||typeof t!="object"||t.type!==null||t.#t.length!==1||this.type===null)return!1;const s=t.#t[0];return!s||typeof s!="object"||s.type===null?!1:this.#u(s.type,e)}#u(t,e=Be){return!!e.get(this.type)?.includes(t)}#w(t,e){const s=t.#t[0],n=new x(null,s,this.options);n.#t.push(""),s.push(n),this.#g(t,e)}#g(t,e){const s=t.#t[0];this.#t.splice(e,1,...s.#t);for(const n of s.#t)typeof n=="object"&&(n.#e=this);this.#o=void 0}#S(t){return!!Nt.get(this.type)?.has(t)}#b(t){if(!t||typeof t!="object"||t.type!==null||t.#t.length!==1||this.type===null||this.#t.length!==1)return!1;const e=t.#t[0];return!e||typeof e!="object"||e.type===null?!1:this.#S(e.type)}#E(t){const e=Nt.get(this.type),s=t.#t[0],n=e?.get(s.type);if(!n)return!1;this.#t=s.#t;for(const i of this.#t)typeof i=="object"&&(i.#e=this);this.type=n,this.#o=void 0,this.#h=!1}static fromGlob(t,e={}){const s=new x(null,void 0,e);return x.#f(t,s,0,e,0),s}toMMPattern(){if(this!==this.#s)return this.#s.toMMPattern();const t=this.toString(),[e,s,n,i]=this.toRegExpSource();if(!(n||this.#n||this.#r.nocase&&!this.#r.nocaseMagicOnly&&t.toUpperCase()!==t.toLowerCase()))return s;const o=(this.#r.nocase?"i":"")+(i?"u":"");return Object.assign(new RegExp(`^${e}$`,o),{_src:e,_glob:t})}get options(){return this.#r}toRegExpSource(t){const e=t??!!this.#r.dot;if(this.#s===this&&(this.#p(),this.#y()),!Wt(this)){const a=this.isStart()&&this.isEnd()&&!this.#t.some(d=>typeof d!="string"),c=this.#t.map(d=>{const[f,p,g,y]=typeof d=="string"?x.#$(d,this.#n,a):d.toRegExpSource(t);return this.#n=this.#n||g,this.#i=this.#i||y,f}).join("");let l="";if(this.isStart()&&typeof this.#t[0]=="string"&&!(this.#t.length===1&&Fe.has(this.#t[0]))){const f=Ue,p=e&&f.has(c.charAt(0))||c.startsWith("\\.")&&f.has(c.charAt(2))||c.startsWith("\\.\\.")&&f.has(c.charAt(4)),g=!e&&!t&&f.has(c.charAt(0));l=p?ze:g?et:""}let h="";return this.isEnd()&&this.#s.#c&&this.#e?.type==="!"&&(h="(?:$|\\/)"),[l+c+h,X(c),this.#n=!!this.#n,this.#i]}const s=this.type==="*"||this.type==="+",n=this.type==="!"?"(?:(?!(?:":"(?:";let i=this.#m(e);if(this.isStart()&&this.isEnd()&&!i&&this.type!=="!"){const a=this.toString(),c=this;return c.#t=[a],c.type=null,c.#n=void 0,[a,X(this.toString()),!1,!1]}let r=!s||t||e||!et?"":this.#m(!0);r===i&&(r=""),r&&(i=`(?:${i})(?:${r})*?`);let o="";if(this.type==="!"&&this.#h)o=(this.isStart()&&!e?et:"")+Lt;else{const a=this.type==="!"?"))"+(this.isStart()&&!e&&!t?et:"")+Pt+")":this.type==="@"?")":this.type==="?"?")?":this.type==="+"&&r?")":this.type==="*"&&r?")?":`)${this.type}`;o=n+i+a}return[o,X(i),this.#n=!!this.#n,this.#i]}#p(){if(Wt(this)){let t=0,e=!1;do{e=!0;for(let s=0;s<this.#t.length;s++){const n=this.#t[s];typeof n=="object"&&(n.#p(),this.#d(n)?(e=!1,this.#g(n,s)):this.#v(n)?(e=!1,this.#w(n,s)):this.#b(n)&&(e=!1,this.#E(n)))}}while(!e&&++t<10)}else for(const t of this.#t)typeof t=="object"&&t.#p();this.#o=void 0}#m(t){return this.#t.map(e=>{if(typeof e=="string")throw new Error("string type in extglob ast??");const[s,n,i,r]=e.toRegExpSource(t);return this.#i=this.#i||r,s}).filter(e=>!(this.isStart()&&this.isEnd())||!!e).join("|")}static#$(t,e,s=!1){let n=!1,i="",r=!1,o=!1;for(let a=0;a<t.length;a++){const c=t.charAt(a);if(n){n=!1,i+=(Ge.has(c)?"\\":"")+c;continue}if(c==="*"){if(o)continue;o=!0,i+=s&&/^[*]+$/.test(t)?Lt:Pt,e=!0;continue}else o=!1;if(c==="\\"){a===t.length-1?i+="\\\\":n=!0;continue}if(c==="["){const[l,h,u,d]=ke(t,a);if(u){i+=l,r=r||h,a+=u-1,e=e||d;continue}}if(c==="?"){i+=gt,e=!0;continue}i+=He(c)}return[i,X(t),!!e,r]}};x=mt;var Ze=(t,{windowsPathsNoEscape:e=!1,magicalBraces:s=!1}={})=>s?e?t.replace(/[?*()[\]{}]/g,"[$&]"):t.replace(/[?*()[\]\\{}]/g,"\\$&"):e?t.replace(/[?*()[\]]/g,"[$&]"):t.replace(/[?*()[\]\\]/g,"\\$&"),M=(t,e,s={})=>(tt(e),!s.nocomment&&e.charAt(0)==="#"?!1:new J(e,s).match(t)),Ye=/^\*+([^+@!?*[(]*)$/,Xe=t=>e=>!e.startsWith(".")&&e.endsWith(t),Je=t=>e=>e.endsWith(t),qe=t=>(t=t.toLowerCase(),e=>!e.startsWith(".")&&e.toLowerCase().endsWith(t)),Ve=t=>(t=t.toLowerCase(),e=>e.toLowerCase().endsWith(t)),Qe=/^\*+\.\*+$/,ts=t=>!t.startsWith(".")&&t.includes("."),es=t=>t!=="."&&t!==".."&&t.includes("."),ss=/^\.\*+$/,ns=t=>t!=="."&&t!==".."&&t.startsWith("."),is=/^\*+$/,rs=t=>t.length!==0&&!t.startsWith("."),os=t=>t.length!==0&&t!=="."&&t!=="..",as=/^\?+([^+@!?*[(]*)?$/,cs=([t,e=""])=>{const s=kt([t]);return e?(e=e.toLowerCase(),n=>s(n)&&n.toLowerCase().endsWith(e)):s},ls=([t,e=""])=>{const s=Ct([t]);return e?(e=e.toLowerCase(),n=>s(n)&&n.toLowerCase().endsWith(e)):s},hs=([t,e=""])=>{const s=Ct([t]);return e?n=>s(n)&&n.endsWith(e):s},fs=([t,e=""])=>{const s=kt([t]);return e?n=>s(n)&&n.endsWith(e):s},kt=([t])=>{const e=t.length;return s=>s.length===e&&!s.startsWith(".")},Ct=([t])=>{const e=t.length;return s=>s.length===e&&s!=="."&&s!==".."},jt=typeof process=="object"&&process?typeof process.env=="object"&&process.env&&process.env.__MINIMATCH_TESTING_PLATFORM__||process.platform:"posix",It={win32:{sep:"\\"},posix:{sep:"/"}},us=jt==="win32"?It.win32.sep:It.posix.sep;M.sep=us;var $=Symbol("globstar **");M.GLOBSTAR=$;var ps="[^/]",ds=ps+"*?",gs="(?:(?!(?:\\/|^)(?:\\.{1,2})($|\\/)).)*?",ms="(?:(?!(?:\\/|^)\\.).)*?",ys=(t,e={})=>s=>M(s,t,e);M.filter=ys;var O=(t,e={})=>Object.assign({},t,e),vs=t=>{if(!t||typeof t!="object"||!Object.keys(t).length)return M;const e=M;return Object.assign((n,i,r={})=>e(n,i,O(t,r)),{Minimatch:class extends e.Minimatch{constructor(i,r={}){super(i,O(t,r))}static defaults(i){return e.defaults(O(t,i)).Minimatch}},AST:class extends e.AST{constructor(i,r,o={}){super(i,r,O(t,o))}static fromGlob(i,r={}){return e.AST.fromGlob(i,O(t,r))}},unescape:(n,i={})=>e.unescape(n,O(t,i)),escape:(n,i={})=>e.escape(n,O(t,i)),filter:(n,i={})=>e.filter(n,O(t,i)),defaults:n=>e.defaults(O(t,n)),makeRe:(n,i={})=>e.makeRe(n,O(t,i)),braceExpand:(n,i={})=>e.braceExpand(n,O(t,i)),match:(n,i,r={})=>e.match(n,i,O(t,r)),sep:e.sep,GLOBSTAR:$})};M.defaults=vs;var Bt=(t,e={})=>(tt(t),e.nobrace||!/\{(?:(?!\{).)*\}/.test(t)?[t]:Oe(t,{max:e.braceExpandMax}));M.braceExpand=Bt;var ws=(t,e={})=>new J(t,e).makeRe();M.makeRe=ws;var Ss=(t,e,s={})=>{const n=new J(e,s);return t=t.filter(i=>n.match(i)),n.options.nonull&&!t.length&&t.push(e),t};M.match=Ss;var zt=/[?*]|[+@!]\(.*?\)|\[|\]/,bs=t=>t.replace(/[-[\]{}()*+?.,\\^$|#\s]/g,"\\$&"),J=class{options;set;pattern;windowsPathsNoEscape;nonegate;negate;comment;empty;preserveMultipleSlashes;partial;globSet;globParts;nocase;isWindows;platform;windowsNoMagicRoot;maxGlobstarRecursion;regexp;constructor(t,e={}){tt(t),e=e||{},this.options=e,this.maxGlobstarRecursion=e.maxGlobstarRecursion??200,this.pattern=t,this.platform=e.platform||jt,this.isWindows=this.platform==="win32";const s="allowWindowsEscape";this.windowsPathsNoEscape=!!e.windowsPathsNoEscape||e[s]===!1,this.windowsPathsNoEscape&&(this.pattern=this.pattern.replace(/\\/g,"/")),this.preserveMultipleSlashes=!!e.preserveMultipleSlashes,this.regexp=null,this.negate=!1,this.nonegate=!!e.nonegate,this.comment=!1,this.empty=!1,this.partial=!!e.partial,this.nocase=!!this.options.nocase,this.windowsNoMagicRoot=e.windowsNoMagicRoot!==void 0?e.windowsNoMagicRoot:!!(this.isWindows&&this.nocase),this.globSet=[],this.globParts=[],this.set=[],this.make()}hasMagic(){if(this.options.magicalBraces&&this.set.length>1)return!0;for(const t of this.set)for(const e of t)if(typeof e!="string")return!0;return!1}debug(...t){}make(){const t=this.pattern,e=this.options;if(!e.nocomment&&t.charAt(0)==="#"){this.comment=!0;return}if(!t){this.empty=!0;return}this.parseNegate(),this.globSet=[...new Set(this.braceExpand())],e.debug&&(this.debug=(...i)=>console.error(...i)),this.debug(this.pattern,this.globSet);const s=this.globSet.map(i=>this.slashSplit(i));this.globParts=this.preprocess(s),this.debug(this.pattern,this.globParts);let n=this.globParts.map((i,r,o)=>{if(this.isWindows&&this.windowsNoMagicRoot){const a=i[0]===""&&i[1]===""&&(i[2]==="?"||!zt.test(i[2]))&&!zt.test(i[3]),c=/^[a-z]:/i.test(i[0]);if(a)return[...i.slice(0,4),...i.slice(4).map(l=>this.parse(l))];if(c)return[i[0],...i.slice(1).map(l=>this.parse(l))]}return i.map(a=>this.parse(a))});if(this.debug(this.pattern,n),this.set=n.filter(i=>i.indexOf(!1)===-1),this.isWindows)for(let i=0;i<this.set.length;i++){const r=this.set[i];r[0]===""&&r[1]===""&&this.globParts[i][2]==="?"&&typeof r[3]=="string"&&/^[a-z]:$/i.test(r[3])&&(r[2]="?")}this.debug(this.pattern,this.set)}preprocess(t){if(this.options.noglobstar)for(const s of t)for(let n=0;n<s.length;n++)s[n]==="**"&&(s[n]="*");const{optimizationLevel:e=1}=this.options;return e>=2?(t=this.firstPhasePreProcess(t),t=this.secondPhasePreProcess(t)):e>=1?t=this.levelOneOptimize(t):t=this.adjascentGlobstarOptimize(t),t}adjascentGlobstarOptimize(t){return t.map(e=>{let s=-1;for(;(s=e.indexOf("**",s+1))!==-1;){let n=s;for(;e[n+1]==="**";)n++;n!==s&&e.splice(s,n-s)}return e})}levelOneOptimize(t){return t.map(e=>(e=e.reduce((s,n)=>{const i=s[s.length-1];return n==="**"&&i==="**"?s:n===".."&&i&&i!==".."&&i!=="."&&i!=="**"?(s.pop(),s):(s.push(n),s)},[]),e.length===0?[""]:e))}levelTwoFileOptimize(t){Array.isArray(t)||(t=this.slashSplit(t));let e=!1;do{if(e=!1,!this.preserveMultipleSlashes){for(let n=1;n<t.length-1;n++){const i=t[n];n===1&&i===""&&t[0]===""||(i==="."||i==="")&&(e=!0,t.splice(n,1),n--)}t[0]==="."&&t.length===2&&(t[1]==="."||t[1]==="")&&(e=!0,t.pop())}let s=0;for(;(s=t.indexOf("..",s+1))!==-1;){const n=t[s-1];n&&n!=="."&&n!==".."&&n!=="**"&&!(this.isWindows&&/^[a-z]:$/i.test(n))&&(e=!0,t.splice(s-1,2),s-=2)}}while(e);return t.length===0?[""]:t}firstPhasePreProcess(t){let e=!1;do{e=!1;for(let s of t){let n=-1;for(;(n=s.indexOf("**",n+1))!==-1;){let r=n;for(;s[r+1]==="**";)r++;r>n&&s.splice(n+1,r-n);let o=s[n+1];const a=s[n+2],c=s[n+3];if(o!==".."||!a||a==="."||a===".."||!c||c==="."||c==="..")continue;e=!0,s.splice(n,1);const l=s.slice(0);l[n]="**",t.push(l),n--}if(!this.preserveMultipleSlashes){for(let r=1;r<s.length-1;r++){const o=s[r];r===1&&o===""&&s[0]===""||(o==="."||o==="")&&(e=!0,s.splice(r,1),r--)}s[0]==="."&&s.length===2&&(s[1]==="."||s[1]==="")&&(e=!0,s.pop())}let i=0;for(;(i=s.indexOf("..",i+1))!==-1;){const r=s[i-1];if(r&&r!=="."&&r!==".."&&r!=="**"){e=!0;const a=i===1&&s[i+1]==="**"?["."]:[];s.splice(i-1,2,...a),s.length===0&&s.push(""),i-=2}}}}while(e);return t}secondPhasePreProcess(t){for(let e=0;e<t.length-1;e++)for(let s=e+1;s<t.length;s++){const n=this.partsMatch(t[e],t[s],!this.preserveMultipleSlashes);if(n){t[e]=[],t[s]=n;break}}return t.filter(e=>e.length)}partsMatch(t,e,s=!1){let n=0,i=0,r=[],o="";for(;n<t.length&&i<e.length;)if(t[n]===e[i])r.push(o==="b"?e[i]:t[n]),n++,i++;else if(s&&t[n]==="**"&&e[i]===t[n+1])r.push(t[n]),n++;else if(s&&e[i]==="**"&&t[n]===e[i+1])r.push(e[i]),i++;else if(t[n]==="*"&&e[i]&&(this.options.dot||!e[i].startsWith("."))&&e[i]!=="**"){if(o==="b")return!1;o="a",r.push(t[n]),n++,i++}else if(e[i]==="*"&&t[n]&&(this.options.dot||!t[n].startsWith("."))&&t[n]!=="**"){if(o==="a")return!1;o="b",r.push(e[i]),n++,i++}else return!1;return t.length===e.length&&r}parseNegate(){if(this.nonegate)return;const t=this.pattern;let e=!1,s=0;for(let n=0;n<t.length&&t.charAt(n)==="!";n++)e=!e,s++;s&&(this.pattern=t.slice(s)),this.negate=e}matchOne(t,e,s=!1){let n=0,i=0;if(this.isWindows){const o=typeof t[0]=="string"&&/^[a-z]:$/i.test(t[0]),a=!o&&t[0]===""&&t[1]===""&&t[2]==="?"&&/^[a-z]:$/i.test(t[3]),c=typeof e[0]=="string"&&/^[a-z]:$/i.test(e[0]),l=!c&&e[0]===""&&e[1]===""&&e[2]==="?"&&typeof e[3]=="string"&&/^[a-z]:$/i.test(e[3]),h=a?3:o?0:void 0,u=l?3:c?0:void 0;if(typeof h=="number"&&typeof u=="number"){const[d,f]=[t[h],e[u]];d.toLowerCase()===f.toLowerCase()&&(e[u]=d,i=u,n=h)}}const{optimizationLevel:r=1}=this.options;return r>=2&&(t=this.levelTwoFileOptimize(t)),e.includes($)?this.#s(t,e,s,n,i):this.#i(t,e,s,n,i)}#s(t,e,s,n,i){const r=e.indexOf($,i),o=e.lastIndexOf($),[a,c,l]=s?[e.slice(i,r),e.slice(r+1),[]]:[e.slice(i,r),e.slice(r+1,o),e.slice(o+1)];if(a.length){const m=t.slice(n,n+a.length);if(!this.#i(m,a,s,0,0))return!1;n+=a.length,i+=a.length}let h=0;if(l.length){if(l.length+n>t.length)return!1;let m=t.length-l.length;if(this.#i(t,l,s,m,0))h=l.length;else{if(t[t.length-1]!==""||n+l.length===t.length||(m--,!this.#i(t,l,s,m,0)))return!1;h=l.length+1}}if(!c.length){let m=!!h;for(let b=n;b<t.length-h;b++){const R=String(t[b]);if(m=!0,R==="."||R===".."||!this.options.dot&&R.startsWith("."))return!1}return s||m}const u=[[[],0]];let d=u[0],f=0;const p=[0];for(const m of c)m===$?(p.push(f),d=[[],0],u.push(d)):(d[0].push(m),f++);let g=u.length-1;const y=t.length-h;for(const m of u)m[1]=y-(p[g--]+m[0].length);return!!this.#n(t,u,n,0,s,0,!!h)}#n(t,e,s,n,i,r,o){const a=e[n];if(!a){for(let h=s;h<t.length;h++){o=!0;const u=t[h];if(u==="."||u===".."||!this.options.dot&&u.startsWith("."))return!1}return o}const[c,l]=a;for(;s<=l;){if(this.#i(t.slice(0,s+c.length),c,i,s,0)&&r<this.maxGlobstarRecursion){const d=this.#n(t,e,s+c.length,n+1,i,r+1,o);if(d!==!1)return d}const u=t[s];if(u==="."||u===".."||!this.options.dot&&u.startsWith("."))return!1;s++}return i||null}#i(t,e,s,n,i){let r,o,a,c;for(r=n,o=i,c=t.length,a=e.length;r<c&&o<a;r++,o++){this.debug("matchOne loop");let l=e[o],h=t[r];if(this.debug(e,l,h),l===!1||l===$)return!1;let u;if(typeof l=="string"?(u=h===l,this.debug("string match",l,h,u)):(u=l.test(h),this.debug("pattern match",l,h,u)),!u)return!1}if(r===c&&o===a)return!0;if(r===c)return s;if(o===a)return r===c-1&&t[r]==="";throw new Error("wtf?")}braceExpand(){return Bt(this.pattern,this.options)}parse(t){tt(t);const e=this.options;if(t==="**")return $;if(t==="")return"";let s,n=null;(s=t.match(is))?n=e.dot?os:rs:(s=t.match(Ye))?n=(e.nocase?e.dot?Ve:qe:e.dot?Je:Xe)(s[1]):(s=t.match(as))?n=(e.nocase?e.dot?ls:cs:e.dot?hs:fs)(s):(s=t.match(Qe))?n=e.dot?es:ts:(s=t.match(ss))&&(n=ns);const i=mt.fromGlob(t,this.options).toMMPattern();return n&&typeof i=="object"&&Reflect.defineProperty(i,"test",{value:n}),i}makeRe(){if(this.regexp||this.regexp===!1)return this.regexp;const t=this.set;if(!t.length)return this.regexp=!1,this.regexp;const e=this.options,s=e.noglobstar?ds:e.dot?gs:ms,n=new Set(e.nocase?["i"]:[]);let i=t.map(a=>{const c=a.map(h=>{if(h instanceof RegExp)for(const u of h.flags.split(""))n.add(u);return typeof h=="string"?bs(h):h===$?$:h._src});c.forEach((h,u)=>{const d=c[u+1],f=c[u-1];h!==$||f===$||(f===void 0?d!==void 0&&d!==$?c[u+1]="(?:\\/|"+s+"\\/)?"+d:c[u]=s:d===void 0?c[u-1]=f+"(?:\\/|\\/"+s+")?":d!==$&&(c[u-1]=f+"(?:\\/|\\/"+s+"\\/)"+d,c[u+1]=$))});const l=c.filter(h=>h!==$);if(this.partial&&l.length>=1){const h=[];for(let u=1;u<=l.length;u++)h.push(l.slice(0,u).join("/"));return"(?:"+h.join("|")+")"}return l.join("/")}).join("|");const[r,o]=t.length>1?["(?:",")"]:["",""];i="^"+r+i+o+"$",this.partial&&(i="^(?:\\/|"+r+i.slice(1,-1)+o+")$"),this.negate&&(i="^(?!"+i+").+$");try{this.regexp=new RegExp(i,[...n].join(""))}catch{this.regexp=!1}return this.regexp}slashSplit(t){return this.preserveMultipleSlashes?t.split("/"):this.isWindows&&/^\/\/[^/]+/.test(t)?["",...t.split(/\/+/)]:t.split(/\/+/)}match(t,e=this.partial){if(this.debug("match",t,this.pattern),this.comment)return!1;if(this.empty)return t==="";if(t==="/"&&e)return!0;const s=this.options;this.isWindows&&(t=t.split("\\").join("/"));const n=this.slashSplit(t);this.debug(this.pattern,"split",n);const i=this.set;this.debug(this.pattern,"set",i);let r=n[n.length-1];if(!r)for(let o=n.length-2;!r&&o>=0;o--)r=n[o];for(const o of i){let a=n;if(s.matchBase&&o.length===1&&(a=[r]),this.matchOne(a,o,e))return s.flipNegate?!0:!this.negate}return s.flipNegate?!1:this.negate}static defaults(t){return M.defaults(t).Minimatch}};M.AST=mt,M.Minimatch=J,M.escape=Ze,M.unescape=X;var Es=process.platform==="win32",st=class{constructor(t){if(this.segments=[],typeof t=="string")if(w(t,"Parameter 'itemPath' must not be empty"),t=B(t),!ht(t))this.segments=t.split(E.sep);else{let e=t,s=z(e);for(;s!==e;){const n=E.basename(e);this.segments.unshift(n),e=s,s=z(e)}this.segments.unshift(e)}else{w(t.length>0,"Parameter 'itemPath' must not be an empty array");for(let e=0;e<t.length;e++){let s=t[e];w(s,"Parameter 'itemPath' must not contain any empty segments"),s=T(t[e]),e===0&&ht(s)?(s=B(s),w(s===z(s),"Parameter 'itemPath' root segment contains information for multiple segments"),this.segments.push(s)):(w(!s.includes(E.sep),"Parameter 'itemPath' contains unexpected path separators"),this.segments.push(s))}}}toString(){let t=this.segments[0],e=t.endsWith(E.sep)||Es&&/^[A-Z]:$/i.test(t);for(let s=1;s<this.segments.length;s++)e?e=!1:t+=E.sep,t+=this.segments[s];return t}},W=process.platform==="win32",Ut=class _{constructor(e,s=!1,n,i){this.negate=!1;let r;if(typeof e=="string")r=e.trim();else{n=n||[],w(n.length,"Parameter 'segments' must not empty");const l=_.getLiteral(n[0]);w(l&&V(l),"Parameter 'segments' first element must be a root path"),r=new st(n).toString().trim(),e&&(r=`!${r}`)}for(;r.startsWith("!");)this.negate=!this.negate,r=r.substr(1).trim();r=_.fixupPattern(r,i),this.segments=new st(r).segments,this.trailingSeparator=T(r).endsWith(E.sep),r=B(r);let o=!1;const a=this.segments.map(l=>_.getLiteral(l)).filter(l=>!o&&!(o=l===""));this.searchPath=new st(a).toString(),this.rootRegExp=new RegExp(_.regExpEscape(a[0]),W?"i":""),this.isImplicitPattern=s;const c={dot:!0,nobrace:!0,nocase:W,nocomment:!0,noext:!0,nonegate:!0};r=W?r.replace(/\\/g,"/"):r,this.minimatch=new J(r,c)}match(e){return this.segments[this.segments.length-1]==="**"?(e=T(e),!e.endsWith(E.sep)&&this.isImplicitPattern===!1&&(e=`${e}${E.sep}`)):e=B(e),this.minimatch.match(e)?this.trailingSeparator?C.Directory:C.All:C.None}partialMatch(e){return e=B(e),z(e)===e?this.rootRegExp.test(e):this.minimatch.matchOne(e.split(W?/\\+/:/\/+/),this.minimatch.set[0],!0)}static globEscape(e){return(W?e:e.replace(/\\/g,"\\\\")).replace(/(\[)(?=[^/]+\])/g,"[[]").replace(/\?/g,"[?]").replace(/\*/g,"[*]")}static fixupPattern(e,s){w(e,"pattern cannot be empty");const n=new st(e).segments.map(i=>_.getLiteral(i));if(w(n.every((i,r)=>(i!=="."||r===0)&&i!==".."),`Invalid pattern '${e}'. Relative pathing '.' and '..' is not allowed.`),w(!ht(e)||n[0],`Invalid pattern '${e}'. Root segment must not contain globs.`),e=T(e),e==="."||e.startsWith(`.${E.sep}`))e=_.globEscape(process.cwd())+e.substr(1);else if(e==="~"||e.startsWith(`~${E.sep}`))s=s||se.homedir(),w(s,"Unable to determine HOME directory"),w(V(s),`Expected HOME directory to be a rooted path. Actual '${s}'`),e=_.globEscape(s)+e.substr(1);else if(W&&(e.match(/^[A-Z]:$/i)||e.match(/^[A-Z]:[^\\]/i))){let i=lt("C:\\dummy-root",e.substr(0,2));e.length>2&&!i.endsWith("\\")&&(i+="\\"),e=_.globEscape(i)+e.substr(2)}else if(W&&(e==="\\"||e.match(/^\\[^\\]/))){let i=lt("C:\\dummy-root","\\");i.endsWith("\\")||(i+="\\"),e=_.globEscape(i)+e.substr(1)}else e=lt(_.globEscape(process.cwd()),e);return T(e)}static getLiteral(e){let s="";for(let n=0;n<e.length;n++){const i=e[n];if(i==="\\"&&!W&&n+1<e.length){s+=e[++n];continue}else{if(i==="*"||i==="?")return"";if(i==="["&&n+1<e.length){let r="",o=-1;for(let a=n+1;a<e.length;a++){const c=e[a];if(c==="\\"&&!W&&a+1<e.length){r+=e[++a];continue}else if(c==="]"){o=a;break}else r+=c}if(o>=0){if(r.length>1)return"";if(r){s+=r,n=o;continue}}}}s+=i}return s}static regExpEscape(e){return e.replace(/[[\\^$.|?*+()]/g,"\\$&")}},Ft=class{constructor(t,e){this.path=t,this.level=e}},yt=function(t,e,s,n){function i(r){return r instanceof s?r:new s(function(o){o(r)})}return new(s||(s=Promise))(function(r,o){function a(h){try{l(n.next(h))}catch(u){o(u)}}function c(h){try{l(n.throw(h))}catch(u){o(u)}}function l(h){h.done?r(h.value):i(h.value).then(a,c)}l((n=n.apply(t,e||[])).next())})},$s=function(t){if(!Symbol.asyncIterator)throw new TypeError("Symbol.asyncIterator is not defined.");var e=t[Symbol.asyncIterator],s;return e?e.call(t):(t=typeof __values=="function"?__values(t):t[Symbol.iterator](),s={},n("next"),n("throw"),n("return"),s[Symbol.asyncIterator]=function(){return this},s);function n(r){s[r]=t[r]&&function(o){return new Promise(function(a,c){o=t[r](o),i(a,c,o.done,o.value)})}}function i(r,o,a,c){Promise.resolve(c).then(function(l){r({value:l,done:a})},o)}},j=function(t){return this instanceof j?(this.v=t,this):new j(t)},As=function(t,e,s){if(!Symbol.asyncIterator)throw new TypeError("Symbol.asyncIterator is not defined.");var n=s.apply(t,e||[]),i,r=[];return i=Object.create((typeof AsyncIterator=="function"?AsyncIterator:Object).prototype),a("next"),a("throw"),a("return",o),i[Symbol.asyncIterator]=function(){return this},i;function o(f){return function(p){return Promise.resolve(p).then(f,u)}}function a(f,p){n[f]&&(i[f]=function(g){return new Promise(function(y,m){r.push([f,g,y,m])>1||c(f,g)})},p&&(i[f]=p(i[f])))}function c(f,p){try{l(n[f](p))}catch(g){d(r[0][3],g)}}function l(f){f.value instanceof j?Promise.resolve(f.value.v).then(h,u):d(r[0][2],f)}function h(f){c("next",f)}function u(f){c("throw",f)}function d(f,p){f(p),r.shift(),r.length&&c(r[0][0],r[0][1])}},Ms=process.platform==="win32",xs=class Et{constructor(e){this.patterns=[],this.searchPaths=[],this.options=$t(e)}getSearchPaths(){return this.searchPaths.slice()}glob(){return yt(this,void 0,void 0,function*(){var e,s,n,i;const r=[];try{for(var o=!0,a=$s(this.globGenerator()),c;c=yield a.next(),e=c.done,!e;o=!0){i=c.value,o=!1;const l=i;r.push(l)}}catch(l){s={error:l}}finally{try{!o&&!e&&(n=a.return)&&(yield n.call(a))}finally{if(s)throw s.error}}return r})}globGenerator(){return As(this,arguments,function*(){const s=$t(this.options),n=[];for(const o of this.patterns)n.push(o),s.implicitDescendants&&(o.trailingSeparator||o.segments[o.segments.length-1]!=="**")&&n.push(new Ut(o.negate,!0,o.segments.concat("**")));const i=[];for(const o of Mt(n)){(0,L.Yz)(`Search path '${o}'`);try{yield j(H.promises.lstat(o))}catch(a){if(a.code==="ENOENT")continue;throw a}i.unshift(new Ft(o,1))}const r=[];for(;i.length;){const o=i.pop(),a=ne(n,o.path),c=!!a||ie(n,o.path);if(!a&&!c)continue;const l=yield j(Et.stat(o,s,r));if(l&&!(s.excludeHiddenFiles&&E.basename(o.path).match(/^\./)))if(l.isDirectory()){if(a&C.Directory&&s.matchDirectories)yield yield j(o.path);else if(!c)continue;const h=o.level+1,u=(yield j(H.promises.readdir(o.path))).map(d=>new Ft(E.join(o.path,d),h));i.push(...u.reverse())}else a&C.File&&(yield yield j(o.path))}})}static create(e,s){return yt(this,void 0,void 0,function*(){const n=new Et(s);Ms&&(e=e.replace(/\r\n/g,`
`),e=e.replace(/\r/g,`
`));const i=e.split(`
`).map(r=>r.trim());for(const r of i)!r||r.startsWith("#")||n.patterns.push(new Ut(r));return n.searchPaths.push(...Mt(n.patterns)),n})}static stat(e,s,n){return yt(this,void 0,void 0,function*(){let i;if(s.followSymbolicLinks)try{i=yield H.promises.stat(e.path)}catch(r){if(r.code==="ENOENT"){if(s.omitBrokenSymbolicLinks){(0,L.Yz)(`Broken symlink '${e.path}'`);return}throw new Error(`No information found for the path '${e.path}'. This may indicate a broken symbolic link.`)}throw r}else i=yield H.promises.lstat(e.path);if(i.isDirectory()&&s.followSymbolicLinks){const r=yield H.promises.realpath(e.path);for(;n.length>=e.level;)n.pop();if(n.some(o=>o===r)){(0,L.Yz)(`Symlink cycle detected for path '${e.path}' and realpath '${r}'`);return}n.push(r)}return i})}},Os=function(t,e,s,n){function i(r){return r instanceof s?r:new s(function(o){o(r)})}return new(s||(s=Promise))(function(r,o){function a(h){try{l(n.next(h))}catch(u){o(u)}}function c(h){try{l(n.throw(h))}catch(u){o(u)}}function l(h){h.done?r(h.value):i(h.value).then(a,c)}l((n=n.apply(t,e||[])).next())})};function _s(t,e){return Os(this,void 0,void 0,function*(){return yield xs.create(t,e)})}var D=(0,ee.f1)((0,te.F)(),1),nt="Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)",Gt=1e7;async function Ds(t,e){const s=t.filter(r=>r.startsWith("!")),n=new Set;for(const r of t.filter(o=>!s.includes(o)))for(const o of await Rs(r,s,e))n.add(o);return(await Promise.all([...n].sort().map(r=>Ws(r,e)))).filter(r=>r!==void 0)}async function Rs(t,e,s){if(t.split(/[/\\]/).includes(".."))return s(`${(0,I.hD)(t)}, which leads out of the workspace`,Kt),[];const n=[];try{const i=await _s([t,...e].join(`
`),{matchDirectories:!1}),r=await Ts(t,i);for await(const o of i.globGenerator()){if(!/\.(ya?ml|json)$/i.test(o))continue;const a=await(0,q.realpath)(o);if(!r.some(c=>a===c||a.startsWith(c+G.sep)))return s(`${Ht(o)}, which leads out of the workspace`,Kt),[];n.push(o)}}catch(i){return s(`${(0,I.hD)(t)}, which can't be read: ${(0,ct.bD)(i)}`,vt),[]}return n.length===0&&s(`${(0,I.hD)(t)}, which matches no .yaml, .yml or .json file below ${process.cwd()}`,vt),n}async function Ts(t,e){const{GITHUB_WORKSPACE:s,RUNNER_TEMP:n}=process.env,i=(0,G.isAbsolute)(t)?e.getSearchPaths().map(o=>(0,G.dirname)(o)):[],r=[process.cwd(),s,n,...i].filter(o=>o!==void 0);return Promise.all(r.filter(Boolean).map(o=>(0,q.realpath)(o).catch(()=>o)))}async function Ws(t,e){const s=Ht(t);try{const n=await(0,q.stat)(t),{size:i}=n;if(!n.isFile())throw new Error("it is not a file");if(i<=Gt){const r=await(0,q.readFile)(t);if(!Ns(r))return{name:s,text:r.toString("utf8")};e(`${s}, which is UTF-16, as > writes it in Windows PowerShell`,"files in UTF-8, for example by Out-File -Encoding utf8");return}e(`${s}, which has ${Math.round(i/1e6)} MB`,`files of up to ${Gt/1e6} MB; put the objects into several, or narrow the globs`)}catch(n){e(`${s}, which can't be read: ${(0,ct.bD)(n)}`,vt)}}function Ns(t){const[e=1,s=1]=t;return e===255&&s===254||e===254&&s===255||e===0||s===0}function Ht(t){return(0,G.relative)(process.cwd(),t)}var vt="globs that match files; does actions/checkout run before this step?",Kt="files in the workspace, without .. and without links to elsewhere; rendered files can also be in RUNNER_TEMP",Zt=2e6;function Ps(t,e,s,n){try{const i=(0,D.parseAllDocuments)(t,{logLevel:"error",merge:!0,uniqueKeys:!1});if(!Array.isArray(i))return[];for(const r of i){const[o]=r.errors;if(o)throw o;if(it(r.contents,new Map)>Zt)return s(`${e}, whose aliases expand to more than ${Zt/1e6} million values`,nt),[]}for(const[r,o]of i.entries()){const a=wt(o.contents);a!==void 0&&n(e,`document ${r+1} has ${(0,I.hD)(a)} twice, and only the last one counts; is a line with --- missing?`)}return i.map(r=>r.toJS({maxAliasCount:-1}))}catch(i){const[r=""]=(0,ct.bD)(i).split(`
`);return s(`${e}, which is not YAML: ${r}`,nt),[]}}function wt(t){if((0,D.isPair)(t))return wt(t.value);if(!(0,D.isCollection)(t))return;const e=new Set;for(const s of t.items){const n=(0,D.isPair)(s)&&(0,D.isScalar)(s.key)?String(s.key.value):void 0;if(n!==void 0&&n!=="<<"&&e.has(n))return n;n!==void 0&&e.add(n);const i=wt(s);if(i!==void 0)return i}}function it(t,e){if((0,D.isAlias)(t))return e.get(t.source)??1;if((0,D.isPair)(t))return it(t.key,e)+it(t.value,e);const{anchor:s}=(0,D.isScalar)(t)||(0,D.isCollection)(t)?t:{};s&&e.set(s,1/0);let n=1;if((0,D.isCollection)(t))for(const i of t.items)n+=it(i,e);return s&&e.set(s,n),n}function v(t){return typeof t=="object"&&t!==null&&!Array.isArray(t)}function rt(t){return Array.isArray(t)?t:[]}function S(t){return typeof t=="string"||typeof t=="number"||typeof t=="boolean"?String(t):""}function Ls(t,e){const s=v(t.podTemplate)?{...t.podTemplate,...t}:t,{nodeSelector:n,tolerations:i,affinity:r,nodeName:o,os:a}=s;if(!Array.isArray(s.containers)&&!v(n)&&!Array.isArray(i)&&!v(r))return e;const l=e??{nodeSelector:{},tolerations:[]},h=v(r)?Cs(r):void 0;return{...l,...v(n)&&{nodeSelector:ks(n)},...Array.isArray(i)&&{tolerations:i.filter(v).map(js)},...h&&{nodeAffinity:h},...typeof o=="string"&&o&&{nodeName:o},...v(a)&&typeof a.name=="string"&&{os:a.name}}}function ks(t){return Object.fromEntries(Object.entries(t).map(([e,s])=>[e,S(s)]))}function Cs({nodeAffinity:t}){const e=v(t)?t.requiredDuringSchedulingIgnoredDuringExecution:void 0;if(v(e))return rt(e.nodeSelectorTerms).filter(v).map(({matchExpressions:s,matchFields:n})=>({labels:Yt(s),names:Yt(n)}))}function Yt(t){return rt(t).filter(v).map(({key:e,operator:s,values:n})=>({key:S(e),operator:S(s),values:rt(n).map(S)}))}function js({key:t,operator:e,value:s,effect:n}){return{...typeof t=="string"&&{key:t},...typeof e=="string"&&{operator:e},...s!=null&&{value:S(s)},...typeof n=="string"&&{effect:n}}}function Is(t,e,s){return t.flatMap((n,i)=>zs(n).flatMap(({resource:r,path:o})=>{const a={file:e,document:i+1,resource:Us(r)};return Ks(r,o).flatMap(({image:c,field:l,isCertain:h,account:u,constraints:d})=>{const f=typeof c=="string"?c:JSON.stringify(c),p={...a,field:l,text:f,...u&&{account:u},...d&&{constraints:d}};return u&&!F.vi.test(u)&&(h&&s(`${(0,I.hD)(u)}, an invalid service account, in ${(0,F.df)(p)}`,nt),delete p.account),typeof c=="string"&&!Bs.test(f)&&(!h||(0,at.AB)(f))?[p]:(s(`${(0,I.hD)(f)}, an invalid image name, in ${(0,F.df)(p)}`,nt),[])})}))}var Bs=/\{\{-?\s*([.$(]|include\b|tpl\b|printf\b|default\b|quote\b)/;function zs(t){return!v(t)||typeof t.kind!="string"?[]:Array.isArray(t.items)?t.items.flatMap((e,s)=>v(e)?[{resource:e,path:`items[${s}]`}]:[]):[{resource:t,path:""}]}function Us({kind:t,metadata:e}){const{name:s,generateName:n}=v(e)?e:{};return[t,s??n].filter(i=>typeof i=="string").join(" ")}var Fs=["containers","initContainers","ephemeralContainers","sidecars","steps"],Gs=["container","script","stepTemplate"],Hs=/^(image|[a-z]\w*Image|image(Name|Ref))$/;function Ks(t,e){const s=Js(t),n=[],i=(o,a)=>{if(Array.isArray(o))o.forEach((c,l)=>{i(c,{...a,path:`${a.path}[${l}]`})});else if(v(o)){const c=Ls(o,a.constraints),l=Zs(o)||a.account;for(const[h,u]of Object.entries(o))r(h,u,{...a,account:l,constraints:c})}},r=(o,a,{path:c,isContainer:l,isVolume:h,account:u,constraints:d})=>{const f=c?`${c}.${o}`:o,p=(g,y,m)=>{const b=d??(l||h?Ys:void 0);n.push({image:g,field:y,isCertain:m,account:u,...b&&{constraints:b}})};if(o==="image"&&l)a!=null&&p(a,f,!s);else if(o==="image"&&h&&v(a))typeof a.reference=="string"&&p(a.reference,`${f}.reference`,!s);else if(s&&Hs.test(o)&&Xt(a))p(Xt(a),f,!1);else{const g=Fs.includes(o)&&Array.isArray(a),y=s&&Gs.includes(o)&&v(a),m=o==="volumes"&&Array.isArray(a);i(a,{path:f,isContainer:g||y,isVolume:m,account:u,constraints:d})}};return i(t,{path:e,isContainer:!1,isVolume:!1,account:"",constraints:void 0}),n}function Zs({serviceAccountName:t,serviceAccount:e}){const s=t??e;return typeof s=="string"?s:""}var Ys={nodeSelector:{},tolerations:[]},Xs=new Set(["admissionregistration","apiextensions","apiregistration","authentication","authorization","certificates","coordination","discovery","events","flowcontrol.apiserver","internal.apiserver","networking","node","rbac.authorization","resource","scheduling","storage","storagemigration"].map(t=>`${t}.k8s.io`));function Js({apiVersion:t}){const[e="",s]=S(t).split("/");return s!==void 0&&e.includes(".")&&!Xs.has(e)}function Xt(t){const e=v(t)?qs(t):t;if(!(typeof e!="string"||!/^[^/]*[.:][^/]*\/.*[:@]/.test(e)))return(0,at.AB)(e)&&e}function qs({registry:t,repository:e,name:s,tag:n,digest:i}){const r=S(e)||S(s),o=S(i)?`@${S(i)}`:S(n)&&`:${S(n)}`;return[S(t),r+o].filter(Boolean).join("/")}function Vs(t,e,s){return t.flatMap((n,i)=>{if(!v(n)||!Qs(n,e))return[];const[r,o]=v(n.spec)?[n.spec.images,"spec.images"]:[n.images,"images"];return rt(r).flatMap((a,c)=>{if(!v(a))return[];const l=["Kustomization",v(n.metadata)?S(n.metadata.name):""],h={file:e,document:i+1,resource:l.filter(Boolean).join(" "),field:`${o}[${c}]`},{newTag:u,digest:d}=a;if(typeof u=="number")return s(`newTag ${u}, a number in YAML, in ${(0,F.df)({...h,text:""})}`,"the tag in quotes"),[];const f=S(a.name);return[{...h,name:f,newName:S(a.newName)||f,newTag:S(u),digest:S(d)}]})})}function Qs({kind:t},e){return t==="Kustomization"||t===void 0&&/^kustomization\.ya?ml$/i.test((0,G.basename)(e))}function tn(t,e,s){const n=new Set,i=(a,c)=>{n.add(a);const l=nn(a,(c.text??a.name).slice(a.name.length)),h={...c,...en(a),text:l};return(0,at.AB)(l)?[h]:(s(`${(0,I.hD)(l)}, an invalid image name, in ${(0,F.df)(h)}`,"names and tags of images"),[])},r=t.flatMap(a=>{const c=e.filter(({name:l})=>l===sn(a.text));return c.length>0?c.flatMap(l=>i(l,a)):[a]}),o=e.filter(a=>!n.has(a)&&(a.newTag||a.digest));return[...r,...o.flatMap(a=>i(a,{}))]}function en({file:t,document:e,resource:s,field:n}){return{file:t,document:e,resource:s,field:n}}function sn(t){return t.replace(/@.*$/,"").replace(/:[^:/]*$/,"")}function nn({newName:t,newTag:e,digest:s},n){return s?`${t}@${s}`:e?`${t}:${e}`:`${t}${n}`}async function rn(t,e){const s=[],n=(c,l)=>s.push({subject:c,message:`${c}: ${l}`}),i=(c,l)=>{t.reject("manifests",c,l)},r=await Ds(e,i),o=cn(r,i,n),[a]=r;if(o.length===0&&a){const c=r.slice(0,on).map(({name:u})=>u),l=r.length>c.length?` and ${r.length-c.length} more`:"",h=`The manifests name no image, so none was checked: ${c.join(", ")}${l}. Are templates rendered?`;s.push({subject:a.name,message:h})}return{images:o,doubts:s}}var on=5,an=()=>{};function cn(t,e,s=an){const n=t.map(({name:i,text:r})=>({name:i,documents:Ps(r,i,e,s)}));return tn(n.flatMap(({name:i,documents:r})=>Is(r,i,e)),n.flatMap(({name:i,documents:r})=>Vs(r,i,e)),e)}})};export{un as id,pn as ids,dn as modules};
>>>>>>> h-network
