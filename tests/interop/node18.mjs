// The SDK's HTTP client expects a global that node 18, Debian 12's, has only in a module. Imported before the SDK.
import { File } from 'node:buffer';

globalThis.File ??= File;
