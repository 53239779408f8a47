var I=Object.freeze,wn=Object.defineProperty;var C=(g,w)=>I(wn(g,"raw",{value:I(w||g.slice())}));var S;const Bn="html-report",Rn=["html-report"],In={9407:(function(g,w,i){i.d(w,{writeHtmlReport:()=>fn});var A=i(8995),x=i(1607),m=i(4124),W=i(6875),j=i(3123),bn=i(3595),U=i(8012),K=i(8601),En=i(4487),H=i(2919),$n=i(2958),yn=i(3635),vn=i(7717),_=i(7773),z=i(1264),xn=i(4519),Mn=i(5437),On=i(5117),Pn=i(8548),kn=i(3988),b=i(7914),F=i(8819),E=i(1513),Dn=i(2005),N=i(7598),J=i(3024),G=i(6760);const Tn=(0,A.createRequire)("/");var f=class{text;constructor(n){this.text=n}};function a(n,...e){return new f(n.map((r,t)=>r+Q(e[t])).join(""))}function Q(n){return n===void 0||n===!1?"":n instanceof f?n.text:typeof n=="number"?String(n):typeof n=="string"?V(n):n.map(({text:e})=>e).join("")}function V(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,H.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function M(n,e){return/^https?:\/\//.test(n)?a`<a href="${n}">${e}</a>`:a`${e}`}function $(n){return n>0?a`<p>${(0,_.LS)(n,"more is","more are")} in the report file.</p>\n`:a``}function u(n){const{id:e,title:r,above:t,columns:s,rows:o,isSortable:l}=n,d=s.map(c=>a`<th scope="col">${c}</th>`);return a`<section aria-labelledby="${e}-title">
<h2 id="${e}-title">${r}</h2>
${t}
<div class="scroll" role="region" aria-labelledby="${e}-title" tabindex="0">
<table id="${e}"${l&&X}>
<thead><tr>${d}</tr></thead>
<tbody>
${o}</tbody>
</table>
</div>
</section>\n`}var X=a` data-sortable`;function y(n,e,r,t=m.xP[n].word){const s=r.map(o=>a`<td>${o}`);return a`<tr class="${n}"><td data-key="${m.xP[n].rank}">${m.xP[n].mark} ${t}<th scope="row">${e}${s}\n`}var Y=5e4,Z=[1e3,400,160,60],q=450,nn=45e5;function en(n){if(n.length===0)return a``;const e=o=>m.xP[(0,m.L4)(o)].rank,r=n.toSorted((o,l)=>e(o)-e(l)),t=r.slice(0,Y),s=n.length-t.length;return u({id:"pairs",title:"Clusters and registries",above:a`${tn(r)}
<p id="status" role="status" class="soft">${(0,_.LS)(t.length,"row")}.</p>
${$(s)}`,columns:["State","Cluster","Resource group","Subscription","Registry","Access","Role","Verified","Why"],rows:rn(t),isSortable:!0})}function tn(n){const e=[...(0,F.$z)(n,m.L4)].map(([r,{length:t}])=>{const s=`${m.xP[r].mark} ${m.xP[r].word} (${t})`;return a`<label><input type="checkbox" value="${r}" checked> ${s}</label>\n`});return a`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<fieldset><legend>State</legend>
${e}</fieldset>
<button type="button" id="more" hidden>Show all rows</button>
</div>`}function rn(n){const e=Math.max(nn,n.length*q);let r="";for(const t of Z)if(r=n.map(s=>on(s,t).text).join(""),Buffer.byteLength(r)<=e)break;return new f(r)}function on(n,e){const{target:r,registry:t,loginServer:s,grantedBy:o,scope:l,role:d,verified:c,pulls:h}=n,p=(0,b.RQ)(r),v=p?.name??(r==="*"?"other clusters":(0,b.mp)(r)),un=o===null?"":o==="direct"?"direct":(0,z.describeSource)(o,l??""),gn=sn(n);return y((0,m.L4)(n),v,[p?.resourceGroup??"",p?.subscriptionId??"",s??(0,b.mp)(t),un,d??"",c==="none"?"":`${c}${c==="pull"?an(h):""}`,(0,_.Jj)(gn,e)])}function an(n){return n.length===0||n.some(({layers:e})=>e==="fetched")?"":n.every(({layers:e})=>e==="on-node")?" (role only)":" (layers not known)"}function sn({error:n,lacks:e}){return n?`${n.code}: ${n.message}`:e.join("; ")}var O=1e3,P=2e4;function ln(n){if(n.length===0)return a``;const e=n.map(({mark:r,code:t,link:s,message:o,answer:l,advice:d,others:c})=>{const h=c.map(v=>v.message),p=h.length>0&&D(`${h.length} more like it`,h);return a`<h3>${r} ${M(s,t)}</h3>\n<p>${o}${l}</p>\n${(0,E.CI)(d).map(dn)}${p}`});return a`<section aria-labelledby="problems-title">
<h2 id="problems-title">What to do</h2>
${e}</section>\n`}function dn({text:n,block:e,commands:r,caution:t}){const o=n.split(`
`).filter(Boolean).map(d=>a`<p>${d}</p>\n`),l=a`${o}${e&&k(e.lines)}${r.length>0&&k(r.map(E.MG))}`;return t===void 0?l:a`<details><summary>${t}</summary>\n${l}</details>\n`}function k(n){const e=n.flatMap(r=>r.split(`
`)).map(r=>a`${r}\n`);return a`<pre tabindex="0">${e}</pre>\n`}function D(n,e){const r=e.slice(0,O).map(t=>a`<li>${t}\n`);return a`<details><summary>${n}</summary>
<ul>
${r}</ul>
${$(e.length-O)}</details>\n`}function cn({unknown:n,notes:e}){const r=[[n.map(({message:t})=>t),"item could not be checked","items could not be checked"],[e,"note","notes"]];return a`${r.map(([t,s,o])=>t.length>0?D((0,_.LS)(t.length,s,o),t):a``)}`}function mn({registries:n,rows:e,legend:r}){return n.length*e.length<2?a``:u({id:"map",title:"Subscriptions and registries",above:a`<p class="soft">The numbers count clusters: ${r}.</p>`,columns:["Subscription",...n.map(t=>t||"not known")],rows:e.map(({subscription:t,cells:s})=>{const o=s.map(({text:l,state:d})=>l===""?a`<td>`:a`<td class="${d}">${l}`);return a`<tr><th scope="row">${t||"not known"}${o}\n`}),isSortable:!1})}function hn(n){return n.length===0?a``:u({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:e,name:r,clusters:t,drifted:s,unchecked:o,gap:l})=>y(e,r,[t,s,o,l])),isSortable:!0})}function _n({images:n,manifests:e}){const r=[...n.map(({image:t,name:s,source:o,status:l,digest:d,error:c})=>({image:t??s,source:o,status:l,error:c,state:T(l,d!==null)})),...e.map(({image:t,file:s,resource:o,status:l,error:d})=>({image:t,source:`${s}: ${o}`,status:l,error:d,state:T(l,l==="present")}))].sort((t,s)=>m.xP[t.state].rank-m.xP[s.state].rank);return r.length===0?a``:u({id:"images",title:"Images",above:$(r.length-P),columns:["State","Image","From","Why"],rows:r.slice(0,P).map(({state:t,status:s,image:o,source:l,error:d})=>y(t,o,[l,d?`${d.code}: ${d.message}`:""],s)),isSortable:!0})}function T(n,e){return n==="missing"||n==="locked"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&e?"fine":"unknown"}var L=`// The only script of the HTML report: makes its tables sortable and the table of clusters filterable. Without it, the page shows the same tables.
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
`,B=`:root {
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
`;function fn({errors:n,...e},r){const t=[...(0,x.Uh)(n),...(0,x.Uh)(e.report.findings)],s={...e,problems:t,run:(0,_.xh)()};try{const o=(0,G.join)((0,U.makeTempFolder)(),"attach-acr-report.html");(0,J.writeFileSync)(o,pn(JSON.parse((0,K.Kp)(JSON.stringify(s))))),(0,W.setOutput)("report-html-file",o),r.line(`html report  ${o}`)}catch(o){(0,j.fz)("warning",`The HTML report could not be written: ${(0,E.bD)(o)}`,"attach-acr")}}function pn({headline:n,report:e,jobs:r,map:t,problems:s,run:o,at:l}){const d=["default-src 'none'",`style-src '${R(B)}'`,`script-src '${R(L)}'`,"base-uri 'none'","form-action 'none'"].join("; "),c=new Date(l).toISOString(),{text:h}=a(S||(S=C([`<!doctype html>
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
`])),new f(d),n,new f(B),n,e.mode,o.name!==""&&a` · ${M(o.url,o.name)}`,c,c.slice(0,16).replace("T"," "),_.rE,mn(t),ln(s),hn(r),en(e.pairs),_n(e),cn(e),new f(L));return h}var R=n=>`sha256-${(0,N.createHash)("sha256").update(n).digest("base64")}`})};export{Bn as id,Rn as ids,In as modules};
