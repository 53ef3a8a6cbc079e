import { type Box, canDraw } from './media.ts';

/** Width and height of a picture that a browser can draw, in px; null for anything else, and for what only claims to be a picture. */
export async function measureImage(file: Blob): Promise<Box | null> {
  if (!canDraw(file.type)) {
    return null;
  }
  try {
    const bitmap = await createImageBitmap(file);
    const box = { width: bitmap.width, height: bitmap.height };
    bitmap.close();
    return box;
  } catch (error) {
    // Not decodable: it goes as the file that it is.
    if (error instanceof DOMException) {
      return null;
    }
    throw error;
  }
}
