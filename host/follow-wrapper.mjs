/**
 * Preloaded (`node --import`) into a process that must not outlive the one that started it: the channel between them breaks however
 * that one ends, also by kill -9.
 */
import process from 'node:process';

if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
