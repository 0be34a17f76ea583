// Pictures of the state machines in docs/pictures, from the contract tables that the engine reads.
export async function generate({ load }) {
  const [{ statePictures }, { mapSvg }, { makeContracts }] = [
    await load('server/src/features/state-pictures.ts'),
    await load('server/src/features/map-svg.ts'),
    await load('server/src/contracts/index.ts'),
  ];
  return statePictures(makeContracts()).map((picture) => ({
    path: `docs/pictures/life-of-${picture.name}.svg`,
    text: mapSvg(picture.graph),
  }));
}
