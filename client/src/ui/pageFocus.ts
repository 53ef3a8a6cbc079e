import { onMounted, onScopeDispose, type Ref, ref } from 'vue';

/** Whether the person has this page before her: it is visible and has the focus. Ends with the component. */
export function usePageFocus(): Readonly<Ref<boolean>> {
  const focused = ref(true);
  const update = (): void => {
    focused.value = document.visibilityState === 'visible' && document.hasFocus();
  };
  onMounted(() => {
    update();
    window.addEventListener('focus', update);
    window.addEventListener('blur', update);
    document.addEventListener('visibilitychange', update);
  });
  onScopeDispose(() => {
    window.removeEventListener('focus', update);
    window.removeEventListener('blur', update);
    document.removeEventListener('visibilitychange', update);
  });
  return focused;
}
