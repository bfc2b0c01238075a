/**
 * Ends this process when its parent ends. The parent gives it an IPC channel, and Node loads this file before anything
 * else. The kernel closes the channel, so it also works after kill -9. This file is plain JavaScript for Node 20, because
 * `install.mjs` uses it.
 */
const END_MS_MAX = 10_000; // a stack closes in one or two seconds, so a process that takes longer hangs

process.once('disconnect', () => {
  // We send SIGTERM first, because the process can handle it: a stack closes its table and releases its folder.
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_MS_MAX).unref();
});
// The channel alone must not keep the process alive. If the program listens for messages, it needs the channel itself.
if (process.listenerCount('message') === 0) process.channel?.unref();
// Children of this process would inherit this file, but their IPC channels have another purpose.
process.execArgv = process.execArgv.filter((word, index, all) => ![word, all[index + 1]].includes(import.meta.url));
