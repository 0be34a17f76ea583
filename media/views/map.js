// The map's panel: clicks and keys lead to the source, the bar changes the size.
(() => {
  const editor = acquireVsCodeApi();
  const { ids } = JSON.parse(document.getElementById('data').dataset.json);
  const picture = document.getElementById('picture');
  const svg = picture.querySelector('svg');
  const known = new Set(ids);
  const width = svg.width.baseVal.value;
  const height = svg.height.baseVal.value;
  let scale = 1;

  const resize = (next) => {
    scale = Math.min(4, Math.max(0.1, next));
    svg.setAttribute('width', String(width * scale));
    svg.setAttribute('height', String(height * scale));
    editor.setState({ scale });
  };
  const fitWidth = () => resize(Math.min(1, (document.body.clientWidth - 8) / width));

  for (const node of svg.querySelectorAll('.node[data-id]')) {
    if (!known.has(node.dataset.id)) continue;
    node.setAttribute('tabindex', '0');
    node.setAttribute('role', 'button');
    node.setAttribute('aria-label', [...node.querySelectorAll('text')].map((text) => text.textContent).join(', '));
    const go = () => editor.postMessage({ open: node.dataset.id });
    node.addEventListener('click', go);
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      go();
    });
  }
  document.getElementById('in').addEventListener('click', () => resize(scale * 1.25));
  document.getElementById('out').addEventListener('click', () => resize(scale / 1.25));
  document.getElementById('fit').addEventListener('click', fitWidth);
  document.getElementById('refresh').addEventListener('click', () => editor.postMessage({ action: 'refresh' }));
  document.getElementById('save').addEventListener('click', () => editor.postMessage({ action: 'save' }));
  picture.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      resize(event.deltaY < 0 ? scale * 1.1 : scale / 1.1);
    },
    { passive: false },
  );
  const before = editor.getState();
  if (before) resize(before.scale);
  // As small as the column asks for, but not smaller than can be read.
  else resize(Math.max(0.8, Math.min(1, (document.body.clientWidth - 8) / width)));
})();
