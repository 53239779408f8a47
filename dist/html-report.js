var tn=Object.freeze,Qn=Object.defineProperty;var rn=(I,j)=>tn(Qn(I,"raw",{value:tn(j||I.slice())}));var on;const ie="html-report",le=["html-report"],ce={9407:(function(I,j,h){h.d(j,{writeHtmlReport:()=>Nn});var an=h(8995),x=h(4340),g=h(4124),sn=h(3123),Yn=h(3595),ln=h(8012),cn=h(8601),Xn=h(4487),Zn=h(7717),y=h(7773),qn=h(2958),ne=h(4519),ee=h(5619),R=h(1264),dn=h(5437),te=h(5117),re=h(8548),m=h(3988),oe=h(2005),hn=h(7598),mn=h(3024),pn=h(6760);const ae=(0,an.createRequire)("/");var $=class{text;constructor(n){this.text=n}};function a(n,...e){return new $(n.map((t,r)=>t+fn(e[r])).join(""))}function fn(n){return n===void 0||n===!1?"":n instanceof $?n.text:typeof n=="number"?String(n):typeof n=="string"?un(n):n.map(({text:e})=>e).join("")}function un(n){return/^[ !#-%(-;=?-~]*$/.test(n)?n:(0,m.wh)(n).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function B(n,e){return/^https?:\/\//.test(n)?a`<a href="${n}">${e}</a>`:a`${e}`}var z=n=>`cluster=${encodeURIComponent(Buffer.from(n).toString())}`;function O(n){return n>0?a`<p>${(0,y.LS)(n,"more is","more are")} in the report file.</p>\n`:a``}function L(n){const{id:e,title:t,note:r,above:s,columns:o,rows:l}=n,i=o.map(d=>a`<th scope="col">${d}</th>`);return a`<section aria-labelledby="${e}-title">
<div class="head"><h2 id="${e}-title">${t}</h2>${r!==void 0&&a`<p class="soft">${r}.</p>`}</div>
${s}<table id="${e}">
<thead><tr>${i}</tr></thead>
${l}</table>
</section>\n`}function K(n,e,t,r=g.xP[n].word){const s=t.map(o=>a`<td>${o}`);return a`<tr class="${n}"><td data-key="${g.xP[n].rank}">${g.xP[n].mark} ${r}<th scope="row">${e}${s}\n`}var f={gone:{mark:g.xP.failed.mark,word:"not found",rank:-1},...g.xP,drifted:{...g.xP.drifted,word:"drifted"}},v=({error:n,...e})=>n&&(0,m.ST)(n.code)&&n.code!=="NO_KUBELET_IDENTITY"?"gone":(0,g.L4)(e),U=({target:n,loginServer:e,registry:t})=>(0,x.TN)("",n,e??t),T=n=>`${f[n].mark} ${f[n].word}`,H=n=>n.reduce((e,t)=>f[t].rank<f[e].rank?t:e,"fine"),gn=["fine","drifted","gone","unknown"],N=n=>n==="failed"?"unknown":n;function wn({report:{pairs:n,findings:e}}){if(n.length+e.length===0)return a``;const t=n.map(v),r=(0,m.$z)(n.filter(({target:c})=>c!=="*"),({target:c})=>c.toLowerCase()),s=[...r.values()].map(c=>N(H(c.map(v)))),o=t.includes("failed")?`${T("failed")} or ${f.unknown.word}`:T("unknown");let l=0;const i=gn.map(c=>{const p=t.filter(w=>N(w)===c).length,E=(0,y.LS)(s.filter(w=>w===c).length,"cluster");return l+=p,{item:a`<li class="${p>0?c:"none"}"><a href="#state=${c}"><b>${p}</b> ${c==="unknown"?o:T(c)} <small>${E}</small></a>\n`,part:a`<rect class="${c}" x="${l-p}" width="${p}" height="1"/>`}}),d=e.filter(({severity:c})=>c==="warning").length;return a`<section aria-label="At a glance">
<ul class="figures">
${i.map(({item:c})=>c)}<li class="${d>0?"warning":"none"}"><a href="#warnings"><b>${d}</b> ⚠ ${d===1?"warning":"warnings"}</a>
</ul>
<svg class="bar" viewBox="0 0 ${l} 1" preserveAspectRatio="none" aria-hidden="true">${i.map(({part:c})=>c)}</svg>
<p class="soft">Large numbers count a cluster once per registry (${l} in all), small numbers count it once, in its worst state (${r.size} in all).</p>
</section>\n`}var[bn,yn]=[16,8],$n=2e3;function vn({report:n,spots:e}){const t=new Set(e.map(({target:u,job:_})=>u?.toLowerCase()??`${_}`)),r=t.size<=bn,{registries:s,merged:o,rows:l}=(0,x.cx)(e,r?"cluster":"subscription",yn);if(s.length*t.size<2)return a``;const i=new Set(n.pairs.filter(u=>v(u)==="gone").map(U)),d=({target:u="",registry:_,state:M})=>i.has((0,x.TN)("",u,_))?"gone":M,c=[...s.map(u=>u||"not known"),...o>0?[`${o} more`]:[]],p=!r&&e.length<=$n,E=l.map(({name:u,cells:_})=>{const M=k=>k.spots.flatMap(({target:b})=>b?.toLowerCase()??[]),S=[...new Set(_.flatMap(M))].sort((k,b)=>(0,m.yV)((0,m.mp)(k),(0,m.mp)(b))),D=_.map(({text:k,spots:b},en)=>{if(b.length===0)return a`<td>`;const Jn=r&&en<s.length,Vn=new Map(b.map(A=>[A.target?.toLowerCase(),d(A)])),Gn=p&&xn(S.map(A=>Vn.get(A)));return a`<td class="${H(b.map(d))}" data-label="${c[en]}">${Jn?k:_n(b,d)}${Gn}`});return a`<tr><th scope="row">${u||"not known"}${D}\n`}),w=new Set(e.map(d)),P=Object.keys(f).filter(u=>w.has(u)).map(T).join(", ");return L({id:"map",title:"Where",...!r&&{note:`Numbers of clusters${p?", and a square for each":""}: ${P}`},columns:[r?"Cluster":"Subscription",...c],rows:a`<tbody>\n${E}</tbody>\n`})}function _n(n,e){const t=[...(0,m.$z)(n,e)].sort(([s],[o])=>f[s].rank-f[o].rank),r=s=>s.filter(({target:o})=>o!==void 0).length;return t.map(([s,o])=>`${f[s].mark} ${r(o)||""}`.trim()).join(" ")}var C=20,kn={fine:"m3 3h4v4h-4z",drifted:"h10v10h-10z",gone:"l10 10m0-10l-10 10",failed:"l10 10m0-10l-10 10",unknown:"m1 1h8v8h-8z"};function xn(n){const e=n.map((o,l)=>({kind:o,at:`M${l%C*13+1} ${Math.floor(l/C)*13+1}`})),t=Object.keys(f).map(o=>{const l=e.filter(i=>i.kind===o).map(({at:i})=>`${i}${kn[o]}`);return l.length>0?a`<path class="${o}" d="${new $(l.join(""))}"/>`:a``}),r=Math.min(n.length,C)*13,s=Math.ceil(n.length/C)*13;return a`<svg width="${r}" height="${s}" viewBox="0 0 ${r} ${s}" aria-hidden="true">${t}</svg>`}var En=5e4,Mn=[1e3,400,160,60],On=450,Ln=45e5;function Tn({report:{pairs:n},spots:e,ages:t}){if(n.length===0)return a``;const s=n.toSorted((o,l)=>f[v(o)].rank-f[v(l)].rank).slice(0,En);return L({id:"pairs",title:"Clusters and registries",...Object.keys(t).length>0&&{note:"Each bar is one of the last 30 nights on which a run saw the drift"},above:a`<div class="head">${Cn(n.filter(o=>v(o)==="fine").length)}
<p id="status" role="status" class="soft">${(0,y.LS)(s.length,"row")}.</p></div>
${O(n.length-s.length)}`,columns:["State","Cluster","Registry","Why","Subscription"],rows:Pn(s,e,t)})}function Cn(n){return a`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${n} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
<span class="soft"><label><input id="keys" type="checkbox" checked> Keys:</label> <kbd>/</kbd> filter <kbd>n</kbd> next problem <kbd>t</kbd> also as expected</span>
</div>`}function Pn(n,e,t){const r=(0,m.$z)(n,v),s=Sn(n,e,t),o=Math.max(Ln,n.length*On);let l="";for(const i of Mn){const d=[...r].map(([c,p])=>{const E=c==="failed"&&!r.has("unknown")?"unknown":c;return a`<tbody id="state=${E}">\n${p.map(w=>s(w,i))}</tbody>\n`});if(l=a`${d}`.text,Buffer.byteLength(l)<=o)break}return new $(l)}function Sn(n,e,t){const r=(0,R.namesOf)(n),s=new Map(n.toReversed().map(i=>[(0,m.mp)(i.target),i])),o=new Map((0,x.cx)(e,"subscription").rows.map(({key:i,name:d})=>[i,d])),l=new Map(e.map(({target:i="*",registry:d,subscription:c})=>[(0,x.TN)("",i,d),c]));return(i,d)=>{const{target:c,registry:p,loginServer:E}=i,w=U(i),P=v(i),{mark:u,word:_,rank:M}=f[P],S=c!=="*"&&s.get((0,m.mp)(c))===i&&z((0,m.mp)(c)),D=(0,m.RQ)(c)?.resourceGroup,k=l.get(w)?.toLowerCase()??"",b=[a`<th scope="row">${c==="*"?"other clusters":r(i)}`,a`<td>${(0,dn.Wy)(E??(0,m.mp)(p))}`,a`<td>${(0,y.Jj)(An(i),d)}${Dn(t[w])}`,a`<td>${o.get(k)??k}${D!==void 0&&a` <small>${D}</small>`}`];return a`<tr class="${P}"${S!==!1&&a` id="${S}"`}><td data-key="${M}">${u} ${_}${b}\n`}}function Dn(n){if(!n)return a``;const e=n.nights.toString(2),t=Array.from(e,(o,l)=>`M${l*4} ${o==="1"?"0v10":"8v2"}h3v-${o==="1"?10:2}z`),r=e.replaceAll("0","").length,s=a` <svg role="img" aria-label="seen on ${(0,y.LS)(r,"night")}" width="${e.length*4}" height="10"><path d="${new $(t.join(""))}"/></svg>`;return a` <small>since ${n.since}${n.nights>0&&s}</small>`}function An({error:n,lacks:e,role:t,grantedBy:r,scope:s,verified:o,pulls:l}){if(n)return`${n.code}: ${In(n.reason??n.message)}`;const i=r===null||r==="direct"?"":(0,R.describeSource)(r,s??"");if(e.length>0)return[...e,i].filter(Boolean).join("; ");const d=o==="pull"?`pulled${jn(l)}`:"";return[t&&`${t} ${i||"assigned"}`,d].filter(Boolean).join("; ")}var In=n=>n.replaceAll(/\/subscriptions\/[\w./()-]*\/([\w.()-]+)/gi,"$1").replaceAll(/ \(object ID [\w-]+\)/g,"");function jn(n){return n.length===0||n.some(({layers:e})=>e==="fetched")?"":n.every(({layers:e})=>e==="on-node")?" (role only)":" (layers not known)"}var F=1e3,J=2e4,V=100;function Rn({causes:n,problems:e,report:{pairs:t}}){const r=new Set(t.map((0,R.namesOf)(t))),s=e.filter(({level:i})=>i==="error"),o=e.filter(({level:i})=>i!=="error");if(n.length+e.length===0)return a``;const l=n.some(({advice:i})=>i.some(({text:d})=>d===""));return a`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2>${l&&a`<p class="soft">The same step with mode: attach assigns the missing roles, too.</p>`}</div>
<div class="cards">
${s.map(Wn)}${n.map(i=>Bn(i,r))}${o.map(zn)}</div>
</section>\n`}function Bn({code:n,text:e,names:t,details:r,advice:s},o){const{mark:l}=g.xP[n==="DRIFT"?"drifted":"failed"],i=t.slice(0,V).map(c=>a`<li>${o.has(c)?a`<a href="#${z(c)}">${c}</a>`:c}\n`),d=r.map(({message:c,answer:p})=>`${c}${p}`);return a`<article class="${n==="DRIFT"?"drifted":"gone"}">
<h3>${l} ${e}</h3>
${i.length>0&&a`<ul class="chips">\n${i}</ul>\n${O(t.length-V)}`}${s.map(Q)}${d.length>0&&W("In full",d)}</article>\n`}function Wn(n){const{mark:e,link:t,code:r}=n;return a`<article class="gone">\n<h3>${e} ${B(t,r)}</h3>\n${G(n)}</article>\n`}function zn(n,e){const{mark:t,code:r,subject:s="",others:o}=n,l=s&&` \xB7 ${(0,m.mp)(s)}`,i=o.length>0&&` and ${o.length} more`;return a`<details class="card warning"${e===0&&a` id="warnings"`}><summary>${t} ${r}${l}${i}</summary>\n${G(n)}</details>\n`}function G({message:n,answer:e,parts:t,others:r}){const s=r.map(l=>l.message),o=s.length>0&&W(`${s.length} more like it`,s);return a`<p>${n}${e}</p>\n${t.map(Q)}${o}`}function Q({text:n,block:e,commands:t,caution:r}){const o=n.split(`
`).filter(Boolean).map(i=>a`<p>${i}</p>\n`),l=a`${o}${e&&Y(e.lines)}${t.length>0&&Y(t.map(m.MG))}`;return r===void 0?l:a`<details><summary>${r}</summary>\n${l}</details>\n`}function Y(n){const e=n.flatMap(t=>t.split(`
`)).map(t=>a`${t}\n`);return a`<div class="code"><pre tabindex="0">${e}</pre></div>\n`}function W(n,e){const t=e.slice(0,F).map(r=>a`<li>${r}\n`);return a`<details><summary>${n}</summary>
<ul>
${t}</ul>
${O(e.length-F)}</details>\n`}function Kn({unknown:n,notes:e}){const t=[[n.map(({message:r})=>r),"item could not be checked","items could not be checked"],[e,"note","notes"]];return a`${t.map(([r,s,o])=>r.length>0?W((0,y.LS)(r.length,s,o),r):a``)}`}function Un(n){if(n.length===0)return a``;const e=L({id:"jobs",title:"Jobs",columns:["State","Job","Clusters","Drift","Not checked","Why"],rows:n.map(({state:t,name:r,clusters:s,drifted:o,unchecked:l,gap:i})=>K(t,r,[s,o,l,i]))});return n.some(({gap:t})=>t!=="")?e:a`<details><summary>${(0,y.LS)(n.length,"job")}, all complete</summary>\n${e}</details>\n`}function Hn({images:n,manifests:e}){const t=[...n.map(({image:r,name:s,source:o,status:l,digest:i,error:d})=>({image:r??s,source:o,status:l,error:d,state:X(l,i!==null)})),...e.map(({image:r,file:s,resource:o,status:l,error:i})=>({image:r,source:`${s}: ${o}`,status:l,error:i,state:X(l,l==="present")}))].sort((r,s)=>g.xP[r.state].rank-g.xP[s.state].rank);return t.length===0?a``:L({id:"images",title:"Images",above:O(t.length-J),columns:["State","Image","From","Why"],rows:t.slice(0,J).map(({state:r,status:s,image:o,source:l,error:i})=>K(r,o,[l,i?`${i.code}: ${i.message}`:""],s))})}function X(n,e){return n==="missing"||n==="locked"?"drifted":n==="failed"?"failed":n==="imported"||n==="present"&&e?"fine":"unknown"}var Z=`// The only script of the HTML report: filters the table by what the links, the map and the reader ask for, sorts, and copies. Without it, the page shows all of it.
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
`,q=`:root {
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
  padding: 1rem 1.5rem 2rem;
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
  margin: 1.25rem 0 0.4rem;
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
`;function Nn({errors:n,...e},t){const r=[...(0,x.Uh)(n),...(0,x.Uh)(e.report.findings)].map(({advice:o,...l})=>({...l,parts:(0,m.CI)(o)})),s={...e,problems:r,run:(0,y.xh)()};try{const o=(0,pn.join)((0,ln.makeTempFolder)(),"attach-acr-report.html");(0,mn.writeFileSync)(o,Fn(JSON.parse((0,cn.Kp)(JSON.stringify(s))))),(0,g.uH)("report-html-file",o),t.line(`html report  ${o}`)}catch(o){(0,sn.fz)("warning",`The HTML report could not be written: ${(0,m.bD)(o)}`,"attach-acr")}}function Fn(n){const{headline:e,report:t,jobs:r,run:s,at:o,issue:l}=n,i=["default-src 'none'",`style-src '${nn(q)}'`,`script-src '${nn(Z)}'`,"base-uri 'none'","form-action 'none'"].join("; "),d=new Date(o).toISOString(),{text:c}=a(on||(on=rn([`<!doctype html>
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
`])),new $(i),e,new $(q),e,t.mode,s.name!==""&&a` · ${B(s.url,s.name)}`,d,d.slice(0,16).replace("T"," "),y.rE,l&&a` · drift issue ${B(l.url,l.name)}`,wn(n),vn(n),Rn(n),Tn(n),Hn(t),Un(r),Kn(t),new $(Z));return c}var nn=n=>`sha256-${(0,hn.createHash)("sha256").update(n).digest("base64")}`})};export{ie as id,le as ids,ce as modules};
