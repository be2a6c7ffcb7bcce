import { followPage, openExample, type Example } from '../../example.ts';

const FOLDER = 'examples/map-over-documents';

describe(FOLDER, function () {
  this.timeout(180_000);
  let example: Example;

  before(async () => {
    example = await openExample({ own: (text, folder) => text.replaceAll('/tmp/documents', `${folder}/documents`) });
  });
  after(() => example?.close());

  followPage(`${FOLDER}/README.md`, () => example);
});
