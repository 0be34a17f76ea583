/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

#include <linux/types.h>

struct lockdep_map {
	const char *name;
};

bool lock_is_held(const struct lockdep_map *map);
bool lock_is_held_type(const struct lockdep_map *map, int read);

#define lockdep_is_held(lock) lock_is_held(&(lock)->dep_map)
#define lockdep_is_held_type(lock, r) lock_is_held_type(&(lock)->dep_map, (r))
#define lockdep_assert(cond) do { WARN_ON(!(cond)); } while (0)
#define lockdep_assert_held(lock) lockdep_assert(lockdep_is_held(lock))
#define lockdep_assert_held_write(lock) lockdep_assert(lockdep_is_held_type(lock, 0))
#define lockdep_assert_held_read(lock) lockdep_assert(lockdep_is_held_type(lock, 1))
#define lockdep_assert_not_held(lock) lockdep_assert(!lockdep_is_held(lock))
#define might_lock(lock) do { (void)(lock); } while (0)

#endif
