var G=Object.defineProperty;var s=(T,w)=>G(T,"name",{value:w,configurable:!0});const H=919,z=[919],J={919:((T,w,$)=>{$.d(w,{EM:s(()=>W,"EM"),IM:s(()=>R,"IM"),V4:s(()=>K,"V4"),hY:s(()=>P,"hY"),nH:s(()=>N,"nH"),t6:s(()=>Y,"t6"),vh:s(()=>E,"vh"),yK:s(()=>U,"yK")});var y=$(995),l=$(978),d=$(958);const x=(0,y.createRequire)("/");var O=10,j=1e3;function A({items:n,commands:t},e){if(n.length===0)return"";const o=[...new Set(n.flatMap(({kind:r,code:h})=>r==="image"||h==="missing"?[]:h))],a=t.filter(({length:r})=>r<=j).slice(0,O),i=t.length-a.length;return`### What to do

${[n.some(D)&&`The same step with \`mode: attach\` makes what is missing:

${L(e)}`,a.length>0&&`Or by hand:

${(0,l.EU)("sh",a)}${i>0?`

and ${i} more.`:""}`,n.some(k)&&"What is gone can't be attached: correct the inputs of the step, or create it again.",`Who changed it, of the last seven days:

${(0,l.EU)("sh",[B])}`,["DRIFT",...o].map(r=>`- About ${r}: ${(0,l.v$)(r)}`).join(`
`)].filter(Boolean).join(`

`)}`}s(A,"adviseOnDrift");var B=`az monitor activity-log list --resource-group <group> --offset 7d --query "[?contains(operationName.value, 'roleAssignments')].[eventTimestamp, caller, operationName.value, resourceId]" --output table`;function D({kind:n,code:t}){return t==="missing"||n==="image"}s(D,"isHealable");function k({kind:n,code:t}){return n==="pair"&&/^(CLUSTER|REGISTRY|IDENTITY)_NOT_FOUND$|^NO_KUBELET_IDENTITY$/.test(t)}s(k,"isGone");function L(n){const{GITHUB_ACTION_REPOSITORY:t,GITHUB_ACTION_REF:e}=process.env;return(0,l.EU)("yaml",[`- uses: ${t?`${t}${e?`@${e}`:""}`:"./"}`,"  with:","    mode: attach",`    # and the other inputs of the step in ${n}, with an identity that may assign roles`])}s(L,"attachStep");var M=256,v=400,m=20;function R(n){const t=[...new Set(n.items.map(({registry:o})=>o))],e=t.length>2?`${t.length} registries`:t.join(" and ");return`Drift: ${(0,l.fS)(n)} not as wanted on ${e}`.slice(0,M)}s(R,"driftTitle");function E(n,t,e){const o=A(n,t),i=[...n.blind.slice(0,m).map(g=>`- ${u(p(g))}`),...I(n.blind.length)].join(`
`),c=e-o.length-i.length-300,r=C(n.unknown,"why",Math.floor(c/4));return[C(n.items,"what is not as wanted",c-r.length),r&&`**Could not be looked at**, and is not counted above:

${r}`,i&&`**Could not be looked at at all**:

${i}`,o].filter(Boolean).join(`

`)}s(E,"describeDriftInFull");function C(n,t,e){if(n.length===0)return"";const o=b(n),a=[`| what | registry | ${t} |`,"| - | - | - |"];let i=a.join(`
`).length,c=0;for(const h of n){const g=`| ${[o(h),h.registry,p(h.what)].map(u).join(" | ")} |`;if(i+g.length+600>e)break;a.push(g),i+=g.length+1,c+=1}const r=n.slice(c);return r.length>0?`${a.join(`
`)}

and ${(0,l.LS)(r.length,"more","more")}: ${S(r)}`:a.join(`
`)}s(C,"table");function S(n){const t=new Map;for(const{kind:e,code:o}of n){const a=e==="image"?`images (${o})`:o;t.set(a,(t.get(a)??0)+1)}return[...t].sort(([,e],[,o])=>o-e).map(([e,o])=>`${o} ${e}`).join(", ")}s(S,"countCodes");function U(n,t,e){const o=`**${(0,l.fS)(n)} not as wanted**, found by [${u(t.name)}](${t.url}).

This text is rewritten when the drift changes, and the issue closes itself when it is gone; notes are safe in comments.`;return`${o}

${E(n,t.workflow,e-o.length-2)}`}s(U,"driftBody");function W({worse:n,better:t,dropped:e},o){const a=e>0?`${(0,l.LS)(e,"thing")} that was not as wanted is no longer looked at.`:"",i=[n.length>0&&`**Worse**: ${n.length} more not as wanted.
${_(n,({what:c})=>`: ${u(p(c))}`)}`,t.length>0&&`**Better**: ${t.length} as wanted again.
${_(t,()=>"")}`,a&&`**Better**: ${a}`].filter(Boolean);return i.length>0?`${i.join(`

`)}

${f(o)}`:""}s(W,"changeComment");function N(n,t,e){return`${t>n?`**Worse**: ${t} not as wanted`:`**Better**: ${t} not as wanted still`}, after ${n}.

${f(e)}`}s(N,"countComment");function P({unknown:n,blind:t},e){const o=n.length+t.length;return`All that this issue named is as wanted again.${o>0?`

${o} that this issue did not name could not be looked at.`:""}

${f(e)}`}s(P,"closingComment");function K({items:n},t){return`**Worse**: the drift is back, or still there.
${_(n,({what:e})=>`: ${u(p(e))}`)}

${f(t)}`}s(K,"reopeningComment");function Y(n){return`Two runs at once opened an issue each. #${n} goes on.`}s(Y,"duplicateText");var f=s(({name:n,url:t})=>`[${u(n)}](${t})`,"foundBy");function _(n,t){const e=b(n);return[...n.slice(0,m).map(a=>`- ${u(`${e(a)} on ${a.registry}`)}${t(a)}`),...I(n.length)].join(`
`)}s(_,"list");function I(n){return n>m?[`- and ${n-m} more`]:[]}s(I,"moreLines");function b(n){const t=new Map;for(const{kind:e,target:o}of n){if(e==="image")continue;const a=t.get((0,d.mp)(o))??new Set;t.set((0,d.mp)(o),a.add(o.toLowerCase()))}return({kind:e,target:o})=>{if(e==="image")return o;const a=(0,d.mp)(o),i=(0,d.RQ)(o);return(t.get(a)?.size??0)<2||!i?a:`${a} (${i.resourceGroup}, subscription ${(0,l.CC)(i.subscriptionId)})`}}s(b,"namesOf");function p(n){return n.length>v?`${n.slice(0,v-1)}\u2026`:n}s(p,"cut");function u(n){return n.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll("@","&#64;").replace(/([\\*_`[\]|~])/g,"\\$1").replace(/\s*\n\s*/g," ")}s(u,"escapeText")})};export{H as id,z as ids,J as modules};
