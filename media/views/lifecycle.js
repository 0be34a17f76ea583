// The lifecycle view's panel: next and previous walk the path of the chosen finding, or the steps one by one.
(() => {
  const editor = acquireVsCodeApi();
  const { steps, findings } = JSON.parse(document.getElementById('data').dataset.json);
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
  select?.addEventListener('change', () => {
    at = -1;
    mark();
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
