// The review's panel: filters by verdict, next and previous finding, diffs and replies.
(() => {
  const editor = acquireVsCodeApi();
  const boxes = [...document.querySelectorAll('input[type=checkbox]')];
  const sections = [...document.querySelectorAll('section[data-patch]')];
  const findings = [...document.querySelectorAll('.finding')];
  const patchOf = (element) => Number(element.closest('section').dataset.patch);
  let here;

  const visible = () => findings.filter((finding) => !finding.classList.contains('hidden'));
  const filter = () => {
    const on = new Set(boxes.filter((box) => box.checked).map((box) => box.name));
    for (const finding of findings) finding.classList.toggle('hidden', ![...on].some((verdict) => finding.classList.contains(verdict)));
    for (const section of sections) {
      const count = section.querySelectorAll('.finding:not(.hidden)').length;
      section.querySelector('.clean').classList.toggle('hidden', count > 0);
    }
    editor.setState({ on: [...on] });
  };
  const open = (finding) => {
    here?.classList.remove('here');
    here = finding;
    here.classList.add('here');
    here.scrollIntoView({ block: 'nearest' });
    editor.postMessage({ patch: patchOf(finding), finding: finding.dataset.finding });
  };
  const step = (by) => {
    const list = visible();
    if (list.length === 0) return;
    const at = list.indexOf(here);
    open(list[Math.max(0, Math.min(list.length - 1, at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by))]);
  };

  for (const box of boxes) box.addEventListener('change', filter);
  for (const finding of findings) finding.querySelector('.row').addEventListener('click', () => open(finding));
  for (const link of document.querySelectorAll('.link[data-path]')) {
    link.addEventListener('click', () => editor.postMessage({ patch: patchOf(link), path: link.dataset.path }));
  }
  for (const reply of document.querySelectorAll('.reply')) {
    reply.addEventListener('click', () => editor.postMessage({ patch: patchOf(reply), action: 'reply' }));
  }
  document.getElementById('next').addEventListener('click', () => step(1));
  document.getElementById('previous').addEventListener('click', () => step(-1));
  document.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === 'n' || event.key === 'j') step(1);
    else if (event.key === 'p' || event.key === 'k') step(-1);
    else return;
    event.preventDefault();
  });
  const before = editor.getState();
  if (before) for (const box of boxes) box.checked = before.on.includes(box.name);
  filter();
})();
