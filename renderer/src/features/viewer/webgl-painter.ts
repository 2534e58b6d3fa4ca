import { imageToDisplayRectangle, type Rectangle } from './geometry';
import type { Painter, Scene } from './painter';
import { compileProgram, type Program } from './webgl-program';
import { tilesOf } from './tiles';

interface Texture {
  texture: WebGLTexture;
  /** Part of the photograph it covers, shares of width and height. */
  covers: Rectangle;
  /** The part of the texture that is drawn: a tile carries a pixel of its neighbours at each edge. */
  inner: Rectangle;
}
interface Loaded {
  of: ImageBitmap | ImageData;
  textures: Texture[];
  /** What is still to be handed over. */
  rest: (() => Promise<Texture | null> | Texture)[];
}

const WHOLE: Rectangle = { x: 0, y: 0, width: 1, height: 1 };

/** Draws with the graphics card: zoom, pan and colours of a 24-megapixel photograph cost one quad a tile and frame. */
export class WebGlPainter implements Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #program: Program;
  #base: Loaded | null = null;
  #full: Loaded | null = null;
  #heat: Loaded | null = null;
  #waiting = false;
  #disposed = false;

  /** @returns null where there is no WebGL 2 */
  static on(canvas: HTMLCanvasElement): WebGlPainter | null {
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, preserveDrawingBuffer: true });
    if (gl === null || gl.isContextLost()) return null;
    const program = compileProgram(gl);
    return program === null ? null : new WebGlPainter(canvas, gl, program);
  }

  private constructor(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext, program: Program) {
    this.#canvas = canvas;
    this.#gl = gl;
    this.#program = program;
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  }

  paint(scene: Scene): boolean {
    const gl = this.#gl;
    const { pane, devicePixelRatio, image, view, adjustment, heat } = scene;
    const width = Math.round(pane.width * devicePixelRatio);
    const height = Math.round(pane.height * devicePixelRatio);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#base = this.#keep(this.#base, scene.base, (bitmap) => ({ of: bitmap, textures: [this.#texture(bitmap, true)], rest: [] }));
    this.#full = this.#keep(this.#full, scene.full, (bitmap) => this.#tiled(bitmap));
    this.#heat = this.#keep(this.#heat, heat?.picture ?? null, (picture) => ({
      of: picture,
      textures: [this.#texture(picture, false)],
      rest: [],
    }));

    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const program = this.#program;
    program.use({ pane, adjustment });
    const at = imageToDisplayRectangle({ x: 0, y: 0, ...image }, view, pane);
    for (const loaded of [this.#base, this.#full]) {
      for (const { texture, covers, inner } of loaded?.textures ?? []) {
        program.draw(texture, within(at, covers), inner, null);
      }
    }
    if (heat !== null && heat.opacity > 0) {
      gl.enable(gl.SCISSOR_TEST);
      // Not over the edge of the photograph; WebGL counts rows from below.
      gl.scissor(
        Math.round(at.x * devicePixelRatio),
        Math.round(height - (at.y + at.height) * devicePixelRatio),
        Math.round(at.width * devicePixelRatio),
        Math.round(at.height * devicePixelRatio),
      );
      const place = imageToDisplayRectangle(heat.place, view, pane);
      for (const { texture } of this.#heat?.textures ?? []) program.draw(texture, place, WHOLE, heat.opacity);
      gl.disable(gl.SCISSOR_TEST);
    }
    return this.#handOver();
  }

  dispose(): void {
    this.#disposed = true;
    for (const loaded of [this.#base, this.#full, this.#heat]) this.#free(loaded);
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  #keep<Picture extends ImageBitmap | ImageData>(
    old: Loaded | null,
    wanted: Picture | null,
    load: (picture: Picture) => Loaded,
  ): Loaded | null {
    if (old?.of === wanted) return old;
    this.#free(old);
    return wanted === null ? null : load(wanted);
  }

  #free(loaded: Loaded | null): void {
    for (const { texture } of loaded?.textures ?? []) this.#gl.deleteTexture(texture);
  }

  /** One tile a frame: handing over 100 MB at once would stop the window for a third of a second. */
  #handOver(): boolean {
    const full = this.#full;
    const next = full?.rest[0];
    if (full === null || next === undefined) return false;
    if (!this.#waiting) {
      this.#waiting = true;
      void Promise.resolve(next()).then((tile) => {
        this.#waiting = false;
        full.rest.shift();
        if (tile === null) return;
        if (this.#disposed || this.#full !== full) this.#gl.deleteTexture(tile.texture);
        else full.textures.push(tile);
      });
    }
    return true;
  }

  #tiled(bitmap: ImageBitmap): Loaded {
    const limit = this.#gl.getParameter(this.#gl.MAX_TEXTURE_SIZE) as number;
    const rest = tilesOf(bitmap, limit).map(({ source, covers, inner }) => async (): Promise<Texture | null> => {
      let piece: ImageBitmap;
      try {
        piece = await createImageBitmap(bitmap, source.x, source.y, source.width, source.height);
      } catch {
        // The photograph was closed meanwhile.
        return null;
      }
      if (this.#disposed) {
        piece.close();
        return null;
      }
      const texture = this.#texture(piece, false, covers, inner);
      piece.close();
      return texture;
    });
    return { of: bitmap, textures: [], rest };
  }

  #texture(picture: ImageBitmap | ImageData, smaller: boolean, covers = WHOLE, inner = WHOLE): Texture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    // Drawn smaller than it is, a photograph flickers without smaller copies of itself.
    if (smaller) gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, smaller ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR);
    return { texture, covers, inner };
  }
}

function within(at: Rectangle, part: Rectangle): Rectangle {
  return { x: at.x + at.width * part.x, y: at.y + at.height * part.y, width: at.width * part.width, height: at.height * part.height };
}
