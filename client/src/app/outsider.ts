import { serverOf } from '@besace/protocol/core/ids';
import { onMounted, type Ref, ref, watch } from 'vue';
import { useConfig } from './config.ts';
import { useSession } from './session.ts';

/**
 * Whether the person is an outside partner, who cannot create rooms nor list the directory. `null` until the configuration has
 * come: what only agents may do is then not offered yet. The homeserver refuses it in any case.
 */
export function useAmOutsider(): Readonly<Ref<boolean | null>> {
  const load = useConfig();
  const { account } = useSession();
  const outsider = ref<boolean | null>(null);
  async function look(): Promise<void> {
    const me = account.value?.userId;
    const config = await load();
    if (me === undefined || !config.ok) return;
    outsider.value = config.value.organisations.some((one) => one.outsiders && one.serverName === serverOf(me));
  }
  onMounted(look);
  watch(account, look);
  return outsider;
}
