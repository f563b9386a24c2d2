// The SDK's HTTP client needs a global that node 18 of Debian 12 has only in a module, so tests import this file first.
import { File } from 'node:buffer';

globalThis.File ??= File;
