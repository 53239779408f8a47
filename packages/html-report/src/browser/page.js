// The only script of the HTML report: makes its tables sortable and the table of clusters filterable. Without it, the page shows the same tables.
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
    const how = `Sorted by ${header.textContent}, ${header.ariaSort}.`
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
      const searched = words.value.toLowerCase().split(/\s+/).filter(Boolean)
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
      const count = `${matching - rest} of ${rows.length} rows are shown${rest > 0 ? `, and ${rest} more match` : ''}.`
      announce(how === '' ? count : `${how} ${count}`)
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
