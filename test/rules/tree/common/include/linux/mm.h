/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/rwsem.h>

struct page;

struct mm_struct {
	struct rw_semaphore mmap_lock;
};

struct task_struct {
	struct mm_struct *mm;
};

extern struct task_struct *current;

static inline void mmap_read_lock(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
}

static inline void mmap_read_unlock(struct mm_struct *mm)
{
	up_read(&mm->mmap_lock);
}

static inline void mmap_write_lock(struct mm_struct *mm)
{
	down_write(&mm->mmap_lock);
}

static inline void mmap_write_unlock(struct mm_struct *mm)
{
	up_write(&mm->mmap_lock);
}

bool mmget_not_zero(struct mm_struct *mm);
void mmput(struct mm_struct *mm);
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);

struct page *alloc_page(gfp_t gfp);
void __free_page(struct page *page);
void put_page(struct page *page);
void unpin_user_pages(struct page **pages, unsigned long npages);
int pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages);
unsigned long copy_from_user(void *to, const void *from, unsigned long n);

#define FOLL_WRITE 0x01
#define FOLL_LONGTERM 0x100

#endif
