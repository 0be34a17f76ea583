/* SPDX-License-Identifier: MIT */
/* Scope-based cleanup, as far as the examples use it. */
#ifndef _LINUX_CLEANUP_H
#define _LINUX_CLEANUP_H

#define DEFINE_FREE(name, type, free) \
	static inline void __free_##name(void *p) { type _T = *(type *)p; free; }

#define __free(name) __attribute__((__cleanup__(__free_##name)))

#define no_free_ptr(p) \
	({ __auto_type __ptr = (p); (p) = NULL; __ptr; })
#define return_ptr(p) return no_free_ptr(p)

#define DEFINE_GUARD(name, type, lock, unlock) \
	typedef type class_##name##_t; \
	static inline void class_##name##_destructor(type *p) { type _T = *p; if (_T) { unlock; } } \
	static inline type class_##name##_constructor(type _T) { lock; return _T; }

#define __UNIQUE_ID(prefix) __guard_scope
#define guard(name) \
	class_##name##_t __UNIQUE_ID(guard) \
	__attribute__((__cleanup__(class_##name##_destructor))) = class_##name##_constructor

#define scoped_guard(name, args...) \
	for (class_##name##_t scope __attribute__((__cleanup__(class_##name##_destructor))) = \
	     class_##name##_constructor(args), *done = NULL; !done; done = (void *)1)

#endif
