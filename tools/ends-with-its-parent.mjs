/**
 * Loaded first by a Node whose parent gave it an IPC channel: it ends when its parent does. The kernel closes the channel,
 * so that this holds for kill -9 too. Plain JavaScript for Node 20, because `install.mjs` uses it.
 */
const END_MS_MAX = 10_000; // a stack closes in one or two seconds; what takes longer hangs

process.once('disconnect', () => {
  // A signal that can be handled comes first: a stack closes its table and gives its folder back.
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_MS_MAX).unref();
});
// The channel alone keeps nobody alive. Where somebody listens for messages, it is theirs.
if (process.listenerCount('message') === 0) process.channel?.unref();
// What this process forks has a channel for another purpose, and would inherit this file.
process.execArgv = process.execArgv.filter((word, index, all) => ![word, all[index + 1]].includes(import.meta.url));
