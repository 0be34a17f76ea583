/** The ownership map: who owns what and who releases it, drawn by the server, clickable to the source, saved as SVG. */
import { Uri, window, workspace } from 'vscode';
import { type App, openPlace } from '../app.js';
import type { MapResult } from '../protocol.js';
import { strings } from '../strings.js';
import { escapeHtml, showPanel, stringOf } from './panel.js';

/** Opens the map of a document's driver. */
export async function openMap(app: App, uri: string): Promise<void> {
  await app.server.start();
  const map = await app.server.request<MapResult | null>('gpusvm/map', { uri });
  if (map === undefined || map === null) {
    void window.showInformationMessage(strings.noMap());
    return;
  }
  const button = (id: string, text: string): string => `<button type="button" id="${id}">${escapeHtml(text)}</button>`;
  const bar = [
    button('out', strings.zoomOut()),
    button('in', strings.zoomIn()),
    button('fit', strings.fit()),
    button('refresh', strings.refresh()),
    button('save', strings.exportSvg()),
  ];
  showPanel(app, {
    name: 'map',
    title: strings.mapTitle(map.title),
    body: `<div class="bar" role="toolbar">${bar.join('')}</div><div id="picture" tabindex="-1">${map.svg}</div>`,
    data: { ids: map.places.map((entry) => entry.id) },
    onMessage: (message) => {
      const id = stringOf(message, 'open');
      const entry = map.places.find((candidate) => candidate.id === id);
      const action = stringOf(message, 'action');
      if (entry !== undefined) void openPlace(entry.place);
      else if (action === 'refresh') void openMap(app, uri);
      else if (action === 'save') void save(map);
    },
  });
}

async function save(map: MapResult): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const name = `${map.title.replace(/[^\w-]+/g, '-') || 'gpusvm'}-ownership.svg`;
  const target = await window.showSaveDialog({
    filters: { SVG: ['svg'] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
  });
  if (target !== undefined) await workspace.fs.writeFile(target, new TextEncoder().encode(map.svg));
}
