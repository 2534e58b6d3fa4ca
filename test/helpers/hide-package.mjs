/**
 * `node --import` this with NETRA_TEST_HIDE=NAME and the package is not there, whoever asks for it and however: a machine
 * on which it could not be installed.
 */
import Module, { register } from 'node:module';

const hidden = process.env.NETRA_TEST_HIDE;
const hooks = `export async function resolve(wanted, context, next) {
  if (wanted === ${JSON.stringify(hidden)}) throw new Error('Cannot find package ' + wanted);
  return next(wanted, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (wanted, ...rest) {
  if (wanted === hidden) throw new Error(`Cannot find package ${wanted}`);
  return resolveFilename.call(this, wanted, ...rest);
};
