import type { BesaceError, RoomsApi } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { err, type Result } from '@besace/protocol/core/result';
import { computed, ref, type ShallowRef, shallowRef } from 'vue';

/** The longest name of a place, in characters (WSP-14). */
export const longestName = 80;

/** The name as it will be, or why it cannot be that. */
export function checkName(text: string): Result<string, 'empty' | 'too-long'> {
  const name = text.trim().replace(/\s+/g, ' ');
  if (name === '') {
    return err('empty');
  }
  return [...name].length > longestName ? err('too-long') : { ok: true, value: name };
}

/** A new workspace. */
export function useNewWorkspace(api: Pick<RoomsApi, 'createWorkspace'>) {
  const form = placeForm((name) => api.createWorkspace({ name }));
  return form;
}

/** A new room of a workspace (WSP-13). */
export function useNewRoom(api: Pick<RoomsApi, 'createRoomIn'>, workspace: RoomId) {
  const kind = ref<'chat' | 'board'>('chat');
  const openToOutsiders = ref(false);
  const inviteMembers = ref(true);
  const form = placeForm((name) =>
    api.createRoomIn({
      workspace,
      name,
      kind: kind.value,
      openToOutsiders: openToOutsiders.value,
      inviteMembers: inviteMembers.value,
    }),
  );
  return { ...form, kind, openToOutsiders, inviteMembers };
}

function placeForm(create: (name: string) => ReturnType<RoomsApi['createWorkspace']>) {
  const name = ref('');
  const busy = ref(false);
  /** Shown once the person tried. */
  const tried = ref(false);
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  const checked = computed(() => checkName(name.value));
  const nameProblem = computed(() => (tried.value && !checked.value.ok ? checked.value.error : null));

  /** The new place, or null when it was not made; what was typed stays (WSP-7). */
  async function submit(): Promise<RoomId | null> {
    tried.value = true;
    problem.value = null;
    if (!checked.value.ok || busy.value) {
      return null;
    }
    busy.value = true;
    const answer = await create(checked.value.value);
    busy.value = false;
    if (!answer.ok) {
      problem.value = answer.error;
      return null;
    }
    return answer.value;
  }

  return { name, busy, problem, nameProblem, submit };
}
