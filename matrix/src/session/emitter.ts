import type { Stop } from '../api/types.ts';
import type { Logger } from '../platform/platform.ts';

/** Listeners of one kind of event. A listener that throws costs itself, and is logged. */
export interface Emitter<T> {
  on(listener: (value: T) => void): Stop;
  emit(value: T): void;
  readonly size: number;
}

export function createEmitter<T>(logger: Logger, name: string): Emitter<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    on(listener) {
      const own = (value: T) => listener(value);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    emit(value) {
      for (const listener of [...listeners]) {
        try {
          listener(value);
        } catch (thrown) {
          logger.error('listener-failed', { name, error: String(thrown) });
        }
      }
    },
    get size() {
      return listeners.size;
    },
  };
}

/** Emitters by key, made when first listened to and dropped with their last listener. */
export interface KeyedEmitter<K, T> {
  on(key: K, listener: (value: T) => void): Stop;
  emit(key: K, value: T): void;
  has(key: K): boolean;
}

export function createKeyedEmitter<K, T>(logger: Logger, name: string): KeyedEmitter<K, T> {
  const byKey = new Map<K, Emitter<T>>();
  return {
    on(key, listener) {
      const emitter = byKey.get(key) ?? createEmitter<T>(logger, name);
      byKey.set(key, emitter);
      const stop = emitter.on(listener);
      return () => {
        stop();
        if (emitter.size === 0 && byKey.get(key) === emitter) byKey.delete(key);
      };
    },
    emit(key, value) {
      byKey.get(key)?.emit(value);
    },
    has(key) {
      return byKey.has(key);
    },
  };
}
