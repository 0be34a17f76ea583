// A page's panel: scrolls to the anchor, leads links back to the editor, and lists the code that plays each part.
(() => {
  const editor = acquireVsCodeApi();
  const { anchor, inThisTree, roles } = JSON.parse(document.getElementById('data').dataset.json);

  /** The heading that an anchor stands before, within, or names. */
  const headingOf = (id) => {
    const place = document.getElementById(id) ?? document.querySelector(`[name="${CSS.escape(id)}"]`);
    if (!place) return undefined;
    if (/^H\d$/.test(place.tagName)) return place;
    const own = place.closest('h1, h2, h3, h4');
    if (own) return own;
    const all = [...document.querySelectorAll('h1, h2, h3, h4')];
    return all.find((heading) => place.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING) ?? place;
  };

  for (const figure of document.querySelectorAll('figure[data-anchor]')) {
    const heading = headingOf(figure.dataset.anchor);
    if (!heading) continue;
    heading.after(figure);
    figure.hidden = false;
  }

  const byAnchor = new Map();
  roles.forEach((role, index) => {
    if (!byAnchor.has(role.anchor)) byAnchor.set(role.anchor, []);
    byAnchor.get(role.anchor).push({ ...role, index });
  });
  for (const [id, list] of byAnchor) {
    const heading = headingOf(id);
    if (!heading) continue;
    const box = document.createElement('div');
    box.className = 'played';
    const title = document.createElement('strong');
    title.textContent = inThisTree;
    const items = document.createElement('ul');
    for (const role of list) {
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = role.name;
      button.addEventListener('click', () => editor.postMessage({ role: role.index }));
      item.append(button, ` ${role.title}`);
      items.append(item);
    }
    box.append(title, items);
    heading.after(box);
  }
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      if (!link) return;
      const href = link.getAttribute('href');
      event.preventDefault();
      event.stopPropagation();
      if (href.startsWith('#')) headingOf(href.slice(1))?.scrollIntoView();
      else editor.postMessage({ link: link.dataset.href ?? href });
    },
    true,
  );

  const target = anchor === '' ? undefined : headingOf(anchor);
  if (target) {
    target.classList.add('target');
    target.scrollIntoView();
  }
})();
