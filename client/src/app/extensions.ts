import { type App, type Component, type InjectionKey, inject } from 'vue';
import type { Feature } from './feature.ts';

/** A page of the settings, at `/reglages/<path>`. */
export type SettingsSection = {
  readonly path: string;
  /** Key of its label. */
  readonly label: string;
  readonly icon: Component;
  readonly component: Component;
};

/** What features put into one another's pages without knowing them. */
export type Extensions = {
  readonly settings: readonly SettingsSection[];
  /** Blocks of the details of a room. Prop: `room: RoomDetails`. */
  readonly roomDetails: readonly Component[];
};

const key: InjectionKey<Extensions> = Symbol('extensions');

export function provideExtensions(app: App, features: readonly Feature[]): void {
  app.provide(key, {
    settings: features.flatMap((feature) => feature.settings ?? []),
    roomDetails: features.flatMap((feature) => feature.roomDetails ?? []),
  });
}

export function useExtensions(): Extensions {
  return inject(key, { settings: [], roomDetails: [] });
}
