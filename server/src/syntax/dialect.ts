/** Words of the kernel's C dialect that the grammar does not know: attributes, annotations, loop and block macros. General kernel words only, none of the API that is analysed. */

/** Attribute and annotation macros that take no arguments. */
const PLAIN_ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    '__always_inline __always_unused __maybe_unused __must_check __cold __hot __init __exit __initdata __exitdata __initconst __exitconst __ref __refdata __read_mostly ' +
    '__ro_after_init __percpu __rcu __user __kernel __iomem __force __nocast __safe __private __bitwise __packed __pure __attribute_const__ __visible __weak __noreturn __used ' +
    '__noclone __flatten __malloc __no_sanitize_address __no_kcsan __no_kasan_or_inline __no_sanitize_memory __no_profile __nonstring __noendbr __no_context_analysis ' +
    '__latent_entropy __randomize_layout __no_randomize_layout __designated_init __counted_by_ptr __cacheline_aligned __cacheline_aligned_in_smp ____cacheline_aligned ' +
    '____cacheline_aligned_in_smp __cacheline_internodealigned_in_smp ____cacheline_internodealigned_in_smp __devinit __devexit __inline __inline__ noinline noinline_for_stack ' +
    'noinstr asmlinkage __visible_for_testing VISIBLE_IF_KUNIT notrace __cpuidle __meminit __memexit __net_init __net_exit __net_initdata __sched __lockfunc __kprobes __deprecated ' +
    '__extension__ __restrict __restrict__ restrict __volatile__ __volatile __must_be_array __chk_user_ptr _Noreturn __mustcheck __init_or_module __pci_init __attribute_pure__ ' +
    '__no_instrument_function __gnu_inline __private_member __xe_must_check __intel_runtime __i915_init __no_stack_protector __section_init fastcall __cdecl __stdcall __signed__ __noscs ' +
    '__ref_init __uninitialized_var __ro_after_init_or __initdata_or_meminfo __bpf_kfunc __ptr32 __realtime __nonnull __no_kcfi __nocfi __free_init __context_unsafe __noderef'
  ).split(/\s+/),
);

/** Attribute and annotation macros that take arguments. */
const CALL_ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    '__attribute__ __attribute __aligned __aligned__ __printf __scanf __format __section __alias __cleanup __free __assume_aligned __alloc_size __nonnull __diagnose_as __error __warning ' +
    '__counted_by __counted_by_le __counted_by_be __guarded_by __pt_guarded_by __no_sanitize __copy __ifunc __mode __compiletime_error __compiletime_warning __must_hold __must_hold_shared ' +
    '__must_not_hold __acquires __acquires_shared __releases __releases_shared __cond_acquires __cond_acquires_shared __cond_releases __requires_ctx_lock __excludes_ctx_lock __context_unsafe ' +
    '__acquires_ctx_lock __releases_ctx_lock __printf_check __sized_by __element_count _Alignas alignas __declspec __realloc_size __malloc_like __no_context_analysis_for __ret_nonnull'
  ).split(/\s+/),
);

/** True for a word that is an attribute or annotation when it stands without arguments. */
export function isPlainAttribute(word: string): boolean {
  return PLAIN_ATTRIBUTES.has(word);
}

/** True for a word that is an attribute or annotation when arguments follow it. */
export function isCallAttribute(word: string): boolean {
  return CALL_ATTRIBUTES.has(word);
}

/** Storage and function specifiers that may stand before a macro call at file scope. */
export const SPECIFIERS: ReadonlySet<string> = new Set([
  'static',
  'extern',
  'inline',
  '__inline',
  '__inline__',
  '__always_inline',
  'const',
  'volatile',
  'register',
  'typedef',
  '__extension__',
  '_Thread_local',
]);

/** Keywords of types: a group of parentheses after one is never a function's parameters. */
export const TYPE_KEYWORDS: ReadonlySet<string> = new Set(
  'void char short int long float double signed unsigned _Bool bool struct union enum const volatile typeof __typeof__ __typeof typeof_unqual __auto_type static extern inline register typedef'.split(
    ' ',
  ),
);

/** Words that start control statements. */
export const CONTROL_KEYWORDS: ReadonlySet<string> = new Set(
  'if else for while do switch return goto break continue case default sizeof typeof __typeof__ asm __asm__'.split(' '),
);

/**
 * Tells from a macro's name alone whether its use as a statement head is a loop: the kernel's iterators say so in their names.
 * `for_each_x`, `x_for_each_y`, `foreach`, `while_x`, `x_until_all_locked`, `for_x`.
 */
export function isLoopName(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    lower.includes('for_each') ||
    lower.includes('foreach') ||
    lower.includes('_each_') ||
    lower.startsWith('for_') ||
    lower.includes('_for_') ||
    lower.startsWith('while_') ||
    lower.endsWith('_while') ||
    lower.endsWith('_until_all_locked') ||
    lower.startsWith('do_while') ||
    lower.endsWith('_each')
  );
}
