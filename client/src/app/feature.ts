import type { BesaceApi, RoomKind, TimelineItem } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import type { Component } from 'vue';
import type { RouteRecordRaw, Router } from 'vue-router';
import type { SettingsSection } from './extensions.ts';

/*
 * How a feature plugs into the shell
 * ==================================
 * A feature is a folder `src/features/<name>` whose `index.ts` exports one `Feature`; `app/features.ts` is the only list of
 * them. A feature never imports another feature nor the shell: it imports `app/*.ts` (not `app/shell`), `ui/*`, its own files.
 *
 * Strings   `strings/fr.json` and `strings/en.json`, nested, put under the feature's name: `t('messaging.composer.send')`.
 *           Same keys in both (a test holds this), French typography in French (’ « » and no-break spaces, same test).
 *           In vue-i18n `@ { } |` are syntax: write `{'@'}`. They are loaded before the feature's first route or zone shows.
 * Zones     The shell has a rail, a list, a main and a side zone; below 720 px one is shown at a time and the browser's back
 *           button goes between them, because each is an address.
 *   list    `list`: what the list column shows for a place (home, or one workspace). The component fills the column, scrolls
 *           by itself, and gets the prop `place: Place`. Only one feature may serve each kind of place.
 *   main    `invitation`: what a room that one is only invited to shows in place of its views. Prop: `room: RoomSummary`.
 *   main    `routes`: pages of one's own (`meta.zone` says which zone is in front on a narrow screen, 'main' unless said);
 *           `roomViews`: the tabs of a room's header, at `/salon/<room id>/<view's path>`. Props: `roomId: RoomId`.
 *   side    `roomSides`: what opens beside a room view, at `/salon/<room id>/<view>/<side's path>/<id>`. Props: `roomId`,
 *           `sideId: string` (an event, object or user id, or ''). Link to it with `sidePath()` of `app/places.ts`.
 *           It is laid out by the feature itself: use `ui/UiSideHeader.vue` for its title and closing button.
 *   today   `today`: blocks of the home page, in order. A block that has nothing to show renders nothing.
 * Messages  `messageBodies` draw bodies of messages by kind, `composerTools` open dialogs from the composer: see below.
 * Data      `useApi()` (app/api.ts), `useRooms()` (app/rooms.ts: the live list of rooms, from the local copy first),
 *           `useRoom(roomId)` (app/room.ts: one room's live details), `useSession()` (app/session.ts: account, connection,
 *           identity), `usePreferences()`, `useSay()` (app/errors.ts: the sentence of a BesaceError), `useToasts()` and
 *           `useAnnounce()` (ui/), `useShortcut()` (app/shortcuts.ts: keys that `?` lists).
 * Views     A view model `useX.ts` takes the api as an argument and needs no DOM; components call `useX(useApi(), ...)`.
 * Palette   `commands` are always there; `offers` are made of what is typed; `find` is asked while the person types (people, objects, ...).
 */
export type Feature = {
  /** Folder name and namespace of the strings. */
  readonly name: string;
  readonly strings: StringsLoaders;
  readonly routes?: readonly RouteRecordRaw[];
  readonly list?: {
    readonly places: readonly Place['kind'][];
    readonly component: Component;
    /** Fetches the component's code ahead of its first use. */
    readonly load?: () => Promise<unknown>;
  };
  readonly invitation?: Component;
  readonly roomViews?: readonly RoomView[];
  readonly roomSides?: readonly RoomSide[];
  /** Where the shell's "new workspace" leads, for those who may make one. */
  readonly newWorkspacePath?: string;
  /** What it draws of messages that are more than words, by the kind of their body. Prop: `item: TimelineItem`. */
  readonly messageBodies?: Partial<Record<TimelineItem['body']['kind'], Component>>;
  /** What else can be said than words and files: offered in the composer's menu and by slash. */
  readonly composerTools?: readonly ComposerTool[];
  /** Drawn once over the whole shell, such as a dialog that answers what comes in. */
  readonly overlays?: readonly Component[];
  readonly today?: readonly { readonly order: number; readonly component: Component }[];
  /** Code that is fetched before it is asked for, when the page has nothing to do. */
  readonly ahead?: readonly (() => Promise<unknown>)[];
  /** Pages of the settings, and blocks of a room's details: see `app/extensions.ts`. */
  readonly settings?: readonly SettingsSection[];
  readonly roomDetails?: readonly Component[];
  readonly commands?: (context: CommandContext) => readonly Command[];
  /** Offered at once for what is typed in the palette, such as a search for it elsewhere. */
  readonly offers?: (query: string, context: CommandContext) => readonly Command[];
  readonly find?: (query: string, context: CommandContext) => Promise<readonly Command[]>;
};

export type Locale = 'fr' | 'en';
export type Messages = { readonly [key: string]: string | Messages };
/** `() => import('./strings/fr.json')` for each language. */
export type StringsLoaders = Readonly<Record<Locale, () => Promise<{ default: unknown }>>>;

/** Where the person is: it decides what the list column shows. */
export type Place = { readonly kind: 'home' } | { readonly kind: 'workspace'; readonly roomId: RoomId };

/** A tab of a room's header. */
export type RoomView = {
  /** Last part of its address, in French: `discussion`, `tableau`. */
  readonly path: string;
  /** Key of its label, such as `tasks.view`. */
  readonly label: string;
  readonly icon: Component;
  /** Kinds of room that have this view; the view of lowest order is where a room of that kind opens. */
  readonly kinds: readonly RoomKind[];
  readonly order: (kind: RoomKind) => number;
  readonly component: Component;
};

/** What opens beside a room's view. */
export type RoomSide = {
  /** `fil`, `carte`, `personnes`. */
  readonly path: string;
  readonly component: Component;
  /** With a label and an icon it has a button in the room's header. */
  readonly button?: { readonly label: string; readonly icon: Component };
};

/** Something that is asked for in a dialog of its own before it is said. */
export type ComposerTool = {
  readonly id: string;
  /** Key of its words in the menu and beside its slash command. */
  readonly label: string;
  readonly icon: Component;
  /** What is typed after the slash, French first, then English. */
  readonly names: readonly string[];
  /** Model `open: boolean`. Props: `roomId: RoomId`, `threadRoot: EventId | null`, `words: string`: what stood after the slash. */
  readonly dialog: Component;
};

export type CommandContext = {
  readonly api: BesaceApi;
  readonly router: Router;
  /** Translates a key. */
  readonly t: (key: string, named?: Record<string, unknown>) => string;
};

export type Command = {
  readonly id: string;
  readonly title: string;
  /** Shown after the title, quietly: an organisation, a workspace. */
  readonly hint?: string;
  /** Other words that find it. */
  readonly keywords?: string;
  readonly icon?: Component;
  readonly run: () => void | Promise<void>;
};

declare module 'vue-router' {
  interface RouteMeta {
    /** The zone in front on a narrow screen: 'main' unless said. */
    zone?: 'list' | 'main' | 'side';
    /** The feature whose strings the page needs; set when a feature is registered. */
    feature?: string;
    /** Pages outside the shell: before an account is open on this device. */
    bare?: boolean;
    /** Key of the page's title, for the browser's tab. */
    title?: string;
  }
}
