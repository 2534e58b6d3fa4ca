import type { Adjustment } from './adjustment';
import type { Rectangle, Size } from './geometry';

const VERTEX = `#version 300 es
uniform vec2 pane;
uniform vec4 place;
uniform vec4 inner;
in vec2 corner;
out vec2 at;
void main() {
  vec2 display = place.xy + corner * place.zw;
  at = inner.xy + corner * inner.zw;
  gl_Position = vec4(display / pane * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
}`;

// The same sum as adjustmentTable() in adjustment.ts.
const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform bool redFree;
uniform float brightness;
uniform float contrast;
uniform float overlay;
in vec2 at;
out vec4 colour;
void main() {
  vec4 found = texture(picture, at);
  if (overlay >= 0.0) {
    colour = vec4(found.rgb, found.a * overlay);
    return;
  }
  vec3 light = redFree ? vec3(found.g) : found.rgb;
  colour = vec4((light - 0.5) * contrast + 0.5 + brightness, 1.0);
}`;

export interface Program {
  use(scene: { pane: Size; adjustment: Adjustment }): void;
  /** @param place display coordinates; @param inner shares of the texture; @param overlay opacity of a heat map, null for a photograph */
  draw(texture: WebGLTexture, place: Rectangle, inner: Rectangle, overlay: number | null): void;
}

/** @returns null when the driver does not take it: another painter has to do */
export function compileProgram(gl: WebGL2RenderingContext): Program | null {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true) return null;

  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  const corner = gl.getAttribLocation(program, 'corner');
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const places = {
    pane: uniform('pane'),
    place: uniform('place'),
    inner: uniform('inner'),
    redFree: uniform('redFree'),
    brightness: uniform('brightness'),
    contrast: uniform('contrast'),
    overlay: uniform('overlay'),
  };

  return {
    use({ pane, adjustment }) {
      gl.useProgram(program);
      gl.uniform2f(places.pane, pane.width, pane.height);
      gl.uniform1i(places.redFree, adjustment.redFree ? 1 : 0);
      gl.uniform1f(places.brightness, adjustment.brightness);
      gl.uniform1f(places.contrast, adjustment.contrast);
    },
    draw(texture, place, inner, overlay) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform4f(places.place, place.x, place.y, place.width, place.height);
      gl.uniform4f(places.inner, inner.x, inner.y, inner.width, inner.height);
      gl.uniform1f(places.overlay, overlay ?? -1);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    },
  };
}
