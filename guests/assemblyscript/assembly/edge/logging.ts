// edge:runtime/logging
import { utf8 } from "./abi";

@external("edge:runtime/logging@0.1.0", "debug") declare function logDebug(pointer: usize, length: usize): void;
@external("edge:runtime/logging@0.1.0", "info") declare function logInfo(pointer: usize, length: usize): void;
@external("edge:runtime/logging@0.1.0", "warn") declare function logWarn(pointer: usize, length: usize): void;
@external("edge:runtime/logging@0.1.0", "error") declare function logError(pointer: usize, length: usize): void;

export function debug(message: string): void {
  const bytes = utf8(message);
  logDebug(changetype<usize>(bytes), bytes.byteLength);
}

export function info(message: string): void {
  const bytes = utf8(message);
  logInfo(changetype<usize>(bytes), bytes.byteLength);
}

export function warn(message: string): void {
  const bytes = utf8(message);
  logWarn(changetype<usize>(bytes), bytes.byteLength);
}

export function error(message: string): void {
  const bytes = utf8(message);
  logError(changetype<usize>(bytes), bytes.byteLength);
}
