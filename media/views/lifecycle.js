// The lifecycle view's panel: next and previous walk the path of the chosen finding, or the steps one by one.
(() => {
  const editor = acquireVsCodeApi();
  const { steps, depths, findings, hidden } = JSON.parse(document.getElementById('data').dataset.json);
  const rows = [...document.querySelectorAll('.step')];
  const select = document.getElementById('finding');
  const message = document.getElementById('message');
  const buttons = { previous: document.getElementById('previous'), next: document.getElementById('next') };
  let at = -1;

  const finding = () => (select ? Number(select.value) : -1);
  /** Stops of the walk: steps 1..n of the path, then the finding itself as 0; without a finding every row. */
  const stops = () => {
    const index = finding();
    if (index < 0) return rows.map((_, row) => ({ row }));
    return [...Array(findings[index]).keys()]
      .map((step) => step + 1)
      .concat(0)
      .map((step) => ({ step, row: rowOf(index, step) }));
  };
  const rowOf = (index, step) => steps.findIndex((marks) => marks.some((mark) => mark.finding === index && mark.step === step));

  const mark = () => {
    const index = finding();
    rows.forEach((row, number) => {
      const own = steps[number].filter((entry) => entry.finding === index);
      row.classList.toggle('on-path', own.length > 0);
      row.querySelector('.marks').textContent = own.map((entry) => (entry.step === 0 ? '⚠' : `(${entry.step})`)).join(' ');
    });
  };
  const fold = document.getElementById('fold');
  /** Rows of the chosen path, with the heads of the blocks that they stand in. */
  const shownRows = () => {
    const index = finding();
    const shown = new Set();
    steps.forEach((marks, row) => {
      if (!marks.some((entry) => entry.finding === index)) return;
      shown.add(row);
      for (let above = row - 1, depth = depths[row]; above >= 0 && depth > 0; above--) {
        if (depths[above] >= depth) continue;
        depth = depths[above];
        shown.add(above);
      }
    });
    return shown;
  };
  /** Hides what is not on the path; each gap says how many steps it stands for, and opens. */
  const refold = () => {
    for (const gap of document.querySelectorAll('.gap')) gap.remove();
    const isFolded = fold?.getAttribute('aria-pressed') === 'true';
    const shown = isFolded ? shownRows() : undefined;
    let run = [];
    const close = () => {
      const own = run;
      run = [];
      if (own.length === 0) return;
      const gap = document.createElement('li');
      const button = document.createElement('button');
      gap.className = 'gap';
      button.type = 'button';
      button.textContent = `… ${own.length === 1 ? hidden.one : hidden.more.replace('#', own.length)}`;
      button.addEventListener('click', () => {
        for (const row of own) row.hidden = false;
        gap.remove();
        own[0].querySelector('.line').focus();
      });
      gap.append(button);
      own[0].before(gap);
    };
    rows.forEach((row, number) => {
      row.hidden = shown !== undefined && shown.size > 0 && !shown.has(number);
      if (row.hidden) run.push(row);
      else close();
    });
    close();
  };
  const select_ = (row) => {
    for (const other of rows) other.classList.toggle('here', other === row);
    row?.scrollIntoView({ block: 'nearest' });
  };
  const show = (next) => {
    const all = stops();
    if (all.length === 0) return;
    at = Math.max(0, Math.min(all.length - 1, next));
    const stop = all[at];
    select_(rows[stop.row]);
    message.textContent = `${at + 1} / ${all.length}`;
    buttons.previous.disabled = at === 0;
    buttons.next.disabled = at === all.length - 1;
    editor.postMessage(stop.step === undefined ? { step: stop.row } : { finding: finding(), at: stop.step });
  };

  rows.forEach((row, number) => {
    row.querySelector('.line').addEventListener('click', () => {
      select_(row);
      const stop = stops().findIndex((candidate) => candidate.row === number);
      if (stop >= 0) at = stop;
      editor.postMessage({ step: number });
    });
  });
  buttons.previous.addEventListener('click', () => show(at - 1));
  buttons.next.addEventListener('click', () => show(at + 1));
  document.getElementById('refresh').addEventListener('click', () => editor.postMessage({ action: 'refresh' }));
  fold?.addEventListener('click', () => {
    fold.setAttribute('aria-pressed', String(fold.getAttribute('aria-pressed') !== 'true'));
    refold();
  });
  select?.addEventListener('change', () => {
    at = -1;
    mark();
    refold();
    show(0);
  });
  document.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLSelectElement) return;
    if (event.key === 'ArrowDown' || event.key === 'j' || event.key === 'n') show(at + 1);
    else if (event.key === 'ArrowUp' || event.key === 'k' || event.key === 'p') show(at - 1);
    else return;
    event.preventDefault();
  });
  mark();
})();
