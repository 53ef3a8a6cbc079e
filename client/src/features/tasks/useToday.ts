import { onScopeDispose, type Ref, ref } from 'vue';
import { dayOf, untilTomorrow } from './due.ts';

/** Today's date where the person is, which changes at midnight. */
export function useToday(): Readonly<Ref<string>> {
  const today = ref(dayOf(new Date()));
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    timer = setTimeout(() => {
      today.value = dayOf(new Date());
      wait();
    }, untilTomorrow(new Date()) + 50);
  };
  wait();
  onScopeDispose(() => clearTimeout(timer));
  return today;
}
