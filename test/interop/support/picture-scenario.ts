import type { FileScenario } from './file-scenario.js';
import { failsOnFalsePictures, type Release } from './releases.js';
import { viewImage } from './script.js';
import type { Tree } from './tree.js';

/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const FILES: Tree = { 'dot.png': { bytes: PNG }, 'text.png': 'no picture\n', 'folder/file.txt': 'x\n' };

/** Pictures and what is none, in a folder without any project around it. */
export const pictureScenario = (release: Release): FileScenario => ({
  title: 'looks at pictures',
  files: FILES,
  calls: ['dot.png', 'missing.png', 'text.png', 'folder'].map(viewImage),
  check(t, { folder, outputs, files }) {
    t.deepEqual(outputs, [
      [{ type: 'input_image', image_url: `data:image/png;base64,${PNG.toString('base64')}`, detail: 'high' }],
      `unable to locate image at \`${folder}/missing.png\`: No such file or directory (os error 2)`,
      failsOnFalsePictures(release)
        ? 'unable to process image: invalid or unsupported image data'
        : [{ type: 'input_text', text: 'image content omitted because it could not be processed' }],
      `image path \`${folder}/folder\` is not a file`,
    ]);
    t.deepEqual(files, FILES);
  },
});
